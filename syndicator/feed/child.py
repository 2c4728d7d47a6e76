"""One process that reads documents, seen from outside: started, asked, and killed past its limits.

Enters: bytes of strangers. Leaves: a Document, or NotAFeed with a sentence. Nothing of the document is looked at in
this process, and nothing that comes back is believed before `transcript` has checked it.
"""

import json
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from syndicator import log
from syndicator.clock import SystemClock
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.transcript import Unfit, understood, written
from syndicator.feed.worker import CPU, LARGEST_ANSWER, MEMORY, NO_MEMORY, Head, Order, resident
from syndicator.post import Post

WALL = 8.0  # seconds for one document, from its first byte to the last of the answer
START = 30.0  # seconds; a small machine that has just booted is slow
_LOOK_UP = 0.1  # seconds between two looks at its memory
_PIECE = 65_536
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from syndicator.feed.worker import main; main()"
# By itself: no environment, no site, no start-up files, no current directory, and nothing written.
_ALONE = ("-I", "-S", "-B", "-W", "ignore", "-X", "utf8")
_KEPT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without which some Pythons do not start
_clock = SystemClock()  # processes keep real time, whatever the rest of the program is told


class Left(Exception):
    """It had ended before it saw the document, as it does after a long silence. Another one may be asked."""


class _Ended(Exception):
    """No more will come from it."""


class Child:
    """`fit`: may be given a document. Used by one thread at a time."""

    def __init__(self, *, wall: float = WALL) -> None:
        """Raises OSError when no process can be started."""
        self.fit = True
        self._wall = wall
        self._is_ready = False
        self._process = _start()
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._in, self._out, self._err = self._pipes = [pipe for pipe in pipes if pipe is not None]
        os.set_blocking(self._in.fileno(), False)
        self._until = _clock.monotonic() + START

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self, body: bytes, content_type: str, url: str, now: datetime) -> Document:
        """Raises NotAFeed; and Left when nothing has been read. After anything but an answer it is closed."""
        self.fit = False
        try:
            if self._process.poll() is not None and self._is_ready:
                raise Left  # whatever ended it, it was no document
            self._greet()
            self._until = _clock.monotonic() + self._wall
            self._give(written(Order(content_type, url, now)))
            self._give(body)
            return self._answer()
        except _Ended:
            raise self._obituary() from None
        except TimeoutError:
            raise NotAFeed(f"the document took more than {self._wall:g} s to read") from None
        except MemoryError:
            raise NotAFeed(NO_MEMORY) from None
        except Unfit as error:
            raise NotAFeed(f"what was read of the document makes no sense: {error}") from error
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

    def _greet(self) -> None:
        if not self._is_ready:
            self._take(LARGEST_ANSWER)
            self._is_ready = True

    def _answer(self) -> Document:
        head = understood(Head, self._take(LARGEST_ANSWER))
        if head.refused is not None:
            self.fit = True
            raise NotAFeed(log.escape(head.refused))
        document = understood(Document, self._take(LARGEST_ANSWER))
        left, posts = LARGEST_ANSWER, []
        for _ in range(head.posts):
            frame = self._take(left)
            left -= len(frame)
            posts.append(_checked(understood(Post, frame)))
        self.fit = True
        return replace(document, posts=tuple(posts))

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

    def _take(self, most: int) -> bytearray:
        """The next frame. Raises Unfit when it is longer than `most`."""
        size = int.from_bytes(self._exactly(8), "big")
        if size > most:
            raise Unfit("too much of it")
        return self._exactly(size)

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
        while not poll.poll(_LOOK_UP * 1000):
            if _clock.monotonic() > self._until:
                raise TimeoutError
            if resident(self.pid) > MEMORY:  # where limits cannot be set, as under some seccomp filters
                raise MemoryError

    def _obituary(self) -> Exception:
        """What its end says about the document."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        if code == 0:
            return Left()
        if code == -signal.SIGPROF:
            return NotAFeed(f"the document took more than {CPU:g} s of processor time to read")
        if code == -signal.SIGKILL:
            return NotAFeed("the process that read the document was killed, perhaps for want of memory")
        if code < 0:
            return NotAFeed(f"the document crashed the process that read it ({signal.Signals(-code).name})")
        return NotAFeed(
            f"the process that reads documents does not work: {self._last_words() or f'it ended with {code}'}"
        )

    def _last_words(self) -> str:
        said = os.read(self._err.fileno(), _PIECE).decode(errors="replace").strip()
        return log.escape(log.redact(said.splitlines()[-1]))[:300] if said else ""


def _start() -> "subprocess.Popen[bytes]":
    """In a session of its own, so that signals to ours do not reach it."""
    own = str(Path(__file__).parents[2])
    places = [own, *(place for place in sys.path if place and Path(place).is_absolute() and place != own)]
    return subprocess.Popen(
        [sys.executable, *_ALONE, "-c", _PROGRAM, json.dumps(places)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )


def _checked(post: Post) -> Post:
    """Raises Unfit for addresses that are not on the web, which no parser of ours hands out."""
    addresses = (post.link, post.external_link, *(image.url for image in post.images))
    if any(address is not None and not address.startswith(("http://", "https://")) for address in addresses):
        raise Unfit("an address that is not on the web")
    return post
