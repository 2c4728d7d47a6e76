"""Recording what a service answered, when that may be hard: the post is out, and the ledger cannot be written.

Enters: an answer for a delivery that is `sending`. Leaves: the moved delivery. If the commit fails, the ballast is
given up and it is tried once more; then the answer goes to the journal, and the LedgerError that leaves here means:
send nothing more. The next start merges the journal before it calls anything an orphan.
"""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from syndicator.errors import LedgerError
from syndicator.ledger import deliveries, feeds, moves
from syndicator.ledger.address import sqlite_path
from syndicator.ledger.journal import Answer, Journal
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery, Health
from syndicator.ledger.states import State, target
from syndicator.ledger.transactions import Transactions
from syndicator.outcome import Kind, Outcome


class Answers:
    def __init__(self, transactions: Transactions, state_dir: Path) -> None:
        self._transactions = transactions
        path = sqlite_path(transactions.url)
        self.journal = Journal(state_dir, path.parent if path is not None else None)

    def record(self, row: Delivery, answer: Answer, health: Health | None, changes: dict[str, Any]) -> Delivery:
        try:
            return self._commit(row, answer, health, changes)
        except LedgerError:
            self.journal.release_ballast()
        try:
            return self._commit(row, answer, health, changes)
        except Stale:
            return self._committed_after_all(row, answer)
        except LedgerError as error:
            self._keep(answer, error)
            raise

    def nothing_was_sent(self, row: Delivery, at: datetime, error: LedgerError) -> None:
        """What was intended never began: nobody has to wonder about it, and a person least of all."""
        answer = Answer(row.id, row.version, "deferred", at, at, Outcome(Kind.DEFERRED, f"not sent: {error.message}"))
        with suppress(LedgerError, Stale):
            self.record(row, answer, None, {})

    def merge(self, connection: Connection, answers: list[Answer]) -> None:
        """Apply what the journal kept; an answer for a row that has moved on since is old news, and one for a row that
        a ledger put back has never heard of as well."""
        for answer in answers:
            with suppress(LookupError, Stale):  # Stale: another host has just doubted it
                row = deliveries.one(connection, answer.delivery_id)
                if (row.state, row.version) == (State.SENDING, answer.version):
                    _apply(connection, row, answer, {})

    def _commit(self, row: Delivery, answer: Answer, health: Health | None, changes: dict[str, Any]) -> Delivery:
        with self._transactions.writing() as connection:
            if health is not None:
                feeds.note_health(connection, row.network, *health, answer.at)
            return _apply(connection, row, answer, changes)

    def _committed_after_all(self, row: Delivery, answer: Answer) -> Delivery:
        """A commit may have worked although its own reply was lost."""
        with self._transactions.reading() as connection:
            now = deliveries.one(connection, row.id)
        if (now.version, now.state) != (row.version + 1, target(answer.move, row.state)):
            raise Stale(f"delivery {row.id} has moved on since version {row.version}")
        return now

    def _keep(self, answer: Answer, error: LedgerError) -> None:
        try:
            self.journal.note(answer)
        except OSError as second:
            error.add_note(f"and the answer of delivery {answer.delivery_id} could not be kept: {second}")


def _apply(connection: Connection, row: Delivery, answer: Answer, changes: dict[str, Any]) -> Delivery:
    return moves.finish(connection, row, answer.move, answer.at, answer.outcome, due_at=answer.due_at, **changes)
