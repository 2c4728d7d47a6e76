"""Deliveries: what is owed to whom, and the questions about it. Moving them is the business of `moves.py`.

Every question about work uses the partial index over unsettled rows, so its cost does not grow with what is done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from syndicator.backoff import LONGEST, LONGEST_WISH
from syndicator.clock import STEP
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import (
    SCHEDULED,
    SLOTS,
    WAITING,
    AttemptRow,
    Delivery,
    EventRow,
    Link,
    NetworkRow,
)
from syndicator.ledger.states import OPEN, WAITS_FOR_PERSON, State
from syndicator.ledger.tables import LATER_PART, UNSETTLED, attempt, delivery, event, network, post

COLUMNS = [delivery.c[field.name] for field in fields(Delivery)]


def one(connection: Connection, delivery_id: int) -> Delivery:
    """Raises LookupError."""
    found = read(connection, select(*COLUMNS).where(delivery.c.id == delivery_id))
    if not found:
        raise LookupError(f"no delivery {delivery_id}")
    return found[0]


def of_copy(connection: Connection, name: str, remote_id: str) -> Delivery | None:
    wanted = select(*COLUMNS).where(delivery.c.network == name, delivery.c.remote_id == remote_id)
    return next(iter(read(connection, wanted.order_by(delivery.c.id).limit(1))), None)


def due(connection: Connection, name: str, now: datetime, limit: int) -> list[Delivery]:
    """Ready and due: first what goes on with a thread, so that nothing comes between its parts, then in the order in
    which the posts were recorded, which is that of the blog."""
    later, firsts = _due_there()
    asked = {"name": name, "now": now}
    parts = read(connection, later, asked | {"most": limit})
    return parts + (read(connection, firsts, asked | {"most": limit - len(parts)}) if len(parts) < limit else [])


@cache
def _due_there() -> tuple[Select[Any], Select[Any]]:
    """Later parts, and first ones. Built once, as is what each Pass asks: building takes longer than asking."""
    mine = _unsettled(State.READY).where(delivery.c.network == bindparam("name"), _is_due(bindparam("now")))
    in_order = mine.order_by(delivery.c.post_id, delivery.c.part).limit(bindparam("most"))
    return in_order.where(LATER_PART), in_order.where(delivery.c.part == 0)


def deferred_due(connection: Connection, now: datetime) -> list[Delivery]:
    return read(connection, _deferred_due(), _moments(now))


@cache
def _deferred_due() -> Select[Any]:
    return _unsettled(State.DEFERRED).where(_time_has_come())


def take(connection: Connection, row: Delivery) -> None:
    """Lock it for this transaction. Raises Stale at once when somebody else has, or has moved it: nobody waits for a
    row that is being sent elsewhere. SQLite has no such lock and needs none: there the transaction has the whole file.
    """
    unmoved = (delivery.c.id == row.id, delivery.c.state == row.state, delivery.c.version == row.version)
    if connection.execute(select(delivery.c.id).where(*unmoved).with_for_update(skip_locked=True)).first() is None:
        raise Stale(f"delivery {row.id} has moved on since version {row.version}, or is being moved now")


def planned_by_another_clock(connection: Connection, now: datetime) -> list[Delivery]:
    """Ready, and to be looked at so far ahead that the clock must have been set back since. Not what is dated ahead,
    and not what waits for its turn, which is judged anew in each Pass."""
    ahead = or_(delivery.c.owed_since > now + STEP, delivery.c.cause.startswith(WAITING))
    far = delivery.c.due_at > now + LONGEST_WISH + LONGEST
    return read(connection, _unsettled(State.READY).where(far, ahead, delivery.c.cause.not_in((SCHEDULED, *SLOTS))))


def handed_off_due(connection: Connection, name: str, now: datetime) -> list[Delivery]:
    """Handed off, and due to be looked after; without `due_at` they are their owner's alone."""
    return read(connection, _handed_off_due(), {"name": name, "now": now})


