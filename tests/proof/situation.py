"""What a new process finds: all that decides what it can do, and nothing else.

Enters: the ledger's file, and what is known of the service. Leaves: a Situation. Two that look the same need not both
be played: of times it keeps only on which side of the rules' bounds they lie. The bounds stand in `cast.py`.
"""

import json
import sqlite3
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.proof.cast import Part
from tests.proof.oracle import SECOND

FIVE_DAYS = 432_000
FINE = (10, 30, 60, 120, 180, 300, 480, 600, 1_800, 3_000, 3_600, 7_200, 86_400, FIVE_DAYS)
ENOUGH = 2  # negative reads; a third one changes nothing
SETTLED = ("delivered", "ask", "failed", "held", "skipped", "handoff")
_FOUND = (
    "SELECT state, doubted, negative_reads, frozen, rest,"
    " (SELECT health || (until > :now) FROM network WHERE name = network AND until IS NOT NULL),"
    " first_sent_at, last_sent_at, last_read_at, owed_since, due_at"
    " FROM delivery WHERE state != 'skipped' ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Situation:
    at: int
    rows: tuple[tuple[Any, ...], ...]
    copies: int
    late: tuple[int, ...]  # when requests are processed whose senders are gone
    behind: bool  # whether the epoch file has not heard of the last attempt

    def after(self, downtime: timedelta, part: Part, *, fine: bool = False) -> tuple[Any, ...]:
        """What it looks like when nobody has been there for so long."""
        now = self.at + int(downtime.total_seconds()) * SECOND
        rows = tuple(_seen(_as_found(row), now, part, fine) for row in self.rows)
        return rows, self.copies, tuple(_age(now, at, (0,)) for at in self.late), self.behind

    def during(self, part: Part, *, fine: bool = False) -> tuple[Any, ...]:
        """What it looks like to the process that is at work: it knows whether it was in doubt before this request."""
        rows = tuple(_seen(row, self.at, part, fine) for row in self.rows)
        return rows, self.copies, tuple(_age(self.at, at, (0,)) for at in self.late), self.behind

    @property
    def is_over(self) -> bool:
        return not self.late and all(row[0] in SETTLED for row in self.rows)


def situation_of(
    file: sqlite3.Connection, state: Path, now: datetime, copies: int, late: tuple[float, ...]
) -> Situation:
    at = int(now.timestamp() * SECOND)
    attempts = file.execute("SELECT coalesce(max(id), 0) FROM attempt").fetchone()[0]
    rows = tuple(file.execute(_FOUND, {"now": at}).fetchall())
    epoch = json.loads((state / "epoch.json").read_bytes())["attempts"]
    return Situation(at, rows, copies, tuple(int(one * SECOND) for one in late), epoch != attempts)


def _as_found(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The first thing that a new process does is to doubt what the one before it was sending."""
    state, doubted, *rest = row
    return ("unknown", True, *rest) if state == "sending" else (state, doubted or state == "unknown", *rest)


def _seen(row: tuple[Any, ...], now: int, part: Part, fine: bool) -> tuple[Any, ...]:
    state, doubted, reads, frozen, rest, health, first, last, read, owed, due = row
    if state in SETTLED:
        return (state,)
    bounds = (FINE, FINE, FINE) if fine else (part.firsts, part.lasts, (60,))
    ages = [_age(now, at, limits) if doubted else None for at, limits in zip((first, last, read), bounds, strict=True)]
    told = (_age(now, owed, (FIVE_DAYS,)), due is not None and due > now, health)
    return state, doubted, min(reads, ENOUGH), frozen, rest, *told, *ages


def _age(now: int, moment: int | None, bounds: tuple[int, ...]) -> int | None:
    """Between which two of the bounds it lies; what is ahead counts below nought."""
    if moment is None:
        return None
    return bisect_right(bounds, (now - moment) / SECOND) if moment <= now else -1
