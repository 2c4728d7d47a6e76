"""What leaves the ledger as a whole: a consistent copy of the file, and its rows as JSON lines without secrets."""

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, select

from syndicator.errors import LedgerError
from syndicator.ledger import identity
from syndicator.ledger.epoch import sync_directory
from syndicator.ledger.refusals import LedgerDamaged
from syndicator.ledger.rows import AttemptRow, EventRow, FeedMemory
from syndicator.ledger.rows import Delivery as DeliveryRow
from syndicator.ledger.tables import alias, attempt, delivery, event, feed, post, rendering
from syndicator.ledger.trouble import what_is_wrong

EXPORT = 1  # the version of the lines
Line = dict[str, Any]


def copy_to(engine: Engine, path: Path) -> None:
    """Write a whole, checked copy of a SQLite ledger to `path`, which must not exist. Others may write meanwhile.

    Copying the file itself would miss what lies in its write-ahead log. It has its name only when it is whole: half of
    one must never look like a backup.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        if path.exists() or path.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        unfinished.unlink(missing_ok=True)  # of one that died while it made a copy
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _vacuum(engine, unfinished)
        _check(unfinished)
        _sync(unfinished)
        unfinished.replace(path)
        sync_directory(path.parent)
    except OSError as error:
        raise LedgerError(
            f"the copy {path} cannot be written: {error.strerror}", hint=f"ls -ld {path.parent} {path}"
        ) from error
    finally:
        with suppress(OSError):  # what went wrong before is what has to be told
            unfinished.unlink()


def _vacuum(engine: Engine, path: Path) -> None:
    pooled = engine.raw_connection()
    try:
        pooled.cursor().execute("VACUUM INTO ?", (str(path),))
    finally:
        pooled.close()


def _check(path: Path) -> None:
    """Open the copy and read it; a copy that was never opened is a hope, not a backup."""
    complaint = what_is_wrong(path) if path.stat().st_size else "it is empty"
    if complaint is not None:
        raise LedgerDamaged(f"the copy {path} is damaged: {complaint}", hint="syndicate check")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lines(connection: Connection) -> Iterator[Line]:
    """The ledger as JSON-ready dicts, each with a `kind`; the first says which ledger and which version of lines.

    Attachments stay behind, and so do user and password of a feed's address.
    """
    yield {"kind": "ledger", "version": EXPORT, "uuid": identity.describe(connection).ledger}
    for row in _rows(connection, feed, FeedMemory):
        yield {"kind": "feed", **row, "url": _without_user(row["url"])}
    yield from _posts(connection)
    for row in _rows(connection, delivery, DeliveryRow):
        yield {"kind": "delivery", **row, "rendering": _rendering(connection, row["id"])}
    for row in _rows(connection, attempt, AttemptRow):
        yield {**row, "kind": "attempt", "attempt": row["kind"]}
    for row in _rows(connection, event, EventRow):
        yield {"kind": "event", **row}


def _rows(connection: Connection, table: Table, value: type) -> Iterator[Line]:
    columns = [table.c[field.name] for field in fields(value)]
    statement = select(*columns).order_by(table.primary_key.columns[0]).execution_options(yield_per=500)
    for row in connection.execute(statement).mappings():
        yield {name: _plain(found) for name, found in row.items()}


def _posts(connection: Connection) -> Iterator[Line]:
    names = ("id", "feed", "identity", "first_seen", "last_seen", "fingerprint", "content")
    statement = select(*(post.c[name] for name in names)).order_by(post.c.id).execution_options(yield_per=500)
    for row in connection.execute(statement).mappings():
        known = select(alias.c.kind, alias.c.value, alias.c.feed).where(alias.c.post_id == row["id"])
        aliases = [dict(a) for a in connection.execute(known.order_by(alias.c.kind, alias.c.value)).mappings()]
        line = {name: _plain(found) for name, found in row.items() if name != "content"}
        yield {"kind": "post", **line, "aliases": aliases, "post": json.loads(row["content"])}


def _rendering(connection: Connection, delivery_id: int) -> Any:
    body = connection.execute(select(rendering.c.body).where(rendering.c.delivery_id == delivery_id)).scalar()
    return None if body is None else json.loads(body)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, StrEnum) else value


def _without_user(url: str) -> str:
    return re.sub(r"(?<=//)[^/?#]*@", "", url)