@cache
def _handed_off_due() -> Select[Any]:
    mine = _unsettled(State.HANDOFF).where(delivery.c.network == bindparam("name"))
    return mine.where(delivery.c.due_at <= bindparam("now")).order_by(delivery.c.post_id, delivery.c.part)


def in_state(connection: Connection, *states: State) -> list[Delivery]:
    return read(connection, _in_order(states))


def several(
    connection: Connection,
    name: str | None,
    states: Sequence[State],
    post_id: int | None,
    cause: str | None,
    limit: int | None,
) -> list[Delivery]:
    """Oldest first."""
    wanted = {delivery.c.network: name, delivery.c.post_id: post_id, delivery.c.cause: cause}
    statement = _unsettled(*states) if _only_unsettled(states) else _anywhere(states)
    statement = statement.where(*(column == value for column, value in wanted.items() if value is not None))
    return read(connection, statement.order_by(delivery.c.post_id, delivery.c.part, delivery.c.id).limit(limit))


def open_work(connection: Connection, now: datetime) -> dict[str, int]:
    """Network → rows to be sent or looked at now: due, in doubt, or left behind by a dead process."""
    return {row[0]: row[1] for row in connection.execute(_open_work(), _moments(now))}


@cache
def _open_work() -> Select[Any]:
    is_work = or_(delivery.c.state == State.SENDING, and_(_time_has_come(), _is_ever_due()))
    return (
        select(delivery.c.network, func.count())
        .where(UNSETTLED, delivery.c.state.in_((*OPEN, State.HANDOFF)), is_work)
        .group_by(delivery.c.network)
    )


def next_due(
    connection: Connection, networks: Iterable[NetworkRow], names: Iterable[str] | None = None
) -> datetime | None:
    """When there will be something to do for the networks of these `names` (None: all), None if never.

    Rows of a network that may not be called do not count.
    """
    rows = connection.execute(_awaited())
    health = {row.name: row for row in networks}
    wanted = None if names is None else set(names)
    times = [_not_before(health.get(name), at) for name, at in rows if wanted is None or name in wanted]
    return min((at for at in times if at is not None), default=None)


@cache
def _awaited() -> Select[Any]:
    at = func.coalesce(delivery.c.due_at, delivery.c.owed_since)
    states = (State.READY, State.DEFERRED, State.UNKNOWN, State.HANDOFF)
    statement = select(delivery.c.network, func.min(at))
    return statement.where(UNSETTLED, delivery.c.state.in_(states), _is_ever_due()).group_by(delivery.c.network)


def _not_before(row: NetworkRow | None, at: datetime) -> datetime | None:
    if row is not None and row.health in ("paused", "auth_broken"):
        return None
    return at if row is None or row.until is None else max(at, row.until)


def cause_before(connection: Connection, row: Delivery) -> str:
    """Why it came into its state, where waiting has been put in the place of that."""
    latest = select(event.c.cause).where(event.c.delivery_id == row.id).order_by(event.c.id.desc()).limit(1)
    return str(connection.execute(latest).scalar_one())


def was_withheld_and_released(connection: Connection, delivery_id: int) -> bool:
    """Whether its owner has let it go although it could not have the form they asked for."""
    return connection.execute(_withheld_and_released(), {"of": delivery_id}).first() is not None


@cache
def _withheld_and_released() -> Select[Any]:
    withheld, released = event.alias("withheld"), event.alias("released")
    after = and_(released.c.delivery_id == withheld.c.delivery_id, released.c.id > withheld.c.id)
    both = select(released.c.id).select_from(withheld.join(released, after))
    moves = (withheld.c.move == "withhold", released.c.move == "release")
    return both.where(withheld.c.delivery_id == bindparam("of"), *moves).limit(1)


def counts(connection: Connection) -> dict[tuple[str, State], int]:
    pair = (delivery.c.network, delivery.c.state)
    return {(row[0], row[1]): row[2] for row in connection.execute(select(*pair, func.count()).group_by(*pair))}


