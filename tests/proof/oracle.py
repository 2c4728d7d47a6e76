"""What every run has to keep to, judged from the ledger's file alone.

Enters: a path, or rows that were read from it with plain SQL. Leaves: sentences about what is broken; none when nothing
is. It uses neither the program's ledger nor its table of moves.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.proof.cast import Part
from tests.proof.moves import allowed
from tests.proof.net import Saw, Sent

SECOND = 1_000_000  # the file counts microseconds
DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Event:
    at: int
    move: str
    source: str
    target: str
    cause: str
    actor: str


@dataclass(frozen=True, slots=True)
class Attempt:
    kind: str
    started: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery with its whole history."""

    id: int
    post: int
    network: str
    state: str
    proof: str
    remote_id: str
    cause: str
    tries: int  # as the row counts them
    doubted: int
    negative_reads: int
    link: str  # of its post
    events: tuple[Event, ...]
    attempts: tuple[Attempt, ...]


def looked_into(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)


class Eye:
    """Looks into the file while the program works on it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def file(self) -> sqlite3.Connection:
        if self._file is None:
            self._file = looked_into(self._path)
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def sending(self, network: str) -> list[int]:
        """Deliveries that say `sending` in the file, and whose words are frozen beside them."""
        query = (
            "SELECT d.id FROM delivery d JOIN rendering r ON r.delivery_id = d.id"
            " WHERE d.state = 'sending' AND d.network = ? AND d.frozen"
        )
        return [row[0] for row in self.file.execute(query, (network,)).fetchall()]


def sending_in(path: Path, network: str) -> list[int]:
    with Eye(path) as eye:
        return eye.sending(network)


def rows_of(path: Path) -> list[Row]:
    with Eye(path) as eye:
        return rows_in(eye.file)


def rows_in(file: sqlite3.Connection) -> list[Row]:
    found = file.execute(
        "SELECT d.id, d.post_id, d.network, d.state, coalesce(d.proof, ''), coalesce(d.remote_id, ''), d.cause,"
        " d.attempts, d.doubted, d.negative_reads, coalesce(p.link, '')"
        " FROM delivery d JOIN post p ON p.id = d.post_id"
        " WHERE d.state != 'skipped' OR d.id IN (SELECT delivery_id FROM event WHERE move != 'owed') ORDER BY d.id"
    ).fetchall()
    return [_row((*row, _events(file, row[0]), _attempts(file, row[0]))) for row in found]


def _row(values: tuple[Any, ...]) -> Row:
    return Row(*values)


def _events(file: sqlite3.Connection, delivery: int) -> tuple[Event, ...]:
    query = "SELECT at, move, coalesce(source, ''), target, cause, actor FROM event WHERE delivery_id = ? ORDER BY id"
    return tuple(Event(*row) for row in file.execute(query, (delivery,)))


def _attempts(file: sqlite3.Connection, delivery: int) -> tuple[Attempt, ...]:
    query = "SELECT kind, started_at, outcome FROM attempt WHERE delivery_id = ? ORDER BY id"
    return tuple(Attempt(*row) for row in file.execute(query, (delivery,)))


def faults_of(row: Row, part: Part, sent: list[Sent]) -> list[str]:
    """Everything that is wrong with one delivery's history."""
    return [*_moves(row), *_rebuilt(row), *_answers(row, sent), *_resends(row, part)]


def _moves(row: Row) -> list[str]:
    """The table of moves, and that the log alone rebuilds the row."""
    broken, state = [], ""
    for event in row.events:
        if event.source != state:
            broken.append(f"the log goes from {event.source!r}, and the delivery was {state!r}")
        if not allowed(event.move, event.source, event.target):
            broken.append(f"{event.move}: {event.source!r} > {event.target!r} is not a move")
        state = event.target
    if state != row.state:
        broken.append(f"the log ends in {state!r}, and the row says {row.state!r}")
    return broken


def _explains(row: Row, last: Event) -> bool:
    """Whether the log gives the row's cause. What was held for a loss and looked for is held for what was seen."""
    if (last.cause, row.cause) == ("restored", "not-there"):
        return any((one.kind, one.outcome) == ("read", "absent") and one.started >= last.at for one in row.attempts)
    return last.cause == row.cause or last.cause.startswith(f"{row.cause}: ")


_PROOFS = {
    "delivered": ("reply", "replay", "same-record", "duplicate-error"),
    "found": ("read-back",),
    "posted": ("human",),
}


