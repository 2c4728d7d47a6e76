"""What questions cost: nothing that grows with what is done, and the settings that make a commit a promise."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from syndicator.clock import ManualClock
from syndicator.feed.marks import marks_of
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import NewPost, Owed, Recording, SeenPost
from syndicator.ledger.states import WAITS_FOR_PERSON, State
from syndicator.ledger.tables import post
from tests.ledger.ledger_ground import FEED, MINUTE, Place, article, document, done, names, ready, sent

Question = Callable[[Ledger, ManualClock], object]
BUILT = datetime(2026, 1, 1, tzinfo=UTC)


def statements_of(engine: Engine, ask: Callable[[], object]) -> list[tuple[str, Any]]:
    """Every statement that `ask` sends, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    return [pair for pair in seen if pair[0].startswith(("SELECT", "UPDATE", "DELETE"))]


def plans_of(ledger: Ledger, ask: Callable[[], object]) -> str:
    """SQLite's plans for what `ask` sends, one line a step."""
    engine = ledger._transactions.engine
    statements = statements_of(engine, ask)
    assert statements
    with ledger._transactions.reading() as connection:
        return "\n".join(_plan(connection, statement, parameters) for statement, parameters in statements)


def _plan(connection: Connection, statement: str, parameters: Any) -> str:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return "\n".join(str(row[3]) for row in rows)


OVER_WORK: dict[str, Question] = {
    "due": lambda ledger, clock: ledger.due("mastodon", clock.now()),
    "open_work": lambda ledger, clock: ledger.open_work(clock.now()),
    "next_due": lambda ledger, clock: ledger.next_due(),
    "wake": lambda ledger, clock: ledger.wake(clock.now()),
    "orphans": lambda ledger, clock: ledger.orphans(),
    "waiting": lambda ledger, clock: ledger.waiting_for_person(),
    "handed_off": lambda ledger, clock: ledger.handed_off("mastodon", clock.now()),
    "pending": lambda ledger, clock: ledger.pending(),
    "held": lambda ledger, clock: ledger.deliveries(network="mastodon", states=WAITS_FOR_PERSON),
    "doubts": lambda ledger, clock: ledger.deliveries(network="mastodon", states=(State.UNKNOWN,), limit=1),
    "slots": lambda ledger, clock: ledger.slots(clock.now()),
    "let_wait": lambda ledger, clock: ledger.wait_for_slot("mastodon", clock.now(), until=clock.now(), cause="pace"),
}


@pytest.mark.parametrize("question", OVER_WORK)
def test_questions_about_work_walk_over_unsettled_rows_only(
    on_sqlite: Ledger, clock: ManualClock, question: str
) -> None:
    plan = plans_of(on_sqlite, lambda: OVER_WORK[question](on_sqlite, clock))
    assert "delivery_unsettled" in plan
    assert "SCAN delivery\n" not in f"{plan}\n"


def test_what_is_due_needs_no_sorting(on_sqlite: Ledger, clock: ManualClock) -> None:
    assert "TEMP B-TREE" not in plans_of(on_sqlite, lambda: on_sqlite.due("mastodon", clock.now()))


@pytest.mark.parametrize(
    "ask",
    [
        lambda ledger: ledger.known([a for n in range(20) for a in names(n)], feed="blog"),
        lambda ledger: ledger.find_posts("https://blog.example/1"),
        lambda ledger: ledger.deliveries(post_id=1),
        lambda ledger: ledger.attempts(1),
        lambda ledger: ledger.events(1),
        lambda ledger: ledger.posts("blog", last=5),
    ],
    ids=["known", "find_posts", "deliveries", "attempts", "events", "posts"],
)
def test_lookups_use_an_index(on_sqlite: Ledger, clock: ManualClock, ask: Callable[[Ledger], object]) -> None:
    on_sqlite.record(document(clock, range(5), (ready(),)))
    plan = plans_of(on_sqlite, lambda: ask(on_sqlite))
    assert "SEARCH" in plan
    assert "SCAN" not in plan


def test_twenty_posts_are_looked_up_in_two_statements(ledger: Ledger) -> None:
    wanted = [alias for number in range(20) for alias in names(number)]
    engine = ledger._transactions.engine
    assert len(statements_of(engine, lambda: ledger.known(wanted, feed="blog"))) == 2


def virtual_machine_steps(ledger: Ledger, ask: Callable[[], object]) -> int:
    """How many thousands of SQLite's own instructions `ask` takes."""
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    pooled = ledger._transactions.engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.close()
    connection.set_progress_handler(tick, 100)
    ask()
    connection.set_progress_handler(None, 100)
    return ticks


def test_threads_that_have_begun_are_found_by_an_index_of_their_own(on_sqlite: Ledger, clock: ManualClock) -> None:
    plan = plans_of(on_sqlite, lambda: on_sqlite.due("mastodon", clock.now()))
    assert "delivery_of_thread" in plan


def test_the_last_sends_are_read_off_an_index(on_sqlite: Ledger, clock: ManualClock) -> None:
    def ask() -> object:
        return on_sqlite.last_sends("mastodon", clock.now(), 3)

    plan = plans_of(on_sqlite, ask)
    assert "delivery_sent" in plan
    assert "TEMP B-TREE" not in plan
    send(on_sqlite, clock, range(5))
    small = virtual_machine_steps(on_sqlite, ask)
    send(on_sqlite, clock, range(5, 60))
    assert virtual_machine_steps(on_sqlite, ask) <= small + 1


