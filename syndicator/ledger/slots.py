"""Deliveries that wait for their turn: the part of a Ledger that `syndicator/slots.py` works with.

Enters: a network, and the time at which something may go out there again. Leaves: `ready` rows that are due then, and
the times of what went out last. It is no move and no attempt. The time of such a wait makes nothing too late, so
`owed_since` moves along with `due_at`. A post counts once, however many parts its thread has.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    func,
    or_,
    select,
    type_coerce,
    update,
)

from syndicator.ledger.columns import number_of
from syndicator.ledger.rows import SLOTS
from syndicator.ledger.states import State
from syndicator.ledger.tables import SENT_FIRST, UNSETTLED, delivery
from syndicator.ledger.transactions import Transactions

_TAKEN = (State.SENDING, State.UNKNOWN, State.ASK, State.DELIVERED)


class Slots:
    _transactions: Transactions

    def last_sends(self, network: str, now: datetime, most: int) -> list[datetime]:
        """When posts went out there, or may have, the latest first; of times that lie ahead the clock was wrong."""
        may_be_out = or_(delivery.c.state.in_(_TAKEN), delivery.c.doubted)
        statement = (
            select(delivery.c.last_sent_at)
            .where(SENT_FIRST, delivery.c.network == network, delivery.c.last_sent_at <= now, may_be_out)
            .order_by(delivery.c.last_sent_at.desc())
            .limit(most)
        )
        with self._transactions.reading() as connection:
            return list(connection.execute(statement).scalars())

    def slots(self, now: datetime) -> dict[str, datetime]:
        """Network → until when the first of those waits that wait for their turn there."""
        with self._transactions.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(_waiting(), {"now": now})}

    def wait_for_slot(self, network: str, now: datetime, *, until: datetime, cause: str) -> int:
        """All that is due there and begins a post comes back at `until`. How many that are."""
        due = or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now)
        with self._transactions.writing() as connection:
            owed = _number(delivery.c.owed_since) + (number_of(until) - number_of(now))
            return _wait(connection, network, due, due_at=until, cause=cause, owed_since=owed)

    def slot_is_earlier(self, network: str, *, until: datetime) -> int:
        """Those that wait for their turn there wait no longer than `until`."""
        longer = (delivery.c.cause.in_(SLOTS), delivery.c.due_at > until)
        with self._transactions.writing() as connection:
            owed = _number(delivery.c.owed_since) - (_number(delivery.c.due_at) - number_of(until))
            return _wait(connection, network, *longer, due_at=until, owed_since=owed)


@cache
def _waiting() -> Select[Any]:
    """Built once: each Pass asks it."""
    earliest = func.min(delivery.c.due_at)
    statement = select(delivery.c.network, earliest).where(*_ready(), delivery.c.cause.in_(SLOTS))
    return statement.where(delivery.c.due_at > bindparam("now")).group_by(delivery.c.network)


def _ready() -> tuple[ColumnElement[bool], ...]:
    """What has not begun to go out; the answer to a lost reply does not wait."""
    return (UNSETTLED, delivery.c.state == State.READY, delivery.c.part == 0, ~delivery.c.doubted)  # type: ignore[return-value]


def _number(moment: Column[Any]) -> ColumnElement[int]:
    return type_coerce(moment, BigInteger)


def _wait(connection: Connection, network: str, *which: ColumnElement[bool], **values: Any) -> int:
    """One statement, so what its owner moves meanwhile is either waiting or theirs."""
    mine = update(delivery).where(*_ready(), delivery.c.network == network, *which)
    return connection.execute(mine.values(version=delivery.c.version + 1, **values)).rowcount
