"""The questions about deliveries that people ask: how many, which copies, what has been tried, what has happened.

Enters: a ledger's transactions. Leaves: values of `rows.py`. Nothing here writes.
"""

from datetime import datetime

from syndicator.ledger import deliveries, identity
from syndicator.ledger.rows import AttemptRow, EventRow, Link
from syndicator.ledger.states import State
from syndicator.ledger.transactions import Transactions


class Looking:
    """The part of a Ledger that `syndicate status` and its kin look through."""

    _transactions: Transactions

    def counts(self) -> dict[tuple[str, State], int]:
        with self._transactions.reading() as connection:
            return deliveries.counts(connection)

    def waiting_for_person(self) -> int:
        with self._transactions.reading() as connection:
            return deliveries.waiting_for_person(connection)

    def newest_waiting(self) -> int:
        """Grows whenever the program leaves something more to a person."""
        with self._transactions.reading() as connection:
            return deliveries.newest_waiting(connection)

    def reminded(self) -> tuple[int, datetime | None]:
        """Up to which of these the log has told, and when it did so last; None: never."""
        with self._transactions.reading() as connection:
            return identity.reminded(connection)

    def pending(self) -> int:
        """How many were tried and wait for another try or for proof."""
        with self._transactions.reading() as connection:
            return deliveries.pending(connection)

    def was_withheld_and_released(self, delivery_id: int) -> bool:
        """Whether its owner has let it go although it could not have the form they asked for."""
        with self._transactions.reading() as connection:
            return deliveries.was_withheld_and_released(connection, delivery_id)

    def links(self) -> list[Link]:
        with self._transactions.reading() as connection:
            return deliveries.links(connection)

    def attempts(self, delivery_id: int) -> list[AttemptRow]:
        with self._transactions.reading() as connection:
            return deliveries.attempts(connection, delivery_id)

    def events(self, delivery_id: int) -> list[EventRow]:
        with self._transactions.reading() as connection:
            return deliveries.events(connection, delivery_id)
