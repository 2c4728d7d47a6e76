"""Posts whose pages nobody has seen, and what becomes of their deliveries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import DEAD, GONE, WAITING, Delivery, NewPost, Owed, Page, Recording
from syndicator.ledger.states import State
from tests.ledger.ledger_ground import FEED, MINUTE, REFUSED, article, document, in_doubt, names, one_owed, ready, sent
from tests.ledger.test_cost import plans_of, statements_of

BOTH = ("mastodon", "bluesky")
HOUR = timedelta(hours=1)
NOT_FOUND = f"{WAITING}1:HTTP 404"


def owe(ledger: Ledger, clock: ManualClock, *owed: Owed, number: int = 1) -> int:
    [post_id] = ledger.record(document(clock, [number], owed))
    return post_id


def asked(ledger: Ledger, clock: ManualClock, *networks: str) -> list[Page]:
    return ledger.pages_to_ask(clock.now(), networks or BOTH)


def the_page(ledger: Ledger, clock: ManualClock) -> Page:
    [page] = asked(ledger, clock)
    return page


def miss(ledger: Ledger, clock: ManualClock, cause: str = NOT_FOUND) -> None:
    ledger.page_is_missing(the_page(ledger, clock), until=clock.now() + 2 * MINUTE, cause=cause)


def of(ledger: Ledger, network: str) -> Delivery:
    [row] = ledger.deliveries(network=network)
    return row


# Which pages


def test_a_post_due_on_several_networks_has_one_page(ledger: Ledger, clock: ManualClock) -> None:
    post_id = owe(ledger, clock, ready("mastodon"), ready("bluesky", clock.now()))
    assert asked(ledger, clock) == [Page(post_id, "blog", "https://blog.example/1")]


def test_the_oldest_post_comes_first(ledger: Ledger, clock: ManualClock) -> None:
    first, second = (owe(ledger, clock, ready(), number=number) for number in (1, 2))
    assert [page.post_id for page in asked(ledger, clock)] == [first, second]


@pytest.mark.parametrize(
    "owed",
    [
        ready("mastodon"),
        ready("bluesky", ManualClock().now() + MINUTE),
        Owed("bluesky", State.HELD, "approve"),
        Owed("bluesky", State.SKIPPED, "baseline"),
    ],
    ids=["of another network", "later", "held", "skipped"],
)
def test_only_what_is_due_counts(ledger: Ledger, clock: ManualClock, owed: Owed) -> None:
    owe(ledger, clock, owed)
    assert asked(ledger, clock, "bluesky") == []


def test_a_post_without_a_link_has_no_page(ledger: Ledger, clock: ManualClock) -> None:
    note = NewPost(replace(article(1), link=None), names(1)[:1], clock.now(), (ready(),))
    ledger.record(Recording(FEED, (note,), (), clock.now()))
    assert asked(ledger, clock) == []
    assert not ledger.awaits_page(of(ledger, "mastodon"))


def test_what_was_sent_before_is_not_asked_about(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "deferred", outcome=REFUSED, due_at=clock.now())
    ledger.wake(clock.now())
    assert asked(ledger, clock) == []
    assert not ledger.awaits_page(row)


def test_what_is_sent_again_after_doubt_is_not_asked_about(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(in_doubt(ledger, one_owed(ledger, clock)), "resend", cause="same-record")
    assert row.state is State.READY
    assert asked(ledger, clock) == []


# A page that is there


def test_a_page_that_was_seen_is_not_asked_for_again(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready(), ready("bluesky", clock.now() + HOUR))
    ledger.page_is_live(the_page(ledger, clock), canonical="https://www.blog.example/1", language="de")
    clock.advance(HOUR)
    assert asked(ledger, clock) == []
    post = ledger.post(of(ledger, "bluesky").post_id)
    assert (post.live_at, post.canonical, post.page_language) == (
        clock.now() - HOUR,
        "https://www.blog.example/1",
        "de",
    )


def test_what_waited_for_it_is_due_for_the_reason_it_had_before(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready(), Owed("bluesky", State.READY, "scheduled", clock.now()))
    miss(ledger, clock)
    clock.advance(2 * MINUTE)
    ledger.page_is_live(the_page(ledger, clock), canonical=None, language=None)
    found = {network: of(ledger, network) for network in BOTH}
    assert [(row.cause, row.due_at) for row in found.values()] == [("new", clock.now()), ("scheduled", clock.now())]


def test_what_is_dated_ahead_stays_so_when_its_page_is_there(ledger: Ledger, clock: ManualClock) -> None:
    later = clock.now() + HOUR
    owe(ledger, clock, ready(), Owed("bluesky", State.READY, "scheduled", later))
    miss(ledger, clock)
    clock.advance(2 * MINUTE)
    ledger.page_is_live(the_page(ledger, clock), canonical=None, language=None)
    assert (of(ledger, "bluesky").due_at, of(ledger, "bluesky").cause) == (later, "scheduled")


def test_keys_do_not_change_with_the_spelling_of_a_page(ledger: Ledger, clock: ManualClock) -> None:
    before = one_owed(ledger, clock)
    ledger.page_is_live(the_page(ledger, clock), canonical="https://www.blog.example/1", language=None)
    assert of(ledger, "mastodon").key == before.key
    assert ledger.owe(before.post_id, ready("bluesky"), actor="owner", cause="backfill").key != before.key
    assert ledger.post(before.post_id).post.link == "https://blog.example/1"


# A page that is missing


def test_what_is_due_waits_and_nothing_is_counted_as_an_attempt(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready("mastodon"), ready("bluesky", clock.now()))
    miss(ledger, clock)
    until = clock.now() + 2 * MINUTE
    for network in BOTH:
        row = of(ledger, network)
        assert (row.state, row.due_at, row.cause, row.attempts) == (State.READY, until, NOT_FOUND, 0)
        assert [event.move for event in ledger.events(row.id)] == ["owed"]
    assert asked(ledger, clock) == []
    assert ledger.open_work(clock.now()) == {}
    assert ledger.next_due() == until
    assert ledger.pending() == 0


def test_looks_are_counted_from_the_first(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready())
    began = clock.now()
    for looks in range(1, 4):
        miss(ledger, clock)
        clock.advance(2 * MINUTE)
        page = the_page(ledger, clock)
        assert (page.since, page.tries) == (began, looks)


def test_what_becomes_due_meanwhile_joins_those_that_wait(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready("mastodon"), ready("bluesky", clock.now() + MINUTE))
    miss(ledger, clock)
    assert of(ledger, "bluesky").cause == "new"
    clock.advance(MINUTE)
    miss(ledger, clock, f"{WAITING}2:HTTP 404")
    assert {(of(ledger, n).cause, of(ledger, n).due_at) for n in BOTH} == {
        (f"{WAITING}2:HTTP 404", clock.now() + 2 * MINUTE)
    }


def test_what_its_owner_holds_meanwhile_stays_held(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    page = the_page(ledger, clock)
    ledger.move(row, "hold", cause="owner", actor="owner")
    ledger.page_is_missing(page, until=clock.now() + HOUR, cause=NOT_FOUND)
    assert ledger.page_is_dead(page) == []
    ledger.page_is_live(page, canonical=None, language=None)
    assert (of(ledger, "mastodon").state, of(ledger, "mastodon").cause) == (State.HELD, "owner")


# A page that does not come


def test_after_enough_waiting_all_that_is_due_is_held(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready("mastodon"), ready("bluesky"))
    miss(ledger, clock)
    clock.advance(2 * MINUTE)
    held = ledger.page_is_dead(the_page(ledger, clock))
    assert {(row.network, row.state, row.cause) for row in held} == {(n, State.HELD, DEAD) for n in BOTH}
    assert ledger.waiting_for_person() == 2
    assert ledger.next_due() is None


def test_what_its_owner_lets_go_is_due_at_once_and_not_asked_about(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready("mastodon"), ready("bluesky", clock.now() + HOUR))
    miss(ledger, clock)
    clock.advance(2 * MINUTE)
    [held] = ledger.page_is_dead(the_page(ledger, clock))
    released = ledger.move(held, "release", cause="owner", actor="owner")
    assert asked(ledger, clock) == []
    assert not ledger.awaits_page(released)
    assert [row.id for row in ledger.due("mastodon", clock.now())] == [released.id]


def test_what_its_owner_lets_go_although_the_post_is_gone_is_not_asked_about(
    ledger: Ledger, clock: ManualClock
) -> None:
    held = ledger.move(one_owed(ledger, clock), "hold", cause=GONE)
    released = ledger.move(held, "release", cause="owner", actor="owner")
    assert not ledger.awaits_page(released)


def test_what_becomes_due_later_is_looked_for_from_the_beginning(ledger: Ledger, clock: ManualClock) -> None:
    owe(ledger, clock, ready("mastodon"), ready("bluesky", clock.now() + HOUR))
    miss(ledger, clock)
    clock.advance(2 * MINUTE)
    [held] = ledger.page_is_dead(the_page(ledger, clock))
    released = ledger.move(held, "release", cause="owner", actor="owner")
    clock.advance(HOUR)
    page = the_page(ledger, clock)
    assert (page.since, page.tries) == (None, 0)
    ledger.page_is_missing(page, until=clock.now() + HOUR, cause=NOT_FOUND)
    assert ledger.delivery(released.id) == released


def test_a_released_post_that_waited_for_its_owners_word_only_is_asked_about(
    ledger: Ledger, clock: ManualClock
) -> None:
    row = one_owed(ledger, clock, Owed("mastodon", State.HELD, "approve"))
    released = ledger.move(row, "release", cause="owner", actor="owner")
    assert ledger.awaits_page(released)
    assert len(asked(ledger, clock)) == 1


# Cost


def test_the_question_walks_over_unsettled_rows_only(on_sqlite: Ledger, clock: ManualClock) -> None:
    plan = plans_of(on_sqlite, lambda: asked(on_sqlite, clock))
    assert "delivery_unsettled" in plan
    assert "SCAN post" not in plan
    assert "SCAN event" not in plan


def test_asking_takes_one_statement(on_sqlite: Ledger, clock: ManualClock) -> None:
    for number in range(1, 20):
        owe(on_sqlite, clock, ready(), ready("bluesky"), number=number)
    engine = on_sqlite._transactions.engine
    assert len(statements_of(engine, lambda: asked(on_sqlite, clock))) == 1
