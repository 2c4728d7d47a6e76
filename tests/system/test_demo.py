"""`syndicate demo`: the whole path against pretend services, in a process of its own, as `make demo` runs it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from syndicator.cli import demo_posts
from syndicator.cli.demo import _title
from syndicator.exitcode import ExitCode
from syndicator.sandbox.service import PretendService
from syndicator.sandbox.stage import pretend_classes
from tests.system.cli_ground import Said, in_subprocess

Shown = tuple[Said, Path]
NETWORKS = sorted(pretend_classes())
POSTS = demo_posts.new()
SERVED = [kind for kind, place in pretend_classes().items() if issubclass(place, PretendService)]  # with an address


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    directory = tmp_path_factory.mktemp("demo") / "new"
    return in_subprocess("demo", "--keep", str(directory)), directory


def test_it_ends_well_and_complains_about_nothing(shown: Shown) -> None:
    assert (shown[0].code, shown[0].err) == (ExitCode.OK, "")


def test_it_shows_what_was_sent_where(shown: Shown) -> None:
    rows = re.findall(r"^(\w+) +(\S.*?)  +delivered  (\S.*)$", shown[0].out, re.MULTILINE)
    sent = Counter((network, post) for network, post, _ in rows)
    assert {network for network, _ in sent} == set(NETWORKS)
    assert {len([post for where, post in sent if where == network]) for network in NETWORKS} == {len(POSTS)}
    linked = {network for network, _, copy in rows if re.fullmatch(r"http://127\.0\.0\.1:\d+/\S+", copy)}
    assert linked == set(SERVED)
    assert {copy for network, _, copy in rows if network not in SERVED} <= {"the service confirmed it"}


def test_a_long_note_goes_out_as_a_thread_where_there_are_threads(shown: Shown) -> None:
    (article,) = [a for a in page_of(shown).select("#post-3 article") if a.h3 and a.h3.get_text() == "Bluesky"]
    parts = [words.get_text() for words in article.select(".post .words")]
    assert [part.rstrip()[-3:] for part in parts] == [f"{n}/{len(parts)}" for n in range(1, len(parts) + 1)]
    assert len(parts) > 1


def test_it_shows_that_another_pass_sends_nothing(shown: Shown) -> None:
    assert "unchanged; 0 sent" in shown[0].out


def test_it_shows_the_links_that_a_blog_would_read(shown: Shown) -> None:
    document = json.loads((shown[1] / "blog" / "syndication.json").read_text())
    assert {len(post["syndication"]) for post in document["posts"].values()} == {len(SERVED)}
    first = {**document, "posts": dict(list(document["posts"].items())[:1])}
    assert json.dumps(first, ensure_ascii=False, indent=2) in shown[0].out


def test_it_leaves_a_page_with_every_copy_and_nothing_remote(shown: Shown) -> None:
    page = page_of(shown)
    assert [h.get_text() for h in page.find_all("h2")] == [_title(post) for post in POSTS]
    assert len(page.find_all("article")) == len(POSTS) * len(NETWORKS)
    assert "A still lake at dawn" in page.get_text()
    assert {str(e["src"]).partition("/")[0] for e in page.find_all(src=True)} == {"data:image"}
    assert page.find("script") is None
    assert str(shown[1] / "copies.html") in shown[0].out


def test_the_page_says_which_language_a_copy_is_in(shown: Shown) -> None:
    assert {str(paper["lang"]) for paper in page_of(shown).select("#post-5 .look-mastodon .paper")} == {"ja"}


def page_of(shown: Shown) -> BeautifulSoup:
    return BeautifulSoup((shown[1] / "copies.html").read_text(), "html.parser")


def test_a_second_demo_in_the_same_directory_says_why_not(shown: Shown) -> None:
    said = in_subprocess("demo", "--keep", str(shown[1]))
    assert said.code == ExitCode.USAGE
    assert f"{shown[1]} is not empty" in said.err
    assert "→ try: syndicate demo --keep" in said.err
