"""Posts and the names they are known by.

Enters: what a document changes. Leaves: rows, and posts read back as the values they were. It decides nothing about
which posts are new.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, or_, select, update

from syndicator.feed.edits import fingerprint
from syndicator.feed.identify import Alias, aliases_of
from syndicator.ledger import owing
from syndicator.ledger.feeds import remember_feed
from syndicator.ledger.rows import NewPost, PostRow, Recording, SeenPost
from syndicator.ledger.tables import alias, post
from syndicator.ledger.upsert import insert_missing
from syndicator.post import Image, Kind, Post, wishes_from

_AT_ONCE = 500  # values in one IN list; SQLite's oldest limit is 999


def record(connection: Connection, recording: Recording) -> list[int]:
    """Store all that one document changes; gives the ids of the new posts, in their order."""
    remember_feed(connection, recording.feed)
    ids = _insert_posts(connection, recording)
    _insert_aliases(connection, recording, ids)
    owing.owe_all(connection, recording, ids)
    _update_seen(connection, recording)
    return ids


def known(connection: Connection, aliases: Iterable[Alias], feed: str | None) -> dict[Alias, int]:
    """Which of `aliases` belong to which post. Addresses mean one page everywhere; guids only within `feed`."""
    wanted = {(a.kind, digest_of(a)): a for a in aliases}
    found: dict[Alias, int] = {}
    for kind in ("url", "guid"):
        digests = [digest for kind_of, digest in wanted if kind_of == kind]
        for some in chunks(digests):
            for row in connection.execute(_owners(kind, some, feed)):
                found.setdefault(wanted[kind, row.digest], row.post_id)
    return found


def _owners(kind: str, digests: Sequence[str], feed: str | None) -> Select[Any]:
    """Oldest post first; with `feed`, a post of that feed before one of another."""
    statement = select(alias.c.digest, alias.c.post_id).where(alias.c.kind == kind, alias.c.digest.in_(digests))
    if feed is not None and kind == "guid":
        statement = statement.where(alias.c.feed == feed)
    return statement.order_by(alias.c.feed != (feed or ""), alias.c.post_id)


_ONE = select(post).where(post.c.id == bindparam("of"))
_NAMES = select(alias).where(alias.c.post_id.in_(bindparam("posts")))


def one(connection: Connection, post_id: int) -> PostRow:
    """Raises LookupError."""
    found = list(_read(connection, _ONE, {"of": post_id}))
    if not found:
        raise LookupError(f"no post {post_id}")
    return found[0]


def named(connection: Connection, name: str) -> list[PostRow]:
    """The posts known by a guid or an address, in whatever spelling."""
    pretended = Post(guid=name, link=name)
    digests = [digest_of(a) for a in {Alias("guid", name), *aliases_of(pretended, [pretended])}]
    ids = select(alias.c.post_id).where(alias.c.digest.in_(digests))
    return list(_read(connection, select(post).where(post.c.id.in_(ids)).order_by(post.c.id)))


def several(connection: Connection, feed: str | None, since: datetime | None, last: int | None) -> list[PostRow]:
    """Posts by their own date (first seen where they have none), oldest first; `last` keeps the newest few."""
    statement = select(post).order_by(post.c.dated.desc(), post.c.id.desc()).limit(last)
    if feed is not None:
        statement = statement.where(post.c.feed == feed)
    if since is not None:
        statement = statement.where(post.c.dated >= since)
    return list(_read(connection, statement))[::-1]


def add_alias(connection: Connection, feed: str, post_id: int, name: Alias) -> None:
    """One name more, unless it is taken."""
    insert_missing(connection, alias, _alias_rows([name], feed, post_id))


def digest_of(name: Alias) -> str:
    """What stands for an alias in the index; 128 bits are plenty, and guids can be of any length."""
    return hashlib.sha256(f"{name.kind}:{name.value}".encode(errors="surrogatepass")).hexdigest()[:32]


def pack(content: Post) -> str:
    """A Post as JSON. Escaped throughout, so that no character of a stranger's text troubles a database."""
    return json.dumps(asdict(content), default=datetime.isoformat, sort_keys=True)


def unpack(text: str) -> Post:
    found = json.loads(text)
    for name in ("published", "updated"):
        found[name] = datetime.fromisoformat(found[name]) if found[name] else None
    found["tags"] = tuple(found["tags"])
    found["images"] = tuple(Image(**image) for image in found["images"])
    found["wishes"] = wishes_from(found.get("wishes"))
    return Post(**{**found, "kind": Kind(found["kind"])})


