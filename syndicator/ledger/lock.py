"""One process at a time works on a ledger.

Enters: the state directory and the ledger's URL. Leaves: a Hold, or Busy at once. The locks are the kernel's and the
database's own: they end with the process that holds them, however it ends, and files that stay behind mean nothing.
"""

import fcntl
import hashlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syndicator.errors import Busy, LedgerError
from syndicator.ledger.address import normalise, shown, sqlite_path

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Hold:
    """`ensure` raises LedgerError when the lock has been lost on the way; only a database's can be."""

    ensure: Callable[[], None]


@contextmanager
def hold(state_dir: Path, url: str) -> Iterator[Hold]:
    """Raises Busy when another process holds it, LedgerError when the lock cannot even be asked for."""
    path = sqlite_path(url)
    with ExitStack() as stack:
        stack.enter_context(_file(state_dir / "lock"))
        if path is None:
            yield stack.enter_context(_advisory(url))
            return
        if path.parent.is_dir():  # another state directory must not mean another lock
            stack.enter_context(_file(path.with_name(path.name + ".lock")))
        yield Hold(lambda: None)


def poke(state_dir: Path) -> bool:
    """Tell the process that holds the lock, if any, that rows have moved; True when there is one and it was told.

    SIGCONT, because it does nothing to a process that does not listen for it: a daemon wakes, a `run` goes on.
    """
    try:
        with (state_dir / "lock").open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                os.kill(int(file.read(20)), signal.SIGCONT)
                return True
    except (OSError, ValueError):  # nobody has ever worked here, or it is not ours to signal
        pass
    return False


def owner() -> str:
    """This process, as others see it."""
    return f"{socket.gethostname()}:{os.getpid()}"


@contextmanager
def _file(path: Path) -> Iterator[None]:
    """flock, on a descriptor that children do not inherit."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerError(
            f"the lock {path} cannot be opened: {error.strerror}", hint=f"ls -ld {path.parent} {path}"
        ) from error
    try:
        _lock(descriptor, path)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        raise _busy(f"process {holder}", f"it holds {path}", f"ps -p {holder}") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


@contextmanager
def _advisory(url: str) -> Iterator[Hold]:
    """A session lock on a connection of its own: PostgreSQL gives it back when the connection ends."""
    from sqlalchemy import NullPool, create_engine

    from syndicator.ledger.trouble import told

    engine = create_engine(
        normalise(url),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 10, "application_name": f"syndicator {owner()}"},
    )
    with told(url), engine.connect() as connection:
        _take(connection, url)
        yield Hold(lambda: _still_there(connection, url))


def _take(connection: "Connection", url: str) -> None:
    key = _key(connection)
    if not connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (key,)).scalar():
        raise _busy(_holder(connection, key), f"it holds {shown(url)}", "syndicate status")


def _key(connection: "Connection") -> int:
    """Advisory locks belong to a database already; a ledger lives in one schema of it."""
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar()
    return int.from_bytes(hashlib.sha256(f"syndicator:{schema}".encode()).digest()[:8], "big", signed=True)


def _holder(connection: "Connection", key: int) -> str:
    """Advisory keys stand in pg_locks as two halves (https://www.postgresql.org/docs/current/view-pg-locks.html)."""
    query = (
        "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND classid::bigint << 32 | objid::bigint = %s"
    )
    return str(connection.exec_driver_sql(query, (key,)).scalar() or "another process")


def _still_there(connection: "Connection", url: str) -> None:
    from syndicator.ledger.trouble import told

    with told(url):
        connection.exec_driver_sql("SELECT 1")


def _busy(holder: str, why: str, hint: str) -> Busy:
    return Busy(f"syndicator is at work already: {holder}; {why}", hint=f"wait for it to end, or look at it: {hint}")
