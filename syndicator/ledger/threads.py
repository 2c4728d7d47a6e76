"""What follows in a thread: owed in the very transaction that says the part before it is out.

Enters: a delivery that has just become `delivered`. Leaves: the row of the next part, its words frozen, if there is
one. So at no moment is a part lost or owed twice, whatever dies. Nothing is rendered here: the words were fixed when
the thread began.

A part answers the one before it, so it needs to know how the service calls that one. Where nobody knows, it is held:
its owner lets it go as an answer to the last part that is known, or leaves it out and ends the thread there.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from syndicator.connector import Proof, Receipt, Rendering, ReplyTo, SpanKind
from syndicator.ledger import freeze, owing
from syndicator.ledger.rows import THREAD, UNLINKED, Delivery
from syndicator.ledger.states import State

TICK = timedelta(milliseconds=1)  # between the times of two parts: some services sort by them


def go_on(connection: Connection, row: Delivery, at: datetime) -> None:
    """`row` is out, and its words are frozen."""
    said = freeze.words(connection, row.id)
    if said is None or not said.rest:
        return
    rendering = following(said, row, at)
    added = owing.add_part(connection, row, at, _beginning(row, at))
    if added is not None:
        freeze.store(connection, added, rendering, doubted=False)


def following(said: Rendering, row: Delivery, at: datetime) -> Rendering:
    """The next part after `said`, as an answer to the copy that `row` tells of."""
    part = said.rest[0]
    return replace(
        said,
        text=part.text,
        spans=part.spans,
        html="",
        link_in_text=any(s.kind is SpanKind.LINK and s.target == said.link for s in part.spans),
        title="",
        tags=(),
        images=(),
        card=None,
        reply_to=_answering(said.reply_to, row),
        rest=said.rest[1:],
        composed=at if said.composed is None else max(at, said.composed + TICK),
        prepared=None,
    )


def _answering(before: ReplyTo | None, row: Delivery) -> ReplyTo | None:
    """Without a name for the copy in `row`: what that one answered itself, so that the thread stays together."""
    if not row.remote_id:
        return before
    receipt = Receipt(row.remote_id, row.url, row.proof or Proof.REPLY, extra=dict(row.extra))
    return ReplyTo(before.root if before is not None else receipt, receipt)


def _beginning(row: Delivery, at: datetime) -> dict[str, Any]:
    """The time that a ledger has lost may have sent the next part too, so then it is looked for before it is sent."""
    if not row.remote_id:
        return {"state": State.HELD, "cause": UNLINKED}
    if row.restored:
        sent = {"first_sent_at": row.first_sent_at or row.owed_since, "last_sent_at": at, "account": row.account}
        return {"state": State.UNKNOWN, "cause": "restored", "restored": True, "doubted": True, **sent}
    return {"state": State.READY, "cause": THREAD, "due_at": at}
