"""Hostile documents: each is cut, costs this process nothing, and the next feed is served.

Those that have to be stopped by the clock take seconds each and are marked slow.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.clock import SystemClock
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.parse import parse
from syndicator.feed.parser import Parser
from tests.feeds.hostile import MAKERS, item, rss, stumbling
from tests.unit.feed_ground import FEED_URL, RSS

LONGEST = 10.0  # seconds
MOST_THERE = 400_000  # kB, of the process that reads
MOST_HERE = 10_000  # kB more than before
CLOCK = SystemClock()
# The clock stops them, or nearly does.
SLOW = {
    *("attributes_in_a_body", "authors_of_medium_length", "brackets", "brackets_in_a_body", "deep_and_unclosed_markup"),
    *("deep_markup", "deep_xhtml", "deleted_without_end", "four_bytes_each", "half_entities", "items_that_never_end"),
    *("items_without_end", "json_items_without_end", "large_bodies", "many_elements_of_attributes"),
    *("media_groups_in_groups", "media_without_end", "one_prefix_of_many_meanings", "stray_ampersands"),
    *(
        "deep_xml_base",
        "tags_without_end",
        "unclosed_declarations",
        "titles_of_half_tags",
        "titles_of_entities",
        "credits_in_a_row",
    ),
    *("blank_lines", "addresses_of_escapes", "escaped_half_tags", "unclosed_sections", "images_without_end"),
}


def test_there_are_forty_of_them_and_more() -> None:
    assert len(MAKERS) >= 90
    assert set(MAKERS) > SLOW
    assert len(set(MAKERS) - SLOW) >= 40


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    running = Parser()
    running.parse(RSS, "", FEED_URL)
    yield running
    running.close()


def kilobytes(what: str, of: object) -> int:
    """From the kernel; 0 where it does not tell."""
    try:
        status = Path(f"/proc/{of}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    return int(found[1]) if found else 0


def outcome(parser: Parser, body: bytes) -> Document | NotAFeed:
    try:
        return parser.parse(body, "", FEED_URL)
    except NotAFeed as error:
        return error


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in MAKERS]
)
def test_it_is_cut_and_the_next_feed_is_served(name: str, parser: Parser) -> None:
    body = MAKERS[name]()
    before, started = kilobytes("VmRSS", "self"), CLOCK.monotonic()
    found = outcome(parser, body)
    seconds = CLOCK.monotonic() - started
    there = kilobytes("VmHWM", parser._child.pid) if parser._child is not None else 0
    assert isinstance(found, NotAFeed) or len(found.posts) <= 500
    assert not isinstance(found, NotAFeed) or len(found.reason) < 300
    del found
    assert seconds < LONGEST
    assert there < MOST_THERE
    assert kilobytes("VmRSS", "self") - before < MOST_HERE
    assert len(parser.parse(RSS, "", FEED_URL).posts) == 1


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("billion_laughs", "declares its own entities"),
        ("entities_in_utf_16", "declares its own entities"),
        ("nested_namespaces", "more than 100 namespaces"),
        ("newlines_and_no_root", "neither RSS, Atom nor JSON Feed"),
        ("a_preface_without_posts", "without any post"),
        ("deep_json", "damaged or cut off"),
        ("a_hundred_megabytes", "larger than 10 MB"),
        ("noise", "neither RSS, Atom nor JSON Feed"),
    ],
)
def test_it_is_refused_in_a_sentence(name: str, reason: str, parser: Parser) -> None:
    refused = outcome(parser, MAKERS[name]())
    assert isinstance(refused, NotAFeed)
    assert reason in refused.reason


@pytest.mark.parametrize(
    "name",
    [
        *("newlines_before_the_root", "newlines_after_a_comment", "author_of_dots", "managing_editor", "namespaces"),
        *("one_element_of_attributes", "long_attributes", "external_subset", "stylesheet_and_schema", "deep_body"),
        *("author_in_pieces", "style_of_letters", "one_endless_title", "xinclude"),
    ],
)
def test_what_can_be_saved_of_it_is_read(name: str, parser: Parser) -> None:
    found = outcome(parser, MAKERS[name]())
    assert isinstance(found, Document)
    assert len(found.posts) == 1
    assert len(found.posts[0].title) <= 1_000


@pytest.mark.parametrize("name", ["external_entity", "parameter_entity", "external_subset", "xinclude"])
def test_nothing_of_this_machine_is_read(name: str, parser: Parser) -> None:
    found = outcome(parser, MAKERS[name]())
    assert isinstance(found, NotAFeed) or "root:" not in repr(found)


@pytest.mark.parametrize(("name", "element"), list(stumbling()))
def test_an_element_over_which_the_library_stumbles_costs_no_other_post(name: str, element: str) -> None:
    """`name` is for the report."""
    words = "<description>Words</description>"
    document = parse(rss(item(words, 1) + item(words + element, 2) + item(words, 3)), "", FEED_URL)
    assert [post.link for post in document.posts] == [f"https://blog.example/{number}" for number in (1, 2, 3)]
    assert {post.text for post in document.posts} == {"Words"}
    assert not document.partial


def test_an_entry_that_nothing_can_read_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from feedparser.mixin import _FeedParserMixin

    def stumble(*_: object) -> None:
        raise KeyError

    monkeypatch.setattr(_FeedParserMixin, "_start_ttl", stumble, raising=False)
    document = parse(rss(item("", 1) + item("<ttl>1</ttl>", 2) + item("", 3)), "", FEED_URL)
    assert [post.link for post in document.posts] == ["https://blog.example/1", "https://blog.example/3"]
    assert (document.declared, document.omitted, document.partial) == (3, 1, False)
    assert document.remarks == ("1 post could not be read (KeyError)",)


def test_other_vocabularies_are_given_up_before_a_post_is() -> None:
    chapters = "<psc:chapters xmlns:psc='http://podlove.org/simple-chapters'><psc:chapter/></psc:chapters>"
    pictured = '<media:content url="https://blog.example/a.jpg" medium="image"/><dc:creator>Ann</dc:creator>'
    (post,) = (document := parse(rss(item(chapters + pictured)), "", FEED_URL)).posts
    assert (post.author, [image.url for image in post.images]) == ("Ann", ["https://blog.example/a.jpg"])
    assert "elements of other vocabularies were left out" in document.remarks[0]
    assert "TypeError" in document.remarks[0]
