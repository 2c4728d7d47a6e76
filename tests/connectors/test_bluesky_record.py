"""Rendering → post record: bytes, limits, keys. No server."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Span, SpanKind
from syndicator_bluesky import record, tid
from syndicator_bluesky.sandbox_rules import check_record, flaws, graphemes, slices
from tests.connectors.bluesky_ground import KEY, LINK, NOW, card, carded, picture, rendering

BLOB = {"$type": "blob", "ref": {"$link": "bafkrei"}, "mimeType": "image/png", "size": 70}


def index_of(facet: Any) -> tuple[int, int]:
    return facet["index"]["byteStart"], facet["index"]["byteEnd"]


def test_facets_count_bytes_of_the_text() -> None:
    text = "New: Grüße 👋 https://example.org/p/1 #Selfhosting"
    spans = [Span(13, 36, SpanKind.LINK, "https://example.org/p/1"), Span(37, 49, SpanKind.TAG, "Selfhosting")]
    assert [index_of(facet) for facet in record.facets(text, spans)] == [(18, 41), (42, 54)]


def test_a_tag_facet_names_the_tag_without_its_sign() -> None:
    facet = record.facets("#self-hosting", [Span(0, 13, SpanKind.TAG, "#self-hosting")])[0]
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#tag", "tag": "self-hosting"}]


def test_of_two_overlapping_spans_the_first_wins() -> None:
    spans = [Span(4, 9, SpanKind.TAG, "late"), Span(0, 6, SpanKind.TAG, "early")]
    assert [index_of(facet) for facet in record.facets("#early #late", spans)] == [(0, 6)]


@pytest.mark.parametrize(
    "span",
    [
        Span(0, 99, SpanKind.TAG, "outside"),
        Span(3, 3, SpanKind.TAG, "empty"),
        Span(4, 2, SpanKind.TAG, "inverted"),
        Span(-2, 3, SpanKind.TAG, "before"),
        Span(0, 3, SpanKind.TAG, "#"),
        Span(0, 3, SpanKind.TAG, "x" * 65),
        Span(0, 3, SpanKind.LINK, "javascript:alert(1)"),
        Span(0, 3, SpanKind.LINK, "example.org/p"),
        Span(0, 3, SpanKind.MENTION, "alice.example.org"),
    ],
)
def test_a_span_that_readers_could_not_use_makes_no_facet(span: Span) -> None:
    assert record.facets("some words", [span]) == []


def test_a_mention_is_made_of_a_did_only() -> None:
    facet = record.facets("@al", [Span(0, 3, SpanKind.MENTION, "did:plc:abc")])[0]
    assert facet["features"] == [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:abc"}]


@given(st.text(st.characters(codec="utf-8"), max_size=20), st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_facet_covers_exactly_its_words(before: str, after: str) -> None:
    text = f"{before}#grüße{after}"
    span = Span(len(before), len(before) + 6, SpanKind.TAG, "grüße")
    made = {"text": text, "facets": record.facets(text, [span])}
    assert [part["text"] for part in slices(made)] == ["#grüße"]
    assert list(flaws(made)) == []


@pytest.mark.parametrize(
    ("language", "langs"),
    [
        ("de", ["de"]),
        ("de-AT", ["de-AT"]),
        ("en_US", ["en-US"]),
        ("EN", ["en"]),
        (None, []),
        ("klingon!", []),
        ("", []),
    ],
)
def test_a_language_the_server_would_refuse_is_left_out(language: str | None, langs: list[str]) -> None:
    assert record.languages(language) == langs


def test_the_time_is_written_in_utc_with_milliseconds() -> None:
    noon_in_berlin = datetime(2026, 7, 1, 12, 0, 0, 5999, tzinfo=timezone(timedelta(hours=2)))
    assert record.timestamp(noon_in_berlin) == "2026-07-01T10:00:00.005Z"


def test_the_record_says_when_it_was_composed_not_when_the_blog_published() -> None:
    made = record.build(rendering(), None, (), NOW)
    assert made["createdAt"] == "2026-11-20T10:00:00.123Z"


def test_nothing_empty_is_written() -> None:
    made = record.build(rendering(spans=(), language=None), None, (), NOW)
    assert set(made) == {"$type", "text", "createdAt"}


@pytest.mark.parametrize(
    "embed",
    [
        record.card_embed(card(), BLOB),
        record.card_embed(card(), None),
        record.images_embed([(picture(), BLOB)] * 4),
        record.images_embed([(picture(width=0, height=0, alt=""), BLOB)]),
    ],
)
def test_the_server_takes_what_is_built(embed: Any) -> None:
    check_record(record.build(rendering(), embed, ("porn", "nudity"), NOW))


def test_labels_are_self_labels() -> None:
    made = record.build(rendering(), None, ("graphic-media",), NOW)
    assert made["labels"] == {
        "$type": "com.atproto.label.defs#selfLabels",
        "values": [{"val": "graphic-media"}],
    }


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("e\u0301", 1),
        ("🇩🇪🇫🇷", 2),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽!", 2),
        ("❤️‍🔥", 1),
        ("각한", 2),
        ("\u1100\u1161\u11a8", 1),
        ("a\r\nb", 3),
        ("नि", 1),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1),
        ("Grüße 👨‍👩‍👧‍👦 🇩🇪 https://example.org/ü", 31),
    ],
)
def test_characters_are_counted_as_readers_see_them_by_two_counters_alike(text: str, count: int) -> None:
    assert (record.graphemes(text), graphemes(text)) == (count, count)


def test_a_hundred_and_twenty_families_are_three_thousand_bytes() -> None:
    text = "👨‍👩‍👧‍👦" * 120
    assert (record.graphemes(text), len(text.encode())) == (120, 3000)


@pytest.mark.parametrize(
    ("microseconds", "clock_id", "key"),
    [
        (0, 0, "2222222222222"),
        (0, 1023, "22222222222zz"),
        (1766000000123456, 5, "3ma7fpewkm227"),
        (1795195800000000, 0, "3n2r4fzg7k222"),
        (2**53 - 1, 1023, "bzzzzzzzzzzzz"),
    ],
)
def test_record_keys_are_written_as_the_specification_does(microseconds: int, clock_id: int, key: str) -> None:
    assert tid.encode(microseconds, clock_id) == key
    assert tid.TID.fullmatch(key)


def test_a_record_key_depends_on_the_second_and_the_delivery_alone() -> None:
    assert tid.derive(NOW, KEY) == tid.derive(NOW.replace(microsecond=999), KEY)
    assert tid.derive(NOW, KEY) == "3n2qdbeyogdx3"


@pytest.mark.parametrize(
    ("moment", "key", "salt"), [(NOW + timedelta(seconds=1), KEY, 0), (NOW, KEY[::-1], 0), (NOW, KEY, 1)]
)
def test_another_second_delivery_or_salt_gives_another_record_key(moment: datetime, key: str, salt: int) -> None:
    assert tid.derive(moment, key, salt) != tid.derive(NOW, KEY)


@given(st.integers(-(10**9), 7 * 10**9), st.text(max_size=9))
def test_record_keys_are_valid_and_stay_in_their_second(seconds: int, key: str) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    derived = tid.derive(moment, key)
    assert tid.TID.fullmatch(derived)
    assert (
        tid.floor(moment) <= derived < tid.floor(max(moment, datetime(1970, 1, 1, tzinfo=UTC)) + timedelta(seconds=1))
    )


@pytest.mark.parametrize(
    "found",
    [
        {"embed": {"external": {"uri": LINK}}},
        {"embed": {"external": {"uri": LINK.rstrip("/") + "#top"}}},
        {"facets": [{"features": [{"uri": LINK}]}]},
    ],
)
def test_a_record_that_leads_to_the_post_is_its_copy(found: Any) -> None:
    assert record.is_copy(found, carded())


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {},
        {"text": "Grüße"},
        {"text": "Grüße", "embed": {"external": {"uri": "https://blog.example.org/other"}}},
        {"embed": "odd", "facets": {"odd": 1}},
        {"facets": [None, {"features": None}, {"features": ["odd", {"uri": 5}]}]},
    ],
)
def test_any_other_record_is_no_copy(found: Any) -> None:
    assert not record.is_copy(found, carded())


def test_without_a_link_to_show_the_words_are_the_mark() -> None:
    note = rendering(text="Only words", spans=(), link_in_text=False)
    assert record.is_copy({"text": "Only words"}, note)
    assert not record.is_copy({"text": "Other words"}, note)
