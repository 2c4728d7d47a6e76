"""Time as a thing that can be replaced.

Everything that reads the clock or sleeps takes a `Clock`; nothing else in the project imports `time` or calls
`datetime.now`. All times are timezone-aware UTC.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

STEP = timedelta(hours=1)
"""What is dated further ahead than this was dated by a clock that has been set back since. Smaller steps of a clock are
waited out."""


class Clock(Protocol):
    """What the project asks of time."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        """Sleep until `event` is set or `seconds` have passed (None: no limit); True when it was set."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        return event.wait(seconds)


class ManualClock:
    """A clock that stands still until it is told to move; sleeping moves it."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)) -> None:
        self._now = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        if not event.is_set() and seconds is not None:
            self.sleep(seconds)
        return event.is_set()

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._now += by
            self._elapsed += by.total_seconds()