def waiting_for_person(connection: Connection) -> int:
    return int(connection.execute(_waiting()).scalar_one())


def newest_waiting(connection: Connection) -> int:
    """The number of the newest event by which the program left something to a person; 0 when nothing waits."""
    joined = event.join(delivery, event.c.delivery_id == delivery.c.id)
    by_itself = (
        delivery.c.state.in_(WAITS_FOR_PERSON),
        event.c.target == delivery.c.state,
        event.c.actor == "syndicator",
    )
    return connection.execute(select(func.max(event.c.id)).select_from(joined).where(*by_itself)).scalar() or 0


def pending(connection: Connection) -> int:
    """Tried, and waiting for another try or for proof."""
    return int(connection.execute(_pending()).scalar_one())


@cache
def _waiting() -> Select[Any]:
    return _count(delivery.c.state.in_(WAITS_FOR_PERSON))


@cache
def _pending() -> Select[Any]:
    return _count(delivery.c.state.in_(OPEN), or_(delivery.c.state != State.READY, delivery.c.attempts > 0))


def links(connection: Connection) -> list[Link]:
    """Every copy that can be visited, oldest first; of a thread the part that it begins with."""
    kind = func.coalesce(network.c.connector, delivery.c.network)
    joined = delivery.join(post, delivery.c.post_id == post.c.id).outerjoin(
        network, delivery.c.network == network.c.name
    )
    statement = (
        select(post.c.link, delivery.c.network, kind, delivery.c.url, delivery.c.delivered_at)
        .select_from(joined)
        .where(delivery.c.state == State.DELIVERED, delivery.c.part == 0)
        .where(delivery.c.url.is_not(None), post.c.link.is_not(None))
    )
    return [Link(*row) for row in connection.execute(statement.order_by(delivery.c.delivered_at, delivery.c.id))]


def attempts(connection: Connection, delivery_id: int) -> list[AttemptRow]:
    statement = select(attempt).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.id)
    return [AttemptRow(**row) for row in connection.execute(statement).mappings()]


def events(connection: Connection, delivery_id: int) -> list[EventRow]:
    statement = select(event).where(event.c.delivery_id == delivery_id).order_by(event.c.id)
    return [EventRow(**row) for row in connection.execute(statement).mappings()]


@cache
def _unsettled(*states: State) -> Select[Any]:
    return select(*COLUMNS).where(UNSETTLED, delivery.c.state.in_(states))


@cache
def _in_order(states: tuple[State, ...]) -> Select[Any]:
    return _unsettled(*states).order_by(delivery.c.id)


def _anywhere(states: Sequence[State]) -> Select[Any]:
    statement = select(*COLUMNS)
    return statement.where(delivery.c.state.in_(states)) if states else statement


def _only_unsettled(states: Sequence[State]) -> bool:
    return bool(states) and State.DELIVERED not in states and State.SKIPPED not in states


def _is_due(now: BindParameter[datetime]) -> ColumnElement[bool]:
    return or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now)


def _time_has_come() -> ColumnElement[bool]:
    """Due; and a retry or a look further ahead than any we plan is due too: the clock was set back since."""
    planned = delivery.c.state.in_((State.DEFERRED, State.UNKNOWN))
    return or_(_is_due(bindparam("now")), and_(planned, delivery.c.due_at > bindparam("never")))


def _moments(now: datetime) -> dict[str, datetime]:
    """What `_time_has_come` compares with."""
    return {"now": now, "never": now + LONGEST_WISH + LONGEST}


def _is_ever_due() -> ColumnElement[bool]:
    """One that was handed off, and has no time at which to look after it, is its owner's alone."""
    return or_(delivery.c.state != State.HANDOFF, delivery.c.due_at.is_not(None))


def _count(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(delivery).where(UNSETTLED, *conditions)


def read(connection: Connection, statement: Select[Any], values: Mapping[str, Any] | None = None) -> list[Delivery]:
    return [Delivery(**row) for row in connection.execute(statement, values).mappings()]
