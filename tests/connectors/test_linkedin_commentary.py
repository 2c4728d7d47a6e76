"""Little text: written here, read by the pretend LinkedIn's own parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Hashtags, Span, SpanKind
from syndicator_linkedin.body import shortened
from syndicator_linkedin.commentary import little, measure, units
from syndicator_linkedin.sandbox_little import RESERVED, read, utf16, with_links

TEXT = st.text(st.one_of(st.sampled_from(sorted(RESERVED)), st.characters(exclude_categories=["Cs"])), max_size=60)
WORD = st.from_regex(r"[A-Za-zäß0-9][A-Za-zäß0-9_]{0,12}", fullmatch=True)
URL = st.from_regex(r"https?://[a-z]{1,8}\.example/[A-Za-z0-9_()~@*#\[\]|{}<>./?&=-]{0,30}", fullmatch=True)


@st.composite
def spanned(draw: st.DrawFn) -> tuple[str, tuple[Span, ...], str]:
    """A text with live stretches, and what its readers are to see."""
    text, seen, spans = "", "", []
    for _ in range(draw(st.integers(0, 4))):
        words = draw(TEXT)
        text, seen = text + words, seen + words
        kind = draw(st.sampled_from([SpanKind.TAG, SpanKind.LINK]))
        target = draw(WORD if kind is SpanKind.TAG else URL)
        shown = f"#{target}" if kind is SpanKind.TAG else target
        spans.append(Span(len(text), len(text) + len(shown), kind, target))
        text, seen = text + shown, seen + shown
    return text, tuple(spans), seen


def as_server(url: str) -> str:
    """An address as its server understands it: the same with and without percent-encoding."""
    from urllib.parse import unquote

    return unquote(url)


@given(TEXT)
def test_readers_see_exactly_the_words_that_were_written(text: str) -> None:
    reading = read(little(text))
    assert (reading.text, reading.cut) == (text, "")


@given(spanned())
def test_hashtags_and_addresses_come_through_and_cut_nothing(written: tuple[str, tuple[Span, ...], str]) -> None:
    text, spans, seen = written
    reading = read(little(text, spans))
    assert (as_server(reading.text), reading.cut) == (as_server(seen), "")
    tags = [piece["tag"] for piece in reading.pieces if "tag" in piece]
    assert tags == [span.target for span in spans if span.kind is SpanKind.TAG]


@given(spanned())
def test_no_text_is_longer_than_it_was_measured(written: tuple[str, tuple[Span, ...], str]) -> None:
    text, spans, _ = written
    assert utf16(little(text, spans)) <= measure(text)
    assert utf16(little(text)) <= measure(text)


@given(TEXT, TEXT)
def test_more_text_is_never_shorter(text: str, more: str) -> None:
    assert measure(text) <= measure(text + more)


@given(st.lists(URL, max_size=3), TEXT)
def test_more_text_is_never_shorter_around_addresses(urls: list[str], more: str) -> None:
    text = f" {more} ".join(urls)
    sizes = [measure(text[:end]) for end in range(len(text) + 1)]
    assert sizes == sorted(sizes)


def test_plain_words_are_counted_in_utf16_units() -> None:
    assert [measure("Grüße"), measure("👋"), measure("👩‍👩‍👧"), measure("a(b)")] == [5, 2, 8, 6]


def test_the_fifteen_characters_are_escaped_once() -> None:
    assert little(r"\|{}@[]()<>#*_~") == r"\\\|\{\}\@\[\]\(\)\<\>\#\*\_\~"
    assert len(RESERVED) == 15


def test_a_hashtag_becomes_a_template() -> None:
    text = "So #self_hosting!"
    assert little(text, (Span(3, 16, SpanKind.TAG, "self_hosting"),)) == r"So {hashtag|\#|self\_hosting}!"


def test_a_hashtag_with_vowel_signs_is_one_word() -> None:
    text = "#हिन्दी"
    assert read(little(text, (Span(0, len(text), SpanKind.TAG, "हिन्दी"),))).pieces[0]["tag"] == "हिन्दी"


def test_a_hashtag_in_prose_stays_dead() -> None:
    assert read(little("C# and #selector")).pieces == [{"text": "C# and #selector"}]


def test_an_address_has_no_character_left_that_could_cut_the_post() -> None:
    url = "https://x.example/~me/a_b(c)?q=[1]|2&at=@me#top"
    written = little(f"See {url}.", (Span(4, 4 + len(url), SpanKind.LINK, url),))
    assert written == r"See https://x.example/%7Eme/a%5Fb%28c%29?q=%5B1%5D%7C2&at=%40me\#top."


def test_a_link_shown_by_other_words_is_escaped_like_them() -> None:
    assert little("my_page", (Span(0, 7, SpanKind.LINK, "https://x.example"),)) == r"my\_page"


def test_a_mention_needs_the_name_of_a_person_or_page() -> None:
    text = "With @Acme (Inc)"
    urn = "urn:li:organization:2414183"
    assert little(text, (Span(5, 16, SpanKind.MENTION, urn),)) == rf"With @[Acme \(Inc\)]({urn})"
    assert little(text, (Span(5, 16, SpanKind.MENTION, "acme"),)) == r"With \@Acme \(Inc\)"


def test_of_overlapping_spans_the_first_counts() -> None:
    spans = (Span(0, 4, SpanKind.TAG, "abc"), Span(2, 4, SpanKind.TAG, "bc"), Span(0, 99, SpanKind.TAG, "x"))
    assert little("#abc", spans) == r"{hashtag|\#|abc}"


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Hello (world)", "Hello "),
        ("a_b", "a"),
        ("trailing \\", "trailing "),
        (r"half {hashtag|\#|", "half "),
        (r"wrong {hashtag|\#|a_b}", "wrong "),
        ("lonely #", "lonely "),
        ("@you", ""),
        ("@[Name](urn:li:share:1) x", ""),
        (r"\n is no escape", ""),
    ],
)
def test_the_pretend_linkedin_cuts_at_the_first_character_out_of_place(written: str, seen: str) -> None:
    reading = read(written)
    assert (reading.text, reading.cut) == (seen, written[len(seen) :])


def test_the_pretend_linkedin_knows_bare_hashtags_and_links_addresses() -> None:
    pieces = with_links(read("Go #north https://x.example now"))
    assert [piece.get("href", "") for piece in pieces] == [
        "",
        "https://www.linkedin.com/feed/hashtag/north",
        "",
        "https://x.example",
        "",
    ]


@given(st.text(max_size=80), st.integers(2, 40))
def test_a_shortened_line_fits_and_begins_as_the_whole(text: str, most: int) -> None:
    line, cut = " ".join(text.split()), shortened(text, most)
    assert units(cut) <= most
    assert cut == line or (cut.endswith("…") and line.startswith(cut[:-1]))


def test_a_line_is_cut_between_words_and_never_inside_a_character() -> None:
    assert shortened("A title, of several words", 12) == "A title, of…"
    assert shortened("A title, of several words", 9) == "A title…"
    assert shortened("👩‍👩‍👧👩‍👩‍👧", 10) == "👩‍👩‍👧…"
    assert shortened("Fits", 4) == "Fits"


def test_tags_are_words() -> None:
    from syndicator_linkedin.connector import API_CAPABILITIES, HAND_CAPABILITIES

    assert {API_CAPABILITIES.hashtags, HAND_CAPABILITIES.hashtags} == {Hashtags.WORD}
