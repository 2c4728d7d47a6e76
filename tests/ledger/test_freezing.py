"""Frozen renderings: the same bytes for every try, and nothing kept longer than it is needed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Card, Rendering, Span, SpanKind
from syndicator.ledger import freeze
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import RenderingChanged
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State
from syndicator.ledger.tables import attachment
from tests.ledger.ledger_ground import (
    LOCKED_OUT,
    LOST,
    REFUSED,
    UNWANTED,
    WORDS,
    done,
    in_doubt,
    one_owed,
    picture,
    sent,
)

CAT, DOG, HEN = (picture(f"\xff\xd8 a {animal} \x00".encode("latin-1")) for animal in ("cat", "dog", "hen"))
FULL = Rendering(
    text="Hello 🦣 #blog",
    spans=(Span(8, 13, SpanKind.TAG, "blog"), Span(0, 5, SpanKind.LINK, "https://blog.example/1")),
    link="https://blog.example/1",
    link_in_text=True,
    title="Hello",
    tags=("blog",),
    images=(CAT, DOG),
    card=Card("https://blog.example/1", "Hello", "About", HEN),
    language="en",
    content_warning="cats",
    sensitive=True,
    published=datetime(2026, 1, 1, tzinfo=UTC),
    composed=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    prepared={"media": ["1", "2"], "record": {"$type": "x", "n": 1.5, "none": None}},
)


def kept(ledger: Ledger) -> int:
    """How many attachments lie in the ledger."""
    with ledger._transactions.reading() as connection:
        return connection.execute(select(func.count()).select_from(attachment)).scalar_one()


def test_a_rendering_comes_back_byte_for_byte(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock), FULL)
    assert ledger.rendering(row.id) == FULL
    assert kept(ledger) == 3


def test_what_was_prepared_may_be_any_mapping() -> None:
    prepared = MappingProxyType({"media": ["1", "2"]})  # of which no copy can be made
    assert freeze.unpack(freeze.pack(replace(WORDS, prepared=prepared)), {}).prepared == dict(prepared)


def test_what_was_never_frozen_is_not_there(ledger: Ledger, clock: ManualClock) -> None:
    assert ledger.rendering(one_owed(ledger, clock).id) is None


texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))
renderings = st.builds(
    Rendering,
    text=texts,
    spans=st.lists(st.builds(Span, st.integers(0), st.integers(0), st.sampled_from(SpanKind), texts)).map(tuple),
    link=st.none() | texts,
    title=texts,
    tags=st.lists(texts).map(tuple),
    images=st.lists(st.sampled_from([CAT, DOG])).map(tuple),
    card=st.none() | st.builds(Card, texts, texts, texts, st.none() | st.just(DOG)),
    published=st.none() | moments,
    prepared=st.none() | st.dictionaries(texts, st.integers() | st.none() | texts),
)


@given(renderings)
def test_any_rendering_survives_freezing(rendering: Rendering) -> None:
    stored = freeze.pack(rendering)
    assert freeze.unpack(stored, {CAT.sha256: CAT.data, DOG.sha256: DOG.data}) == rendering
    assert stored.isascii()


def test_after_doubt_the_same_words_may_go_again(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock), FULL), "resend", cause="proof")
    again = sent(ledger, row, FULL)
    assert again.key == row.key
    assert ledger.rendering(row.id) == FULL


@pytest.mark.parametrize(
    "other",
    [
        replace(FULL, text="Hello again"),
        replace(FULL, images=(DOG, CAT)),
        replace(FULL, composed=None),
        replace(FULL, prepared={"media": ["3"]}),
    ],
    ids=["words", "pictures", "time", "preparation"],
)
def test_after_doubt_other_words_are_refused(ledger: Ledger, clock: ManualClock, other: Rendering) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock), FULL), "resend", cause="proof")
    with pytest.raises(RenderingChanged):
        sent(ledger, row, other)
    assert ledger.delivery(row.id) == row
    assert ledger.rendering(row.id) == FULL


def test_doubt_outlives_a_definite_no(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock)), "resend", cause="proof")
    row = ledger.finish(sent(ledger, row), "blocked", outcome=LOCKED_OUT)
    with pytest.raises(RenderingChanged):
        sent(ledger, row, replace(WORDS, text="other"))


def test_without_doubt_the_words_may_change(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "blocked", outcome=LOCKED_OUT)
    other = replace(WORDS, text="better words")
    sent(ledger, row, other)
    assert ledger.rendering(row.id) == other


@pytest.mark.parametrize("move", ["not_posted"])
def test_a_persons_word_ends_the_doubt(ledger: Ledger, clock: ManualClock, move: str) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock)), move, cause="owner")
    assert ledger.rendering(row.id) == WORDS
    assert sent(ledger, row, replace(WORDS, text="better words")).state is State.SENDING


def test_another_try_of_a_refused_post_is_rendered_anew(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock), FULL), "rejected", outcome=UNWANTED)
    row = ledger.move(row, "requeue", cause="owner")
    assert (row.frozen, ledger.rendering(row.id), kept(ledger)) == (False, None, 0)


def test_an_earlier_try_of_a_deferred_post_keeps_its_words_and_its_doubt(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock)), "resend", cause="proof")
    row = ledger.finish(sent(ledger, row), "deferred", outcome=REFUSED, due_at=clock.now())
    row = ledger.move(row, "requeue", cause="owner")
    assert (row.doubted, row.attempts, ledger.rendering(row.id)) == (True, 0, WORDS)


def test_thawing_drops_what_was_prepared_and_nothing_else(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock), FULL), "deferred", outcome=REFUSED, due_at=clock.now())
    thawed = ledger.thaw(row)
    assert ledger.rendering(row.id) == replace(FULL, prepared=None)
    assert (thawed.state, thawed.version) == (State.DEFERRED, row.version + 1)


def test_after_thawing_only_the_preparation_may_differ(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock), FULL), "resend", cause="proof")
    row = ledger.thaw(row)
    with pytest.raises(RenderingChanged):
        sent(ledger, row, replace(FULL, text="other", prepared={"media": ["3"]}))
    anew = replace(FULL, prepared={"media": ["3"]})
    assert sent(ledger, row, anew).state is State.SENDING
    assert ledger.rendering(row.id) == anew


def test_pictures_go_when_the_delivery_is_done_and_the_words_stay(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock), FULL), "delivered", outcome=done())
    left = ledger.rendering(row.id)
    assert kept(ledger) == 0
    assert left is not None
    assert (left.text, left.images[0].alt, left.images[0].data) == (FULL.text, "a cat", b"")


def test_a_picture_stays_while_another_delivery_needs_it(ledger: Ledger, clock: ManualClock) -> None:
    first, second = sent(ledger, one_owed(ledger, clock, number=1), FULL), one_owed(ledger, clock, number=2)
    second = sent(ledger, second, replace(WORDS, images=(DOG,)))
    ledger.finish(first, "delivered", outcome=done())
    assert kept(ledger) == 1
    found = ledger.rendering(second.id)
    assert found is not None
    assert found.images == (DOG,)


def skipped(ledger: Ledger, row: Delivery) -> Delivery:
    return ledger.move(ledger.finish(row, "blocked", outcome=LOCKED_OUT), "skip", cause="owner")


def failed(ledger: Ledger, row: Delivery) -> Delivery:
    return ledger.finish(row, "rejected", outcome=UNWANTED)


def unknown(ledger: Ledger, row: Delivery) -> Delivery:
    return ledger.finish(row, "doubtful", outcome=LOST)


@pytest.mark.parametrize(("end", "pictures"), [(skipped, 0), (failed, 3), (unknown, 3)])
def test_pictures_are_kept_while_they_may_be_sent_again(
    ledger: Ledger, clock: ManualClock, end: Callable[[Ledger, Delivery], Delivery], pictures: int
) -> None:
    end(ledger, sent(ledger, one_owed(ledger, clock), FULL))
    assert kept(ledger) == pictures


@pytest.mark.parametrize(("name", "called"), [("cat.jpg", r"cat\.jpg"), ("", CAT.sha256)])
def test_a_picture_under_a_wrong_name_is_never_stored(
    ledger: Ledger, clock: ManualClock, name: str, called: str
) -> None:
    row = one_owed(ledger, clock)
    wrong = Attachment(b"not a cat", CAT.sha256, "image/jpeg", 1, 1, name=name)
    with pytest.raises(ValueError, match=f"the attachment {called} is not what its digest says"):
        sent(ledger, row, replace(WORDS, images=(wrong,)))
    assert ledger.delivery(row.id) == row