def send(ledger: Ledger, clock: ManualClock, numbers: range) -> None:
    ledger.record(document(clock, numbers, (ready(),)))
    for row in ledger.due("mastodon", clock.now(), limit=1000):
        clock.advance(MINUTE)
        ledger.finish(sent(ledger, row), "delivered", outcome=done(str(row.id)))


@pytest.mark.parametrize("question", ["due", "open_work", "next_due", "wake", "pending", "handed_off", "slots"])
def test_a_pass_without_news_costs_the_same_on_a_large_ledger(
    on_sqlite: Ledger, clock: ManualClock, question: str
) -> None:
    def ask() -> object:
        return OVER_WORK[question](on_sqlite, clock)

    on_sqlite.record(document(clock, range(10), (Owed("mastodon", State.SKIPPED, "baseline"),)))
    small = virtual_machine_steps(on_sqlite, ask)
    on_sqlite.record(document(clock, range(10, 1000), (Owed("mastodon", State.SKIPPED, "baseline"),)))
    assert virtual_machine_steps(on_sqlite, ask) <= small + 1


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)],
)
def test_a_commit_that_returned_is_on_the_disk(on_sqlite: Ledger, pragma: str, value: object) -> None:
    with on_sqlite._transactions.writing() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


def test_every_writing_transaction_takes_the_lock_at_once(on_sqlite: Ledger, clock: ManualClock) -> None:
    begun: list[str] = []
    engine = on_sqlite._transactions.engine
    pooled = engine.raw_connection()
    connection: Any = pooled.driver_connection
    pooled.close()
    connection.set_trace_callback(lambda statement: begun.append(statement) if "BEGIN" in statement else None)
    on_sqlite.record(document(clock, [1], (ready(),)))
    on_sqlite.move(on_sqlite.deliveries()[0], "hold", cause="owner")
    connection.set_trace_callback(None)
    assert begun == ["BEGIN IMMEDIATE", "BEGIN", "BEGIN IMMEDIATE"]


RECOGNISING: dict[str, Question] = {
    "last_document": lambda ledger, clock: ledger.last_document("blog", clock.now()),
    "standing": lambda ledger, clock: ledger.standing(range(1, 6)),
    "said": lambda ledger, clock: ledger.said(range(1, 6)),
    "addresses": lambda ledger, clock: ledger.addresses(range(1, 6)),
    "marked": lambda ledger, clock: ledger.marked(marks_of(article(3, BUILT)), ["blog", "other"]),
    "strangers": lambda ledger, clock: ledger.strangers(range(1, 6), "other"),
    "mark_posts": lambda ledger, clock: ledger.mark_posts("blog"),
}


@pytest.mark.parametrize("question", [name for name in RECOGNISING if name != "mark_posts"])
def test_knowing_posts_again_uses_indexes(on_sqlite: Ledger, clock: ManualClock, question: str) -> None:
    on_sqlite.record(document(clock, range(5), (ready(),)))
    plan = plans_of(on_sqlite, lambda: RECOGNISING[question](on_sqlite, clock))
    assert "SEARCH" in plan
    assert "SCAN" not in plan


Grown = list[tuple[Ledger, ManualClock]]
COPIES = "WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n < 199)"


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    """A ledger of a hundred posts and one of twenty thousand. All posts bear the same date, and five still stand."""
    found = []
    for is_large in (False, True):
        home, clock = tmp_path_factory.mktemp("grown"), ManualClock()
        ledger = Place(f"sqlite://{home}/ledger.db", home, clock).create()
        ledger.remember_feed(replace(FEED, name="other"))
        new = tuple(NewPost(article(n, BUILT), names(n), clock.now()) for n in range(100))
        ledger.record(Recording(FEED, new, (), clock.now()))
        if is_large:
            multiply(ledger)
        ledger.mark_posts("blog")
        clock.advance(MINUTE)
        ledger.record(document(clock, [], seen=tuple(SeenPost(n + 1, article(n, BUILT)) for n in range(5))))
        found.append((ledger, clock))
    yield found
    for ledger, _ in found:
        ledger.close()


def multiply(ledger: Ledger) -> None:
    """Each post two hundred times, under other names; the dates stay."""
    columns = ", ".join(column.name for column in post.columns if column.name != "id")
    with ledger._transactions.writing() as connection:
        run = connection.exec_driver_sql
        run(f"INSERT INTO post ({columns}) {COPIES} SELECT {columns} FROM post, copy")
        others = "(SELECT id FROM post WHERE id > 100) AS other"
        run(
            "INSERT INTO alias (digest, kind, feed, post_id, value) SELECT randomblob(16), kind, feed, other.id, value"
            f" FROM alias, {others} WHERE post_id = 50"
        )
        run(
            "INSERT INTO mark (digest, kind, feed, post_id)"
            " SELECT CASE kind WHEN 'time' THEN digest ELSE randomblob(16) END, kind, feed, other.id"
            f" FROM mark, {others} WHERE post_id = 50"
        )
        assert run("SELECT count(*) FROM post").scalar() == 20_000


@pytest.mark.parametrize("question", RECOGNISING)
def test_knowing_posts_again_costs_the_same_on_a_large_ledger(grown: Grown, question: str) -> None:
    def steps(ledger: Ledger, clock: ManualClock) -> int:
        return virtual_machine_steps(ledger, lambda: RECOGNISING[question](ledger, clock))

    small, large = (steps(ledger, clock) for ledger, clock in grown)
    assert large <= small + 1
