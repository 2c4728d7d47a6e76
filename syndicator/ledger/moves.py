"""Every change of a delivery's state.

Enters: a Delivery as it was read, and a move of `states.py`. Leaves: the Delivery as it is now, with its event, or
Stale when somebody else was first. A change is applied only to the version it was based on, so of two answers one
counts. These functions take a connection inside a transaction; they never begin or end one.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, insert, update

from syndicator.connector import Proof, Receipt, Rendering
from syndicator.ledger import deliveries, freeze, threads
from syndicator.ledger.lock import owner
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import RESTORED, SLOTS, Delivery
from syndicator.ledger.states import IllegalMove, State, target
from syndicator.ledger.tables import attempt, delivery, event
from syndicator.outcome import Kind, Outcome
from syndicator.unknown import BETWEEN_READS

ANSWERED = ("delivered", "deferred", "rejected", "blocked", "doubtful", "found")  # the moves that settle an attempt

MOVE_FOR = {
    Kind.DELIVERED: "delivered",
    Kind.DEFERRED: "deferred",
    Kind.REJECTED: "rejected",
    Kind.BLOCKED: "blocked",
    Kind.UNKNOWN: "doubtful",
}
"""How an Outcome moves a row out of `sending`."""

# How an attempt ends when its row leaves `sending`.
_OUTCOME = {
    State.DELIVERED: Kind.DELIVERED,
    State.DEFERRED: Kind.DEFERRED,
    State.FAILED: Kind.REJECTED,
    State.READY: Kind.BLOCKED,
    State.UNKNOWN: Kind.UNKNOWN,
}

# A send of which nobody knows what it did: the read-backs before it tell nothing of it. One that was definitely refused
# leaves them their worth, and their age.
_UNREAD = {"negative_reads": 0, "last_read_at": None, "rest": None}

# What a person's word ends: every earlier send is known not to have published anything.
_UNSENT = {
    "attempts": 0,
    "first_sent_at": None,
    "restored": False,
    "doubted": False,
    **_UNREAD,
}


def move(
    connection: Connection,
    row: Delivery,
    name: str,
    at: datetime,
    *,
    cause: str,
    actor: str,
    said: str = "",
    **changes: Any,
) -> Delivery:
    """`said`: what the event tells beyond the cause. Raises IllegalMove for a move that is not in the table, Stale when
    the row has moved since it was read."""
    to = target(name, row.state)
    moved = _change(connection, row, {"state": to, "cause": cause, **_effects(row, name, to, at), **changes})
    if to is State.DEFERRED and moved.due_at is None:
        raise ValueError(f"{name}: nothing would ever wake a deferred delivery without due_at")
    if row.state is State.SENDING:
        _end_attempt(connection, row.id, at, _OUTCOME[to], cause)
    connection.execute(
        insert(event).values(
            delivery_id=row.id,
            at=at,
            move=name,
            source=row.state,
            target=to,
            cause=f"{cause}: {said}" if said else cause,
            actor=actor,
        )
    )
    _let_go(connection, row, moved)
    if to is State.DELIVERED and moved.frozen:
        threads.go_on(connection, moved, at)
    return moved


def start(
    connection: Connection, row: Delivery, rendering: Rendering, at: datetime, *, account: str | None
) -> Delivery:
    """T3: everything that has to be durable before the first byte leaves."""
    target("start", row.state)
    freeze.store(connection, row.id, rendering, doubted=row.doubted)
    first = row.first_sent_at if row.doubted and row.first_sent_at is not None else at
    moved = move(
        connection,
        row,
        "start",
        at,
        cause=deliveries.cause_before(connection, row) if row.cause in SLOTS else row.cause,
        actor="syndicator",
        account=account,
        frozen=True,
        attempts=row.attempts + 1,
        first_sent_at=first,
        last_sent_at=at,
    )
    _begin_attempt(connection, row.id, "send", at)
    return moved


def hand_off(
    connection: Connection,
    row: Delivery,
    rendering: Rendering,
    at: datetime,
    *,
    due_at: datetime | None,
    facts: Mapping[str, Any],
) -> Delivery:
    """Its words are frozen, so that what a person publishes can be found by them; from `at` on it may be there."""
    target("handoff", row.state)
    freeze.store(connection, row.id, rendering, doubted=row.doubted)
    known: dict[str, Any] = {"first_sent_at": at, "last_sent_at": None, "last_read_at": None, "rest": None}
    known |= {"extra": dict(facts), "frozen": True, "due_at": due_at}
    return move(connection, row, "handoff", at, cause="by-hand", actor="syndicator", **known)


def looked_after(
    connection: Connection, row: Delivery, at: datetime, *, due_at: datetime | None, trouble: str = ""
) -> Delivery:
    """Note that one that was handed off was thought of at `at`. A look that told nothing is logged with its reason."""
    if row.state is not State.HANDOFF:
        raise IllegalMove(f"looking after: nothing was handed off in {row.state}")
    if trouble:
        _log_read(connection, row.id, at, "inconclusive", trouble)
    return _change(connection, row, {"last_read_at": at, "due_at": due_at})


def finish(
    connection: Connection, row: Delivery, name: str, at: datetime, outcome: Outcome, **changes: Any
) -> Delivery:
    """T4-T7, T9, T14: move as the service's answer says, and keep what it gave."""
    if name not in ANSWERED:
        raise IllegalMove(f"{name} settles no attempt")
    changes = {"cause": _cause(outcome), "actor": "syndicator", **_receipt(outcome.receipt), **changes}
    if name == "blocked":  # broken credentials are the network's affair; the delivery has not been tried
        changes["attempts"] = max(row.attempts - 1, 0)
    if name == "doubtful":
        changes["rest"] = outcome.after
    return move(connection, row, name, at, **changes)


