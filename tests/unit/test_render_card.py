"""Link cards: what a page says of itself, and whose words count first."""

import time
from dataclasses import replace

import pytest

from syndicator.connector import Attachment
from syndicator.post import Post
from syndicator.render.card import PageCard, card_for, read_page

URL = "https://blog.example/2026/p/"
POST = Post(guid="1", link=URL, title="A title", text="The text.", summary="In short.")


def test_open_graph_comes_first() -> None:
    page = b"""<html><head><title>T &amp; t</title><meta name=description content=plain>
    <meta property="og:title" content="OG title"><meta property='og:description' content='OG  words'>
    <meta property="og:image" content="/a.jpg"><meta property="og:image:alt" content="A cat">
    <meta property="og:image" content="/b.jpg"><link rel="canonical" href="../p"></head>"""
    assert read_page(page, URL) == PageCard(
        "OG title",
        "OG words",
        "https://blog.example/a.jpg",
        "A cat",
        "https://blog.example/2026/p",
        heading="T & t",
        abstract="plain",
    )


def test_plain_html_and_twitters_names_serve_as_well() -> None:
    page = b"""<title>T &amp; t</title><meta name=Description content=plain><meta name='twitter:title' content='For X'>
    <meta name='twitter:image' content='b.png'><meta name="fediverse:creator" content="@ada@social.example">"""
    found = read_page(page, URL)
    assert (found.title, found.image_url) == ("For X", "https://blog.example/2026/p/b.png")
    assert (found.heading, found.abstract, found.creator) == ("T & t", "plain", "@ada@social.example")


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Grüße</title>".encode(), "Grüße"),
        (b'<meta charset="iso-8859-1"><title>Gr\xfc\xdfe</title>', "Grüße"),
        (b"<title>Gr\xfc\xdfe</title>", "Gr��e"),
        (b"<meta charset=nonsense><title>ok</title>", "ok"),
        (b"<title>a</title><title>b</title>", "a"),
        (b"<svg><title>Logo</title></svg><title>Page</title>", "Page"),
        (b"<script>'<title>no</title>'</script><title>yes</title>", "yes"),
        (b"<noscript><title>no</title></noscript><title>yes</title>", "yes"),
        (b"<title>\xe2\x80\xaeevil</title>", "evil"),
        (b"", ""),
        (b"\x00\xff\xfe<", ""),
    ],
)
def test_a_title_is_found_whatever_the_page_is(page: bytes, title: str) -> None:
    assert read_page(page, URL).heading == title


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:image/png;base64,AA", "file:///etc/passwd", "http://[", ""]
)
def test_a_picture_has_an_ordinary_address_or_none(address: str) -> None:
    assert read_page(f'<meta property="og:image" content="{address}">'.encode(), URL).image_url is None


def test_endless_words_are_cut() -> None:
    card = read_page(b"<title>" + b"word " * 9_000 + b"</title>", URL)
    assert len(card.heading) <= 300
    assert card.heading.endswith("word…")


@pytest.mark.parametrize("unit", [b"<!--", b"<meta ", b"<a b='", b"<div>", b"<meta charset", b"<title>", b"</"])
def test_a_hostile_page_is_read_in_reasonable_time(unit: bytes) -> None:
    began = time.process_time()
    read_page(unit * (600_000 // len(unit)), URL)
    assert time.process_time() - began < 4


PICTURE = Attachment(b"x", "0" * 64, "image/png", 1, 1)
WHOLE_PAGE = PageCard("For cards", "Words for cards", heading="Page - Site", abstract="Words for engines")


def test_what_a_page_says_for_cards_comes_first() -> None:
    card = card_for(POST, WHOLE_PAGE, PICTURE)
    assert (card.url, card.title, card.description, card.image) == (URL, "For cards", "Words for cards", PICTURE)


def test_what_the_author_wishes_comes_before_that() -> None:
    card = card_for(POST, WHOLE_PAGE, None, title="Wished", description="Wished words")
    assert (card.title, card.description) == ("Wished", "Wished words")


def test_each_word_that_the_page_does_not_have_is_the_posts() -> None:
    card = card_for(POST, replace(WHOLE_PAGE, description=""), None)
    assert (card.title, card.description) == ("For cards", "In short.")
    card = card_for(POST, replace(WHOLE_PAGE, title=""), None)
    assert (card.title, card.description) == ("A title", "Words for cards")


def test_the_rest_of_the_page_helps_out() -> None:
    card = card_for(Post(guid="1", link=URL), replace(WHOLE_PAGE, title="", description=""), None)
    assert (card.title, card.description) == ("Page - Site", "Words for engines")


def test_a_card_without_any_words_is_named_after_the_host() -> None:
    assert card_for(Post(guid="1", link=URL), None, None).title == "blog.example"


def test_a_long_post_gives_a_short_description() -> None:
    assert len(card_for(Post(guid="1", link=URL, text="Some words. " * 99), None, None).description) <= 300
