"""Making a ledger, opening it, and noticing that it does not know all it should.

Enters: a URL and the state directory with the epoch file. Leaves: an engine on a ledger that is whole and of this
program's version, and, where it has lost time or comes from elsewhere, that this is noted in it: what was open is in
doubt, and nothing is sent before the networks have been read back. Or a LedgerError that says what is wrong and what to
type. Nothing is ever created in passing: a missing ledger silently made anew would publish a whole feed again.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine

from syndicator.errors import LedgerError
from syndicator.ledger import epoch, identity, moves, schema
from syndicator.ledger.address import shown, sqlite_path
from syndicator.ledger.claims import colleagues
from syndicator.ledger.connect import engine_for, open_sqlite, writing
from syndicator.ledger.copies import copy_to
from syndicator.ledger.epoch import Doubt, Epoch
from syndicator.ledger.lock import owner
from syndicator.ledger.refusals import EpochDamaged, LedgerDamaged, LedgerMissing
from syndicator.ledger.trouble import told

APPLICATION_ID = 0x53594E44  # "SYND", bytes 68-71 of the file (https://www.sqlite.org/fileformat.html)
_MAGIC = b"SQLite format 3\0"


class OnLoss(StrEnum):
    """What opening does about a ledger that has lost time, or is a copy."""

    REFUSE = "refuse"  # without the lock nothing is moved, for its holder may be sending it
    NOTE = "note"
    ADOPT = "adopt"  # one with another name as well, or beside an epoch that nobody can read: its owner says it is ours


def exists(url: str) -> bool:
    """Whether there is something at `url`, sound or not."""
    path = sqlite_path(url)
    if path is not None:
        return path.exists()
    with told(url), _engine(url) as engine, engine.connect() as connection:
        return schema.version_of(connection) is not None


def create(url: str, state_dir: Path) -> None:
    """Make a new ledger and its epoch. It appears whole or not at all."""
    _refuse_to_replace(url, state_dir)
    path = sqlite_path(url)
    try:
        _make_private(state_dir)
        if path is not None:
            with told(url):
                _make_file(path)
        _keep_name(state_dir)
    except OSError as error:
        raise LedgerError(f"the ledger {shown(url)} cannot be made: {error.strerror}", hint=_look(url)) from error
    with told(url), _engine(url) as engine:
        if path is None:
            schema.migrate(engine, finish=identity.baptise)
        with engine.connect() as connection:
            epoch.write(state_dir, _witness(identity.describe(connection)))


def open_engine(
    url: str, state_dir: Path, now: datetime, *, read_only: bool, on_loss: OnLoss = OnLoss.REFUSE
) -> tuple[Engine, str | None]:
    """The engine, and why the ledger is in doubt when that was noted just now. Looking is always allowed: with
    `read_only` only the ledger's soundness is judged, not whose it is."""
    witness = None if read_only else _witness_in(state_dir, on_loss)
    look_at_file(url, state_dir)
    with told(url), _engine(url, read_only=read_only, keep=True) as engine:
        _bring_up_to_date(engine, url, now, state_dir, read_only=read_only)
        if read_only:
            return engine, None
        doubt = _doubt(engine, url, state_dir, witness)
        if doubt is not None:
            if on_loss is OnLoss.REFUSE or (doubt.foreign and on_loss is not OnLoss.ADOPT):
                raise _refusal(doubt)
            lose(engine, state_dir, now, doubt.why)
        _move_in(engine, url)
        return engine, None if doubt is None else doubt.why


def adopt(url: str, state_dir: Path, now: datetime, since: datetime | None = None) -> None:
    """Note that the ledger was put back, whatever the epoch says. `since`: from when on it knows too little, if that is
    earlier than its last entry."""
    look_at_file(url, state_dir)
    with told(url), _engine(url) as engine:
        _bring_up_to_date(engine, url, now, state_dir, read_only=False)
        lose(engine, state_dir, now, "its owner says that the ledger was put back", since)


