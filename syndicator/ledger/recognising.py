"""What the ledger knows that helps to know a post again: where posts stood, what they said, and their marks.

Enters: ids, marks and names of feeds. Leaves: values of `rows.py`. Every question is answered from an index, and none
costs more on a larger ledger: what many posts share is no mark of any of them and is not followed.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from syndicator.feed.identify import Alias
from syndicator.feed.marks import FORMULA, Mark, marks_of
from syndicator.ledger import identity, posts
from syndicator.ledger.rows import Recording, Standing
from syndicator.ledger.tables import alias, mark, post, post_event
from syndicator.ledger.transactions import Transactions
from syndicator.ledger.upsert import insert_missing
from syndicator.post import Post

SHARED = 8  # posts; a mark of more is that of a series or of a template
_STANDING = [post.c[field.name] for field in fields(Standing)]


class Recognising:
    _transactions: Transactions

    def standing(self, post_ids: Iterable[int]) -> dict[int, Standing]:
        with self._transactions.reading() as connection:
            return _standing(connection, list(post_ids))

    def said(self, post_ids: Iterable[int]) -> dict[int, Post]:
        """What posts said when they were last seen."""
        with self._transactions.reading() as connection:
            return _said(connection, list(post_ids))

    def last_document(self, feed: str, read_at: datetime | None) -> list[Standing]:
        """The feed's own posts that stood in its last whole document."""
        with self._transactions.reading() as connection:
            return _last_document(connection, feed, read_at)

    def addresses(self, post_ids: Iterable[int]) -> dict[int, list[str]]:
        """Every address that each post ever had, as they are compared."""
        with self._transactions.reading() as connection:
            return _addresses(connection, list(post_ids))

    def marked(
        self, marks: Iterable[Mark], feeds: Collection[str]
    ) -> tuple[dict[int, frozenset[Mark]], frozenset[Mark]]:
        """The posts of these feeds that bear one of the marks, or did so once, and which; and the marks that too many
        posts bear to name them."""
        found: dict[int, frozenset[Mark]] = {}
        common = set()
        with self._transactions.reading() as connection:
            for one in set(marks):
                bearers = _bearers(connection, one, feeds)
                if len(bearers) > SHARED:
                    common.add(one)
                    continue
                for post_id in bearers:
                    found[post_id] = found.get(post_id, frozenset()) | {one}
        return found, frozenset(common)

    def strangers(self, post_ids: Iterable[int], feed: str) -> set[int]:
        """Of these posts, those that were found in another feed and never seen in this one."""
        with self._transactions.reading() as connection:
            return _strangers(connection, list(post_ids), feed)

    def mark_posts(self, feed: str) -> None:
        """Give every post of a feed its marks, once for each formula: earlier versions wrote none, or others."""
        with self._transactions.reading() as connection:
            if identity.facts_of(connection).get(_flag(feed)) == FORMULA:
                return
        with self._transactions.writing() as connection:
            _mark_all(connection, feed)
            identity.note(connection, **{_flag(feed): FORMULA})


def note(connection: Connection, recording: Recording, ids: list[int]) -> None:
    """Marks and events of one document: of new posts, of what says something else now, of what has new names."""
    pairs = [(i, new.post) for i, new in zip(ids, recording.new, strict=True)]
    pairs += [(s.post_id, s.post) for s in recording.seen if s.before is not None or s.reasons]
    insert_missing(connection, mark, list(_rows(pairs, recording.feed.name)))
    events = [
        _event(s.post_id, recording.seen_at, "rekeyed", by=list(s.reasons), names=[name.value for name in s.aliases])
        for s in recording.seen
        if s.reasons
    ]
    likes = zip(ids, (new.like for new in recording.new), strict=True)
    events += [_event(i, recording.seen_at, "resembles", post=like) for i, like in likes if like is not None]
    if events:
        connection.execute(insert(post_event), events)


def _event(post_id: int, at: datetime, name: str, **detail: Any) -> dict[str, Any]:
    return {"post_id": post_id, "at": at, "name": name, "detail": detail}


def _standing(connection: Connection, ids: list[int]) -> dict[int, Standing]:
    chunks = (select(*_STANDING).where(post.c.id.in_(some)) for some in posts.chunks(ids))
    return {row.id: Standing(*row) for query in chunks for row in connection.execute(query)}


def _said(connection: Connection, ids: list[int]) -> dict[int, Post]:
    chunks = (select(post.c.id, post.c.content).where(post.c.id.in_(some)) for some in posts.chunks(ids))
    return {row.id: posts.unpack(row.content) for query in chunks for row in connection.execute(query)}


def _last_document(connection: Connection, feed: str, read_at: datetime | None) -> list[Standing]:
    """Ledgers of earlier versions do not know when that was, but then every document was one."""
    if read_at is None:
        read_at = connection.execute(_newest(feed)).scalar()
    if read_at is None:
        return []
    query = select(*_STANDING).where(post.c.feed == feed, post.c.last_seen >= read_at).order_by(post.c.id)
    return [Standing(*row) for row in connection.execute(query)]


def _newest(feed: str) -> Select[Any]:
    return select(func.max(post.c.last_seen)).where(post.c.feed == feed)


def _addresses(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for some in posts.chunks(ids):
        query = (
            select(alias.c.post_id, alias.c.value)
            .where(alias.c.post_id.in_(some), alias.c.kind == "url")
            .order_by(alias.c.value)
        )
        for row in connection.execute(query):
            found.setdefault(row.post_id, []).append(row.value)
    return found


def _bearers(connection: Connection, one: Mark, feeds: Collection[str]) -> list[int]:
    query = select(mark.c.post_id).where(
        mark.c.digest == _digest(one), mark.c.kind == one.kind, mark.c.feed.in_(sorted(feeds))
    )
    return list(connection.execute(query.limit(SHARED + 1)).scalars())


def _strangers(connection: Connection, ids: list[int], feed: str) -> set[int]:
    here = select(alias.c.post_id).where(alias.c.post_id == post.c.id, alias.c.feed == feed).exists()
    chunks = (select(post.c.id).where(post.c.id.in_(some), post.c.feed != feed, ~here) for some in posts.chunks(ids))
    return {row.id for query in chunks for row in connection.execute(query)}


def _mark_all(connection: Connection, feed: str) -> None:
    last = 0
    while rows := connection.execute(_after(feed, last)).all():
        insert_missing(connection, mark, list(_rows([(row.id, posts.unpack(row.content)) for row in rows], feed)))
        last = rows[-1].id


def _after(feed: str, last: int) -> Select[Any]:
    return select(post.c.id, post.c.content).where(post.c.feed == feed, post.c.id > last).order_by(post.c.id).limit(200)


def _rows(pairs: Iterable[tuple[int, Post]], feed: str) -> Iterator[dict[str, Any]]:
    for post_id, content in pairs:
        for one in marks_of(content):
            yield {"digest": _digest(one), "kind": one.kind, "feed": feed, "post_id": post_id}


def _digest(one: Mark) -> str:
    return posts.digest_of(Alias("guid", f"{one.kind} {one.value}"))


def _flag(feed: str) -> str:
    return f"marks of {feed}"
