"""Who a ledger is: its uuid, the machine it belongs to, how far it has come, and the time it may have lost."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, func, select

from syndicator.ledger.epoch import Epoch, machine
from syndicator.ledger.rows import Gap, Loss
from syndicator.ledger.tables import attempt, event, feed, meta
from syndicator.ledger.upsert import upsert


def baptise(connection: Connection) -> None:
    """Give a new ledger its name and home; two hosts may make the same one at once."""
    if "uuid" not in facts_of(connection):
        note(connection, uuid=str(uuid.uuid4()))
        settle(connection)


def settle(connection: Connection) -> None:
    """Make this machine the ledger's home, or the database that it lies in."""
    note(connection, host=machine() or "")
    if connection.dialect.name == "postgresql":
        note(connection, place=_place(connection))


def is_in_its_place(connection: Connection) -> bool:
    """Whether a ledger on a server lies where it was settled; what a dump was made into is another place."""
    return facts_of(connection).get("place") == _place(connection)


def _place(connection: Connection) -> str:
    """Server, database and schema, by the numbers that a copy does not share."""
    query = (
        "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()), current_schema()"
        " FROM pg_control_system()"
    )
    return ":".join(str(part) for part in connection.exec_driver_sql(query).one())


def describe(connection: Connection) -> Epoch:
    """What the ledger says of itself, in the epoch file's terms. LookupError when it has no uuid."""
    facts = facts_of(connection)
    attempts, events = (connection.execute(select(func.max(t.c.id))).scalar() or 0 for t in (attempt, event))
    return Epoch(facts["uuid"], attempts, facts.get("host") or None, int(facts.get("era", 0)), events)


def gap_of(connection: Connection) -> Gap | None:
    return _gap_in(facts_of(connection))


def note_loss(connection: Connection, start: datetime, end: datetime, why: str) -> None:
    """Time was lost, and every network has to be read back. A loss that was noted before and is not mended yet becomes
    a part of this one."""
    before = loss_of(connection)
    start = min(start, end) if before is None else min(start, end, before.gap.start)
    era = era_of(connection) + 1
    note(connection, gap_start=start.isoformat(), gap_end=end.isoformat(), era=str(era))
    _note_unread(connection, why, ())


def era_of(connection: Connection) -> int:
    return int(facts_of(connection).get("era", 0))


def loss_of(connection: Connection) -> Loss | None:
    """None when no time was lost, or all of it has been found out about."""
    facts = facts_of(connection)
    gap, unread = _gap_in(facts), facts.get("unread")
    if gap is None or not unread:
        return None
    found = json.loads(unread)
    return Loss(gap, found["why"], frozenset(found["done"]))


def note_read(connection: Connection, network: str, known: Iterable[str]) -> None:
    """`network` has been read back. When all that are `known` have been, the loss is over."""
    loss = loss_of(connection)
    if loss is None:
        return
    done = loss.done | {network}
    if done >= set(known):
        note(connection, unread="")
    else:
        _note_unread(connection, loss.why, done)


def _note_unread(connection: Connection, why: str, done: Iterable[str]) -> None:
    note(connection, unread=json.dumps({"why": why, "done": sorted(done)}))


def _gap_in(facts: dict[str, str]) -> Gap | None:
    if "gap_end" not in facts:
        return None
    return Gap(datetime.fromisoformat(facts["gap_start"]), datetime.fromisoformat(facts["gap_end"]))


def last_entry(connection: Connection) -> datetime | None:
    """When the ledger was last written to, as far as it tells."""
    newest = connection.execute(select(event.c.at).order_by(event.c.id.desc()).limit(1)).scalar()
    checked = connection.execute(select(func.max(feed.c.checked_at))).scalar()
    return max((at for at in (newest, checked) if at is not None), default=None)


def reminded(connection: Connection) -> tuple[int, datetime | None]:
    """Up to which event a person has been told that something waits for them, and when last."""
    facts = facts_of(connection)
    return int(facts.get("reminded_of", "0")), datetime.fromisoformat(at) if (at := facts.get("reminded_at")) else None


def note_reminder(connection: Connection, newest: int, at: datetime) -> None:
    note(connection, reminded_of=str(newest), reminded_at=at.isoformat())


def facts_of(connection: Connection) -> dict[str, str]:
    return {row.name: row.value for row in connection.execute(select(meta))}


def note(connection: Connection, **facts: str) -> None:
    upsert(connection, meta, *({"name": name, "value": value} for name, value in facts.items()))
