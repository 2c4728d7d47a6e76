"""How far the blog has been told of its copies: a mark on the event log, so that asking costs the new events only."""

from sqlalchemy import Connection, func, select

from syndicator.ledger.identity import facts_of, note
from syndicator.ledger.states import State
from syndicator.ledger.tables import event

_MARK = "links_written"


def news_since_mark(connection: Connection) -> int | None:
    """The newest event, if anything was delivered since the mark; None when the blog knows everything."""
    mark = int(facts_of(connection).get(_MARK, "0"))
    delivered = select(event.c.id).where(event.c.id > mark, event.c.target == State.DELIVERED).limit(1)
    if connection.execute(delivered).scalar() is None:
        return None
    newest: int = connection.execute(select(func.max(event.c.id))).scalar_one()
    return newest


def move_mark(connection: Connection, newest: int) -> None:
    note(connection, **{_MARK: str(newest)})
