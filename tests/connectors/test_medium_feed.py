"""The public feed: what is found on it, what is not taken for ours, and what hostile bytes can do."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator_medium.addresses import host_of, same_page
from syndicator_medium.feed import Listed, Unreadable, copy_of, stories
from tests.connectors.medium_ground import LINK, NOW

FOOTER = f'<p><em>Originally published at </em><a href="{LINK}"><em>blog.example.org</em></a><em>.</em></p>'
PUBLICATION = (
    '<hr><p><a href="https://medium.com/p/1">T</a> was originally published in <a href="https://medium.com/b">B</a> '
    "on Medium.</p>"
)
COUNTER = '<img src="https://medium.com/_/stat?event=post.clientViewed" width="1" height="1" alt="">'


def listed(content: str, title: str = "Other", published: datetime | None = NOW) -> list[Listed]:
    return [Listed("abc123", "https://medium.com/@ada/x-abc123", title, published, content)]


def feed(items: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        f'version="2.0"><channel><title>Stories</title><link>https://medium.com/@ada</link>{items}</channel></rss>'
    ).encode()


def item(**parts: str) -> str:
    parts = {
        "link": "https://medium.com/@ada/t-abc123?source=rss-1------2",
        "guid": "https://medium.com/p/abc123",
        **parts,
    }
    return "<item>" + "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in parts.items()) + "</item>"


def found(content: str) -> bool:
    return copy_of(LINK, "Mine", listed(content)) is not None


# What is ours


@pytest.mark.parametrize(
    "content",
    [
        f"<p>Words.</p>{FOOTER}",
        f"<p>Words.</p>{FOOTER}{COUNTER}",
        f"<p>Words.</p>{FOOTER}{COUNTER}{PUBLICATION}",
        f'<p>This article was originally published on <a href="{LINK}">my blog</a> on March 1.</p>'
        + "<p>Words.</p>" * 9,
        f'<p>Words.</p><p>First appeared at <a href="{LINK}">my blog</a></p>',
    ],
)
def test_a_story_that_says_where_it_comes_from_is_ours(content: str) -> None:
    assert found(content)


@pytest.mark.parametrize(
    "href",
    [
        "https://blog.example.org/2026/11/gr%C3%BC%C3%9Fe/",
        "http://www.blog.example.org/2026/11/grüße",
        f"{LINK}?utm_source=medium",
        f"{LINK}?source=rss-1------2",
        "https://medium.com/r/?url=https%3A%2F%2Fblog.example.org%2F2026%2F11%2Fgr%C3%BC%C3%9Fe%2F",
        "https://BLOG.example.org:443/2026/11/grüße/",
    ],
)
def test_an_address_is_known_in_its_other_spellings(href: str) -> None:
    assert found(FOOTER.replace(LINK, href))


@pytest.mark.parametrize(
    "href",
    [
        "https://blog.example.org/2026/11/other/",
        f"{LINK}?p=2",
        f"{LINK}#note-2",
        "https://blog.example.org/",
        "",
        "https://[/",
    ],
)
def test_other_addresses_are_other_posts(href: str) -> None:
    assert not found(FOOTER.replace(LINK, href))


@pytest.mark.parametrize(
    "content",
    [
        f'<p>As I wrote <a href="{LINK}">earlier</a>.</p>',
        f'<p>Words.</p><p>See <a href="{LINK}">part one</a>.</p>',
        "<p>1</p>" * 4 + FOOTER + "<p>2</p>" * 6,
        f'<p>{"Words. " * 60}<a href="{LINK}">originally published</a></p>',
        "<p>Originally published at blog.example.org.</p>",
        f"<p>{LINK}</p>",
    ],
)
def test_a_mere_mention_is_not_ours(content: str) -> None:
    assert not found(content)


def test_a_link_in_a_story_of_the_same_title_is_ours() -> None:
    content = f'<p>Zuerst erschienen in <a href="{LINK}">meinem Blog</a>.</p>'
    assert copy_of(LINK, "Mine", listed(content, "Mine"))
    assert not found(content)


@pytest.mark.parametrize("title", ["Mine’s  “best” – yet", 'Mine\'s "best" - yet', "MINE'S “BEST” — YET"])
def test_a_new_story_of_the_same_title_is_ours_whatever_typography_did_to_it(title: str) -> None:
    assert copy_of(LINK, 'Mine\'s "best" - yet', listed("<p>x</p>", title), NOW + timedelta(minutes=10))


def test_a_story_from_before_or_without_a_date_is_not_known_by_its_title() -> None:
    assert copy_of(LINK, "Mine", listed("<p>x</p>", "Mine"), NOW + timedelta(minutes=11)) is None
    assert copy_of(LINK, "Mine", listed("<p>x</p>", "Mine", None), NOW) is None


def test_without_a_moment_no_title_counts() -> None:
    assert copy_of(LINK, "Mine", listed("<p>x</p>", "Mine")) is None


def test_a_story_that_comes_from_another_post_is_not_ours_though_the_title_is_the_same() -> None:
    other = FOOTER.replace(LINK, "https://blog.example.org/2026/10/mine/")
    assert copy_of(LINK, "Mine", listed(other, "Mine"), NOW) is None


def test_no_title_is_like_no_title() -> None:
    assert copy_of(LINK, "", listed("<p>x</p>", ""), NOW) is None
    assert copy_of(None, " ", listed("<p>x</p>", " "), NOW) is None


def test_a_post_without_an_address_is_known_by_its_title() -> None:
    assert copy_of(None, "Mine", listed(f"<p>x</p>{PUBLICATION}", "Mine"), NOW)


def test_the_origin_counts_more_than_a_newer_story_of_the_same_title() -> None:
    newer = listed("<p>x</p>", "Mine")
    ours = [Listed("def456", "https://medium.com/@ada/y-def456", "Mine", NOW, FOOTER)]
    hit = copy_of(LINK, "Mine", [*newer, *ours], NOW)
    assert hit is not None
    assert hit.id == "def456"


# Reading


def test_an_entry_is_read() -> None:
    one = item(title="A &amp; B <i>", pubDate="Fri, 20 Nov 2026 10:00:00 GMT", **{"content:encoded": "<p>x</p>"})
    assert stories(feed(one)) == [
        Listed("abc123", "https://medium.com/@ada/t-abc123", "A &amp; B <i>", NOW, "<p>x</p>"),
    ]


def test_only_the_source_goes_from_an_address() -> None:
    one = item(link="https://ada.medium.com/t-1?sk=friend&source=rss-1------2#top")
    assert stories(feed(one))[0].url == "https://ada.medium.com/t-1?sk=friend"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "", "/t", "https://[/"])
def test_an_entry_without_an_address_is_passed_over(link: str) -> None:
    assert stories(feed(item(link=link) + item())) == stories(feed(item()))


@pytest.mark.parametrize("guid", ["https://medium.com/p/<script>", "", "x" * 90, "https://medium.com/p/../../X-1"])
def test_an_id_is_letters_and_digits_or_none(guid: str) -> None:
    assert stories(feed(item(guid=guid)))[0].id == ""


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 10:00:00 GMT", "Fri, 20 Nov 99999 10:00:00 GMT"])
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert stories(feed(item(pubDate=date)))[0].published is None


def test_a_date_without_a_zone_is_utc() -> None:
    assert stories(feed(item(pubDate="Fri, 20 Nov 2026 10:00:00")))[0].published == NOW
    assert stories(feed(item(pubDate="Fri, 20 Nov 2026 12:00:00 +0200")))[0].published == NOW.astimezone(UTC)


def test_an_empty_feed_is_a_feed() -> None:
    assert stories(feed("")) == []


def test_a_stray_control_character_does_not_hide_the_feed() -> None:
    assert stories(feed(item(title="a\x0bb")))[0].title == "ab"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><title>Just a moment...</title>",
        b"<html></html>",
        b'{"success":true}',
        b"<rss><channel>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"/>',
        feed(item())[:-20],
    ],
)
def test_what_is_no_feed_says_nothing(data: bytes) -> None:
    with pytest.raises(Unreadable):
        stories(data)


def test_a_feed_that_declares_entities_is_refused_unread() -> None:
    bomb = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><rss><channel>&b;</channel></rss>'
    with pytest.raises(Unreadable, match="document type"):
        stories(bomb)


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>" * 200_000,
        "<" * 1_000_000,
        "<a href=" * 200_000,
        '<a href="' * 200_000,
        "<div>" * 200_000,
        "</p" * 200_000,
        "&" * 1_000_000,
        "<!--" * 200_000,
    ],
)
def test_hostile_mark_up_in_a_story_takes_no_time(hostile: str) -> None:
    began = time.process_time()
    copy_of(LINK, "Mine", listed(hostile, "Mine"), NOW)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("hostile", ["<a>" * 300_000, "<item>" * 200_000, "<x a='1'/>" * 150_000])
def test_hostile_nesting_of_the_feed_takes_no_time(hostile: str) -> None:
    began = time.process_time()
    with suppress(Unreadable):
        stories(feed(hostile))
    assert time.process_time() - began < 5


@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_are_not(data: bytes) -> None:
    with suppress(Unreadable):
        stories(data)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    assert same_page(same_page(text)) == ""  # what is compared is no address again
    assert isinstance(host_of(text), str)


def test_a_host_is_written_as_people_write_it() -> None:
    assert host_of("https://www.xn--bcher-kva.example:8080/x") == "bücher.example"
    assert host_of("https://xn--a.example/") == "xn--a.example"
    assert host_of("https://bücher.example/") == "bücher.example"
