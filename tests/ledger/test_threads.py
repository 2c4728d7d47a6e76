"""The parts of a thread: owed one after the other, each in the transaction that says the one before it is out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.connector import Card, Part, Proof, Receipt, Rendering, Span, SpanKind
from syndicator.errors import LedgerError
from syndicator.ledger import freeze, threads
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.owing import key_of
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State
from syndicator.ledger.tables import post
from syndicator.outcome import delivered
from tests.ledger.ledger_ground import (
    LOST,
    MINUTE,
    REFUSED,
    UNWANTED,
    Place,
    document,
    done,
    in_doubt,
    one_owed,
    picture,
    ready,
    sent,
)

LINK = "https://blog.example/1"
NAMELESS = delivered(Receipt(""))
ELSEWHERE = Span(0, 3, SpanKind.LINK, "https://elsewhere.example/")
TWO = Part("two", (ELSEWHERE,))
END = Part(f"three {LINK}", (Span(6, 6 + len(LINK), SpanKind.LINK, LINK),))


def thread(clock: ManualClock) -> Rendering:
    return Rendering(
        "one",
        link=LINK,
        link_in_text=True,
        html="<p>one two three</p>",
        title="Title",
        tags=("tag",),
        language="de",
        content_warning="long",
        visibility="unlisted",
        images=(picture(b"cat"),),
        card=Card(LINK, "Title"),
        rest=(TWO, END),
        composed=clock.now(),
        prepared={"media": ["1"]},
    )


def parts(ledger: Ledger) -> list[Delivery]:
    return sorted(ledger.deliveries(network="mastodon", post_id=1), key=lambda row: row.part)


def begun(ledger: Ledger, clock: ManualClock, outcome: object = None) -> Delivery:
    """The first part is out; gives the second."""
    row = sent(ledger, one_owed(ledger, clock), thread(clock))
    ledger.finish(row, "delivered", outcome=done("1") if outcome is None else outcome)  # type: ignore[arg-type]
    return parts(ledger)[-1]


def words(ledger: Ledger, row: Delivery) -> Rendering:
    found = ledger.rendering(row.id)
    assert found is not None
    return found


def test_when_a_part_is_out_the_next_one_is_owed_with_its_words(ledger: Ledger, clock: ManualClock) -> None:
    second = begun(ledger, clock)
    said = words(ledger, second)
    assert (second.part, second.state, second.cause, second.due_at) == (1, State.READY, "thread", clock.now())
    assert (said.text, said.spans, said.rest) == ("two", (ELSEWHERE,), (END,))
    assert (said.images, said.card, said.html, said.title, said.tags, said.prepared) == ((), None, "", "", (), None)
    assert (said.language, said.content_warning, said.visibility) == ("de", "long", "unlisted")
    assert not said.link_in_text
    assert [event.move for event in ledger.events(second.id)] == ["owed"]


def test_a_part_answers_the_one_before_and_belongs_to_the_first(ledger: Ledger, clock: ManualClock) -> None:
    second = begun(ledger, clock)
    ledger.finish(sent(ledger, second, words(ledger, second)), "delivered", outcome=done("2"))
    third = parts(ledger)[-1]
    first, to = words(ledger, second).reply_to, words(ledger, third).reply_to
    assert first is not None
    assert to is not None
    assert first.root == first.parent == Receipt("1", "https://social.example/@me/1", extra={"cid": "bafy"})
    assert (to.root, to.parent.remote_id) == (first.root, "2")
    assert words(ledger, third).link_in_text
    ledger.finish(sent(ledger, third, words(ledger, third)), "delivered", outcome=done("3"))
    assert [row.state for row in parts(ledger)] == [State.DELIVERED] * 3


def test_a_part_has_the_key_that_a_lost_ledger_would_give_it(ledger: Ledger, clock: ManualClock) -> None:
    second = begun(ledger, clock)
    with ledger._transactions.reading() as connection:
        identity = connection.execute(post.select()).mappings().one()["identity"]
    assert second.key == key_of(identity, "mastodon", 1)


def test_a_part_is_made_later_than_the_one_before(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    ahead = replace(thread(clock), composed=clock.now() + MINUTE)
    ledger.finish(sent(ledger, row, ahead), "delivered", outcome=done())
    composed = words(ledger, parts(ledger)[-1]).composed
    assert composed == clock.now() + MINUTE + timedelta(milliseconds=1)


@pytest.mark.parametrize("move", ["deferred", "rejected", "doubtful", "blocked"])
def test_before_a_part_is_out_the_next_one_is_not_owed(ledger: Ledger, clock: ManualClock, move: str) -> None:
    row = sent(ledger, one_owed(ledger, clock), thread(clock))
    outcome = {"deferred": REFUSED, "rejected": UNWANTED, "doubtful": LOST}.get(move, REFUSED)
    ledger.finish(row, move, outcome=outcome, due_at=clock.now())
    assert len(parts(ledger)) == 1


def test_a_copy_that_is_found_goes_on(ledger: Ledger, clock: ManualClock) -> None:
    row = in_doubt(ledger, one_owed(ledger, clock), thread(clock))
    found = delivered(Receipt("1", proof=Proof.READ_BACK))
    ledger.finish(ledger.read_back(row, found=True, conclusive=True, reason=""), "found", outcome=found)
    assert [(row.part, row.state) for row in parts(ledger)] == [(0, State.DELIVERED), (1, State.READY)]
    to = words(ledger, parts(ledger)[-1]).reply_to
    assert to is not None
    assert to.parent.proof is Proof.READ_BACK


def test_if_the_next_part_cannot_be_owed_the_one_before_is_not_out_either(
    ledger: Ledger, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent(ledger, one_owed(ledger, clock), thread(clock))

    def power_cut(*_: object, **__: object) -> None:
        raise LedgerError("power cut")

    monkeypatch.setattr(freeze, "store", power_cut)
    with pytest.raises(LedgerError):
        ledger.finish(row, "delivered", outcome=done())
    monkeypatch.undo()
    assert [(row.part, row.state) for row in parts(ledger)] == [(0, State.SENDING)]
    assert ledger.orphans() == []  # the journal had kept the answer
    assert [(row.part, row.state) for row in parts(ledger)] == [(0, State.DELIVERED), (1, State.READY)]


def test_a_part_without_a_named_predecessor_is_held(ledger: Ledger, clock: ManualClock) -> None:
    second = begun(ledger, clock, NAMELESS)
    assert (second.state, second.cause, words(ledger, second).reply_to) == (State.HELD, "thread-unlinked", None)


def test_released_it_answers_the_last_part_that_has_a_name(ledger: Ledger, clock: ManualClock) -> None:
    second = begun(ledger, clock)
    ledger.finish(sent(ledger, second, words(ledger, second)), "delivered", outcome=NAMELESS)
    third = ledger.move(parts(ledger)[-1], "release", cause="owner", actor="owner")
    to = words(ledger, third).reply_to
    assert to is not None
    assert (to.root.remote_id, to.parent.remote_id) == ("1", "1")


def test_a_persons_word_tells_no_name(ledger: Ledger, clock: ManualClock) -> None:
    row = in_doubt(ledger, one_owed(ledger, clock), thread(clock))
    ledger.move(row, "posted", cause="owner", actor="owner", url="https://social.example/1")
    assert [(row.part, row.state) for row in parts(ledger)] == [(0, State.DELIVERED), (1, State.HELD)]


def test_after_lost_time_the_next_part_may_be_out_as_well(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        owed = one_owed(ledger, clock)
        clock.advance(MINUTE)
        row = in_doubt(ledger, owed, thread(clock))
    clock.advance(MINUTE)
    with place.adopt() as ledger:
        row = ledger.delivery(row.id)
        ledger.finish(row, "found", outcome=done("1"))
        second = parts(ledger)[-1]
        assert (second.state, second.restored, second.doubted, second.frozen) == (State.UNKNOWN, True, True, True)
        assert (second.first_sent_at, second.last_sent_at) == (row.first_sent_at, clock.now())
        assert second.account == row.account
        found = ledger.read_back(second, found=True, conclusive=True, reason="")
        ledger.finish(found, "found", outcome=done("2"))
        third = parts(ledger)[-1]
        assert (third.part, third.state) == (2, State.UNKNOWN)


def test_a_part_that_a_lost_ledger_owed_already_is_looked_for(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        begun(ledger, clock)
    clock.advance(MINUTE)
    with place.adopt() as ledger:
        second = parts(ledger)[-1]
        assert (second.state, second.frozen) == (State.UNKNOWN, True)


@pytest.mark.parametrize("end", ["rejected", "skip"])
def test_tried_again_a_part_keeps_its_words(ledger: Ledger, clock: ManualClock, end: str) -> None:
    second = begun(ledger, clock)
    said = words(ledger, second)
    if end == "skip":
        row = ledger.move(second, "skip", cause="owner", actor="owner")
    else:
        row = ledger.finish(sent(ledger, second, said), "rejected", outcome=UNWANTED)
    again = ledger.move(row, "requeue", cause="owner", actor="owner")
    assert (again.state, again.frozen, again.attempts, again.doubted) == (State.READY, True, 0, False)
    assert words(ledger, again) == said


def test_tried_again_a_first_part_is_made_anew(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock), thread(clock))
    failed = ledger.finish(row, "rejected", outcome=UNWANTED)
    again = ledger.move(failed, "requeue", cause="owner", actor="owner")
    assert (again.frozen, ledger.rendering(again.id)) == (False, None)


def test_a_thread_that_has_begun_goes_before_everything_else(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1, 2, 3], (ready(),)))
    second = ledger.due("mastodon", clock.now())[1]
    ledger.finish(sent(ledger, second, thread(clock)), "delivered", outcome=done())
    order = [(row.post_id, row.part) for row in ledger.due("mastodon", clock.now())]
    assert order == [(2, 1), (1, 0), (3, 0)]
    assert [(row.post_id, row.part) for row in ledger.due("mastodon", clock.now(), limit=1)] == [(2, 1)]
    assert [(row.post_id, row.part) for row in ledger.due("mastodon", clock.now(), limit=2)] == [(2, 1), (1, 0)]


def test_a_part_that_waits_keeps_nobody_waiting(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1, 2], (ready(),)))
    first = ledger.due("mastodon", clock.now())[0]
    ledger.finish(sent(ledger, first, thread(clock)), "delivered", outcome=done())
    second = parts(ledger)[-1]
    ledger.finish(sent(ledger, second, words(ledger, second)), "deferred", outcome=REFUSED, due_at=clock.now() + MINUTE)
    assert [row.post_id for row in ledger.due("mastodon", clock.now())] == [2]


def test_only_the_first_part_is_a_copy_to_link_to(ledger: Ledger, clock: ManualClock) -> None:
    second = begun(ledger, clock)
    ledger.finish(sent(ledger, second, words(ledger, second)), "delivered", outcome=done("2"))
    assert [link.url for link in ledger.links()] == ["https://social.example/@me/1"]


def test_no_part_is_owed_twice(ledger: Ledger, clock: ManualClock) -> None:
    begun(ledger, clock)
    first = parts(ledger)[0]
    with ledger._transactions.writing() as connection:
        threads.go_on(connection, first, clock.now())
    assert [row.part for row in parts(ledger)] == [0, 1]


def test_a_copy_of_one_part_is_followed_by_nothing(ledger: Ledger, clock: ManualClock) -> None:
    ledger.finish(sent(ledger, one_owed(ledger, clock)), "delivered", outcome=done())
    assert len(parts(ledger)) == 1
    assert ledger.next_due() is None


# What its owner has let go


def test_a_release_counts_only_after_it_was_withheld(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.move(one_owed(ledger, clock), "hold", cause="owner")
    row = ledger.move(row, "release", cause="owner", actor="owner")
    assert not ledger.was_withheld_and_released(row.id)
    row = ledger.move(row, "withhold", cause="no-alt", said="lake.png has none")
    assert (row.state, row.cause, ledger.events(row.id)[-1].cause) == (
        State.HELD,
        "no-alt",
        "no-alt: lake.png has none",
    )
    assert not ledger.was_withheld_and_released(row.id)
    row = ledger.move(row, "release", cause="owner", actor="owner")
    assert ledger.was_withheld_and_released(row.id)
    assert not ledger.was_withheld_and_released(one_owed(ledger, clock, number=2).id)


# Waiting for a turn


def test_what_waits_for_its_turn_is_due_then_and_no_older(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    clock.advance(MINUTE)
    until = clock.now() + 60 * MINUTE
    assert ledger.wait_for_slot("mastodon", clock.now(), until=until, cause="pace") == 1
    waiting = ledger.delivery(row.id)
    assert (waiting.state, waiting.due_at, waiting.cause, waiting.version) == (
        State.READY,
        until,
        "pace",
        row.version + 1,
    )
    assert until - waiting.owed_since == MINUTE
    assert (ledger.open_work(clock.now()), ledger.next_due(), ledger.slots(clock.now())) == (
        {},
        until,
        {"mastodon": until},
    )
    assert len(ledger.events(row.id)) == 1


def test_a_turn_that_comes_earlier_is_taken(ledger: Ledger, clock: ManualClock) -> None:
    row, far = one_owed(ledger, clock), clock.now() + 60 * MINUTE
    ledger.wait_for_slot("mastodon", clock.now(), until=far, cause="quiet-hours")
    near = clock.now() + MINUTE
    assert ledger.slot_is_earlier("mastodon", until=near) == 1
    assert (ledger.delivery(row.id).due_at, ledger.delivery(row.id).owed_since) == (near, row.owed_since + MINUTE)
    assert ledger.slot_is_earlier("mastodon", until=near) == ledger.slot_is_earlier("mastodon", until=far) == 0
    assert (ledger.slots(near - MINUTE), ledger.slots(near)) == ({"mastodon": near}, {})  # then they wait no longer


def test_only_what_begins_waits_for_a_turn(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1, 2, 3], (ready(),)))
    ahead = one_owed(ledger, clock, ready(due_at=clock.now() + 90 * MINUTE), number=4)
    elsewhere = one_owed(ledger, clock, ready("bluesky"), number=5)
    first, second, third = ledger.due("mastodon", clock.now())
    ledger.finish(sent(ledger, first, thread(clock)), "delivered", outcome=done())
    again = ledger.move(in_doubt(ledger, second), "resend", cause="proof", due_at=clock.now())
    assert ledger.wait_for_slot("mastodon", clock.now(), until=clock.now() + MINUTE, cause="pace") == 1
    assert ledger.delivery(third.id).cause == "pace"
    assert [row.id for row in ledger.due("mastodon", clock.now())] == [parts(ledger)[-1].id, again.id]
    assert (ledger.delivery(ahead.id), ledger.delivery(elsewhere.id)) == (ahead, elsewhere)


def test_when_it_is_sent_the_reason_it_was_owed_for_comes_back(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    ledger.wait_for_slot("mastodon", clock.now(), until=clock.now(), cause="pace")
    started = sent(ledger, ledger.delivery(row.id))
    assert started.cause == ledger.events(row.id)[-1].cause == "new"


def test_the_last_sends_are_those_that_may_be_seen(ledger: Ledger, clock: ManualClock) -> None:
    begin = clock.now()
    ledger.record(document(clock, [1, 2, 3, 4], (ready(),)))
    rows = ledger.due("mastodon", clock.now())
    for row, move, outcome in zip(
        rows, ("delivered", "rejected", "doubtful", "deferred"), (done(), UNWANTED, LOST, REFUSED), strict=True
    ):
        clock.advance(MINUTE)
        said = thread(clock) if move == "delivered" else Rendering("x")
        ledger.finish(sent(ledger, row, said), move, outcome=outcome, due_at=clock.now())
    clock.advance(MINUTE)
    second = parts(ledger)[-1]
    sent(ledger, second, words(ledger, second))
    assert ledger.last_sends("mastodon", clock.now(), 9) == [begin + 3 * MINUTE, begin + MINUTE]
    assert ledger.last_sends("mastodon", clock.now(), 1) == [begin + 3 * MINUTE]
    assert ledger.last_sends("mastodon", begin + 2 * MINUTE, 9) == [begin + MINUTE]
    assert ledger.last_sends("bluesky", clock.now() + timedelta(days=1), 9) == []
