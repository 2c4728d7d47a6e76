"""Finding a blog's feed on its page."""

import pytest

from syndicator.feed.discover import GUESSES, Candidate, choose, find_feeds, guesses

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


def test_the_main_feed_is_chosen_before_comments_and_categories() -> None:
    html = link("/comments/feed/", title="Comments") + link("/category/cats/feed/") + link("/feed/") + link("/atom/")
    best = choose(find_feeds(html, PAGE))
    assert best is not None
    assert best.url == "https://blog.example/feed/"


def test_a_page_with_nothing_but_comments_has_no_feed_to_choose() -> None:
    assert choose(find_feeds(link("/feed/", title="Comments on X"), PAGE)) is None


def test_guesses_begin_with_what_most_blogs_have() -> None:
    assert GUESSES[:5] == ("/feed/", "/feed.xml", "/index.xml", "/rss.xml", "/atom.xml")
    assert guesses("https://blog.example/about/me")[0] == "https://blog.example/feed/"


@pytest.mark.timeout(5)
@pytest.mark.parametrize("html", ["<link " * 80_000, "<!--" * 100_000, "<link a='" * 50_000, "<" * 400_000])
def test_hostile_pages_take_no_time(html: str) -> None:
    assert found(html) == []
