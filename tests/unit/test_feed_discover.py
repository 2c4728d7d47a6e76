"""Finding a blog's feed on its page."""

from datetime import UTC, datetime

import pytest

from syndicator.feed.discover import (
    GUESSES,
    ON_SUB_PATH,
    Candidate,
    Seen,
    choose,
    find_feeds,
    guesses,
    ranked,
    same_posts,
)
from syndicator.feed.document import Document
from syndicator.post import Post

PAGE = "https://blog.example/"
RSS = "application/rss+xml"


def link(href: str, kind: str = RSS, title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def found(html: str, header: str = "") -> list[str]:
    return [candidate.url for candidate in find_feeds(html, PAGE, header)]


def test_feeds_are_found_with_title_and_type_in_page_order() -> None:
    html = (
        f"<html><head>{link('/index.xml', title='All &amp; every')}{link('feed.json', 'application/feed+json')}</head>"
    )
    assert find_feeds(html, PAGE) == [
        Candidate("https://blog.example/index.xml", "All & every", RSS),
        Candidate("https://blog.example/feed.json", "", "application/feed+json"),
    ]


@pytest.mark.parametrize(
    "html",
    [
        '<LINK REL="ALTERNATE" TYPE="Application/RSS+XML" HREF="/f">',
        "<link href=/f type=application/rss+xml rel=alternate>",
        '<link rel="alternate home" type="application/rss&#43;xml; charset=utf-8" href=" /f ">',
        '<base href="https://blog.example/x/"><link rel="alternate" type="application/atom+xml" href="../f">',
        '<p><link rel="alternate" type="application/rss+xml" href="https://blog.example/f"/>',
    ],
)
def test_every_spelling_of_the_link_counts(html: str) -> None:
    assert found(html) == ["https://blog.example/f"]


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="stylesheet" type="application/rss+xml" href="/f">',
        '<link rel="alternate" hreflang="de" href="/de/">',
        f"<!-- {link('/f')} -->",
        link("https://blog.example/wp-json/wp/v2/pages/2", "application/json"),
        link("javascript:alert(1)"),
        link("http://["),
        "<link rel=alternate type=application/rss+xml>",
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(html: str) -> None:
    assert found(html) == []


def test_the_header_names_feeds_too_and_each_address_counts_once() -> None:
    header = '<https://blog.example/f>; rel="alternate"; type="application/rss+xml", </style.css>; rel=preload'
    assert found(link("/f") + link("/g"), header) == ["https://blog.example/f", "https://blog.example/g"]


def test_the_main_feed_comes_before_categories_and_comments_never() -> None:
    html = link("/comments/feed/", title="Comments") + link("/category/cats/feed/") + link("/feed/") + link("/atom/")
    assert [candidate.url.removeprefix(PAGE) for candidate in ranked(find_feeds(html, PAGE))] == [
        *("feed/", "atom/", "category/cats/feed/"),
    ]


def test_a_tag_comes_after_a_feed_that_lies_deeper() -> None:
    html = link("/tag/cats.xml") + link("/blog/en/feed.xml")
    assert ranked(find_feeds(html, PAGE))[0].url == "https://blog.example/blog/en/feed.xml"


def test_a_page_with_nothing_but_comments_has_no_feed_to_choose() -> None:
    assert ranked(find_feeds(link("/feed/", title="Comments on X"), PAGE)) == []


def test_links_that_are_called_like_a_feed_count_after_what_is_declared() -> None:
    html = (
        '<a href="/rss.xml">RSS</a><a href="/about/">Me</a><a href="https://o.example/feed.xml">Theirs</a>'
        '<a rel="feed" href="/notes/">Notes</a>' + link("/deep/er/feed.xml")
    )
    assert [(c.url.removeprefix(PAGE), c.is_page) for c in ranked(find_feeds(html, PAGE))] == [
        *(("notes/", True), ("deep/er/feed.xml", False), ("rss.xml", False)),
    ]


def test_a_feed_that_is_declared_and_linked_counts_once_and_as_declared() -> None:
    assert find_feeds('<a href="/f.rss">RSS</a>' + link("/f.rss", title="T"), PAGE) == [
        Candidate("https://blog.example/f.rss", "T", RSS)
    ]


# Which of several


def seen(name: str, *numbers: int, words: int = 10, dated: bool = True, title: str = "") -> Seen:
    """A feed of the posts with these numbers."""
    when = datetime(2026, 1, 1, tzinfo=UTC) if dated else None
    posts = tuple(Post(None, f"{PAGE}p/{n}/", text="word " * words, published=when) for n in numbers)
    return Seen(f"{PAGE}{name}", Document(posts, "T", None, None, partial=False, declared=len(posts)), title)


@pytest.mark.parametrize(
    ("first", "second", "chosen", "why"),
    [
        (seen("a", 1, 2), seen("b", 1, 2, words=100), "b", "with whole posts, where /a has shorter ones"),
        (seen("a", 1, 2, words=100), seen("b", 1, 2, 3, 4), "a", "with whole posts, where /b has shorter ones"),
        (seen("a", 1, 2), seen("b", 1, 2, words=11), "a", ""),
        (seen("a", 1, 2, dated=False), seen("b", 1, 2), "b", "with dates, which /a lacks"),
        (seen("a", 1, 2), seen("b", 1, 2, 3, 4, dated=False), "a", "with dates, which /b lacks"),
        (seen("a", 1, 2), seen("b", 1, 2, 3), "b", "with more posts than /a"),
        (seen("a", 1, 2, 3), seen("b", 3), "a", "with more posts than /b"),
        (seen("a", 1, 2), seen("b", 1, 2), "a", ""),
        (seen("a", 1, 2), seen("b", 7, 8, 9, words=500), "a", ""),
        (seen("a"), seen("b", 1), "b", ""),
        (seen("a"), seen("b"), "a", ""),
    ],
)
def test_of_feeds_with_the_same_posts_the_one_that_tells_most_is_chosen(
    first: Seen, second: Seen, chosen: str, why: str
) -> None:
    best, reason = choose([first, second])
    assert (best.url, reason) == (f"{PAGE}{chosen}", why)


def test_two_feeds_are_versions_of_one_when_they_share_their_posts() -> None:
    assert same_posts(seen("a", 1, 2, 3, 4).document, seen("b", 4, 5).document)
    assert not same_posts(seen("a", 1, 2, 3, 4).document, seen("b", 4, 5, 6).document)
    assert not same_posts(seen("a").document, seen("b").document)


def test_guesses_begin_with_what_most_blogs_have() -> None:
    assert GUESSES[:5] == ("/feed/", "/feed.xml", "/index.xml", "/rss.xml", "/atom.xml")
    assert guesses("https://blog.example/about/me")[0] == "https://blog.example/feed/"
    assert len(guesses(PAGE)) == len(GUESSES)


def test_below_a_path_a_few_places_are_tried_before_those_of_the_whole_site() -> None:
    found = guesses("https://u.example/blog/")
    assert found[:2] == ["https://u.example/blog/feed/", "https://u.example/blog/feed.xml"]
    assert found[ON_SUB_PATH] == "https://u.example/feed/"
    assert set(found) == {*found[:ON_SUB_PATH], *guesses("https://u.example/")}


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "html", ["<link " * 80_000, "<!--" * 100_000, "<link a='" * 50_000, "<" * 400_000, "<a " * 150_000]
)
def test_hostile_pages_take_no_time(html: str) -> None:
    assert found(html) == []
