"""Which posts are due although nobody has seen their pages, and what became of each: the part of a Ledger that
`syndicator/pages.py` works with.

Enters: pages as they were looked for. Leaves: rows. A delivery whose page is missing stays `ready`, due at the next
look; that is no attempt and no move. One that was held for its page and let go by its owner is not asked about again:
the events remember that.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, or_, select, update

from syndicator.clock import Clock
from syndicator.ledger import moves
from syndicator.ledger.deliveries import COLUMNS, cause_before
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import DEAD, GONE, WAITING, Delivery, Page
from syndicator.ledger.states import State
from syndicator.ledger.tables import UNSETTLED, delivery, event, post
from syndicator.ledger.transactions import Transactions

_PAGELESS = (DEAD, GONE)  # who lets go what was held for these knows about the page


class Pages:
    _transactions: Transactions
    _clock: Clock

    def pages_to_ask(self, now: datetime, networks: Iterable[str]) -> list[Page]:
        """Of what is due on these networks, oldest first; each page once."""
        asked = {"now": now, "networks": list(networks)}
        with self._transactions.reading() as connection:
            return [Page(*row) for row in connection.execute(_to_ask(), asked)]

    def awaits_page(self, row: Delivery) -> bool:
        """Whether nobody has asked for its page, and its owner has not let it go without."""
        statement = select(delivery.c.id).select_from(delivery.join(post)).where(delivery.c.id == row.id, *_unseen())
        with self._transactions.reading() as connection:
            return connection.execute(statement).first() is not None

    def page_is_live(self, page: Page, *, canonical: str | None, language: str | None) -> None:
        """It is never asked for again; what waited for it is due, for the reason it was due before."""
        now = self._clock.now()
        known = {"live_at": now, "canonical": canonical, "page_language": language}
        with self._transactions.writing() as connection:
            _remember(connection, page, page_since=None, page_tries=0, **known)
            for row in _rows(connection, page, delivery.c.state == State.READY, _is_waiting()):
                with suppress(Stale):
                    moves.wait(connection, row, now, cause=cause_before(connection, row))

    def page_is_missing(self, page: Page, *, until: datetime, cause: str) -> None:
        """All that is due, or waits already, waits until then."""
        now = self._clock.now()
        with self._transactions.writing() as connection:
            _remember(connection, page, page_since=page.since or now, page_tries=page.tries + 1)
            for row in _rows(connection, page, *_unseen(), or_(_is_due(now), _is_waiting())):
                with suppress(Stale):
                    moves.wait(connection, row, until, cause=cause)

    def page_is_dead(self, page: Page) -> list[Delivery]:
        """All that is due, or waits already, is held. What becomes due later is looked at from the beginning."""
        now, held = self._clock.now(), []
        with self._transactions.writing() as connection:
            _remember(connection, page, page_since=None, page_tries=0)
            for row in _rows(connection, page, *_unseen(), or_(_is_due(now), _is_waiting())):
                with suppress(Stale):
                    held.append(moves.move(connection, row, "hold", now, cause=DEAD, actor="syndicator", due_at=None))
        return held


@cache
def _to_ask() -> Select[Any]:
    """Built once: each Pass asks it, and building takes longer than asking."""
    columns = (post.c.id, post.c.feed, post.c.link, post.c.page_since, post.c.page_tries)
    of_networks = delivery.c.network.in_(bindparam("networks"))
    due = or_(delivery.c.due_at.is_(None), delivery.c.due_at <= bindparam("now"))
    asked = select(*columns).select_from(delivery.join(post)).where(of_networks, UNSETTLED, *_unseen(), due)
    return asked.distinct().order_by(post.c.id)


def _unseen() -> tuple[ColumnElement[bool], ...]:
    """Never sent, the post never seen live, and not let go by an owner who knew; a thread that has begun goes on."""
    let_go = select(event.c.id).where(event.c.delivery_id == delivery.c.id, event.c.cause.in_(_PAGELESS)).exists()
    never_sent = and_(delivery.c.state == State.READY, delivery.c.first_sent_at.is_(None))
    return never_sent, delivery.c.part == 0, post.c.live_at.is_(None), post.c.link.is_not(None), ~let_go


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(delivery.c.due_at.is_(None), delivery.c.due_at <= now)


def _is_waiting() -> ColumnElement[bool]:
    return delivery.c.cause.startswith(WAITING)


def _rows(connection: Connection, page: Page, *conditions: ColumnElement[bool]) -> list[Delivery]:
    of_post = select(*COLUMNS).select_from(delivery.join(post)).where(delivery.c.post_id == page.post_id, *conditions)
    return [Delivery(**row) for row in connection.execute(of_post.order_by(delivery.c.id)).mappings()]


def _remember(connection: Connection, page: Page, **values: Any) -> None:
    connection.execute(update(post).where(post.c.id == page.post_id).values(values))