def read_back(
    connection: Connection,
    row: Delivery,
    at: datetime,
    *,
    found: bool,
    conclusive: bool,
    reason: str,
    due_at: datetime | None,
) -> Delivery:
    """Note what a read-back said. Only a conclusive no counts; by itself it moves nothing."""
    if row.state is not State.UNKNOWN:
        raise IllegalMove(f"read-back: nothing is in doubt in {row.state}")
    said = "found" if found else "absent" if conclusive else "inconclusive"
    _log_read(connection, row.id, at, said, reason)
    counted = row.negative_reads + (said == "absent")
    again = at + BETWEEN_READS if due_at is None else due_at
    return _change(connection, row, {"negative_reads": counted, "last_read_at": at, "due_at": again})


def looked(connection: Connection, row: Delivery, at: datetime, said: str, reason: str) -> Delivery:
    """Note a look for what a lost time may have published; by itself it moves nothing."""
    _log_read(connection, row.id, at, said, reason)
    return _change(connection, row, {"last_read_at": at})


def wait(connection: Connection, row: Delivery, until: datetime | None, *, cause: str | None = None) -> Delivery:
    """Look at it again at `until`; its state stays."""
    return _change(connection, row, {"due_at": until, "cause": row.cause if cause is None else cause})


def thaw(connection: Connection, row: Delivery) -> Delivery:
    """Forget what `prepare` made, so that it is made anew."""
    freeze.drop_prepared(connection, row.id)
    return _change(connection, row, {})


def orphan(connection: Connection, row: Delivery, at: datetime) -> Delivery:
    """T8: whoever was sending this is gone, and nobody knows what became of it."""
    return move(connection, row, "orphaned", at, cause="crash", actor="syndicator")


def distrust(connection: Connection, at: datetime) -> None:
    """T23: the time that the ledger lost may have sent anything that was open. What was not due yet is held."""
    for row in deliveries.in_state(connection, State.UNKNOWN):
        if not row.restored:
            _change(connection, row, {"restored": True, "last_sent_at": at, **_UNREAD})
    for row in deliveries.in_state(connection, State.READY, State.DEFERRED, State.SENDING):
        if row.state is State.READY and row.due_at is not None and row.due_at > at:
            move(connection, row, "hold", at, cause=RESTORED, actor="syndicator")
            continue
        move(connection, row, "restored", at, cause=RESTORED, actor="syndicator")


