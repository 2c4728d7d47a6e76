"""The edge cases of the corpus, each as it is stated there: fetched from a server that answers as stated, then read."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from syndicator.feed.discover import find_feeds
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.fetch import Fetched, Unavailable, fetch
from syndicator.feed.gates import local_build
from syndicator.feed.identify import identify
from syndicator.feed.parse import parse
from syndicator.http import Http
from syndicator.post import Image, Kind
from syndicator.sandbox.service import Reply
from tests.feeds.corpus import CORPUS, needs
from tests.unit.feed_ground import Blog
from tests.unit.test_feed_fetch import NOTHING

pytestmark = needs("edge")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CASES: dict[str, dict[str, Any]] = {}
if (CORPUS / "edge").is_dir():
    CASES = {case["file"]: case for case in json.loads((CORPUS / "edge" / "cases.json").read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def blog() -> Iterator[Blog]:
    pages = {}
    for name, case in CASES.items():
        headers = {key: value for key, value in case["headers"].items() if key != "Server"}
        pages[f"/{name}"] = Reply(case["status"], (CORPUS / "edge" / name).read_bytes(), headers)
    with Blog(pages) as running:
        yield running


def asked(blog: Blog, name: str) -> Fetched | Unavailable:
    url = f"{blog.url}/{name}"
    answer = fetch(url, NOTHING, Http(max_body=10_000_000).allowing(url).session(), NOW)
    assert isinstance(answer, Fetched | Unavailable), answer
    return answer


def document(blog: Blog, name: str) -> Document:
    """What is read at the address that the case states."""
    answer = asked(blog, name)
    assert isinstance(answer, Fetched), answer
    return parse(answer.body, answer.content_type, CASES[name]["url"], NOW)


def titles(found: Document) -> list[str]:
    return [post.title for post in found.posts]


def published(found: Document) -> dict[str, str | None]:
    return {post.title: f"{post.published:%FT%RZ}" if post.published else None for post in found.posts}


def distinct(found: Document) -> int:
    """How many posts a ledger that knows none would see."""
    return len({sighting.aliases for sighting in identify(found.posts, {})})


ONE = {"number": 1}
EXPECTED: dict[str, dict[str, Any]] = {
    "leading_newline.xml": ONE,
    "bom_utf8.xml": ONE,
    "utf16_bom.xml": ONE,
    "gzip_body.xml.gz": ONE,
    "gzip_unlabelled.xml": ONE,
    "deflate_raw.bin": ONE,
    "nodecl_utf8.xml": {"titles": ["Café — ’"]},
    "latin1_declared_utf8.xml": {"titles": ["Café"]},
    "http_charset_conflict.xml": {"titles": ["Café"]},
    "bad_ampersand.xml": {"titles": ["A & B"]},
    "html_entity.xml": {"titles": ["A B ©"]},
    "title_double_escaped.xml": {"titles": ["Tom & Jerry <3"]},
    "title_code.xml": {"titles": ["Why vector<int> and a < b work"]},
    "no_guid.xml": {"number": 2, "distinct": 2},
    "same_guid_everywhere.xml": {"number": 5, "distinct": 5},
    "same_link_everywhere.xml": {"number": 5, "distinct": 5},
    "only_fragment_differs.xml": {"number": 3, "distinct": 3},
    "json_served_as_html.json": {"number": 0, "remarks": ()},
    "hugo_zero_date.xml": {"published": [None]},
    "epoch_seconds_date.xml": {"published": ["2024-01-02T10:00Z"]},
    "js_date.xml": {"published": ["2018-06-16T00:00Z"]},
}
MEASURES: dict[str, Callable[[Document], object]] = {
    "number": lambda found: len(found.posts),
    "titles": titles,
    "distinct": distinct,
    "published": lambda found: list(published(found).values()),
    "remarks": lambda found: found.remarks,
}


@pytest.mark.parametrize("name", EXPECTED)
def test_it_is_read_as_stated(name: str, blog: Blog) -> None:
    found = document(blog, name)
    assert {measure: MEASURES[measure](found) for measure in EXPECTED[name]} == EXPECTED[name]
    assert not found.partial


@pytest.mark.parametrize("name", ["path_as_body.xml", "url_as_body.xml"])
def test_a_body_that_is_the_name_of_something_opens_nothing(name: str, blog: Blog) -> None:
    asked_before = len(blog.requests)
    with pytest.raises(NotAFeed, match="neither RSS, Atom nor JSON Feed"):
        document(blog, name)
    assert len(blog.requests) == asked_before + 1


def refusal(blog: Blog, name: str) -> str:
    """Why there is nothing, from whichever half says so."""
    answer = asked(blog, name)
    if isinstance(answer, Unavailable):
        return answer.reason
    with pytest.raises(NotAFeed) as refused:
        parse(answer.body, answer.content_type, CASES[name]["url"], NOW)
    return refused.value.reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.xml", "empty"),
        ("homepage.html", "web page"),
        ("entity_bomb.xml", "declares its own entities"),
        ("xxe.xml", "declares its own entities"),
        ("gzip_bomb.xml.gz", "times its size"),
    ],
)
def test_it_is_refused_with_its_reason(name: str, reason: str, blog: Blog) -> None:
    assert reason in refusal(blog, name)


def test_a_challenge_is_named_as_one(blog: Blog) -> None:
    answer = asked(blog, "challenge.html")
    assert isinstance(answer, Unavailable)
    assert "challenge" in answer.reason


def test_the_home_page_names_its_feeds(blog: Blog) -> None:
    page = (CORPUS / "edge" / "homepage.html").read_text(encoding="utf-8")
    named = {candidate.url for candidate in find_feeds(page, CASES["homepage.html"]["url"])}
    assert {"https://blog.example/index.xml", "https://blog.example/feed.json"} <= named


def test_control_characters_are_gone(blog: Blog) -> None:
    (post,) = document(blog, "control_char.xml").posts
    assert not [c for c in post.title + post.text + post.html if ord(c) < 32 and c not in "\n\t"]


def test_a_cut_document_gives_what_is_whole(blog: Blog) -> None:
    found = document(blog, "truncated.xml")
    assert titles(found) == ["Hello", "Second"]
    assert (found.partial, found.declared) == (True, 3)


def test_a_local_build_is_seen_by_its_addresses(blog: Blog) -> None:
    found = document(blog, "dev_build.xml")
    assert local_build(found.posts, CASES["dev_build.xml"]["url"], ()) is not None


def test_what_tells_of_news_is_found(blog: Blog) -> None:
    found = document(blog, "hub_and_self.xml")
    assert found.push.hubs == ("https://hub.example/",)
    assert found.push.topic == "https://blog.example/feed.xml"
    assert found.push.cloud == "http://rpc.example:5337/pleaseNotify"
    assert found.ttl is not None
    assert found.ttl.total_seconds() == 3600


def test_a_permanent_guid_is_a_link_and_another_is_none(blog: Blog) -> None:
    assert [post.link for post in document(blog, "guid_permalink_no_link.xml").posts] == ["https://blog.example/1"]
    assert [post.link for post in document(blog, "guid_not_permalink_no_link.xml").posts] == [None]


@pytest.mark.parametrize(
    ("name", "link", "image"),
    [
        ("relative_links.xml", "https://blog.example/p/a/", "https://blog.example/p/a/pic.jpg"),
        ("xml_base.xml", "https://other.example/2024/a/", "https://other.example/2024/a/p.png"),
    ],
)
def test_relative_addresses_have_their_base(name: str, link: str, image: str, blog: Blog) -> None:
    (post,) = document(blog, name).posts
    assert (post.link, [picture.url for picture in post.images]) == (link, [image])


def test_named_zones_mean_their_hours(blog: Blog) -> None:
    found = published(document(blog, "named_zones.xml"))
    hours = " ".join(f"{name} {when and when[11:13]}" for name, when in found.items())
    # IST means three zones, and so none.
    assert hours == "GMT 12 EST 17 EDT 16 PDT 19 CEST 10 CET 11 BST 11 JST 03 IST 12 AEST 02"


def test_a_date_in_the_future_stays_there(blog: Blog) -> None:
    later, hello = document(blog, "future_dated.xml").posts
    assert later.published is not None
    assert NOW.year < later.published.year < NOW.year + 3
    assert (later.title, hello.published) == ("Later", datetime(2024, 1, 2, 10, tzinfo=UTC))


def test_notes_have_no_titles(blog: Blog) -> None:
    (untitled,) = document(blog, "untitled_note.xml").posts
    assert (untitled.kind, untitled.title, untitled.text) == (Kind.NOTE, "", "Just a note, with a link.")
    (prefixed,) = document(blog, "title_is_prefix.xml").posts
    assert (prefixed.kind, prefixed.title) == (Kind.NOTE, "")


def test_a_body_escaped_twice_is_one(blog: Blog) -> None:
    (post,) = document(blog, "body_double_escaped.xml").posts
    assert post.text == "Hi"
    assert [image.alt for image in post.images] == ["cat"]


def test_pictures_keep_their_own_alt_texts(blog: Blog) -> None:
    (post,) = document(blog, "media_alt.xml").posts
    assert [(image.url[-5:], image.alt) for image in post.images] == [("1.jpg", "one"), ("2.jpg", "two")]
    assert post.text == "short"


def test_what_counts_readers_is_left_out(blog: Blog) -> None:
    (post,) = document(blog, "tracking_pixel.xml").posts
    assert post.images == (Image("https://blog.example/real.jpg", "real"),)
    assert post.link == "https://blog.example/a"


def test_wishes_are_read(blog: Blog) -> None:
    (post,) = document(blog, "posse_element.xml").posts
    assert post.wishes is not None
    assert post.wishes.everywhere.syndicate is False
    assert [(name, wish.syndicate) for name, wish in post.wishes.overrides] == [("mastodon", True)]


def test_ids_of_json_are_strings_and_one_without_is_known_by_its_address(blog: Blog) -> None:
    found = document(blog, "json_bom.json")
    assert [post.guid for post in found.posts] == ["1", None, "2"]
    assert found.posts[1].link == "https://blog.example/2"
    assert ["no id" in remark for remark in found.remarks] == [False, True]


def test_json_feed_1_0_is_read(blog: Blog) -> None:
    (post,) = document(blog, "json_v1_author.json").posts
    assert (post.author, post.tags) == ("Ann", ("a b", "C"))
    assert post.images == (Image("https://blog.example/i.jpg", lead=True),)


def test_no_case_is_forgotten() -> None:
    """Each is named in this file: in the table, or in a test of its own."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert len(CASES) == 47
    assert [name for name in CASES if f'"{name}"' not in source] == []
