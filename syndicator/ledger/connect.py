"""Engines for both databases, set so that a commit that returned has reached the disk.

Enters: a ledger's URL. Leaves: an Engine. It never creates a file, and it judges nothing about what it opens.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from syndicator.ledger.address import normalise, sqlite_path

PATIENCE = 5.0  # seconds that a lock of another program is waited for
_FROZEN = "30s"  # without a word in the middle of a transaction


def engine_for(url: str, *, read_only: bool = False) -> Engine:
    path = sqlite_path(url)
    return _postgres(normalise(url), read_only) if path is None else _sqlite(path, read_only)


def writing(engine: Engine) -> Engine:
    """The same engine, whose transactions take SQLite's write lock at once.

    A transaction that begins by reading and then wants to write fails without waiting when somebody wrote meanwhile.
    """
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def alone(connection: Connection, where: str) -> None:
    """Until this transaction ends, no other one does what it does `where`. One of SQLite's has the whole file."""
    if connection.dialect.name == "postgresql":
        key = "hashtextextended('syndicator:' || current_schema() || ':' || %s, 0)"
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({key})", (where,))


def _sqlite(path: Path, read_only: bool) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: open_sqlite(path, read_only), poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def open_sqlite(path: Path, read_only: bool) -> sqlite3.Connection:
    if read_only:
        return _looking(path)
    connection = _connect(path, "mode=rw")
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _looking(path: Path) -> sqlite3.Connection:
    """Read while others write. On a read-only file system, where WAL cannot be joined, read the file as it lies."""
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError:
        connection.close()
        return _connect(path, "mode=ro&immutable=1")
    return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """`isolation_level=None`: the driver begins nothing by itself."""
    return sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, isolation_level=None, timeout=PATIENCE)


def _postgres(url: str, read_only: bool) -> Engine:
    engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute("SET synchronous_commit = on")
        connection.execute(f"SET lock_timeout = '{PATIENCE:.0f}s'")
        if not read_only:  # a host that freezes in the middle of a transaction must not keep the others waiting
            connection.execute(f"SET idle_in_transaction_session_timeout = '{_FROZEN}'")
        connection.execute(f"SET default_transaction_read_only = {'on' if read_only else 'off'}")
        connection.autocommit = False

    return engine
