"""What befalls posts at their source: edits that wait to be believed, former wordings, absence, and what became of it.

Enters: what `feed/edits.py` and `feed/absence.py` have decided. Leaves: rows. Words that are not believed yet stand in
the post like any others, so that what is sent next is the newest; what was said before lies beside them until then.
Questions about open matters walk over those alone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, insert, or_, select, update

from syndicator.clock import Clock
from syndicator.feed.absence import Missing
from syndicator.feed.edits import STANDS, Former, Wording
from syndicator.ledger import claims, moves, posts
from syndicator.ledger.claims import Claims
from syndicator.ledger.deliveries import COLUMNS
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import GONE, Absentee, Delivery, Happening, Recording, Source, Unsettled, Watched
from syndicator.ledger.states import State
from syndicator.ledger.tables import CHANGING, LOOKED_FOR, UNSETTLED, delivery, event, feed, post, post_event
from syndicator.ledger.transactions import Transactions

Moment = datetime | BindParameter[datetime]
_MISSING = (post.c.missing_since, post.c.look, post.c.looked_at, post.c.look_at)


class Changes:
    _transactions: Transactions
    _clock: Clock
    hold: Claims

    def sources(self, post_ids: Iterable[int]) -> dict[int, Source]:
        """How posts stand at their source, without their words."""
        columns = (post.c.id, post.c.feed, post.c.fingerprint, post.c.dated, post.c.first_seen, post.c.changed_at)
        with self._transactions.reading() as connection:
            chunks = (select(*columns, *_MISSING).where(post.c.id.in_(some)) for some in posts.chunks(list(post_ids)))
            return {row.id: _source(row) for query in chunks for row in connection.execute(query)}

    def wordings(self, post_ids: Iterable[int]) -> dict[int, Wording]:
        with self._transactions.reading() as connection:
            chunks = (_worded().where(post.c.id.in_(some)) for some in posts.chunks(list(post_ids)))
            return {row.id: _wording(row) for query in chunks for row in connection.execute(query)}

    def addresses_of_copies(self, post_ids: Iterable[int]) -> dict[int, frozenset[str]]:
        with self._transactions.reading() as connection:
            return _copies(connection, list(post_ids))

    def history(self, post_id: int) -> list[Happening]:
        """What befell a post at its source, in its order."""
        query = select(post_event).where(post_event.c.post_id == post_id).order_by(post_event.c.id)
        with self._transactions.reading() as connection:
            return [Happening(row.post_id, row.at, row.name, row.detail) for row in connection.execute(query)]

    def has_open_changes(self, now: datetime) -> bool:
        """Whether there is anything to do for `follow_up`."""
        moments = {"now": now, "stood": now - STANDS}
        with self._transactions.reading() as connection:
            return any(connection.execute(query, moments).first() is not None for query in _questions())

    def unsettled(self, now: datetime) -> list[Unsettled]:
        """Edits that may be believed now, of the feeds that this process polls."""
        with self._transactions.reading() as connection:
            found = connection.execute(_believable(now - STANDS))
            rows = [row for row in found if self.hold.holds(claims.feed(row.feed))]
            copies = _copies(connection, [row.id for row in rows])
        return [Unsettled(row.id, row.feed, row.seen_again, _wording(row), copies.get(row.id, _NONE)) for row in rows]

    def absentees(self, now: datetime, limit: int) -> list[Absentee]:
        """Posts whose pages are to be asked, the longest due first; of the feeds that this process polls."""
        with self._transactions.reading() as connection:
            found = (row for row in connection.execute(_looked_for(now)) if self.hold.holds(claims.feed(row.feed)))
            rows = list(islice(found, limit))
        return [Absentee(row.id, row.feed, row.link, _missing(row)) for row in rows]

    def note_changes(self, watched: Watched) -> None:
        """What was found out apart from any document."""
        with self._transactions.writing() as connection:
            write(connection, watched)

    def hold_for_gone(self) -> list[Delivery]:
        """What has not been sent of posts that are gone is held; what its owner has let go since stays so."""
        now, held = self._clock.now(), []
        with self._transactions.writing() as connection:
            rows = [Delivery(**row) for row in connection.execute(_of_gone(now)).mappings()]
            for row in rows:
                with suppress(Stale):
                    held.append(moves.move(connection, row, "hold", now, cause=GONE, actor="syndicator"))
        return held


def note(connection: Connection, recording: Recording) -> None:
    """The part of a document's transaction that belongs here."""
    if recording.watched is not None:
        write(connection, recording.watched)


def write(connection: Connection, watched: Watched) -> None:
    if watched.wordings:
        connection.execute(_WORD, [_worded_row(i, wording) for i, wording in watched.wordings.items()])
    for post_id, missing in watched.missing.items():
        connection.execute(update(post).where(post.c.id == post_id).values(_absence(missing)))
    for post_id, feed_name, name in watched.names:
        posts.add_alias(connection, feed_name, post_id, name)
    if watched.happenings:
        connection.execute(insert(post_event), [_event(one) for one in watched.happenings])


