"""Mistakes that a power cut has to bring to light, or its simulation proves nothing.

Enters: nothing. Leaves: contexts in which the program is careless in one place.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

from syndicator.ledger import connect


@contextmanager
def hurried_commits() -> Iterator[None]:
    """WAL with synchronous=NORMAL: fast, and it survives being killed."""
    opening = connect.open_sqlite

    def hurried(path: Path, read_only: bool) -> sqlite3.Connection:
        connection = opening(path, read_only)
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    with patch.object(connect, "open_sqlite", hurried):
        yield


@contextmanager
def unsynced(part: str) -> Iterator[None]:
    """Files with `part` in their name are not synced."""
    fsync = os.fsync

    def careless(descriptor: int) -> None:
        if part not in str(Path(f"/proc/self/fd/{descriptor}").readlink()):
            fsync(descriptor)

    with patch.object(os, "fsync", careless):
        yield


SEEDS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "hurried commits": hurried_commits,
    "epoch not synced": partial(unsynced, "epoch.new"),
    "tokens not synced": partial(unsynced, ".json."),
    "journal not synced": partial(unsynced, "outcomes.journal"),
}
