"""`syndicate demo`: the whole path against pretend services, in a process of its own, as `make demo` runs it."""

import json
import re
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator.sandbox.service import PretendService
from syndicator.sandbox.stage import pretend_classes
from tests.system.cli_ground import Said, in_subprocess

Shown = tuple[Said, Path]
NETWORKS = sorted(pretend_classes())
SERVED = [kind for kind, place in pretend_classes().items() if issubclass(place, PretendService)]  # with an address


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    directory = tmp_path_factory.mktemp("demo") / "new"
    return in_subprocess("demo", "--keep", str(directory)), directory


def test_it_ends_well_and_complains_about_nothing(shown: Shown) -> None:
    assert (shown[0].code, shown[0].err) == (ExitCode.OK, "")


def test_it_shows_what_was_sent_where(shown: Shown) -> None:
    rows = re.findall(r"^(\w+) +.*  delivered  (\S.*)$", shown[0].out, re.MULTILINE)
    assert [network for network, _ in rows] == sorted(NETWORKS * 3)
    linked = [network for network, copy in rows if re.fullmatch(r"http://127\.0\.0\.1:\d+/\S+", copy)]
    assert linked == sorted(SERVED * 3)
    assert {copy for network, copy in rows if network not in SERVED} <= {"the service confirmed it"}


def test_it_shows_that_another_pass_sends_nothing(shown: Shown) -> None:
    assert "unchanged; 0 sent" in shown[0].out


def test_it_shows_the_links_that_a_blog_would_read(shown: Shown) -> None:
    document = json.loads((shown[1] / "blog" / "syndication.json").read_text())
    assert {len(post["syndication"]) for post in document["posts"].values()} == {len(SERVED)}
    first = {**document, "posts": dict(list(document["posts"].items())[:1])}
    assert json.dumps(first, ensure_ascii=False, indent=2) in shown[0].out


def test_it_leaves_a_page_with_every_copy_and_nothing_remote(shown: Shown) -> None:
    page = (shown[1] / "copies.html").read_text()
    assert page.count("<article>") == 3 * len(NETWORKS)
    assert "A still lake at dawn" in page
    assert {source.partition("/")[0] for source in re.findall(r'src="([^"]+)"', page)} == {"data:image"}
    assert "<script" not in page
    assert str(shown[1] / "copies.html") in shown[0].out


def test_a_second_demo_in_the_same_directory_says_why_not(shown: Shown) -> None:
    said = in_subprocess("demo", "--keep", str(shown[1]))
    assert said.code == ExitCode.USAGE
    assert f"{shown[1]} is not empty" in said.err
    assert "→ try: syndicate demo --keep" in said.err
