"""One process at a time works on a ledger in a file, and one for each state directory on any ledger.

Enters: the state directory and the ledger's URL. Leaves: the process's Claims, or Busy at once. The locks are the
kernel's and the database's own: they end with the process that holds them, however it ends, and files that stay behind
mean nothing. Who serves what on a ledger that several hosts share is the business of `claims.py`.
"""

import fcntl
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from syndicator.errors import Busy, LedgerError
from syndicator.ledger.address import sqlite_path
from syndicator.ledger.claims import Claims, Everything, claiming


@contextmanager
def hold(state_dir: Path, url: str, *, alone: bool = False) -> Iterator[Claims]:
    """`alone`: no other host may work on the ledger meanwhile. Raises Busy when another process is in the way,
    LedgerError when the lock cannot even be asked for."""
    path = sqlite_path(url)
    with ExitStack() as stack:
        stack.enter_context(_file(state_dir / "lock"))
        if path is None:
            yield stack.enter_context(claiming(url, owner(), alone=alone))
            return
        if path.parent.is_dir():  # another state directory must not mean another lock
            stack.enter_context(_file(path.with_name(path.name + ".lock")))
        yield Everything()


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
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        raise LedgerError(
            f"the lock {path} cannot be written: {error.strerror}", hint=f"df -h {path.parent}"
        ) from error


def _busy(holder: str, why: str, hint: str) -> Busy:
    return Busy(f"syndicator is at work already: {holder}; {why}", hint=f"wait for it to end, or look at it: {hint}")
