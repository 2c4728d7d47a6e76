"""What questions cost: nothing that grows with what is done, and the settings that make a commit a promise."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from syndicator.clock import ManualClock
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Owed
from syndicator.ledger.states import WAITS_FOR_PERSON, State
from tests.ledger.ledger_ground import document, names, ready

Question = Callable[[Ledger, ManualClock], object]


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


@pytest.mark.parametrize("question", ["due", "open_work", "next_due", "wake", "pending", "handed_off"])
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