def _change(connection: Connection, row: Delivery, changes: dict[str, Any]) -> Delivery:
    """Compare and set: id, state and version have to be what they were when the row was read."""
    changed = replace(row, version=row.version + 1, **changes)
    values = {f"new_{name}": value for name, value in {**changes, "version": changed.version}.items()}
    unmoved = {"of": row.id, "from": row.state, "at_version": row.version}
    if connection.execute(_changing(frozenset(changes)), values | unmoved).rowcount != 1:
        raise Stale(f"delivery {row.id} has moved on since version {row.version}")
    return changed


@cache
def _changing(names: frozenset[str]) -> Update:
    """Built once for each set of fields: building takes longer than changing."""
    mine = update(delivery).where(delivery.c.id == bindparam("of"), delivery.c.version == bindparam("at_version"))
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in sorted({*names, "version"})}
    return mine.where(delivery.c.state == bindparam("from")).values(new)


def _effects(row: Delivery, name: str, to: State, at: datetime) -> dict[str, Any]:
    """What a move means beyond the new state, unless its caller says otherwise."""
    effects: dict[str, Any] = {"due_at": None}
    if row.state is State.HANDOFF:
        effects["extra"] = {}  # where its folder was
    if to is State.UNKNOWN:
        effects["doubted"] = True
    if to is State.UNKNOWN and row.state is State.SENDING:
        effects |= _UNREAD
    if to is State.DELIVERED:
        effects["delivered_at"] = at
    if row.state is not State.DEFERRED and name in ("hold", "release"):  # what is dated ahead stays so
        effects["due_at"] = row.due_at
    match name:
        case "restored":
            first = row.first_sent_at or row.owed_since  # the lost time may have sent it at any moment since
            effects |= {"restored": True, "first_sent_at": first, "last_sent_at": at, **_UNREAD}
        case "posted":
            effects["proof"] = Proof.HUMAN
        case "release":
            effects["owed_since"] = at  # the time it was held must not make it too late
        case "not_posted":
            effects |= {"owed_since": at, **_UNSENT}
        case "requeue" if row.state is State.DEFERRED:
            effects |= {"owed_since": at, "attempts": 0}
        case "requeue":
            effects |= {"owed_since": at, "frozen": row.frozen and row.part > 0, **_UNSENT}  # a part is never rendered
    return effects


def _let_go(connection: Connection, before: Delivery, after: Delivery) -> None:
    """Drop of the frozen rendering what the new state cannot need."""
    if before.frozen and not after.frozen:
        freeze.drop(connection, after.id)
    elif after.frozen and after.state in (State.DELIVERED, State.SKIPPED):
        freeze.drop_attachments(connection, after.id)


def _cause(outcome: Outcome) -> str:
    return outcome.reason or (str(outcome.receipt.proof) if outcome.receipt is not None else str(outcome.kind))


def _receipt(receipt: Receipt | None) -> dict[str, Any]:
    if receipt is None:
        return {}
    return {"remote_id": receipt.remote_id, "url": receipt.url, "proof": receipt.proof, "extra": dict(receipt.extra)}


def _begin_attempt(connection: Connection, delivery_id: int, kind: str, at: datetime) -> int:
    values = {"delivery_id": delivery_id, "kind": kind, "started_at": at, "outcome": "", "reason": "", "owner": owner()}
    return int(connection.execute(insert(attempt).values(values).returning(attempt.c.id)).scalar_one())


def _log_read(connection: Connection, delivery_id: int, at: datetime, said: str, reason: str) -> None:
    number = _begin_attempt(connection, delivery_id, "read", at)
    connection.execute(
        update(attempt).where(attempt.c.id == number).values(finished_at=at, outcome=said, reason=reason)
    )


def _end_attempt(connection: Connection, delivery_id: int, at: datetime, outcome: str, reason: str) -> None:
    going_on = (attempt.c.delivery_id == delivery_id, attempt.c.finished_at.is_(None))
    connection.execute(update(attempt).where(*going_on).values(finished_at=at, outcome=outcome, reason=reason))
