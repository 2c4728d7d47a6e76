"""What runs in the process that reads documents: takes one after the other, answers each, knows nothing else.

Enters, on standard input: an order (JSON) and a document, each with its length before it. Leaves, on standard output:
what the document holds, or why it is refused, as JSON. It has no secrets, cannot write or open anything to speak of,
may use little memory and little time, and ends when the process that started it does.
"""

import fcntl
import os
import resource
import select
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from syndicator.feed.transcript import understood, written

CPU = 5.0  # seconds for one document
MEMORY = 384_000_000  # bytes of address space
IDLE = 900.0  # seconds without a document after which the memory is given back
LARGEST_ANSWER = 16_000_000  # bytes
NO_MEMORY = f"the document needs more than {MEMORY // 1_000_000} MB of memory to read"
# The kernel's names; each is set alone, because some systems refuse some of them.
_LIMITS = {"RLIMIT_AS": MEMORY, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": 16, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
_WORN = MEMORY // 3  # bytes; a process that has not given them back is replaced
_INPUT = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What is said about a document before it is handed over."""

    content_type: str
    url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with: how many posts follow the document, or why there is none."""

    posts: int = 0
    refused: str | None = None


def main() -> None:
    """Answer until nobody asks any more. Started by `child`, never by hand."""
    answers = os.dup(1)
    _keep_to_ourselves()
    _load()
    _limit()
    _send(answers, [written(Head())])  # ready
    try:
        while _asked() and (order := _take()) is not None:
            frames, again = _answer(understood(Order, order), _take() or b"")
            _send(answers, frames)
            if not again:
                break
    except OSError:  # nobody listens any more
        pass
    os._exit(0)


def _keep_to_ourselves() -> None:
    """What is sent to the whole group, or to all processes of a service, is meant for the one that started us."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGIO):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(2, 1)  # a library that prints must not break an answer


def _load() -> None:
    """Everything that documents need, before the first of them and before the limits."""
    import feedparser  # noqa: F401
    import nh3  # noqa: F401

    from syndicator.feed import jsonfeed, parse, xmlfeed  # noqa: F401
    from syndicator.render import plain  # noqa: F401

    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def _limit() -> None:
    for name, most in _LIMITS.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (OSError, ValueError, AttributeError):
            continue


def _asked() -> bool:
    return bool(select.select([_INPUT], [], [], IDLE)[0])


def _take() -> bytes | None:
    """The next piece of input; None at its end."""
    size = _exactly(8)
    return None if size is None else _exactly(int.from_bytes(size, "big"))


def _exactly(size: int) -> bytes | None:
    taken = bytearray()
    while len(taken) < size:
        piece = os.read(_INPUT, min(size - len(taken), 1 << 20))
        if not piece:
            return None
        taken += piece
    return bytes(taken)


def _answer(order: Order, body: bytes) -> tuple[list[bytes], bool]:
    """The frames to send, and whether this process is fit for another document."""
    from syndicator.feed.document import NotAFeed

    try:
        with _Watched():
            return list(_frames(order, body)), resident("self") < _WORN
    except NotAFeed as error:
        return [written(Head(refused=error.reason))], resident("self") < _WORN
    except MemoryError:
        return [written(Head(refused=NO_MEMORY))], False
    except Exception as error:
        return [written(Head(refused=f"the document could not be parsed ({type(error).__name__})"))], False


def _frames(order: Order, body: bytes) -> Iterator[bytes]:
    from syndicator.feed.document import NotAFeed
    from syndicator.feed.parse import parse

    document = parse(body, order.content_type, order.url, order.now)
    yield written(Head(len(document.posts)))
    yield written(replace(document, posts=()))
    size = 0
    for post in document.posts:
        frame = written(post)
        size += len(frame)
        if size > LARGEST_ANSWER:
            raise NotAFeed(f"its posts are larger than {LARGEST_ANSWER // 1_000_000} MB together; shorten the feed")
        yield frame


class _Watched:
    """Ends this process when the document takes too long, or when nobody waits for the answer any more."""

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, CPU)
        # The pipe tells by SIGIO that its other end is gone; nothing else is sent on it while we are at work.
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(_INPUT, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(_INPUT, fcntl.F_SETFL, fcntl.fcntl(_INPUT, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([_INPUT], [], [], 0)[0]:
            os._exit(0)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        fcntl.fcntl(_INPUT, fcntl.F_SETFL, fcntl.fcntl(_INPUT, fcntl.F_GETFL) & ~os.O_ASYNC)


def resident(process: int | str) -> int:
    """Bytes that a process holds, as Linux tells; 0 where nobody does.

    Not the peak of getrusage: that begins with the one of the process that started this one.
    """
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _send(descriptor: int, frames: list[bytes]) -> None:
    for frame in frames:
        data = memoryview(len(frame).to_bytes(8, "big") + frame)
        while data:
            data = data[os.write(descriptor, data) :]
