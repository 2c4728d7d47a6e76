"""What the ledger keeps of a delivery that is left to a person, and when it calls that work."""

from datetime import datetime, timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.connector import Proof
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import RenderingChanged, Stale
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import IllegalMove, State
from tests.ledger.ledger_ground import MINUTE, WORDS, Place, done, in_doubt, one_owed, ready

FACTS = {"folder": "medium/2026-11-20-walk-abcdef", "page": "https://by-hand.example/new"}
HOUR = timedelta(hours=1)


def handed_off(ledger: Ledger, row: Delivery, due_at: datetime | None = None) -> Delivery:
    return ledger.hand_off(row, WORDS, due_at=due_at, facts=FACTS)


@pytest.fixture
def row(ledger: Ledger, clock: ManualClock) -> Delivery:
    """Handed off now, to be looked after in an hour."""
    return handed_off(ledger, one_owed(ledger, clock), clock.now() + HOUR)


def test_words_facts_and_time_are_kept_in_one_step(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    assert ledger.delivery(row.id) == row
    assert (row.state, row.cause, row.extra) == (State.HANDOFF, "by-hand", FACTS)
    assert (row.first_sent_at, row.last_sent_at, row.last_read_at, row.attempts) == (clock.now(), None, None, 0)
    assert (row.frozen, ledger.rendering(row.id)) == (True, WORDS)
    assert [(e.move, e.actor) for e in ledger.events(row.id)] == [("owed", "syndicator"), ("handoff", "syndicator")]
    assert ledger.attempts(row.id) == []


def test_it_is_work_at_its_time_and_not_before(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    assert (ledger.open_work(clock.now()), ledger.handed_off("mastodon", clock.now())) == ({}, [])
    assert ledger.next_due() == ledger.next_due(["mastodon"]) == clock.now() + HOUR
    clock.advance(HOUR)
    assert (ledger.open_work(clock.now()), ledger.handed_off("mastodon", clock.now())) == ({"mastodon": 1}, [row])
    assert ledger.handed_off("bluesky", clock.now()) == []
    assert ledger.due("mastodon", clock.now()) == []


def test_without_a_time_it_is_never_work(ledger: Ledger, clock: ManualClock) -> None:
    handed_off(ledger, one_owed(ledger, clock))
    clock.advance(1000 * HOUR)
    assert (ledger.open_work(clock.now()), ledger.handed_off("mastodon", clock.now())) == ({}, [])
    assert ledger.next_due() is None


def test_other_work_of_its_network_counts_as_ever(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    one_owed(ledger, clock, ready(due_at=clock.now() + MINUTE), number=2)
    assert ledger.next_due() == clock.now() + MINUTE
    clock.advance(HOUR)
    assert ledger.open_work(clock.now()) == {"mastodon": 2}


@pytest.mark.parametrize("health", ["paused", "auth_broken"])
def test_a_network_that_may_not_be_called_wakes_nobody(ledger: Ledger, row: Delivery, health: str) -> None:
    ledger.set_network("mastodon", health)  # type: ignore[arg-type]
    assert ledger.next_due() is None


def test_it_waits_for_a_person_and_not_for_another_try(ledger: Ledger, row: Delivery) -> None:
    assert (ledger.waiting_for_person(), ledger.pending()) == (1, 0)


def test_looking_after_it_moves_its_time_and_not_its_state(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    clock.advance(HOUR)
    seen = ledger.looked_after(row, due_at=clock.now() + 2 * HOUR)
    assert ledger.delivery(row.id) == seen
    assert (seen.state, seen.last_read_at, seen.due_at) == (State.HANDOFF, clock.now(), clock.now() + 2 * HOUR)
    assert (seen.first_sent_at, seen.extra, seen.version) == (row.first_sent_at, FACTS, row.version + 1)
    assert (ledger.attempts(row.id), len(ledger.events(row.id))) == ([], 2)
    assert ledger.looked_after(seen, due_at=None).due_at is None


def test_a_look_that_told_nothing_is_logged_with_its_reason(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    ledger.looked_after(row, due_at=None, trouble="503")
    [attempt] = ledger.attempts(row.id)
    assert (attempt.kind, attempt.outcome, attempt.reason) == ("read", "inconclusive", "503")
    assert attempt.finished_at == clock.now()


def test_only_what_was_handed_off_is_looked_after(ledger: Ledger, clock: ManualClock) -> None:
    with pytest.raises(IllegalMove, match="nothing was handed off in ready"):
        ledger.looked_after(one_owed(ledger, clock), due_at=None)


def test_an_owner_who_was_faster_wins(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    ledger.move(row, "skip", cause="owner", actor="owner")
    with pytest.raises(Stale):
        handed_off(ledger, row)
    assert (ledger.delivery(row.id).state, ledger.rendering(row.id)) == (State.SKIPPED, None)


def test_what_may_have_been_sent_with_other_words_is_not_handed_off(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock)), "resend", cause="proof")
    handed_off(ledger, row)
    other = ledger.move(in_doubt(ledger, one_owed(ledger, clock, number=2)), "resend", cause="proof")
    with pytest.raises(RenderingChanged):
        ledger.hand_off(other, type(WORDS)("other words"), due_at=None, facts={})


def test_one_that_was_found_is_published_as_the_receipt_says(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    found = ledger.finish(row, "found", outcome=done())
    assert ledger.delivery(row.id) == found
    assert (found.state, found.url, found.remote_id) == (State.DELIVERED, "https://social.example/@me/900", "900")
    assert (found.extra, found.due_at, found.delivered_at) == ({"cid": "bafy"}, None, clock.now())
    assert ledger.links_to_write() is not None


def test_the_owners_word_closes_it_and_drops_the_facts(ledger: Ledger, row: Delivery) -> None:
    posted = ledger.move(row, "posted", cause="owner", actor="owner", url="https://by-hand.example/1")
    assert (posted.state, posted.proof, posted.extra) == (State.DELIVERED, Proof.HUMAN, {})


def test_put_back_it_begins_anew(ledger: Ledger, clock: ManualClock, row: Delivery) -> None:
    clock.advance(HOUR)
    again = ledger.move(ledger.looked_after(row, due_at=None), "requeue", cause="owner", actor="owner")
    assert (again.state, again.first_sent_at, again.last_read_at, again.extra) == (State.READY, None, None, {})
    assert (again.frozen, ledger.rendering(row.id), again.owed_since) == (False, None, clock.now())
    assert [found.id for found in ledger.due("mastodon", clock.now())] == [row.id]


def test_it_stays_with_its_owner_when_the_ledger_is_put_back(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = handed_off(ledger, one_owed(ledger, clock), clock.now())
    with place.adopt() as ledger:
        assert ledger.delivery(row.id).state is State.HANDOFF
