"""Deliveries that one document changes although their posts are known.

A post dated ahead that leaves the feed before its day has been taken back: it is skipped, and waits again if the post
comes back. A post known from another feed is owed to the networks that only this feed goes to. These functions take a
connection inside a transaction; they never begin or end one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from syndicator.ledger import deliveries, moves, owing, posts
from syndicator.ledger.rows import SCHEDULED, Delivery, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.ledger.tables import delivery

WITHDRAWN = "withdrawn"


def note(connection: Connection, recording: Recording) -> None:
    at = recording.seen_at
    ahead = (delivery.c.state == State.READY, delivery.c.cause == SCHEDULED, delivery.c.due_at > at)
    for row in _of(connection, recording.absent, *ahead):
        moves.move(connection, row, "skip", at, cause=WITHDRAWN, actor="syndicator")
    if recording.returned:
        _bring_back(connection, recording, at)
    for seen in recording.seen:
        for owed in seen.owed:
            owing.owe(connection, seen.post_id, owed, at, actor="syndicator", cause=owed.cause)


def _bring_back(connection: Connection, recording: Recording, at: datetime) -> None:
    seen: dict[int, SeenPost] = {one.post_id: one for one in recording.seen}
    taken_back = (delivery.c.state == State.SKIPPED, delivery.c.cause == WITHDRAWN)
    for row in _of(connection, recording.returned, *taken_back):
        due_at = max(seen[row.post_id].post.published or at, at)
        moves.move(connection, row, "requeue", at, cause=SCHEDULED, actor="syndicator", due_at=due_at)


def _of(connection: Connection, post_ids: Sequence[int], *conditions: ColumnElement[bool]) -> Iterable[Delivery]:
    for some in posts.chunks(post_ids):
        statement = select(*deliveries.COLUMNS).where(delivery.c.post_id.in_(some), *conditions)
        for row in connection.execute(statement).mappings().all():
            yield Delivery(**row)
