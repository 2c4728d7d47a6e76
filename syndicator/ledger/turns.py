"""Two hosts may read two feeds of one site at once, and find the same new post in both.

Enters: how many documents had been recorded when a recording was decided. Leaves: this one's turn, or Stale: somebody
has recorded since, so what was new then may be known now, and it has to be decided again. It waits for nobody.
"""

from sqlalchemy import Connection, select, update

from syndicator.ledger.identity import facts_of
from syndicator.ledger.refusals import Stale
from syndicator.ledger.tables import meta
from syndicator.ledger.upsert import insert_missing

_COUNT = "recordings"


def so_far(connection: Connection) -> int:
    return int(facts_of(connection).get(_COUNT, "0"))


def take(connection: Connection, since: int | None) -> None:
    """Held until the transaction ends. None: there is nobody to take turns with."""
    if since is None:
        return
    insert_missing(connection, meta, [{"name": _COUNT, "value": "0"}])
    mine = (meta.c.name == _COUNT, meta.c.value == str(since))
    if connection.execute(select(meta.c.name).where(*mine).with_for_update(skip_locked=True)).first() is None:
        raise Stale("another host has recorded posts meanwhile")
    connection.execute(update(meta).where(*mine).values(value=str(since + 1)))
