"""What is owed, what is due, and when there will be something to do."""

from datetime import timedelta

import pytest

from syndicator.backoff import LONGEST, LONGEST_WISH
from syndicator.clock import STEP, ManualClock
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import WAITING, Link, Owed
from syndicator.ledger.states import State
from tests.ledger.ledger_ground import (
    LOST,
    MINUTE,
    REFUSED,
    document,
    done,
    in_doubt,
    one_owed,
    ready,
    sent,
)

SECOND = timedelta(seconds=1)


def test_what_is_ready_goes_out_in_the_order_of_the_blog(ledger: Ledger, clock: ManualClock) -> None:
    ids = ledger.record(document(clock, [3, 1, 2], (ready(),)))
    assert [row.post_id for row in ledger.due("mastodon", clock.now())] == ids
    assert [row.post_id for row in ledger.due("mastodon", clock.now(), limit=2)] == ids[:2]


def test_what_is_owed_has_been_through_nothing(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    assert (row.version, row.attempts, row.negative_reads) == (1, 0, 0)
    assert (row.restored, row.frozen, row.doubted, row.first_sent_at) == (False, False, False, None)


def test_another_networks_work_is_not_ours(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1], (ready("bluesky"),)))
    assert ledger.due("mastodon", clock.now()) == []


def test_a_delivery_is_due_at_its_time_and_not_before(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock, ready(due_at=clock.now() + MINUTE))
    assert ledger.due("mastodon", clock.now()) == []
    assert ledger.open_work(clock.now()) == {}
    clock.advance(MINUTE)
    assert ledger.due("mastodon", clock.now()) == [row]
    assert ledger.open_work(clock.now()) == {"mastodon": 1}


@pytest.mark.parametrize("state", [State.HELD, State.SKIPPED])
def test_what_is_held_or_skipped_is_nobodys_work(ledger: Ledger, clock: ManualClock, state: State) -> None:
    one_owed(ledger, clock, Owed("mastodon", state, "baseline"))
    assert ledger.due("mastodon", clock.now()) == []
    assert ledger.open_work(clock.now()) == {}
    assert ledger.next_due() is None


