"""The beginning of a delivery: that a post is owed to a network, once.

Enters: posts that have been recorded, or one that somebody wants to have sent. Leaves: rows with their first event. A
pair that is there already stays as it is; nothing here is sent or moved.
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select
from sqlalchemy.exc import IntegrityError

from syndicator.ledger.deliveries import COLUMNS, read
from syndicator.ledger.rows import Delivery, Owed, Recording
from syndicator.ledger.states import State
from syndicator.ledger.tables import delivery, event, post

CREATED = "owed"  # the move of a delivery's first event


def owe_all(connection: Connection, recording: Recording, post_ids: Sequence[int]) -> None:
    pairs = zip(post_ids, recording.new, strict=True)
    owed = [(post_id, o) for post_id, new in pairs for o in new.owed]
    if owed:
        identities = _identities(connection, post_ids)
        rows = [_row(post_id, o, identities[post_id], recording.seen_at) for post_id, o in owed]
        _insert(connection, rows, actor="syndicator")


def owe(connection: Connection, post_id: int, owed: Owed, at: datetime, *, actor: str, cause: str) -> Delivery:
    """One more delivery of a known post; a pair that is there already stays as it is. LookupError: no such post."""
    identity = _identities(connection, [post_id]).get(post_id)
    if identity is None:
        raise LookupError(f"no post {post_id}")
    pair = _of_pair(post_id, owed.network, owed.part)
    if connection.execute(pair).first() is None:
        with suppress(IntegrityError), connection.begin_nested():  # another process may owe it at this very moment
            _insert(connection, [_row(post_id, owed, identity, at)], actor=actor, cause=cause)
    return read(connection, pair)[0]


def add_part(connection: Connection, before: Delivery, at: datetime, beginning: Mapping[str, Any]) -> int | None:
    """The part after `before`, with its words frozen by the caller; its number, or None when it is there already."""
    part = before.part + 1
    if connection.execute(_of_pair(before.post_id, before.network, part)).first() is not None:
        return None
    owed = Owed(before.network, State.READY, "", part=part)
    row = _row(before.post_id, owed, _identities(connection, [before.post_id])[before.post_id], at)
    return _insert(connection, [{**row, "frozen": True, **beginning}], actor="syndicator")[0]


def key_of(identity: str, name: str, part: int) -> str:
    """The same after the loss of the ledger, so that services that know keys or record names still know this one."""
    return hashlib.sha256(f"{identity}\n{name}\n{part}".encode()).hexdigest()


def _row(post_id: int, owed: Owed, identity: str, at: datetime) -> dict[str, Any]:
    return {
        "post_id": post_id,
        "network": owed.network,
        "part": owed.part,
        "state": owed.state,
        "version": 1,
        "cause": owed.cause,
        "key": key_of(identity, owed.network, owed.part),
        "due_at": owed.due_at,
        "owed_since": at,
        **_UNTRIED,
    }


_UNTRIED = {"attempts": 0, "negative_reads": 0, "restored": False, "frozen": False, "doubted": False}


def _insert(
    connection: Connection, rows: list[dict[str, Any]], *, actor: str, cause: str | None = None
) -> Sequence[int]:
    statement = insert(delivery).returning(delivery.c.id, sort_by_parameter_order=True)
    ids = connection.execute(statement, rows).scalars().all()
    connection.execute(
        insert(event),
        [
            {
                "delivery_id": delivery_id,
                "at": row["owed_since"],
                "move": CREATED,
                "source": None,
                "target": row["state"],
                "cause": row["cause"] if cause is None else cause,
                "actor": actor,
            }
            for delivery_id, row in zip(ids, rows, strict=True)
        ],
    )
    return ids


def _identities(connection: Connection, post_ids: Sequence[int]) -> dict[int, str]:
    lowest, highest = min(post_ids), max(post_ids)
    statement = select(post.c.id, post.c.identity).where(post.c.id.between(lowest, highest))
    return {row.id: row.identity for row in connection.execute(statement)}


def _of_pair(post_id: int, name: str, part: int) -> Select[Any]:
    return select(*COLUMNS).where(delivery.c.post_id == post_id, delivery.c.network == name, delivery.c.part == part)
