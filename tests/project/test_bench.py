"""`make bench`, as far as it can be tried in seconds: one case, without valgrind."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "bench" / "bench.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def page_before() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def said(page_before: str) -> str:
    done = bench("--quick", "no-news")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def rows(said: str) -> dict[str, list[str]]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines() if line[:1] == "|"]
    return {first: rest for first, *rest in lines}


def test_the_table_compares_the_case_with_a_bare_interpreter(rows: dict[str, list[str]]) -> None:
    assert list(rows) == ["case", "---", "`python -c pass`", "no news: the feed answers 304"]
    assert rows["`python -c pass`"][1] == "1.0"
    assert float(rows["no news: the feed answers 304"][1]) > 1


def test_a_run_with_no_news_asks_for_the_feed_once_and_is_answered_304(rows: dict[str, list[str]]) -> None:
    asked, body = rows["no news: the feed answers 304"][4:6]
    assert (asked, body) == ("1 × feed 304", "0.0")


def test_a_run_with_no_news_calls_no_network(rows: dict[str, list[str]]) -> None:
    assert rows["no news: the feed answers 304"][6] == "0"


def test_the_method_is_named(said: str) -> None:
    assert re.match(r"\d{2} \w+ \d{4}, .+; CPU time \(valgrind was not used\)\.$", said.splitlines()[0])


def test_a_quick_run_leaves_the_page_alone(page_before: str, said: str) -> None:
    assert PAGE.read_text(encoding="utf-8") == page_before


def test_the_page_holds_figures_for_every_case() -> None:
    _, figures, _ = re.split(r"<!-- figures: .*-->", PAGE.read_text(encoding="utf-8"))
    titles = re.findall(r'Case\("[\w-]+", "([^"]+)"', (ROOT / "bench" / "cases.py").read_text(encoding="utf-8"))
    assert [title for title in titles if f"| {title} |" not in figures] == []


def test_a_case_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = bench("no-such-case")
    assert (done.returncode, "first-contact" in done.stderr) == (2, True)