def test_what_was_deferred_wakes_at_its_time(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    ledger.finish(row, "deferred", outcome=REFUSED, due_at=clock.now() + MINUTE)
    assert ledger.wake(clock.now()) == 0
    clock.advance(MINUTE)
    assert ledger.open_work(clock.now()) == {"mastodon": 1}
    assert ledger.wake(clock.now()) == 1
    [woken] = ledger.due("mastodon", clock.now())
    assert (woken.state, woken.cause, woken.due_at) == (State.READY, REFUSED.reason, None)


@pytest.mark.parametrize(("beyond", "woken"), [(timedelta(0), 0), (timedelta(seconds=1), 1)])
def test_a_retry_further_ahead_than_any_we_plan_is_due(
    ledger: Ledger, clock: ManualClock, beyond: timedelta, woken: int
) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    ledger.finish(row, "deferred", outcome=REFUSED, due_at=clock.now() + LONGEST + LONGEST_WISH + beyond)
    assert ledger.wake(clock.now()) == woken


@pytest.mark.parametrize(
    ("back", "beyond", "put_right"),
    [(STEP, SECOND, False), (STEP + SECOND, SECOND, True), (STEP + SECOND, timedelta(0), False)],
)
def test_what_a_clock_that_was_set_back_since_has_put_off_is_due(
    ledger: Ledger, clock: ManualClock, back: timedelta, beyond: timedelta, put_right: bool
) -> None:
    now = clock.now() - back
    row = one_owed(ledger, clock, ready(due_at=now + LONGEST_WISH + LONGEST + beyond))
    ledger.wake(now)
    assert (ledger.delivery(row.id).due_at == now) is put_right


def test_a_page_is_not_waited_for_longer_than_anything_is(ledger: Ledger, clock: ManualClock) -> None:
    """Posts that wait for their page may be as old as they like, so their age shows no clock that was set back."""
    far = clock.now() + LONGEST_WISH + LONGEST + SECOND
    row = one_owed(ledger, clock, Owed("mastodon", State.READY, f"{WAITING}1 404", far))
    ledger.wake(clock.now())
    assert ledger.delivery(row.id).due_at == clock.now()


def test_a_post_scheduled_far_ahead_keeps_its_date(ledger: Ledger, clock: ManualClock) -> None:
    one_owed(ledger, clock, ready(due_at=clock.now() + timedelta(days=90)))
    assert ledger.due("mastodon", clock.now()) == []
    assert ledger.open_work(clock.now()) == {}


def test_an_orphan_and_a_doubt_are_work(ledger: Ledger, clock: ManualClock) -> None:
    first, second = (row for n in (1, 2) for row in [one_owed(ledger, clock, number=n)])
    in_doubt(ledger, first)
    sent(ledger, second)
    assert ledger.open_work(clock.now()) == {"mastodon": 2}


def test_a_doubt_that_rests_is_work_when_it_has_rested(ledger: Ledger, clock: ManualClock) -> None:
    row = in_doubt(ledger, one_owed(ledger, clock))
    waiting = ledger.wait(row, until=clock.now() + MINUTE)
    assert (waiting.state, waiting.version) == (State.UNKNOWN, row.version + 1)
    assert ledger.open_work(clock.now()) == {}
    assert ledger.next_due() == clock.now() + MINUTE
    assert ledger.events(row.id)[-1].move == "doubtful"


def test_the_next_work_is_the_earliest(ledger: Ledger, clock: ManualClock) -> None:
    assert ledger.next_due() is None
    one_owed(ledger, clock, ready("a", clock.now() + 2 * MINUTE), number=1)
    one_owed(ledger, clock, ready("b", clock.now() + MINUTE), number=2)
    assert ledger.next_due() == clock.now() + MINUTE


def test_a_network_nobody_asks_about_wakes_nobody(ledger: Ledger, clock: ManualClock) -> None:
    one_owed(ledger, clock)
    assert ledger.next_due(["bluesky"]) is None
    assert ledger.next_due(["bluesky", "mastodon"]) == clock.now()


@pytest.mark.parametrize("health", ["paused", "auth_broken"])
def test_a_network_that_may_not_be_called_wakes_nobody(ledger: Ledger, clock: ManualClock, health: str) -> None:
    one_owed(ledger, clock)
    assert ledger.next_due() == clock.now()
    ledger.set_network("mastodon", health)  # type: ignore[arg-type]
    assert ledger.next_due() is None
    one_owed(ledger, clock, ready("bluesky", clock.now() + MINUTE), number=2)
    assert ledger.next_due() == clock.now() + MINUTE


def test_a_cooling_network_puts_its_work_off(ledger: Ledger, clock: ManualClock) -> None:
    one_owed(ledger, clock)
    ledger.set_network("mastodon", "cooling", until=clock.now() + MINUTE)
    assert ledger.next_due() == clock.now() + MINUTE


def test_backfill_adds_what_is_not_owed_yet(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1], (ready("mastodon"),)))
    owed = Owed("bluesky", State.READY, "backfill")
    row = ledger.owe(post_id, owed, actor="owner", cause="backfill --last 1")
    [event] = ledger.events(row.id)
    assert (row.network, row.state, row.cause, row.owed_since) == ("bluesky", State.READY, "backfill", clock.now())
    assert (event.move, event.source, event.target) == ("owed", None, State.READY)
    assert (event.actor, event.cause) == ("owner", "backfill --last 1")


def test_what_is_owed_already_stays_as_it_is(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock, Owed("mastodon", State.SKIPPED, "baseline"))
    assert ledger.owe(row.post_id, ready(), actor="owner", cause="backfill") == row
    assert len(ledger.events(row.id)) == 1


def test_nothing_is_owed_for_a_post_that_does_not_exist(ledger: Ledger) -> None:
    with pytest.raises(LookupError, match="no post 9"):
        ledger.owe(9, ready(), actor="owner", cause="backfill")
    with pytest.raises(LookupError, match="no delivery 9"):
        ledger.delivery(9)
    with pytest.raises(LookupError, match="no post 9"):
        ledger.post(9)


