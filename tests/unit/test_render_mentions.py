"""People the owner has named are called by their names on the network, and nobody else is."""

import pytest

from syndicator.connector import Hashtags, Span, SpanKind
from syndicator.post import Post
from syndicator.render.marking import JOINER, Marker
from syndicator.render.mentions import pages, spoken
from syndicator.render.pieces import Piece, Role, join
from syndicator.render.plain import to_text
from syndicator.render.style import Person

KNOWN = {"url": "https://ada.example/", "mastodon": "@ada@social.example", "bluesky": "ada.example"}


def ada(handle: str = "@ada@social.example") -> Person:
    return Person("ada", pages(KNOWN), handle)


def said(html: str, person: Person) -> str:
    return spoken(Post(None, None, html=html, text=to_text(html)), [person])


def marked(text: str, person: Person, role: Role = Role.BODY) -> tuple[str, tuple[Span, ...]]:
    return join(Marker("", Hashtags.WORD, people=(person,)).mark([Piece(role, text)]))


@pytest.mark.parametrize(
    ("known", "found"),
    [
        (KNOWN, ["https://ada.example/", "https://social.example/@ada", "https://bsky.app/profile/ada.example"]),
        ({"pixels": "ada@pics.example"}, ["https://pics.example/@ada", "https://pics.example/users/ada"]),
        ({"b": "@ada.example"}, ["https://bsky.app/profile/ada.example"]),
        ({"b": "did:plc:abc"}, ["https://bsky.app/profile/did:plc:abc"]),
        ({"l": "urn:li:organization:123"}, ["https://www.linkedin.com/company/123"]),
        ({"t": "https://ada.blog.example/"}, ["https://ada.blog.example/"]),
    ],
)
def test_profiles_follow_from_the_form_of_a_handle(known: dict[str, str], found: list[str]) -> None:
    assert set(found) <= set(pages(known))


@pytest.mark.parametrize("known", [{}, {"tumblr": "ada"}, {"linkedin": "urn:li:person:abc"}, {"x": "@ada"}])
def test_no_profile_is_guessed(known: dict[str, str]) -> None:
    assert pages(known) == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://ada.example/",
        "http://www.ADA.example",
        "https://social.example/@ada",
        "https://social.example/users/ada/",
        "https://other.example/@ada@social.example",
        "https://bsky.app/profile/ada.example",
    ],
)
@pytest.mark.parametrize(
    ("handle", "name"),
    [("@ada@social.example", "@ada@social.example"), ("ada.example", "@ada.example"), ("urn:li:person:x", "@ada")],
)
def test_a_link_to_somebody_reads_as_their_handle(url: str, handle: str, name: str) -> None:
    assert said(f"<p>By <a href='{url}'>Ada <b>Lovelace</b></a>.</p>", ada(handle)) == f"By {name}."


@pytest.mark.parametrize(
    "link",
    [
        "<a href='https://ada.example/a-post'>Ada</a>",
        "<a href='https://bsky.app/profile/bob.example'>Ada</a>",
        "<a href='https://ada.example/'>a page that she has written</a>",
        "<a href='https://ada.example/'>https://ada.example/</a>",
        "<a href='https://social.example/@ada'>social.example/@ada</a>",
        "<a href='https://ada.example/'><img src='https://ada.example/me.jpg' alt='Ada'></a>",
    ],
)
def test_other_links_read_as_their_words(link: str) -> None:
    assert said(f"<p>By {link}.</p>", ada()) == to_text(f"<p>By {link}.</p>")


@pytest.mark.parametrize("handle", ["", "https://ada.example/", "two words"])
def test_somebody_who_is_not_on_the_network_keeps_their_name(handle: str) -> None:
    assert said("<p>By <a href='https://ada.example/'>Ada</a>.</p>", ada(handle)) == "By Ada."


def test_what_normalising_took_away_stays_away() -> None:
    html = "<p>By <a href='https://ada.example/'>Ada</a>.</p><p>The post A appeared first on B.</p>"
    assert spoken(Post(None, None, html=html, text="By Ada."), [ada()]) == "By @ada@social.example."


def test_words_that_are_not_those_of_the_markup_stay() -> None:
    html = "<p>By <a href='https://ada.example/'>Ada</a>.</p>"
    assert (
        spoken(Post(None, None, html=html, text="Words of the author's own."), [ada()]) == "Words of the author's own."
    )


@pytest.mark.parametrize("text", ["@ada", "@Ada", "@ada@social.example", "@ADA@Social.example"])
@pytest.mark.parametrize("role", [Role.BODY, Role.TITLE, Role.WORDS, Role.FIXED])
def test_a_known_name_becomes_a_mention(text: str, role: Role) -> None:
    name = "@ada@social.example"
    assert marked(f"({text}), so", ada(), role) == (
        f"({name}), so",
        (Span(1, 1 + len(name), SpanKind.MENTION, name),),
    )


def test_a_mention_points_to_the_handle_as_it_was_configured() -> None:
    assert marked("@ada.", ada("ada.example"))[1] == (Span(0, 12, SpanKind.MENTION, "ada.example"),)
    assert marked("@ada.", ada("did:plc:abc"))[1] == (Span(0, 4, SpanKind.MENTION, "did:plc:abc"),)


@pytest.mark.parametrize("text", ["@adam", "@ada@other.example", "@ada.other.example", "@bob", "@ada-maria", "`@ada`"])
def test_nobody_else_is_mentioned(text: str) -> None:
    assert marked(text, ada()) == (text.replace("@", "@" + JOINER, 1), ())


def test_no_mention_is_found_within_an_address() -> None:
    text, spans = marked("https://x.example/@ada me@ada", ada())
    assert (text, [span.kind for span in spans]) == ("https://x.example/@ada me@ada", [SpanKind.LINK])


def test_an_owners_words_mention_whom_they_name() -> None:
    text, spans = marked("Hello @ada, #blog and @bob", ada("ada.example"), Role.FIXED)
    assert text == "Hello @ada.example, #blog and @bob"
    assert [text[span.start : span.end] for span in spans] == ["@ada.example", "#blog"]


def test_a_name_of_several_words_is_mentioned_as_a_whole_and_as_it_is_written() -> None:
    grace = Person("Grace Hopper", ("https://grace.example/",), "urn:li:person:abc123")
    words = said('<p>I met <a href="https://grace.example/">Grace</a>, at last.</p>', grace)
    text, spans = marked(words, grace)
    assert text == "I met @Grace Hopper, at last."
    assert [(text[s.start : s.end], s.kind, s.target) for s in spans] == [
        ("@Grace Hopper", SpanKind.MENTION, "urn:li:person:abc123")
    ]


def test_a_longer_name_is_somebody_else() -> None:
    grace = Person("Grace Hop", (), "urn:li:person:abc123")
    assert marked("I met @Grace Hopper.", grace) == (f"I met @{JOINER}Grace Hopper.", ())
