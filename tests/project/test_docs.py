"""The documents say what the program does; whatever can be compared is compared."""

import re
from pathlib import Path

import pytest

from syndicator import __version__
from syndicator.cli.verbs import VERBS
from syndicator.events import EVENTS
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from tests.faults.rows import ROWS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "connectors").rglob("*.md")),
    ROOT / "systemd" / "README.md",
]


@pytest.mark.parametrize("verb", VERBS)
def test_the_readme_names_every_command(verb: str) -> None:
    assert re.search(rf"`(syndicate )?{verb}\b", README)


def test_the_readme_names_no_command_that_does_not_exist() -> None:
    named = set(re.findall(r"(?:`|^|  )syndicate ([a-z]+)\b", README, re.MULTILINE))
    assert named - set(VERBS) == set()


@pytest.mark.parametrize("code", ExitCode)
def test_the_readme_lists_every_exit_code(code: ExitCode) -> None:
    assert re.search(rf"\b{code.value} [a-z]", README)


def test_every_event_is_documented_with_its_level_and_meaning() -> None:
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", text, re.MULTILINE)
    assert {name: (level, meaning) for name, level, meaning in rows} == EVENTS


def test_every_event_that_is_told_is_in_the_table_and_the_reverse() -> None:
    files = [path for path in (ROOT / "syndicator").rglob("*.py") if path.name != "events.py"]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    told = set(re.findall(r'"([a-z]+_[a-z]+)"', source))
    assert set(re.findall(r'tell\(\s*"(\w+)"', source)) - set(EVENTS) == set()
    assert set(EVENTS) - told - {f"delivery_{state}" for state in State} == set()


@pytest.mark.parametrize("state", State)
def test_the_architecture_page_explains_every_state(state: State) -> None:
    assert f"| `{state}` |" in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    paths = [(document.parent / target).resolve() for target in targets]
    assert [path for path in paths if not path.exists() and not is_of_removed_connector(path)] == []


def is_of_removed_connector(path: Path) -> bool:
    """Documents may go on speaking of a connector whose folder somebody has deleted."""
    inside = path.is_relative_to(ROOT / "connectors") and path != ROOT / "connectors"
    return inside and not (ROOT / "connectors" / path.relative_to(ROOT / "connectors").parts[0]).exists()


def test_the_records_of_decisions_are_numbered_without_gaps_or_repeats() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_changelog_has_the_version_or_an_open_section() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{__version__}]" in text


def test_the_guarantees_list_every_row_of_what_can_go_wrong() -> None:
    page = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    named = [row for line in page.splitlines() if line.startswith("| F-") for row in re.findall(r"F-\d\d", line)]
    assert named == list(ROWS)
