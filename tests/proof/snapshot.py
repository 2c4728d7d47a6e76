"""A World between two Passes, so that schedules which begin alike need not be played from the beginning.

Enters: a World whose process is between two Passes, where all that the program knows lies in its files. Leaves: the
files, the services and the bookkeeping, to be put back as often as anybody likes. A run that goes on from here gives
the same log, to the byte, as one from the beginning; a test compares them.
"""

import random
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from syndicator.clock import ManualClock


@dataclass(frozen=True, slots=True)
class Snapshot:
    files: Mapping[str, bytes]  # by their path in the state directory
    links: bytes | None
    services: Mapping[str, Any]
    clock: tuple[datetime, float]
    drawn: tuple[Any, ...]
    durable: int
    observed: int  # requests that a fault could have met until now
    steps: int  # of the last life
    run: Any  # what has happened, as `Run.copied` gives it
    nets: Mapping[str, Any]  # as `Net.kept` gives them
    end: datetime  # until when the life lasts at most


def files_of(state: Path) -> dict[str, bytes]:
    """What a process finds there; of the log beside the ledger everything is in the ledger."""
    with sqlite3.connect(state / "ledger.db", isolation_level=None) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.close()
    names = ["ledger.db", "epoch.json", *(str(path.relative_to(state)) for path in (state / "tokens").glob("*"))]
    return {name: (state / name).read_bytes() for name in names}


def clock_of(clock: ManualClock) -> tuple[datetime, float]:
    return clock.now(), clock.monotonic()


def set_clock(clock: ManualClock, at: tuple[datetime, float]) -> None:
    clock._now, clock._elapsed = at


def drawn_of(draw: random.Random) -> tuple[Any, ...]:
    return draw.getstate()