def doubt_about(connection: Connection, url: str, state_dir: Path) -> str | None:
    """What opening to work would find, for those who only look."""
    try:
        witness = epoch.read(state_dir)
    except LedgerError as error:
        return error.message
    found = identity.describe(connection)
    known = witness or _vouched_for(connection, url, found)
    doubt = epoch.judge(shown(url), state_dir, known, found, shared=sqlite_path(url) is None)
    return None if doubt is None else doubt.why


def _witness_in(state_dir: Path, on_loss: OnLoss) -> Epoch | None:
    try:
        return epoch.read(state_dir)
    except EpochDamaged:
        if on_loss is not OnLoss.ADOPT:
            raise
        return Epoch("", 0)  # of no ledger


def _doubt(engine: Engine, url: str, state_dir: Path, witness: Epoch | None) -> Doubt | None:
    with engine.connect() as connection:
        found = identity.describe(connection)
        known = witness or _vouched_for(connection, url, found)
    doubt = epoch.judge(shown(url), state_dir, known, found, shared=sqlite_path(url) is None)
    if doubt is None:
        _refresh(state_dir, witness, found)
    return doubt


def _refusal(doubt: Doubt) -> LedgerError:
    """Nothing was changed; what is to be done comes before what is to be typed."""
    return LedgerError(doubt.why, hint=f"{doubt.remedy}, then: {epoch.ADOPT if doubt.foreign else epoch.RECONCILE}")


def lose(engine: Engine, state_dir: Path, now: datetime, why: str, since: datetime | None = None) -> None:
    """One transaction; the epoch after it. Whoever dies between the two finds the ledger a step ahead of the epoch."""
    with writing(engine).begin() as connection:
        start = min(at for at in (identity.last_entry(connection), since, now) if at is not None)
        moves.distrust(connection, now)
        identity.note_loss(connection, start, now, why)
        identity.settle(connection)
        found = identity.describe(connection)
    _make_private(state_dir)
    epoch.write(state_dir, _witness(found))


def look_at_file(url: str, state_dir: Path) -> None:
    """What can be told of a SQLite file without opening it; SQLite itself opens a missing or empty one happily."""
    path = sqlite_path(url)
    if path is None:
        return
    try:
        with path.open("rb") as file:
            header, size = file.read(100), os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        raise _missing(url, state_dir) from None
    except OSError as error:
        raise LedgerError(f"the ledger {path} cannot be opened: {error.strerror}", hint=_look(url)) from error
    _judge_header(path, header, size)


def _judge_header(path: Path, header: bytes, size: int) -> None:
    if not header:
        raise LedgerDamaged(f"the ledger {path} is empty: a file of 0 bytes", hint=_restore(path))
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise LedgerDamaged(f"{path} is not a database", hint=_restore(path))
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise LedgerError(f"{path} is a database of another program", hint="check ledger.url in config.toml")
    page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    if pages * (65536 if page == 1 else page) > size and not _has_log(path):
        raise LedgerDamaged(f"the ledger {path} is damaged: its end is missing", hint=_restore(path))


