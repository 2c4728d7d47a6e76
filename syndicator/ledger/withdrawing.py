"""Deliveries that one document changes although their posts are known.

A post dated ahead that leaves the feed before its day has been taken back: it is skipped, and waits again if the post
comes back. A post known from another feed is owed to the networks that only this feed goes to. These functions take a
connection inside a transaction; they never begin or end one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from syndicator.ledger import deliveries, moves, owing
from syndicator.ledger.rows import SCHEDULED, Delivery, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.ledger.tables import delivery

WITHDRAWN = "withdrawn"
_AT_ONCE = 500


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
    posts: dict[int, SeenPost] = {seen.post_id: seen for seen in recording.seen}
    taken_back = (delivery.c.state == State.SKIPPED, delivery.c.cause == WITHDRAWN)
    for row in _of(connection, recording.returned, *taken_back):
        due_at = max(posts[row.post_id].post.published or at, at)
        moves.move(connection, row, "requeue", at, cause=SCHEDULED, actor="syndicator", due_at=due_at)


def _of(connection: Connection, post_ids: Sequence[int], *conditions: ColumnElement[bool]) -> Iterable[Delivery]:
    for i in range(0, len(post_ids), _AT_ONCE):
        some = delivery.c.post_id.in_(post_ids[i : i + _AT_ONCE])
        for row in connection.execute(select(*deliveries.COLUMNS).where(some, *conditions)).mappings().all():
            yield Delivery(**row)
