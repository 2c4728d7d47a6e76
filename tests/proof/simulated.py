"""The machine as the simulation has it: one clock for everything, drawn numbers from a seed, no sockets, no threads.

Enters: a clock and a seed. Leaves: a context in which the real program runs on them. The seams are the program's own
where it has one; the rest is exchanged here, in one place.
"""

import random
import secrets
import threading
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

from sqlalchemy import Engine

from syndicator import deliver, pages, polling, redact, seat, wire
from syndicator.clock import Clock, ManualClock, SystemClock
from syndicator.ledger import opening
from syndicator.ledger.connect import engine_for
from syndicator.sandbox import service

Errand = Generator[Callable[[], Any], Any, None]


class Ports:
    """Takes the place of the server of a pretend service: an address, and nobody who listens."""

    next = 5000

    def __init__(self, address: tuple[str, int], handler: type) -> None:
        self.server_address = (address[0], Ports.next)
        self.RequestHandlerClass = handler

    def serve_forever(self, poll_interval: float) -> None: ...


class _NoTimer:
    """Watchdogs of requests: deadlines are the wire's affair here."""

    daemon = True

    def __init__(self, seconds: float, work: Callable[[], None]) -> None: ...

    def start(self) -> None: ...

    def cancel(self) -> None: ...


class _Inline:
    """In place of a pool of threads: what is submitted is done at once."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args))
        except Exception as error:
            done.set_exception(error)
        return done


@contextmanager
def machine(clock: ManualClock, draw: random.Random) -> Iterator[None]:
    """Until the end of the context, this is the machine."""
    with ExitStack() as stack:
        for name in ("now", "monotonic", "sleep", "wait"):
            stack.enter_context(patch.object(SystemClock, name, _of(clock, name)))
        for name, drawn in _secrets(draw).items():
            stack.enter_context(patch.object(secrets, name, drawn))
        stack.enter_context(patch.object(uuid, "uuid4", lambda: uuid.UUID(int=draw.getrandbits(128), version=4)))
        stack.enter_context(patch.object(wire, "threading", SimpleNamespace(Timer=_NoTimer, Lock=threading.Lock)))
        stack.enter_context(patch.object(service, "_Server", Ports))
        stack.enter_context(patch.object(redact, "_secrets", type(redact._secrets)()))
        stack.enter_context(patch.object(deliver, "drive", drive_with(draw)))
        for module in (pages, polling):
            stack.enter_context(patch.object(module, "ThreadPoolExecutor", _Inline))
        stack.enter_context(patch.object(opening, "engine_for", _once(engine_for)))
        yield


def _once(making: Callable[..., Engine]) -> Callable[..., Engine]:
    """Engines are kept for their compiled statements, which take longer than all else; connections are not."""
    made: dict[tuple[str, bool], Engine] = {}

    def kept(url: str, *, read_only: bool = False) -> Engine:
        if (url, read_only) not in made:
            made[url, read_only] = making(url, read_only=read_only)
        return made[url, read_only]

    return kept


def drive_with(draw: random.Random) -> Callable[..., None]:
    """`seat.drive` without threads: the seed says whose piece of work is done next."""

    def drive(
        errands: Mapping[str, Errand],
        clock: Clock,
        *,
        patience: float = seat.PATIENCE,
        beat: Callable[[], None] | None = None,
        more: object = None,  # nobody is slow here
        stop: threading.Event | None = None,
    ) -> None:
        wanted: dict[str, Callable[[], Any]] = {}
        failure: Exception | None = None
        for name, errand in errands.items():
            failure = failure or _advance(wanted, name, errand, None, None, stop)
        while wanted:
            name = sorted(wanted)[draw.randrange(len(wanted))] if len(wanted) > 1 else next(iter(wanted))
            value, error = _done(wanted.pop(name))
            failure = _advance(wanted, name, errands[name], value, error, stop) or failure
        if failure is not None:
            raise failure

    return drive


def _done(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return work(), None
    except Exception as error:
        return None, error


def _advance(
    wanted: dict[str, Callable[[], Any]],
    name: str,
    errand: Errand,
    value: Any,
    error: Exception | None,
    stop: threading.Event | None,
) -> Exception | None:
    """An errand that fails ends the others, after the answers to what they have under way."""
    try:
        wanted[name] = errand.send(value) if error is None else errand.throw(error)
    except StopIteration:
        return None
    except Exception as failure:
        if stop is not None:
            stop.set()
        return failure
    return None


def _of(clock: ManualClock, name: str) -> Callable[..., Any]:
    method = getattr(clock, name)
    return lambda _self, *args: method(*args)


def _secrets(draw: random.Random) -> dict[str, Callable[..., Any]]:
    return {
        "token_bytes": lambda count=32: draw.randbytes(count),
        "token_hex": lambda count=32: draw.randbytes(count).hex(),
        "token_urlsafe": lambda count=32: draw.randbytes(count).hex()[: count * 4 // 3],
    }