_NONE: frozenset[str] = frozenset()
_WORD = (
    update(post)
    .where(post.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("accepted", "changed_at", "former", "revision")})
)


def _worded_row(post_id: int, wording: Wording) -> dict[str, Any]:
    former = {"wordings": [[one.fingerprint, one.until.isoformat()] for one in wording.former]}
    return {
        "of": post_id,
        "new_accepted": None if wording.accepted is None else posts.pack(wording.accepted),
        "new_changed_at": wording.changed_at,
        "new_former": former if wording.former else None,
        "new_revision": wording.revision,
    }


def _absence(missing: Missing | None) -> dict[str, Any]:
    if missing is None:
        return dict.fromkeys(("missing_since", "look", "looked_at", "look_at", "gone_at"))
    values = {name: value for name, value in asdict(missing).items() if name != "since"}
    return {"missing_since": missing.since, "gone_at": missing.looked_at if missing.look == "gone" else None, **values}


def _event(one: Happening) -> dict[str, Any]:
    return {"post_id": one.post_id, "at": one.at, "name": one.name, "detail": dict(one.detail)}


def _worded() -> Select[Any]:
    return select(
        post.c.id, post.c.feed, post.c.content, post.c.accepted, post.c.changed_at, post.c.former, post.c.revision
    )


@cache
def _questions() -> tuple[Select[Any], ...]:
    """Built once: each Pass asks them, and building takes longer than asking."""
    now: Moment = bindparam("now")
    stood: Moment = bindparam("stood")
    return tuple(query.limit(1) for query in (_believable(stood), _looked_for(now), _of_gone(now)))


def _believable(stood: Moment) -> Select[Any]:
    """Seen again since, or of a certain age. `settle` has the last word."""
    again = feed.c.succeeded_at > post.c.changed_at
    joined = _worded().add_columns(again.label("seen_again")).join_from(post, feed, post.c.feed == feed.c.name)
    return joined.where(CHANGING, or_(again, post.c.changed_at <= stood)).order_by(post.c.changed_at)


def _looked_for(now: Moment) -> Select[Any]:
    """Due, and the feed has been seen whole and without the post since then."""
    columns = select(post.c.id, post.c.feed, post.c.link, *_MISSING).join_from(post, feed, post.c.feed == feed.c.name)
    well = (feed.c.trouble.is_(None), feed.c.failures == 0, feed.c.succeeded_at >= post.c.look_at)
    return columns.where(LOOKED_FOR, post.c.look_at <= now, *well).order_by(post.c.look_at, post.c.id)


def _of_gone(now: Moment) -> Select[Any]:
    unsent = (UNSETTLED, delivery.c.state.in_((State.READY, State.DEFERRED)), post.c.gone_at <= now)
    return select(*COLUMNS).select_from(delivery.join(post)).where(*unsent, ~_let_go()).order_by(delivery.c.id)


def _let_go() -> ColumnElement[bool]:
    """Its owner has let go this delivery, or an earlier part of the thread that it goes on with."""
    earlier = delivery.alias("earlier")
    same = and_(earlier.c.post_id == delivery.c.post_id, earlier.c.network == delivery.c.network)
    held_for_it = (same, event.c.cause == GONE, event.c.at >= post.c.gone_at)
    return select(event.c.id).join(earlier, event.c.delivery_id == earlier.c.id).where(*held_for_it).exists()


def _copies(connection: Connection, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for some in posts.chunks(ids):
        query = select(delivery.c.post_id, delivery.c.url).where(
            delivery.c.post_id.in_(some), delivery.c.url.is_not(None)
        )
        for row in connection.execute(query):
            found[row.post_id] = found.get(row.post_id, _NONE) | {row.url}
    return found


def _source(row: Any) -> Source:
    published = None if row.dated == row.first_seen else row.dated
    return Source(row.id, row.feed, row.fingerprint, published, row.changed_at, _missing_or_none(row))


def _missing_or_none(row: Any) -> Missing | None:
    return None if row.missing_since is None else _missing(row)


def _missing(row: Any) -> Missing:
    return Missing(row.missing_since, row.look, row.looked_at, row.look_at)


def _wording(row: Any) -> Wording:
    return Wording(
        content=posts.unpack(row.content),
        accepted=None if row.accepted is None else posts.unpack(row.accepted),
        changed_at=row.changed_at,
        former=_former(row.former or {}),
        revision=row.revision,
    )


def _former(stored: Mapping[str, Any]) -> tuple[Former, ...]:
    known: Collection[Any] = stored.get("wordings", ())
    return tuple(Former(digest, datetime.fromisoformat(until)) for digest, until in known)
