"""Web pages whose posts are marked up as h-entry."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from syndicator.feed.document import MOST_POSTS, Channel, NotAFeed
from syndicator.feed.hfeed import read
from syndicator.feed.parse import Document, parse
from syndicator.feed.text import H_FEED, as_h_feed
from syndicator.post import Image, Kind, Post

URL = "https://blog.example/notes/"


def channel(body: str, head: str = "", html: str = ' lang="de-AT"', url: str = URL) -> Channel:
    return read(
        f"<!doctype html><html{html}><head><title>Mein Blog</title>{head}</head><body>{body}</body></html>", url
    )


def posts(body: str, head: str = "") -> tuple[Post, ...]:
    page = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return document(page.encode()).posts


def document(page: bytes, content_type: str = "") -> Document:
    return parse(page, as_h_feed(page, content_type), URL)


def only(body: str, head: str = "") -> Post:
    (post,) = posts(body, head)
    return post


def entry(inside: str, attributes: str = "") -> str:
    return f'<article class="h-entry" {attributes}>{inside}</article>'


NOTE = entry('<p class="e-content p-name">A note about lakes.</p><a class="u-url" href="1">#</a>')
ARTICLE = entry(
    '<h2 class="p-name"><a class="u-url u-uid" href="/2024/lakes/">On lakes</a></h2>'
    '<p class="p-author h-card"><img class="u-photo" src="/me.jpg" alt="Me">'
    '<a class="p-name u-url" href="/">Ada</a></p>'
    '<time class="dt-published" datetime="2024-05-01T10:00:00+02:00">May</time>'
    '<time class="dt-updated" datetime="2024-05-02">later</time>'
    '<p class="p-summary">Why they are deep.</p>'
    '<div class="e-content"><p>Lakes are <b>deep</b> <a href="map.html">here</a>.</p></div>'
    '<a class="p-category">water</a><a class="p-category">Alps</a>'
    '<img class="u-photo" src="lake.png" alt="A lake at dawn">'
)


def test_an_article_is_read_with_all_it_says() -> None:
    (found,) = posts(f'<main class="h-feed">{ARTICLE}</main>')
    assert found == Post(
        guid="https://blog.example/2024/lakes/",
        link="https://blog.example/2024/lakes/",
        title="On lakes",
        html='<p>Lakes are <b>deep</b> <a href="https://blog.example/notes/map.html">here</a>.</p>',
        text="Lakes are deep here.",
        summary="Why they are deep.",
        published=datetime(2024, 5, 1, 8, tzinfo=UTC),
        updated=datetime(2024, 5, 2, tzinfo=UTC),
        tags=("water", "Alps"),
        images=(Image("https://blog.example/notes/lake.png", "A lake at dawn", lead=True),),
        author="Ada",
        kind=Kind.ARTICLE,
    )


def test_the_page_says_its_language_title_and_address() -> None:
    found = channel(f'<div class="h-feed"><h1 class="p-name">Notes</h1>{NOTE}</div>')
    assert (found.title, found.home, found.language, found.partial) == ("Notes", URL, "de-AT", False)
    assert found.entries[0].language == "de-AT"
    assert channel(NOTE).title == "Mein Blog"
    assert channel(entry('<p class="e-content" lang="fr">Oui</p>')).entries[0].language == "fr"


# Notes and their names


@pytest.mark.parametrize(
    "inside",
    [
        '<p class="e-content p-name">Lakes are deep.</p>',
        '<p class="p-name">Lakes are deep.</p><p class="e-content">Lakes are deep.</p>',
        '<p class="p-name">Lakes are de…</p><p class="e-content">Lakes are deep.</p>',
        '<div class="e-content">Lakes are deep.</div>',
        '<div class="p-name">Ada, today: <div class="e-content">Lakes are deep.</div> 3 replies</div>',
        '<div class="e-content p-name">Ja.</div>',
    ],
    ids=["one element", "twice", "cut", "no name", "everything", "one word"],
)
def test_a_name_made_from_the_words_is_no_title(inside: str) -> None:
    found = only(entry(inside))
    assert (found.title, found.kind) == ("", Kind.NOTE)
    assert found.text.startswith(("Lakes are deep.", "Ja."))


@pytest.mark.parametrize(
    "inside",
    [
        '<h1 class="p-name">On lakes</h1><p class="e-content">They are deep.</p>',
        '<div class="e-content"><h1 class="p-name">On lakes</h1><p>They are deep.</p></div>',
        '<a class="u-url p-name" href="/x">On lakes</a>',
    ],
    ids=["above", "within", "alone"],
)
def test_a_title_is_a_title(inside: str) -> None:
    assert only(entry(inside)).title == "On lakes"


def test_links_to_copies_are_no_words_of_a_post() -> None:
    copies = (
        '<a class="u-syndication" href="https://m.example/1">Mastodon</a> and '
        '<a class="u-syndication" rel="syndication" href="https://b.example/2">Bluesky</a>'
    )
    found = only(
        entry(
            f'<div class="e-content"><p>Lakes are deep.</p><footer><p>Also on {copies}.</p></footer>'
            f'<p>I wrote this on a train <a class="u-syndication" href="https://m.example/1">(here)</a>, and it shows.'
            ' More is <a href="/more/">there</a>.</p></div>'
        )
    )
    assert found.text == "Lakes are deep.\n\nI wrote this on a train , and it shows. More is there."
    assert "m.example" not in found.html


def test_what_stands_beside_links_to_copies_stays_when_it_says_something() -> None:
    copy = '<a class="u-syndication" href="https://m.example/1">Mastodon</a>'
    kept = only(
        entry(f'<div class="e-content"><p>{copy} <a href="/b/">b</a></p><p>{copy}<img src="/c.png"></p>x</div>')
    )
    assert ('href="https://blog.example/b/"' in kept.html, len(kept.images)) == (True, 1)


# Which entries count


def test_the_first_feed_with_entries_is_the_feed() -> None:
    other = entry('<p class="e-content">Elsewhere</p>')
    page = f'{other}<div class="h-feed"></div><div class="h-feed">{NOTE}</div><div class="h-feed">{other}</div>'
    assert [post.text for post in posts(page)] == ["A note about lakes."]


@pytest.mark.parametrize(
    "page",
    [
        NOTE,
        f'<div class="h-feed">{NOTE}</div>',
        f'<div class="h-card"><div class="h-feed"><section><div>{NOTE}</div></section></div></div>',
        f"<my-feed class='h-feed'>{NOTE.replace('article', 'my-post')}</my-feed>",
    ],
)
def test_entries_are_found_wherever_they_stand(page: str) -> None:
    assert only(page).link == "https://blog.example/notes/1"


def test_a_feed_may_be_the_body_itself() -> None:
    page = f'<!doctype html><html><body class="h-feed home"><p class="p-name">N</p>{NOTE}</body></html>'
    assert (document(page.encode()).title, len(document(page.encode()).posts)) == ("N", 1)


def test_comments_and_quotations_belong_to_the_entry_they_stand_in() -> None:
    quoted = '<div class="h-cite u-in-reply-to"><p class="p-content">Quoted</p></div>'
    reply = entry('<p class="e-content">A stranger writes</p>', "id=c1").replace("h-entry", "p-comment h-entry")
    loose = entry('<p class="e-content">Another stranger</p>')
    found = only(entry(f'<p class="e-content">Mine</p>{quoted}{reply}{loose}<a class="u-url" href="/1">1</a>'))
    assert (found.text, found.link) == ("Mine", "https://blog.example/1")


@pytest.mark.parametrize("gesture", ["u-like-of", "u-repost-of"])
def test_a_gesture_is_no_post(gesture: str) -> None:
    found = channel(NOTE + entry(f'<a class="{gesture}" href="https://o.example/">liked a post</a>'))
    assert (len(found.entries), found.declared) == (1, 2)


def test_a_bookmark_is_a_post_about_another_page() -> None:
    inside = '<h1 class="p-name">Read this</h1><a class="u-bookmark-of" href="https://o.example/a">o</a>'
    found = only(entry(f'{inside}<p class="e-content">It is good.</p><a class="u-url" href="/b/1">1</a>'))
    assert (found.kind, found.external_link, found.link) == (
        *(Kind.LINK, "https://o.example/a", "https://blog.example/b/1"),
    )


def test_pages_of_older_themes_are_read_too() -> None:
    found = only('<div class="hentry"><h2 class="entry-title">Old</h2><div class="entry-content">Words.</div></div>')
    assert (found.title, found.text) == ("Old", "Words.")


def test_a_page_of_very_many_entries_gives_as_many_as_other_feeds() -> None:
    found = channel(entry('<p class="e-content">x</p>') * (MOST_POSTS + 3))
    assert (len(found.entries), found.declared, found.omitted) == (MOST_POSTS, MOST_POSTS + 3, 3)


# Names and addresses


@pytest.mark.parametrize(
    ("inside", "attributes", "guid", "link"),
    [
        ('<a class="u-url" href="/1">1</a>', "", None, "https://blog.example/1"),
        ('<a class="u-url" href="https://m.example/9">m</a><a class="u-url" href="/1">1</a>', "", None,
         "https://blog.example/1"),
        ('<a class="u-url" href="https://m.example/9">m</a>', "", None, "https://m.example/9"),
        ('<data class="u-uid" value="tag:blog.example,2024:1"></data><a class="u-url" href="/1">1</a>', "",
         "tag:blog.example,2024:1", "https://blog.example/1"),
        ('<a class="u-uid" href="/1">1</a>', "", "https://blog.example/1", "https://blog.example/1"),
        ("", 'id="n7"', None, "https://blog.example/notes/#n7"),
        ('<a class="u-url" href="http://[">1</a>', "", None, None),
        ("", "", None, None),
    ],
)  # fmt: skip
def test_an_entry_is_known_by_what_it_says(inside: str, attributes: str, guid: str | None, link: str | None) -> None:
    found = only(entry(f'<p class="e-content">Words.</p>{inside}', attributes))
    assert (found.guid, found.link) == (guid, link)


def test_addresses_start_at_the_base_that_the_page_names() -> None:
    found = only(NOTE.replace("lakes.", 'lakes. <img src="l.png">'), '<base href="/other/">')
    assert (found.link, found.images[0].url) == ("https://blog.example/other/1", "https://blog.example/other/l.png")


def test_what_is_hidden_in_comments_and_scripts_is_not_there() -> None:
    head = '<!-- <base href="https://evil.example/"> --><script>"<base href=\'https://evil.example/\'>"</script>'
    assert only(f"<!-- {NOTE} --><script>'{NOTE}'</script><template>{NOTE}</template>{NOTE}", head).link == (
        "https://blog.example/notes/1"
    )


def test_the_encoding_may_stand_in_the_page() -> None:
    page = '<!doctype html><meta charset="windows-1251"><p class="h-entry"><span class="e-content">Озеро</span></p>'
    (found,) = document(page.encode("cp1251")).posts
    assert found.text == "Озеро"


# What is no feed


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>Please log in",
        '<div class="h-feed"></div>',
        '<div class="h-card">Ada</div>',
        f"<!-- {NOTE} -->",
        "\0" * 50,
    ],
)
def test_a_page_without_entries_is_an_error_never_an_empty_feed(page: str) -> None:
    with pytest.raises(NotAFeed):
        channel(page)


def test_a_page_is_no_feed_unless_its_owner_says_so() -> None:
    page = f"<!doctype html><html><body>{NOTE}</body></html>".encode()
    with pytest.raises(NotAFeed, match="web page"):
        parse(page, "text/html; charset=utf-8", URL)
    assert len(parse(page, H_FEED, URL).posts) == 1


@pytest.mark.parametrize(
    "feed", ['{"version": "x"}', '<?xml version="1.0"?><rss>', "\ufeff<feed>", "<!-- x --><rdf:RDF>"]
)
def test_another_feed_stays_what_it_is(feed: str) -> None:
    assert as_h_feed(feed.encode(), "application/x") == "application/x"


def test_a_page_that_breaks_off_within_a_tag_is_incomplete() -> None:
    assert read(f'<!doctype html><html><body>{NOTE}<article class="h-en', URL).partial
    assert not read(f"<!doctype html>{NOTE}", URL).partial


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "page",
    [
        "<div " + " ".join(f"a{n}=1" for n in range(30_000)) + f">{NOTE}",
        "<!--" * 60_000,
        "<" * 200_000,
        "<div class=h-entry>" * 20_000,
        "<b>" * 3_000 + "<p>" * 1_000,
        "<p class=h-entry>" * 20_000,
        f"{'<div>' * 900}{NOTE}",
        "<html " + "a='" * 50_000,
        "<script>" * 50_000,
        "<div class='h-entry " + "p-x " * 50_000 + "'>x",
    ],
    ids=[
        "attributes",
        "comments",
        "brackets",
        "nesting",
        "formatting",
        "entries",
        "depth",
        "html",
        "scripts",
        "classes",
    ],
)
def test_hostile_pages_are_read_or_refused_in_time(page: str) -> None:
    with suppress(NotAFeed):
        assert len(read(page, URL).entries) <= MOST_POSTS