def _rebuilt(row: Row) -> list[str]:
    """That the log and the attempts rebuild what else the row says: why it is where it is, how often it was tried,
    whether it may be out, and by what proof it counts as published."""
    broken, last = [], row.events[-1]
    if row.state != "ready" and not _explains(row, last):  # a ready one may wait
        broken.append(f"the log gives {last.cause!r} as the cause, and the row {row.cause!r}")
    tries, doubted = _counted(row.events)
    if (tries, doubted) != (row.tries, bool(row.doubted)):
        broken.append(f"the log counts {tries} tries, doubted {doubted}; the row {row.tries}, {bool(row.doubted)}")
    proofs = _PROOFS.get(last.move, (row.proof,)) if row.state == "delivered" else (None,)
    if (row.proof or None) not in proofs:
        broken.append(f"{last.move} cannot have left the proof {row.proof!r}")
    sends, starts = _number(row, "send"), sum(event.move == "start" for event in row.events)
    if sends != starts:
        broken.append(f"the log starts {starts} times, and there are {sends} attempts")
    if row.negative_reads > _number(row, "read"):
        broken.append(f"{row.negative_reads} read-backs count, and {_number(row, 'read')} were made")
    return broken


def _counted(events: tuple[Event, ...]) -> tuple[int, bool]:
    """How often it was tried, and whether it may be out, by the log alone."""
    tries, doubted = 0, False
    for event in events:
        doubted = doubted or event.target == "unknown"
        if event.move in ("start", "postponed"):
            tries += 1
        elif event.move == "blocked":
            tries = max(tries - 1, 0)
        elif event.move in ("not_posted", "requeue"):
            tries, doubted = 0, doubted and event.source == "deferred"
    return tries, doubted


def _number(row: Row, kind: str) -> int:
    return sum(attempt.kind == kind for attempt in row.attempts)


_AFTER = {
    Saw.NOTHING: ("doubtful", "orphaned", "restored"),
    Saw.YES: ("delivered", "doubtful", "orphaned", "restored"),
    Saw.NO: ("deferred", "rejected", "blocked", "doubtful", "orphaned", "restored", "delivered"),
}


def _answers(row: Row, sent: list[Sent]) -> list[str]:
    """R2: what was seen on the wire allows what the row became."""
    broken = []
    for start, after in zip(row.events, row.events[1:], strict=False):
        if start.move != "start":
            continue
        mine = [one for one in sent if one.delivery in (0, row.id)]  # parts of a thread share moments
        seen = [one.saw for one in mine if start.at <= one.at * SECOND + 1 and one.at * SECOND <= after.at + 1]
        if not seen:
            continue
        if after.move not in _AFTER[seen[-1]] and not (after.move == "delivered" and row.proof != "reply"):
            broken.append(f"R2: the wire said {seen[-1]}, and the row took it for {after.move}")
    return broken


def _resends(row: Row, part: Part) -> list[str]:
    """R3: by what right was it sent again, when an earlier request may have published it?"""
    broken, first, last = [], None, 0
    for index, event in enumerate(row.events):
        if event.actor != "syndicator" and event.move in ("not_posted", "requeue"):
            first = None
        if event.target == "unknown" and event.source != "ready":
            sends = [one.at for one in row.events[:index] if one.move == "start"] or [event.at]
            first, last = first or sends[-1], sends[-1]
        if event.move == "start" and first is not None and not _right(row, event.at, first, last, part):
            broken.append(f"R3: sent again without a right to ({part.policy})")
        if event.source == "unknown" and event.target == "ready" and (event.move, part.policy) == ("resend", "never"):
            broken.append("R3: a resend where only a person can know")
    return broken


def _right(row: Row, now: int, first: int, last: int, part: Part) -> bool:
    """`first` and `last`: the earliest and latest request of which nobody knows what it did."""
    if part.policy in ("record", "never"):
        return part.policy == "record"
    if part.policy == "repeat":
        return now - first <= part.window.total_seconds() * SECOND
    rested = last + int(part.settle.total_seconds()) * SECOND
    if part.policy == "key" and rested <= now <= first + int(part.window.total_seconds() - 600) * SECOND:
        return True
    reads = [one.started for one in row.attempts if (one.kind, one.outcome) == ("read", "absent")]
    reads = [at for at in reads if rested <= at <= now]
    return len(reads) >= 2 and reads[-1] - reads[0] >= 60 * SECOND and reads[-1] - first <= DAY
