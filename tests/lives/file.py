"""What the ledger's file says, read with plain SQL and nothing of the program.

Enters: a path. Leaves: deliveries as a person would name them, by network and by the blog's name of the post.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lives.exchange import NAMED
from tests.proof.oracle import looked_into

WAITS = ("ask", "held", "failed", "handoff")
_ENTRIES = (
    "SELECT d.id, d.network, post.content, d.state, d.cause, coalesce(d.proof, ''), d.due_at"
    " FROM delivery d JOIN post ON post.id = d.post_id ORDER BY d.id"
)


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    network: str
    post: str
    state: str
    cause: str
    proof: str
    due: int | None  # microseconds

    @property
    def pair(self) -> tuple[str, str]:
        return self.network, self.post


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    file = looked_into(path)
    try:
        yield file
    finally:
        file.close()


def entries(path: Path) -> list[Entry]:
    with reading(path) as file:
        rows = file.execute(_ENTRIES).fetchall()
    return [Entry(number, network, name_in(text), *rest) for number, network, text, *rest in rows]


def posts(path: Path) -> set[str]:
    with reading(path) as file:
        return {name_in(row[0]) for row in file.execute("SELECT content FROM post")}


def numbers(path: Path, table: str) -> dict[int, list[int]]:
    """Delivery → the numbers of its events, or of its attempts, in their order."""
    found: dict[int, list[int]] = {}
    with reading(path) as file:
        for delivery, number in file.execute(f"SELECT delivery_id, id FROM {table} ORDER BY id"):
            found.setdefault(delivery, []).append(number)
    return found


def ends(path: Path) -> tuple[int, int]:
    """The numbers of the last event and of the last attempt."""
    with reading(path) as file:
        event, attempt = (f"SELECT coalesce(max(id), 0) FROM {table}" for table in ("event", "attempt"))
        return file.execute(event).fetchone()[0], file.execute(attempt).fetchone()[0]


def name_in(text: str) -> str:
    found = NAMED.search(text)
    return found.group() if found else ""
