"""The life of one delivery: intent, answer, doubt, proof, and the people who may decide."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from syndicator.clock import ManualClock
from syndicator.connector import Proof
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery, Health, Owed
from syndicator.ledger.states import IllegalMove, State
from syndicator.outcome import Kind, Outcome
from tests.ledger.ledger_ground import (
    LOCKED_OUT,
    LOST,
    MINUTE,
    REFUSED,
    UNWANTED,
    Place,
    done,
    in_doubt,
    one_owed,
    sent,
)


def test_the_intent_is_durable_before_start_returns(place: Place, ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    with place.open(read_only=True) as witness:
        assert witness.delivery(row.id) == row
        assert witness.rendering(row.id) == ledger.rendering(row.id) is not None
    assert (row.state, row.attempts, row.account, row.frozen) == (State.SENDING, 1, "42", True)
    assert row.first_sent_at == row.last_sent_at == clock.now()


def test_an_attempt_is_open_until_its_answer(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    [attempt] = ledger.attempts(row.id)
    assert (attempt.kind, attempt.outcome, attempt.finished_at) == ("send", "", None)
    clock.advance(MINUTE)
    ledger.finish(row, "deferred", outcome=REFUSED, due_at=clock.now())
    [attempt] = ledger.attempts(row.id)
    assert (attempt.outcome, attempt.reason, attempt.finished_at) == ("deferred", "503 try later", clock.now())


def test_a_yes_keeps_what_the_service_gave(ledger: Ledger, clock: ManualClock) -> None:
    sending = sent(ledger, one_owed(ledger, clock))
    assert sending.delivered_at is None
    clock.advance(MINUTE)
    row = ledger.finish(sending, "delivered", outcome=done("7"))
    assert (row.state, row.remote_id, row.url) == (State.DELIVERED, "7", "https://social.example/@me/7")
    assert row.cause == "reply"
    assert (row.proof, row.delivered_at, row.extra) == (Proof.REPLY, clock.now(), {"cid": "bafy"})
    assert ledger.delivery(row.id) == row


@pytest.mark.parametrize(
    ("move", "outcome", "state"),
    [
        ("rejected", UNWANTED, State.FAILED),
        ("blocked", LOCKED_OUT, State.READY),
        ("doubtful", LOST, State.UNKNOWN),
    ],
)
def test_every_answer_has_its_state(
    ledger: Ledger, clock: ManualClock, move: str, outcome: Outcome, state: State
) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), move, outcome=outcome)
    assert (row.state, row.cause) == (state, outcome.reason)
    assert ledger.attempts(row.id)[0].outcome == outcome.kind
    assert ledger.delivery(row.id) == row


def test_broken_credentials_burn_no_attempt(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "blocked", outcome=LOCKED_OUT)
    assert (row.attempts, len(ledger.attempts(row.id))) == (0, 1)


def test_broken_credentials_burn_no_attempt_and_forgive_none(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "deferred", outcome=REFUSED, due_at=clock.now())
    again = sent(ledger, ledger.move(row, "due", cause="its time has come"))
    assert ledger.finish(again, "blocked", outcome=LOCKED_OUT).attempts == 1


def test_a_networks_health_is_the_same_news_as_the_answer(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    ledger.finish(row, "blocked", outcome=LOCKED_OUT, health=Health("auth_broken", None, "401 revoked"))
    network = ledger.network("mastodon")
    assert (network.health, network.reason, network.since) == ("auth_broken", "401 revoked", clock.now())


def test_a_deferred_row_without_a_time_is_refused(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    with pytest.raises(ValueError, match="due_at"):
        ledger.finish(row, "deferred", outcome=REFUSED)
    assert ledger.delivery(row.id).state is State.SENDING


def test_of_two_answers_one_counts(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    ledger.finish(row, "doubtful", outcome=LOST)
    with pytest.raises(Stale):
        ledger.finish(row, "delivered", outcome=done())
    assert ledger.delivery(row.id).state is State.UNKNOWN
    assert [event.move for event in ledger.events(row.id)] == ["owed", "start", "doubtful"]


def test_a_row_that_came_back_to_its_state_has_moved_all_the_same(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    ledger.move(ledger.move(row, "hold", cause="owner"), "release", cause="owner")
    with pytest.raises(Stale):
        sent(ledger, row)


def test_no_move_is_made_on_what_a_row_once_was(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    ledger.move(ledger.move(row, "hold", cause="owner"), "release", cause="owner")
    with pytest.raises(Stale):
        ledger.move(row, "skip", cause="owner")


def test_of_two_processes_one_starts(place: Place, ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    with place.open() as other:
        sent(other, row)
        with pytest.raises(Stale):
            sent(ledger, row)
    assert len(ledger.attempts(row.id)) == 1


def test_a_move_outside_the_table_changes_nothing(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    with pytest.raises(IllegalMove):
        ledger.move(row, "delivered", cause="wishful")
    with pytest.raises(IllegalMove):
        ledger.move(row, "start", cause="without a rendering")
    with pytest.raises(IllegalMove):
        ledger.finish(row, "hold", outcome=REFUSED)
    with pytest.raises(IllegalMove):
        ledger.read_back(row, found=False, conclusive=True, reason="")
    assert ledger.delivery(row.id) == row
    assert len(ledger.events(row.id)) == 1


def test_every_move_leaves_an_event(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(one_owed(ledger, clock), "hold", cause="not today", actor="owner")
    event = ledger.events(row.id)[-1]
    assert (event.move, event.source, event.target) == ("hold", State.READY, State.HELD)
    assert (event.cause, event.actor, event.at) == ("not today", "owner", clock.now())


# Doubt


def test_a_move_and_its_event_are_one_transaction(on_sqlite: Ledger, clock: ManualClock) -> None:
    row = one_owed(on_sqlite, clock)
    with on_sqlite._transactions.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER no_room BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    with pytest.raises(IntegrityError, match="no room"):
        sent(on_sqlite, row)
    assert on_sqlite.delivery(row.id) == row
    assert on_sqlite.attempts(row.id) == []


def test_who_was_sending_when_the_process_died_is_in_doubt(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = sent(ledger, one_owed(ledger, clock))
    with place.open() as ledger:
        [orphan] = ledger.orphans()
        assert (orphan.id, orphan.state, orphan.cause, orphan.doubted) == (row.id, State.UNKNOWN, "crash", True)
        assert [(a.outcome, a.reason) for a in ledger.attempts(row.id)] == [("unknown", "crash")]
        assert ledger.orphans() == []


def test_a_lost_answer_keeps_the_rest_the_service_asked_for(ledger: Ledger, clock: ManualClock) -> None:
    lost = Outcome(Kind.UNKNOWN, "stalled", after=timedelta(minutes=5))
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "doubtful", outcome=lost)
    assert ledger.delivery(row.id).rest == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("found", "conclusive", "said", "counted"),
    [(False, True, "absent", 1), (False, False, "inconclusive", 0), (True, True, "found", 0)],
)
def test_only_a_conclusive_no_counts(
    ledger: Ledger, clock: ManualClock, found: bool, conclusive: bool, said: str, counted: int
) -> None:
    row = in_doubt(ledger, one_owed(ledger, clock))
    read = ledger.read_back(row, found=found, conclusive=conclusive, reason="page 1")
    attempt = ledger.attempts(row.id)[-1]
    assert (read.state, read.negative_reads, read.last_read_at) == (State.UNKNOWN, counted, clock.now())
    assert (attempt.kind, attempt.outcome, attempt.reason) == ("read", said, "page 1")
    assert ledger.delivery(row.id) == read


def test_after_a_read_back_the_row_rests_a_minute(ledger: Ledger, clock: ManualClock) -> None:
    read = ledger.read_back(in_doubt(ledger, one_owed(ledger, clock)), found=False, conclusive=False, reason="")
    assert read.due_at == clock.now() + MINUTE
    again = ledger.read_back(read, found=False, conclusive=True, reason="", due_at=clock.now() + 9 * MINUTE)
    assert again.due_at == clock.now() + 9 * MINUTE


def test_what_a_read_back_finds_is_delivered(ledger: Ledger, clock: ManualClock) -> None:
    row = in_doubt(ledger, one_owed(ledger, clock))
    read = ledger.read_back(row, found=True, conclusive=True, reason="")
    found = ledger.finish(read, "found", outcome=done("7"), proof=Proof.READ_BACK)
    assert (found.state, found.remote_id, found.proof) == (State.DELIVERED, "7", Proof.READ_BACK)
    assert found.due_at is None  # nothing is left to look for
    assert [a.outcome for a in ledger.attempts(row.id)] == ["unknown", "found"]


def sent_again(ledger: Ledger, clock: ManualClock) -> Delivery:
    """One that was not found once, and is `sending` for the second time."""
    row = ledger.read_back(in_doubt(ledger, one_owed(ledger, clock)), found=False, conclusive=True, reason="")
    clock.advance(MINUTE)
    return sent(ledger, ledger.move(row, "resend", cause="proof"))


@pytest.mark.parametrize("move", ["doubtful", "orphaned"])
def test_read_backs_tell_nothing_of_a_send_after_them(ledger: Ledger, clock: ManualClock, move: str) -> None:
    row = sent_again(ledger, clock)
    first = clock.now() - MINUTE
    again = ledger.finish(row, move, outcome=LOST) if move == "doubtful" else ledger.orphans()[0]
    assert (again.negative_reads, again.last_read_at) == (0, None)
    assert (again.first_sent_at, again.last_sent_at) == (first, clock.now())


@pytest.mark.parametrize("move", ["deferred", "blocked"])
def test_a_send_that_was_refused_leaves_read_backs_their_worth(ledger: Ledger, clock: ManualClock, move: str) -> None:
    refused = ledger.finish(sent_again(ledger, clock), move, outcome=LOCKED_OUT, due_at=clock.now() + MINUTE)
    assert (refused.negative_reads, refused.last_read_at) == (1, clock.now() - MINUTE)
    assert refused.doubted


def test_a_send_that_surely_did_nothing_starts_no_doubt(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "blocked", outcome=LOCKED_OUT)
    clock.advance(timedelta(days=3))
    assert sent(ledger, row).first_sent_at == clock.now()


# People


def test_a_person_can_say_that_it_is_there(ledger: Ledger, clock: ManualClock) -> None:
    row = in_doubt(ledger, one_owed(ledger, clock))
    url = "https://social.example/@me/5"
    done_by_hand = ledger.move(row, "posted", cause="owner", actor="owner", url=url)
    assert (done_by_hand.state, done_by_hand.url, done_by_hand.proof) == (State.DELIVERED, url, Proof.HUMAN)
    assert done_by_hand.delivered_at == clock.now()
    assert ledger.delivery(row.id) == done_by_hand


def test_a_person_can_say_that_it_is_not_there(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock)), "ask", cause="no way to find out")
    clock.advance(timedelta(days=30))
    again = ledger.move(row, "not_posted", cause="owner", actor="owner")
    assert (again.state, again.doubted, again.first_sent_at, again.attempts) == (State.READY, False, None, 0)
    assert again.owed_since == clock.now()
    assert ledger.due("mastodon", clock.now()) == [again]


def test_after_a_persons_no_nothing_is_left_of_the_doubt(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = ledger.read_back(in_doubt(ledger, one_owed(ledger, clock)), found=False, conclusive=True, reason="")
    with place.adopt() as ledger:
        row = ledger.move(ledger.delivery(row.id), "not_posted", cause="owner", actor="owner")
    assert (row.attempts, row.negative_reads, row.restored, row.doubted) == (0, 0, False, False)
    assert (row.first_sent_at, row.last_read_at, row.rest) == (None, None, None)


def test_what_waits_for_a_person_has_no_time_of_its_own(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.read_back(in_doubt(ledger, one_owed(ledger, clock)), found=False, conclusive=False, reason="")
    assert row.due_at is not None
    assert ledger.move(row, "ask", cause="no way to find out").due_at is None


@pytest.mark.parametrize("move", ["release"])
def test_time_spent_held_makes_nothing_late(ledger: Ledger, clock: ManualClock, move: str) -> None:
    row = one_owed(ledger, clock, Owed("mastodon", State.HELD, "burst"))
    clock.advance(timedelta(days=30))
    assert ledger.move(row, move, cause="owner").owed_since == clock.now()


def test_another_try_begins_anew(ledger: Ledger, clock: ManualClock) -> None:
    failed = ledger.finish(sent(ledger, one_owed(ledger, clock)), "rejected", outcome=UNWANTED)
    clock.advance(timedelta(days=30))
    again = ledger.move(failed, "requeue", cause="owner", actor="owner")
    assert (again.state, again.attempts, again.owed_since) == (State.READY, 0, clock.now())
    assert ledger.delivery(row_id := again.id) == again
    assert ledger.rendering(row_id) is None


# Networks


def test_a_network_never_heard_of_is_well(ledger: Ledger) -> None:
    network = ledger.network("mastodon")
    assert (network.health, network.until, network.account, network.since) == ("ok", None, None, None)
    assert ledger.networks() == []


def test_a_network_keeps_its_account_when_its_health_changes(ledger: Ledger, clock: ManualClock) -> None:
    ledger.set_network("mastodon", "ok", account="42", account_name="@me", connector="mastodon")
    ledger.set_network("mastodon", "cooling", until=clock.now() + MINUTE, reason="429")
    [network] = ledger.networks()
    assert (network.account, network.account_name, network.connector) == ("42", "@me", "mastodon")
    assert (network.health, network.until, network.reason) == ("cooling", clock.now() + MINUTE, "429")


def test_since_tells_how_long_a_health_has_lasted(ledger: Ledger, clock: ManualClock) -> None:
    began = clock.now()
    ledger.set_network("mastodon", "down", reason="refused")
    clock.advance(MINUTE)
    ledger.set_network("mastodon", "down", reason="still refused")
    assert ledger.network("mastodon").since == began
    ledger.set_network("mastodon", "ok")
    assert ledger.network("mastodon").since == clock.now()
