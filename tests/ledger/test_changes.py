"""Edits, absence and the story of posts: kept as they were decided, found again by what is open, and cheap."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.feed.absence import Missing
from syndicator.feed.edits import Former, Wording, fingerprint
from syndicator.feed.identify import Alias
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import GONE, FeedMemory, Happening, NewPost, Owed, Recording, SeenPost, Watched
from syndicator.ledger.states import State
from tests.ledger.ledger_ground import FEED, MINUTE, article, document, names, one_owed, ready, sent
from tests.ledger.test_cost import plans_of, statements_of, virtual_machine_steps

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def polled(ledger: Ledger, clock: ManualClock, *, trouble: str | None = None, failures: int = 0) -> None:
    """The feed was read just now."""
    known = FeedMemory("blog", "https://blog.example/feed.xml", succeeded_at=clock.now())
    ledger.remember_feed(replace(known, trouble=trouble, failures=failures))


def recorded(ledger: Ledger, clock: ManualClock, owed: tuple[Owed, ...] = ()) -> int:
    (post_id,) = ledger.record(document(clock, [1], owed))
    polled(ledger, clock)
    return post_id


def gone(ledger: Ledger, clock: ManualClock, post_id: int) -> None:
    missing = Missing(clock.now() - HOUR, "gone", clock.now(), None)
    ledger.note_changes(Watched(missing={post_id: missing}))


# Words


def test_a_wording_comes_back_as_it_was_kept(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock)
    wording = Wording(
        content=article(1),
        accepted=replace(article(1), title="Ünïcode 🦣", published=clock.now()),
        changed_at=clock.now(),
        former=(Former(fingerprint(article(2)), clock.now()), Former(fingerprint(article(3)), clock.now() - DAY)),
        revision=3,
    )
    ledger.note_changes(Watched(wordings={post_id: wording}))
    assert ledger.wordings([post_id]) == {post_id: wording}
    settled = Wording(article(1), former=wording.former, revision=4)
    ledger.note_changes(Watched(wordings={post_id: settled}))
    assert ledger.wordings([post_id]) == {post_id: settled}


def test_a_document_and_what_it_tells_are_one_transaction(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock)
    broken = Watched(
        wordings={post_id: Wording(article(1), revision=7)}, happenings=(Happening(999, clock.now(), "edited"),)
    )
    seen = (SeenPost(post_id, replace(article(1), title="New"), names(1)),)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        ledger.record(replace(document(clock, [2], seen=seen), watched=broken))
    assert (ledger.wordings([post_id])[post_id].revision, ledger.post(post_id).post.title) == (0, "Title 1")
    assert len(ledger.posts()) == 1


def test_words_that_are_not_taken_from_a_document_stay(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock)
    seen = (SeenPost(post_id, replace(article(1), title="Cut o"), names(1)),)
    clock.advance(HOUR)
    ledger.record(Recording(FEED, (), seen, clock.now(), watched=Watched(kept=frozenset({post_id}))))
    row = ledger.post(post_id)
    assert (row.post, row.fingerprint, row.last_seen) == (article(1), fingerprint(article(1)), clock.now())


def test_an_edit_may_be_believed_once_the_feed_was_asked_again_or_after_a_while(
    ledger: Ledger, clock: ManualClock
) -> None:
    post_id = recorded(ledger, clock)
    waiting = Wording(article(1), accepted=article(2), changed_at=clock.now())
    ledger.note_changes(Watched(wordings={post_id: waiting}))
    assert (ledger.unsettled(clock.now()), ledger.has_open_changes(clock.now())) == ([], False)
    clock.advance(MINUTE)
    polled(ledger, clock)
    (found,) = ledger.unsettled(clock.now())
    assert (found.post_id, found.feed, found.seen_again, found.wording) == (post_id, "blog", True, waiting)
    assert ledger.has_open_changes(clock.now())


def test_an_edit_of_a_certain_age_may_be_believed_without_another_answer(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock)
    ledger.note_changes(Watched(wordings={post_id: Wording(article(1), article(2), clock.now())}))
    clock.advance(15 * MINUTE - timedelta(seconds=1))
    assert ledger.unsettled(clock.now()) == []
    clock.advance(timedelta(seconds=1))
    assert [found.seen_again for found in ledger.unsettled(clock.now())] == [False]


def test_a_post_has_a_date_of_its_own_or_none(ledger: Ledger, clock: ManualClock) -> None:
    """What it was first seen at stands in its place for sorting, and is nothing that the blog has said."""
    day = clock.now() - HOUR
    new = tuple(NewPost(article(n, date), names(n), clock.now()) for n, date in enumerate((None, day)))
    ids = ledger.record(Recording(FEED, new, (), clock.now()))
    assert [source.published for source in ledger.sources(ids).values()] == [None, day]


def test_an_edit_is_judged_with_the_addresses_of_the_copies(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    ledger.move(row, "hold", cause="owner")
    ledger.move(ledger.delivery(row.id), "posted", cause="owner", url="https://social.example/@me/1")
    assert ledger.addresses_of_copies([row.post_id, 77]) == {row.post_id: frozenset({"https://social.example/@me/1"})}


# Absence


def test_a_missing_post_is_looked_for_once_the_feed_was_seen_without_it(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock)
    missing = Missing(clock.now(), None, None, clock.now() + HOUR)
    ledger.note_changes(Watched(missing={post_id: missing}))
    clock.advance(HOUR - MINUTE)
    polled(ledger, clock)
    assert ledger.absentees(clock.now(), 3) == []
    clock.advance(MINUTE)
    assert ledger.absentees(clock.now(), 3) == []
    polled(ledger, clock, trouble="the document ends too early")
    assert ledger.absentees(clock.now(), 3) == []
    polled(ledger, clock, failures=1)
    assert ledger.absentees(clock.now(), 3) == []
    polled(ledger, clock)
    (found,) = ledger.absentees(clock.now(), 3)
    assert (found.post_id, found.feed, found.link, found.missing) == (post_id, "blog", article(1).link, missing)
    assert ledger.sources([post_id])[post_id].missing == missing


def test_only_a_few_are_looked_for_at_once_the_longest_due_first(ledger: Ledger, clock: ManualClock) -> None:
    ids = ledger.record(document(clock, range(5)))
    for n, post_id in enumerate(ids):
        ledger.note_changes(Watched(missing={post_id: Missing(clock.now(), look_at=clock.now() - n * MINUTE)}))
    polled(ledger, clock)
    assert [found.post_id for found in ledger.absentees(clock.now(), 3)] == ids[:1:-1]


def test_what_is_back_is_as_if_it_had_never_been_away(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock, (ready(),))
    gone(ledger, clock, post_id)
    ledger.note_changes(Watched(missing={post_id: None}))
    assert ledger.sources([post_id])[post_id].missing is None
    assert ledger.hold_for_gone() == []


def test_the_story_of_a_post_is_told_in_its_order(ledger: Ledger, clock: ManualClock) -> None:
    post_id = recorded(ledger, clock)
    told = [Happening(post_id, clock.now() + n * HOUR, name, {"n": n}) for n, name in enumerate(("edited", "gone"))]
    ledger.note_changes(Watched(happenings=tuple(told)))
    ledger.note_changes(Watched(happenings=(Happening(post_id, clock.now(), "back"),)))
    assert ledger.history(post_id) == [*told, Happening(post_id, clock.now(), "back")]
    assert ledger.history(post_id + 1) == []


def test_a_new_address_is_a_name_of_the_post_unless_it_is_taken(ledger: Ledger, clock: ManualClock) -> None:
    one, two = ledger.record(document(clock, [1, 2]))
    addresses = ("//blog.example/moved", "//blog.example/2")
    ledger.note_changes(Watched(names=tuple((one, "blog", Alias("url", address)) for address in addresses)))
    assert [row.id for row in ledger.find_posts("https://blog.example/moved/")] == [one]
    assert [row.id for row in ledger.find_posts("https://blog.example/2")] == [two]


# What was not sent


@pytest.mark.parametrize("state", [State.READY, State.DEFERRED])
def test_what_was_not_sent_of_a_post_that_is_gone_is_held_once(
    ledger: Ledger, clock: ManualClock, state: State
) -> None:
    row = one_owed(ledger, clock)
    if state is State.DEFERRED:
        row = ledger.move(row, "postponed", cause="later", due_at=clock.now() + DAY)
    gone(ledger, clock, row.post_id)
    assert ledger.has_open_changes(clock.now())
    (held,) = ledger.hold_for_gone()
    assert (held.id, held.state, held.cause) == (row.id, State.HELD, GONE)
    released = ledger.move(held, "release", cause="owner", actor="owner")
    assert (ledger.hold_for_gone(), ledger.delivery(row.id)) == ([], released)
    assert not ledger.has_open_changes(clock.now())


def test_a_post_that_goes_a_second_time_is_held_a_second_time(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock)
    gone(ledger, clock, row.post_id)
    (held,) = ledger.hold_for_gone()
    ledger.move(held, "release", cause="owner", actor="owner")
    clock.advance(DAY)
    ledger.note_changes(Watched(missing={row.post_id: None}))
    clock.advance(DAY)
    gone(ledger, clock, row.post_id)
    assert len(ledger.hold_for_gone()) == 1


@pytest.mark.parametrize("move", ["skip", "start"])
def test_what_is_settled_or_on_its_way_is_left_alone(ledger: Ledger, clock: ManualClock, move: str) -> None:
    row = one_owed(ledger, clock)
    after = sent(ledger, row) if move == "start" else ledger.move(row, "skip", cause="owner")
    gone(ledger, clock, row.post_id)
    assert (ledger.hold_for_gone(), ledger.delivery(row.id)) == ([], after)


# Cost


ON_QUIET_DAYS: dict[str, Callable[[Ledger, ManualClock], object]] = {
    "has_open_changes": lambda ledger, clock: ledger.has_open_changes(clock.now()),
    "unsettled": lambda ledger, clock: ledger.unsettled(clock.now()),
    "absentees": lambda ledger, clock: ledger.absentees(clock.now(), 3),
    "hold_for_gone": lambda ledger, clock: ledger.hold_for_gone(),
}


@pytest.mark.parametrize("question", ON_QUIET_DAYS)
def test_asking_what_is_open_costs_the_same_on_a_large_ledger(
    on_sqlite: Ledger, clock: ManualClock, question: str
) -> None:
    def ask() -> object:
        return ON_QUIET_DAYS[question](on_sqlite, clock)

    on_sqlite.record(document(clock, range(10), (Owed("mastodon", State.SKIPPED, "baseline"),)))
    small = virtual_machine_steps(on_sqlite, ask)
    on_sqlite.record(document(clock, range(10, 1000), (Owed("mastodon", State.SKIPPED, "baseline"),)))
    assert virtual_machine_steps(on_sqlite, ask) <= small + 1


@pytest.mark.parametrize("question", ON_QUIET_DAYS)
def test_asking_what_is_open_walks_over_nothing_else(on_sqlite: Ledger, clock: ManualClock, question: str) -> None:
    plan = plans_of(on_sqlite, lambda: ON_QUIET_DAYS[question](on_sqlite, clock))
    assert "SCAN post\n" not in f"{plan}\n"
    assert "SCAN delivery\n" not in f"{plan}\n"


def test_twenty_posts_are_compared_in_one_statement(ledger: Ledger, clock: ManualClock) -> None:
    ids = ledger.record(document(clock, range(20)))
    assert len(statements_of(ledger._transactions.engine, lambda: ledger.sources(ids))) == 1


def test_the_story_of_a_post_is_found_by_an_index(on_sqlite: Ledger, clock: ManualClock) -> None:
    assert "SCAN" not in plans_of(on_sqlite, lambda: on_sqlite.history(1))