def _has_log(path: Path) -> bool:
    """Whether a write-ahead log lies beside the file; it may hold the pages that are not in the file yet."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def _restore(path: Path) -> str:
    """What SQLite has beside the file goes with it: a log that is left behind belongs to another database."""
    away = path.with_name("broken")
    return (
        f"put back a copy made by `syndicate backup`: mkdir {away} && mv {path}* {away}/; "
        f"cp BACKUP {path}; {epoch.RECONCILE}"
    )


def _missing(url: str, state_dir: Path) -> LedgerError:
    path = epoch.epoch_path(state_dir)
    if not path.exists():
        return LedgerMissing(f"there is no ledger yet at {shown(url)}", hint="syndicate init BLOG_URL")
    return LedgerError(
        f"the ledger {shown(url)} is gone, but {path} shows that there was one; without it posts would be sent again",
        hint=f"put back a copy made by `syndicate backup`, then: {epoch.RECONCILE}; or, to begin anew and send "
        f"nothing old: rm {path}; syndicate init",
    )


def _refuse_to_replace(url: str, state_dir: Path) -> None:
    if exists(url):
        raise LedgerError(f"there is a ledger already at {shown(url)}", hint="syndicate check")
    missing = _missing(url, state_dir)
    if not isinstance(missing, LedgerMissing):
        raise missing


def _make_file(path: Path) -> None:
    _make_private(path.parent)
    new = path.with_name(f"{path.name}.new-{os.getpid()}")
    _remove(new)  # of one who died while making it; in a container it had our number
    os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        connection = open_sqlite(new, read_only=False)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.close()
        with _engine(f"sqlite://{new}") as engine:
            schema.migrate(engine, finish=identity.baptise)
        if _has_log(new):  # closing it merges its log, and says nothing when the disk refuses
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        os.link(new, path)  # unlike a rename, it never replaces
        epoch.sync_directory(path.parent)
    finally:
        _remove(new)


def _make_private(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def _remove(new: Path) -> None:
    for path in (new, *(new.with_name(new.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)


def _keep_name(directory: Path) -> None:
    """A ledger whose directory has no lasting name is gone with it. Not everybody may look into the one above."""
    with suppress(PermissionError):
        epoch.sync_directory(directory.parent)


def _bring_up_to_date(engine: Engine, url: str, now: datetime, state_dir: Path, *, read_only: bool) -> None:
    with engine.connect() as connection:
        version = schema.version_of(connection)
    if version is None:
        raise _without_tables(url, state_dir)
    if not schema.is_older(version, shown(url)):
        return
    if read_only:
        raise LedgerError(
            f"the ledger {shown(url)} has version {version}, this syndicator works with {schema.SCHEMA}",
            hint="syndicate check",
        )
    path = sqlite_path(url)
    if path is None:
        _refuse_beside_others(engine, url)
    else:
        copy_to(engine, path.with_name(f"{path.name}.{version}-{now:%Y%m%dT%H%M%S%f}"))
    schema.migrate(engine)


def _without_tables(url: str, state_dir: Path) -> LedgerError:
    path = sqlite_path(url)
    return _missing(url, state_dir) if path is None else LedgerDamaged(f"{path} holds no ledger", hint=_restore(path))


def _refuse_beside_others(engine: Engine, url: str) -> None:
    with engine.connect() as connection:
        others = colleagues(connection, owner())
    if others:
        why = f"the ledger {shown(url)} is to be brought up to date, and other hosts work on it: {', '.join(others)}"
        raise LedgerError(why, hint="stop syndicator there first, and install this version there too")


def _vouched_for(connection: Connection, url: str, found: Epoch) -> Epoch | None:
    """A host that comes new to a shared ledger has no epoch. Where the ledger lies in the database in which others have
    found it to be the right one, it is that one; anywhere else it might be a copy."""
    return found if sqlite_path(url) is None and identity.is_in_its_place(connection) else None


def _move_in(engine: Engine, url: str) -> None:
    """Whoever has an epoch that agrees vouches for the place where the ledger lies now."""
    if sqlite_path(url) is not None:
        return
    with engine.begin() as connection:
        if not identity.is_in_its_place(connection):
            identity.settle(connection)


def _refresh(state_dir: Path, witness: Epoch | None, found: Epoch) -> None:
    """A crash may have left the epoch one attempt behind, or not yet written."""
    current = _witness(found)
    if witness is None or replace(witness, events=current.events) != current:
        _make_private(state_dir)
        epoch.write(state_dir, current)


def _witness(found: Epoch) -> Epoch:
    return replace(found, host=epoch.machine())


def _look(url: str) -> str:
    path = sqlite_path(url)
    return "syndicate check" if path is None else f"ls -ld {path.parent} {path}"


@contextmanager
def _engine(url: str, *, read_only: bool = False, keep: bool = False) -> Iterator[Engine]:
    """An engine that is closed at the end, or, with `keep`, only when something goes wrong."""
    engine = engine_for(url, read_only=read_only)
    try:
        yield engine
    except BaseException:
        engine.dispose()
        raise
    if not keep:
        engine.dispose()