def test_deliveries_are_listed_by_any_of_their_marks(ledger: Ledger, clock: ManualClock) -> None:
    owed = (ready("a"), Owed("b", State.HELD, "burst"), Owed("c", State.SKIPPED, "baseline"))
    first, second = ledger.record(document(clock, [1, 2], owed))
    assert len(ledger.deliveries()) == 6
    assert {row.network for row in ledger.deliveries(post_id=second)} == {"a", "b", "c"}
    assert [row.post_id for row in ledger.deliveries(network="b")] == [first, second]
    assert [row.cause for row in ledger.deliveries(cause="burst", limit=1)] == ["burst"]
    assert {row.state for row in ledger.deliveries(states=(State.HELD, State.SKIPPED))} == {State.HELD, State.SKIPPED}
    assert [row.network for row in ledger.deliveries(states=(State.READY,), post_id=first)] == ["a"]


def test_counts_say_what_waits_for_whom(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1, 2], (ready("a"), Owed("b", State.HELD, "burst"))))
    in_doubt(ledger, ledger.due("a", clock.now())[0])
    assert ledger.counts() == {("a", State.READY): 1, ("a", State.UNKNOWN): 1, ("b", State.HELD): 2}
    assert (ledger.waiting_for_person(), ledger.pending()) == (2, 1)


def test_the_newest_that_waits_for_a_person_is_the_newest_that_the_program_left_to_them(
    ledger: Ledger, clock: ManualClock
) -> None:
    """What the owner held themselves is no news to them; neither is what happened to what waits for nobody."""
    held, scheduled = (one_owed(ledger, clock, ready("a"), number=n) for n in (1, 2))
    assert ledger.newest_waiting() == 0
    held = ledger.move(held, "hold", cause="burst")
    (*_, event) = ledger.events(held.id)
    assert ledger.newest_waiting() == event.id
    ledger.move(scheduled, "hold", cause="owner", actor="owner")
    ledger.finish(sent(ledger, one_owed(ledger, clock, number=3)), "delivered", outcome=done("7"))
    assert ledger.newest_waiting() == event.id
    asked = ledger.move(in_doubt(ledger, one_owed(ledger, clock, number=4)), "ask", cause="no way to find out")
    (*_, latest) = ledger.events(asked.id)
    assert ledger.newest_waiting() == latest.id
    for row in (held, asked, ledger.delivery(scheduled.id)):
        ledger.move(row, "skip", cause="owner", actor="owner")
    assert ledger.newest_waiting() == 0


def test_what_met_no_answer_yet_is_not_pending(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    assert ledger.pending() == 0
    ledger.finish(sent(ledger, row), "doubtful", outcome=LOST)
    assert ledger.pending() == 1


def test_what_is_ready_for_its_second_try_is_pending(ledger: Ledger, clock: ManualClock) -> None:
    ledger.finish(sent(ledger, one_owed(ledger, clock)), "deferred", outcome=REFUSED, due_at=clock.now() + MINUTE)
    assert ledger.wake(clock.now() + MINUTE) == 1
    assert ledger.pending() == 1


def test_links_are_the_copies_that_can_be_visited(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    assert ledger.links() == []
    ledger.finish(row, "delivered", outcome=done("7"))
    link = Link("https://blog.example/1", "mastodon", "mastodon", "https://social.example/@me/7", clock.now())
    assert ledger.links() == [link]
    ledger.set_network("mastodon", "ok", connector="pleroma")
    assert [link.connector for link in ledger.links()] == ["pleroma"]


def test_what_is_dated_ahead_stays_so_while_it_is_held_and_released(ledger: Ledger, clock: ManualClock) -> None:
    ahead = clock.now() + 60 * MINUTE
    held = ledger.move(one_owed(ledger, clock, ready(due_at=ahead)), "hold", cause="owner")
    assert ledger.next_due() is None
    ledger.move(held, "release", cause="owner")
    assert ledger.due("mastodon", clock.now()) == []
    assert ledger.next_due() == ahead


def test_a_copy_is_known_by_the_services_name_for_it(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    out = ledger.finish(row, "delivered", outcome=done("urn:1"))
    assert ledger.delivery_of_copy("mastodon", "urn:1") == out
    assert ledger.delivery_of_copy("bluesky", "urn:1") is None
    assert ledger.delivery_of_copy("mastodon", "urn:2") is None
