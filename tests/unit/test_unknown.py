"""What is done about a lost answer: every branch, and that no doubt whatever leads to a resend without proof."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Capabilities, Resend
from syndicator.unknown import (
    BETWEEN_READS,
    FIRST_REPEAT,
    KEY_MARGIN,
    POLITE,
    READS_NEEDED,
    TOO_OLD,
    Action,
    Doubt,
    next_step,
)

SENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTLE = timedelta(seconds=120)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
ZERO = timedelta(0)
MINUTE = timedelta(minutes=1)
DOUBT = Doubt(SENT, SENT)

SAME = Capabilities(300, resend=Resend.SAME_RECORD, settle=timedelta(seconds=30))
KEY = Capabilities(500, resend=Resend.KEY, settle=SETTLE, key_window=HOUR)
KEY_UNTIMED = replace(KEY, key_window=None)
LOOKUP = Capabilities(500, resend=Resend.LOOKUP, settle=SETTLE)
NEVER = Capabilities(500, resend=Resend.NEVER, settle=SETTLE)
REPEAT = Capabilities(500, resend=Resend.REPEAT, settle=SETTLE, key_window=8 * MINUTE)
BRIEFLY = replace(LOOKUP, look_for=HOUR)  # a public list that shows only the newest

READ_ONCE = replace(DOUBT, negative_reads=1, last_read=SENT + SETTLE)
READ_TWICE = replace(DOUBT, negative_reads=2, last_read=SENT + SETTLE + BETWEEN_READS)
SENT_AGAIN = Doubt(SENT, SENT + HOUR)
RESTORED = replace(DOUBT, restored=True)
KEY_SENT_AGAIN = replace(SENT_AGAIN, negative_reads=1, last_read=SENT + HOUR + SETTLE)
REPEATED = Doubt(SENT, SENT + 20 * SECOND)


def seen_nothing_at(after: timedelta) -> Doubt:
    """A read-back that could not tell."""
    return replace(DOUBT, last_read=SENT + after)


@pytest.mark.parametrize(
    ("doubt", "can", "after", "action", "at"),
    [
        # the same record: harmless at any age, after a polite pause
        (DOUBT, SAME, POLITE - SECOND, Action.WAIT, POLITE),
        (DOUBT, SAME, POLITE, Action.RESEND, None),
        (DOUBT, SAME, timedelta(days=90), Action.RESEND, None),
        # after lost time nothing is sent again, whatever the service promises: one look, and then a person
        (RESTORED, SAME, SETTLE, Action.LOOK, None),
        (RESTORED, LOOKUP, SETTLE - SECOND, Action.WAIT, SETTLE),
        (RESTORED, KEY, SETTLE, Action.LOOK, None),
        (replace(RESTORED, last_read=SENT + SETTLE), SAME, HOUR, Action.ASK, None),
        (replace(READ_TWICE, restored=True), LOOKUP, HOUR, Action.ASK, None),
        (replace(READ_ONCE, restored=True), KEY, SETTLE, Action.ASK, None),
        (replace(RESTORED, last_read=SENT), SAME, HOUR, Action.ASK, None),
        # after the clock was set back by more than an hour the same record is harmless, and one look is taken otherwise
        (DOUBT, SAME, -HOUR, Action.WAIT, POLITE),
        (DOUBT, SAME, -HOUR - SECOND, Action.RESEND, None),
        (DOUBT, LOOKUP, -HOUR, Action.WAIT, SETTLE),
        (DOUBT, LOOKUP, -HOUR - SECOND, Action.LOOK, None),
        (seen_nothing_at(ZERO), LOOKUP, -HOUR - SECOND, Action.LOOK, None),
        (seen_nothing_at(-SECOND), LOOKUP, -HOUR - SECOND, Action.ASK, None),
        (seen_nothing_at(-HOUR), LOOKUP, -HOUR - SECOND, Action.ASK, None),
        # nobody resends after a day, but one last look is taken; nobody resends where nothing can be found out
        (READ_TWICE, LOOKUP, TOO_OLD, Action.RESEND, None),
        (READ_TWICE, LOOKUP, TOO_OLD + SECOND, Action.LOOK, None),
        (READ_ONCE, KEY, TOO_OLD + SECOND, Action.LOOK, None),
        (DOUBT, LOOKUP, timedelta(days=30), Action.LOOK, None),
        (replace(READ_TWICE, last_read=SENT + TOO_OLD), LOOKUP, TOO_OLD + SECOND, Action.ASK, None),
        (seen_nothing_at(TOO_OLD + SECOND), KEY, TOO_OLD + HOUR, Action.ASK, None),
        (Doubt(SENT, SENT + TOO_OLD), LOOKUP, TOO_OLD + SECOND, Action.WAIT, TOO_OLD + SETTLE),
        (DOUBT, NEVER, SECOND, Action.ASK, None),
        (READ_TWICE, NEVER, HOUR, Action.ASK, None),
        # reading back: after the settle time, then a minute apart
        (DOUBT, LOOKUP, SETTLE - SECOND, Action.WAIT, SETTLE),
        (DOUBT, LOOKUP, SETTLE, Action.LOOK, None),
        (DOUBT, KEY, SETTLE, Action.LOOK, None),
        (replace(DOUBT, rest=HOUR), LOOKUP, SETTLE, Action.WAIT, HOUR),
        (replace(DOUBT, rest=SECOND), LOOKUP, SETTLE, Action.LOOK, None),
        (READ_ONCE, LOOKUP, SETTLE + SECOND, Action.WAIT, SETTLE + BETWEEN_READS),
        (READ_ONCE, LOOKUP, SETTLE + BETWEEN_READS, Action.LOOK, None),
        (replace(DOUBT, last_read=SENT + SECOND), LOOKUP, SETTLE, Action.LOOK, None),
        (SENT_AGAIN, LOOKUP, HOUR + SETTLE - SECOND, Action.WAIT, HOUR + SETTLE),
        # a read that cannot tell is repeated ever more slowly, and only for as long as looking makes sense
        (seen_nothing_at(2 * MINUTE), LOOKUP, 3 * MINUTE, Action.WAIT, 4 * MINUTE),
        (seen_nothing_at(16 * MINUTE), LOOKUP, 31 * MINUTE, Action.WAIT, 32 * MINUTE),
        (seen_nothing_at(16 * MINUTE), LOOKUP, 32 * MINUTE, Action.LOOK, None),
        (seen_nothing_at(32 * MINUTE), BRIEFLY, HOUR + SECOND, Action.WAIT, 64 * MINUTE),
        (seen_nothing_at(32 * MINUTE), BRIEFLY, 64 * MINUTE, Action.LOOK, None),
        (seen_nothing_at(HOUR), BRIEFLY, HOUR, Action.WAIT, 2 * HOUR),
        (seen_nothing_at(64 * MINUTE), BRIEFLY, 65 * MINUTE, Action.ASK, None),
        (DOUBT, BRIEFLY, 5 * HOUR, Action.LOOK, None),
        # the same bytes again after 20, 60 and 180 seconds, as long as the service would call them a repeat
        (DOUBT, REPEAT, ZERO, Action.WAIT, 20 * SECOND),
        (DOUBT, REPEAT, 19 * SECOND, Action.WAIT, 20 * SECOND),
        (DOUBT, REPEAT, 20 * SECOND, Action.RESEND, None),
        (DOUBT, REPEAT, 8 * MINUTE, Action.RESEND, None),
        (DOUBT, REPEAT, 8 * MINUTE + SECOND, Action.ASK, None),
        (REPEATED, REPEAT, 59 * SECOND, Action.WAIT, 60 * SECOND),
        (REPEATED, REPEAT, 60 * SECOND, Action.RESEND, None),
        (Doubt(SENT, SENT + 3 * MINUTE), REPEAT, 3 * MINUTE, Action.ASK, None),
        (Doubt(SENT, SENT + MINUTE), REPEAT, MINUTE - SECOND, Action.ASK, None),  # the clock was set back
        (DOUBT, replace(REPEAT, key_window=None), 20 * SECOND, Action.ASK, None),
        # proof of absence, or one read and a key that is still known
        (READ_TWICE, LOOKUP, HOUR, Action.RESEND, None),
        (READ_TWICE, KEY, 2 * HOUR, Action.RESEND, None),
        (READ_ONCE, KEY, SETTLE, Action.RESEND, None),
        (READ_ONCE, KEY, HOUR - KEY_MARGIN, Action.RESEND, None),
        (READ_ONCE, KEY, HOUR - KEY_MARGIN + SECOND, Action.LOOK, None),
        (KEY_SENT_AGAIN, KEY, HOUR + SETTLE, Action.WAIT, HOUR + SETTLE + BETWEEN_READS),  # as old as its first send
        (READ_ONCE, KEY_UNTIMED, SETTLE + BETWEEN_READS, Action.LOOK, None),
    ],
)
def test_every_step(doubt: Doubt, can: Capabilities, after: timedelta, action: Action, at: timedelta | None) -> None:
    step = next_step(doubt, can, findable=True, now=SENT + after)
    assert (step.action, step.at) == (action, None if at is None else SENT + at)
    assert step.why


def test_the_numbers_are_those_of_the_page() -> None:
    """They are promises to people, so changing one has to be meant."""
    assert (READS_NEEDED, BETWEEN_READS, KEY_MARGIN) == (2, MINUTE, 10 * MINUTE)
    assert (TOO_OLD, FIRST_REPEAT, POLITE) == (24 * HOUR, 20 * SECOND, 30 * SECOND)


@pytest.mark.parametrize("can", [KEY, LOOKUP, NEVER])
def test_a_person_is_asked_where_nothing_can_be_read_back(can: Capabilities) -> None:
    assert next_step(READ_TWICE, can, findable=False, now=SENT + HOUR).action is Action.ASK


@pytest.mark.parametrize("can", [SAME, KEY, LOOKUP, NEVER, REPEAT])
def test_after_lost_time_a_person_is_asked_where_nothing_can_be_read_back(can: Capabilities) -> None:
    assert next_step(RESTORED, can, findable=False, now=SENT + HOUR).action is Action.ASK


def test_the_same_record_needs_no_reading() -> None:
    assert next_step(DOUBT, SAME, findable=False, now=SENT + HOUR).action is Action.RESEND


DURATIONS = st.timedeltas(timedelta(0), timedelta(days=3))


@st.composite
def doubts(draw: st.DrawFn) -> Doubt:
    return Doubt(
        first_sent=SENT,
        last_sent=SENT + draw(DURATIONS),
        negative_reads=draw(st.integers(0, 4)),
        last_read=draw(st.none() | DURATIONS.map(lambda after: SENT + after)),
        rest=draw(st.none() | DURATIONS),
        restored=draw(st.booleans()),
    )


@st.composite
def services(draw: st.DrawFn) -> Capabilities:
    return Capabilities(
        500,
        resend=draw(st.sampled_from([Resend.KEY, Resend.LOOKUP, Resend.NEVER])),
        settle=draw(DURATIONS),
        key_window=draw(st.none() | DURATIONS),
    )


def is_proven(doubt: Doubt, can: Capabilities, now: datetime) -> bool:
    """The rule in its own words, apart from the code: absence twice, or once while the service knows our key; and
    nothing proves what a lost time has done."""
    window = can.key_window if can.resend is Resend.KEY else None
    key_known = window is not None and now <= doubt.first_sent + window - KEY_MARGIN
    absent = doubt.negative_reads >= READS_NEEDED or (doubt.negative_reads >= 1 and key_known)
    return absent and not doubt.restored


@given(doubt=doubts(), can=services(), findable=st.booleans(), after=DURATIONS)
def test_no_doubt_leads_to_a_resend_without_proof(
    doubt: Doubt, can: Capabilities, findable: bool, after: timedelta
) -> None:
    now = SENT + after
    resends = next_step(doubt, can, findable=findable, now=now).action is Action.RESEND
    may_look = can.resend is not Resend.NEVER and findable
    allowed = may_look and after <= TOO_OLD and is_proven(doubt, can, now)
    assert allowed or not resends


def test_no_doubt_at_the_limits_leads_to_a_resend_without_proof() -> None:
    """All of them, because freely drawn times hardly ever fall between two limits."""
    afters = [after + more for after in (SETTLE, HOUR - KEY_MARGIN, HOUR, 2 * HOUR, TOO_OLD) for more in (ZERO, SECOND)]
    reads, last_reads = range(READS_NEEDED + 1), (None, SENT + SETTLE, SENT + HOUR + SETTLE)
    resent = 0
    for sent_again, negative, read, restored, can, after in product(
        (ZERO, HOUR), reads, last_reads, (False, True), (KEY, KEY_UNTIMED, LOOKUP), afters
    ):
        doubt, now = Doubt(SENT, SENT + sent_again, negative, read, restored=restored), SENT + after
        if next_step(doubt, can, findable=True, now=now).action is Action.RESEND:
            assert is_proven(doubt, can, now), (doubt, can, after)
            assert after <= TOO_OLD
            resent += 1
    assert resent > 100


@given(doubt=doubts(), can=services(), findable=st.booleans(), after=DURATIONS)
def test_waiting_always_ends_in_the_future(doubt: Doubt, can: Capabilities, findable: bool, after: timedelta) -> None:
    step = next_step(doubt, can, findable=findable, now=SENT + after)
    assert (step.at is not None and step.at > SENT + after) is (step.action is Action.WAIT)


@given(after=DURATIONS, sent_again=DURATIONS, window=st.none() | DURATIONS, restored=st.booleans())
def test_nothing_is_repeated_after_the_time_in_which_the_service_would_notice(
    after: timedelta, sent_again: timedelta, window: timedelta | None, restored: bool
) -> None:
    can = replace(REPEAT, key_window=window)
    doubt = Doubt(SENT, SENT + sent_again, restored=restored)
    resends = next_step(doubt, can, findable=False, now=SENT + after).action is Action.RESEND
    assert not resends or (window is not None and sent_again < after <= window and not restored)
