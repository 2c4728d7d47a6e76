"""Time that does not count against deliveries: while their network waited for its owner, nobody could have sent them.

Enters: a network, and since when it has waited. Leaves: open deliveries that are as old as they were when the wait
began, and new ones that begin to age now. It moves nothing: state and version stay, and so does everything else.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from syndicator.ledger.states import OPEN
from syndicator.ledger.tables import UNSETTLED, delivery, post


def excuse(connection: Connection, name: str, since: datetime, now: datetime) -> None:
    """The wait that began at `since` is over."""
    statement = (
        select(delivery.c.id, delivery.c.owed_since, post.c.dated)
        .join(post, delivery.c.post_id == post.c.id)
        .where(UNSETTLED, delivery.c.state.in_(OPEN), delivery.c.network == name)
    )
    for row in connection.execute(statement).all():
        owed = max(row.owed_since, row.dated)  # a post dated ahead is owed from its date on
        if owed < now:
            age_before = max(since - owed, timedelta(0))
            values = {"owed_since": max(owed, now - age_before)}
            connection.execute(update(delivery).where(delivery.c.id == row.id).values(values))
