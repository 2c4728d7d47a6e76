"""Keeps one process for handling bytes of strangers: started when it is first needed, asked by one thread at a time,
replaced when it was killed or has served for long, and ended with this object.

Enters: how to start one, and what to ask it. Leaves: its answers, or NoAnswer with a sentence. An object that is asked
nothing starts nothing and imports nothing.
"""

import errno
import sys
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

_NEVER = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOENT)  # this system does not let us start any process


class NoAnswer(Exception):
    """It was given something and brought nothing back; `reason` is a sentence about what it was given."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Left(Exception):
    """It had ended before it saw anything, as it does after a long silence. Another one may be asked."""


class Process(Protocol):
    fit: bool  # may be asked again

    def close(self) -> None: ...


P = TypeVar("P", bound=Process)
T = TypeVar("T")


class Keeper(Generic[P]):
    """Safe to use from several threads; they wait for each other."""

    def __init__(self, start: Callable[[], P], *, thing: str, most: Callable[[], int]) -> None:
        """`thing`: what it handles, for sentences; `most`: how many of them one process handles."""
        self._start = start
        self._thing = thing
        self._most = most
        self._child: P | None = None
        self._served = 0
        self._lock = threading.Lock()

    def ask(self, question: Callable[[P], T]) -> T:
        """Raises NoAnswer, what `question` raises, and OSError when no process can be started."""
        with self._lock:
            for _ in range(2):
                child = self._ready()
                try:
                    return question(child)
                except Left:
                    continue
                finally:
                    if not child.fit:
                        self._dismiss()
        raise NoAnswer(f"the process that reads {self._thing}s ended twice without a word")

    def close(self) -> None:
        """End the process, if there is one. The next question would start another."""
        with self._lock:
            self._dismiss()

    def __del__(self) -> None:
        self._dismiss()

    def _ready(self) -> P:
        if self._served >= self._most():
            self._dismiss()
        if self._child is None:
            self._child, self._served = self._start(), 0
        self._served += 1
        return self._child

    def _dismiss(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()


def may_come(error: OSError) -> bool:
    """Whether what could not be started now might be in a minute."""
    return error.errno not in _NEVER and bool(sys.executable)
