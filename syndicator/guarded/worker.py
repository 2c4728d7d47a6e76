"""What runs in a process that handles bytes of strangers: takes one thing after the other, answers each, knows nothing
else.

Enters, on standard input: an order and a body, each with its length before it. Leaves, on standard output: the frames
of an answer, likewise. It has no secrets, cannot write or open anything to speak of, may use little memory and little
time, and ends when the process that started it does. What it does with a body is its task's affair.
"""

import fcntl
import os
import resource
import select
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

_INPUT = 0


@dataclass(frozen=True, slots=True)
class Limits:
    cpu: float  # seconds of processor time for one body
    memory: int  # bytes of address space
    answer: int  # bytes
    idle: float = 900.0  # seconds without a body after which the memory is given back
    worn: int = 128_000_000  # bytes; a process that has not given them back is replaced


@dataclass(frozen=True, slots=True)
class Task:
    """`load` imports all that is needed, before the first body and before the limits; `answer` turns order and body
    into frames; `excuse` turns what it raised into a frame, and says whether this process is fit for another body."""

    load: Callable[[], None]
    answer: Callable[[bytes, bytes], Iterable[bytes]]
    excuse: Callable[[Exception], tuple[bytes, bool]]


def serve(task: Task, limits: Limits) -> None:
    """Answer until nobody asks any more. Run by a program that `child` starts, never by hand."""
    answers = os.dup(1)
    _keep_to_ourselves()
    task.load()
    _let_go_of_outputs()
    limit(limits.memory)
    _send(answers, [b""])  # ready
    try:
        while _asked(limits.idle) and (order := _take()) is not None:
            frames, again = _answer(task, limits, order, _take() or b"")
            _send(answers, frames)
            if not again:
                break
    except OSError:  # nobody listens any more
        pass
    os._exit(0)


def limit(memory: int) -> None:
    """Each is set alone, because some systems refuse some of them."""
    most = {"RLIMIT_AS": memory, "RLIMIT_FSIZE": 0, "RLIMIT_NOFILE": 16, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
    for name, value in most.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (OSError, ValueError, AttributeError):
            continue


def resident(process: int | str) -> int:
    """Bytes that a process holds, as Linux tells; 0 where nobody does.

    Not the peak of getrusage: that begins with the one of the process that started this one.
    """
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _keep_to_ourselves() -> None:
    """What is sent to the whole group, or to all processes of a service, is meant for the one that started us."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGIO):
        signal.signal(number, signal.SIG_IGN)
    os.dup2(2, 1)  # a library that prints must not break an answer


def _let_go_of_outputs() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    os.close(nothing)


def _asked(idle: float) -> bool:
    return bool(select.select([_INPUT], [], [], idle)[0])


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


def _answer(task: Task, limits: Limits, order: bytes, body: bytes) -> tuple[list[bytes], bool]:
    """The frames to send, and whether this process is fit for another body."""
    try:
        with _Watched(limits.cpu):
            frames, fit = list(task.answer(order, body)), True
    except Exception as error:
        frame, fit = task.excuse(error)
        frames = [frame]
    return frames, fit and resident("self") < limits.worn


class _Watched:
    """Ends this process when a body takes too long, or when nobody waits for the answer any more."""

    def __init__(self, cpu: float) -> None:
        self.cpu = cpu

    def __enter__(self) -> None:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, self.cpu)
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


def _send(descriptor: int, frames: list[bytes]) -> None:
    for frame in frames:
        data = memoryview(len(frame).to_bytes(8, "big") + frame)
        while data:
            data = data[os.write(descriptor, data) :]