def _insert_posts(connection: Connection, recording: Recording) -> list[int]:
    if not recording.new:
        return []
    rows = [_row(new, recording) for new in recording.new]
    statement = insert(post).returning(post.c.id, sort_by_parameter_order=True)
    return list(connection.execute(statement, rows).scalars())


def _insert_aliases(connection: Connection, recording: Recording, ids: list[int]) -> None:
    """A name that is taken already is an error here: two posts of one name would be sent as two."""
    pairs = zip(ids, recording.new, strict=True)
    rows = [row for post_id, new in pairs for row in _alias_rows(new.aliases, recording.feed.name, post_id)]
    if rows:
        connection.execute(insert(alias), rows)


def _row(new: NewPost, recording: Recording) -> dict[str, Any]:
    return {
        "feed": recording.feed.name,
        "identity": _identity(new, recording.feed.name),
        "first_seen": new.first_seen,
        "last_seen": recording.seen_at,
        "dated": new.post.published or new.first_seen,
        **_contents(new.post),
    }


def _contents(content: Post) -> dict[str, Any]:
    return {"link": content.link, "fingerprint": fingerprint(content), "content": pack(content)}


def _identity(new: NewPost, feed: str) -> str:
    """What this post is called, whatever ledger it stands in: its first name that means nothing else."""
    name = new.aliases[0] if new.aliases else Alias("guid", new.post.guid or new.post.link or fingerprint(new.post))
    return hashlib.sha256(json.dumps([feed, name.kind, name.value]).encode()).hexdigest()


def _update_seen(connection: Connection, recording: Recording) -> None:
    if not recording.seen:
        return
    own = post.c.feed == recording.feed.name
    for some in chunks([seen.post_id for seen in recording.seen]):
        connection.execute(update(post).where(post.c.id.in_(some), own).values(last_seen=recording.seen_at))
    kept = recording.watched.kept if recording.watched is not None else ()
    if rewritten := [_rewritten(seen) for seen in recording.seen if seen.post_id not in kept]:
        connection.execute(_REWRITE.where(own), rewritten)
    rows = [row for seen in recording.seen for row in _alias_rows(seen.aliases, recording.feed.name, seen.post_id)]
    insert_missing(connection, alias, rows)


# Only what has changed is written: most documents repeat their posts word for word. What a post says, and whether it is
# there, is for the feed to tell in which it was found; others may carry a part of it.
_OTHER = or_(post.c.content != bindparam("new_content"), post.c.fingerprint != bindparam("new_fingerprint"))
_REWRITE = (
    update(post)
    .where(post.c.id == bindparam("of"), _OTHER)
    .values(content=bindparam("new_content"), link=bindparam("new_link"), fingerprint=bindparam("new_fingerprint"))
)


def _rewritten(seen: SeenPost) -> dict[str, Any]:
    return {"of": seen.post_id, **{f"new_{name}": value for name, value in _contents(seen.post).items()}}


def _alias_rows(aliases: Iterable[Alias], feed: str, post_id: int) -> list[dict[str, Any]]:
    return [
        {"digest": digest_of(a), "kind": a.kind, "feed": feed, "post_id": post_id, "value": a.value} for a in aliases
    ]


def _read(connection: Connection, statement: Select[Any], values: Mapping[str, Any] | None = None) -> Iterator[PostRow]:
    rows = connection.execute(statement, values).all()
    names = _names_of(connection, [row.id for row in rows])
    for row in rows:
        yield _post_row(row, names.get(row.id, ()))


def _post_row(row: Row[Any], aliases: Iterable[Alias]) -> PostRow:
    return PostRow(
        id=row.id,
        feed=row.feed,
        post=unpack(row.content),
        aliases=tuple(sorted(set(aliases))),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        fingerprint=row.fingerprint,
        live_at=row.live_at,
        canonical=row.canonical,
        page_language=row.page_language,
    )


def _names_of(connection: Connection, ids: list[int]) -> dict[int, list[Alias]]:
    names: dict[int, list[Alias]] = {}
    for some in chunks(ids):
        for row in connection.execute(_NAMES, {"posts": some}):
            names.setdefault(row.post_id, []).append(Alias(row.kind, row.value))
    return names


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """No statement takes more values than the database."""
    return (values[i : i + _AT_ONCE] for i in range(0, len(values), _AT_ONCE))
