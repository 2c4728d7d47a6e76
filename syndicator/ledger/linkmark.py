"""How far a host's copy of the links goes: a mark on the event log, so that asking costs the new events only.

Every host that shares a ledger writes its own file, so each has a mark of its own there. Its events are committed in
any order, so a mark stays a minute behind: a number below it that is still to come will not be passed over.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from syndicator.ledger.identity import facts_of, note
from syndicator.ledger.states import State
from syndicator.ledger.tables import event

ALONE = "links_written"
BEHIND = timedelta(minutes=1)  # longer than any transaction lives (connect.py), though clocks differ a little


def of_host(name: str) -> str:
    """The name of the mark of one host among several."""
    return f"{ALONE} {hashlib.sha256(name.encode()).hexdigest()[:16]}"


def news_since_mark(connection: Connection, mark: str, settled: datetime | None) -> int | None:
    """The newest event, or the newest of those before `settled`, if anything was delivered since the mark; None when
    the blog knows everything."""
    known = int(facts_of(connection).get(mark, "0"))
    delivered = select(event.c.id).where(event.c.id > known, event.c.target == State.DELIVERED).limit(1)
    if connection.execute(delivered).scalar() is None:
        return None
    newest = select(func.max(event.c.id))
    if settled is not None:
        newest = newest.where(event.c.id > known, event.c.at < settled)
    return max(known, connection.execute(newest).scalar() or 0)


def move_mark(connection: Connection, mark: str, newest: int) -> None:
    note(connection, **{mark: str(newest)})
