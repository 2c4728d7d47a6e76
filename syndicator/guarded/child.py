"""One process that handles bytes of strangers, seen from outside: started, asked, and killed past its limits.

Enters: an order and a body. Leaves: the frames that came back, or NoAnswer with a sentence. Nothing of the body is
looked at in this process, and who asks has to check what comes back before believing it.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from syndicator import log
from syndicator.clock import SystemClock
from syndicator.guarded.keeper import Left, NoAnswer
from syndicator.guarded.worker import Limits, resident

START = 30.0  # seconds; a small machine that has just booted is slow
KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without which some Pythons do not start
_LOOK_UP = 0.1  # seconds between two looks at its memory
_PIECE = 65_536
# By itself: no environment, no site, no start-up files, no current directory, and nothing written.
_ALONE = ("-I", "-S", "-B", "-W", "ignore", "-X", "utf8")
_clock = SystemClock()  # processes keep real time, whatever the rest of the program is told

T = TypeVar("T")


class _Ended(Exception):
    """No more will come from it."""


class Child:
    """`fit`: may be asked. Used by one thread at a time."""

    def __init__(self, program: str, limits: Limits, *, thing: str, wall: float) -> None:
        """`program`: what it runs, given our module path; `thing`: what it is given, for sentences; `wall`: seconds for
        one of them, from its first byte to the last of the answer. Raises OSError when no process can be started."""
        self.fit = True
        self.limits = limits
        self._thing = thing
        self._wall = wall
        self._is_ready = False
        self._process = start(program)
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = self._pipes = [pipe for pipe in pipes if pipe is not None]
        os.set_blocking(self._in.fileno(), False)
        self._until = _clock.monotonic() + START

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, order: bytes, body: bytes, answer: Callable[[], T]) -> T:
        """`answer` takes the frames; a ValueError of it means that they make no sense. Raises NoAnswer; and Left when
        nothing has been read. After anything but an answer this process is closed."""
        self.fit = False
        try:
            if self._process.poll() is not None and self._is_ready:
                raise Left  # whatever ended it, it was nothing of ours
            self._greet()
            self._until = _clock.monotonic() + self._wall
            self._give(order)
            self._give(body)
            found = answer()
            self.fit = True
            return found
        except _Ended:
            raise self._obituary() from None
        except TimeoutError:
            raise NoAnswer(f"the {self._thing} took more than {self._wall:g} s to read") from None
        except MemoryError:
            raise NoAnswer(no_memory(self._thing, self.limits)) from None
        except ValueError as error:
            raise NoAnswer(f"what was read of the {self._thing} makes no sense: {error}") from error
        finally:
            if not self.fit:
                self.close()

    def close(self) -> None:
        """End it. May be called twice."""
        self.fit = False
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait()
        for pipe in self._pipes:
            pipe.close()

    def take(self, most: int) -> bytearray:
        """The next frame. Raises ValueError when it is longer than `most`."""
        size = int.from_bytes(self._exactly(8), "big")
        if size > most:
            raise ValueError("too much of it")
        return self._exactly(size)

    def _greet(self) -> None:
        if not self._is_ready:
            self.take(0)
            self._is_ready = True

    def _give(self, data: bytes) -> None:
        """One frame: its length, and it."""
        for part in (len(data).to_bytes(8, "big"), data):
            left = memoryview(part)
            while left:
                self._wait(self._in, select.POLLOUT)
                left = left[self._written(left[:_PIECE]) :]

    def _written(self, piece: memoryview) -> int:
        try:
            return os.write(self._in.fileno(), piece)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            raise _Ended from None

    def _exactly(self, size: int) -> bytearray:
        taken = bytearray()
        while len(taken) < size:
            self._wait(self._out, select.POLLIN)
            piece = os.read(self._out.fileno(), min(size - len(taken), _PIECE))
            if not piece:
                raise _Ended
            taken += piece
        return taken

    def _wait(self, pipe: IO[bytes], event: int) -> None:
        """Until something can be done with the pipe. Raises TimeoutError, and MemoryError on the process's behalf."""
        poll = select.poll()
        poll.register(pipe, event)
        while True:
            if _clock.monotonic() > self._until:  # asked even where there is always a little more to read
                raise TimeoutError
            if poll.poll(_LOOK_UP * 1000):
                return
            if resident(self.pid) > self.limits.memory:  # where limits cannot be set, as under some seccomp filters
                raise MemoryError

    def _obituary(self) -> Exception:
        """What its end says about what it was given."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        if code == 0:
            return Left()
        return NoAnswer(self._cause_of_death(code))

    def _cause_of_death(self, code: int) -> str:
        if code == -signal.SIGPROF:
            return f"the {self._thing} took more than {self.limits.cpu:g} s of processor time to read"
        if code == -signal.SIGKILL:
            return f"the process that read the {self._thing} was killed, perhaps for want of memory"
        if code < 0:
            return f"the {self._thing} crashed the process that read it ({signal.Signals(-code).name})"
        said = self._last_words() or f"it ended with {code}"
        return f"the process that reads {self._thing}s does not work: {said}"

    def _last_words(self) -> str:
        said = os.read(self._err.fileno(), _PIECE).decode(errors="replace").strip()
        return log.escape(log.redact(said.splitlines()[-1]))[:300] if said else ""


def no_memory(thing: str, limits: Limits) -> str:
    return f"the {thing} needs more than {limits.memory // 1_000_000} MB of memory to read"


def start(program: str) -> "subprocess.Popen[bytes]":
    """In a session of its own, so that signals to ours do not reach it."""
    own = str(Path(__file__).parents[2])
    places = [own, *(place for place in sys.path if place and Path(place).is_absolute() and place != own)]
    found = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    return subprocess.Popen(
        [sys.executable, *_ALONE, "-c", found + program, json.dumps(places)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in KEPT if name in os.environ},
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )
