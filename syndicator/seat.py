"""One seat per network: a thread that does the talking, while the coordinator keeps the ledger.

Enters: one errand per network, a generator. What it yields is done on the network's own thread; what stands between
the yields runs here, on the coordinator. So the ledger is touched by one thread, order within a network holds, and a
service that hangs starves nobody. It never decides anything.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from syndicator.clock import Clock

Work = Callable[[], Any]
Errand = Generator[Work, Any, None]

LOOK_UP = 0.5  # seconds between glances at deadlines and the stop signal
PATIENCE = 900.0  # seconds one piece of work may take; every request inside has a shorter deadline of its own


class LeftTheProgram(Exception):
    """A connector tried to end the process, with `sys.exit` or worse. It ends its work, and not the program."""


class SeatTimeout(BaseException):
    """A connector did not come back, and nobody knows what it did. An errand that is told so must end.

    Not an Exception, so that no `except Exception` around a piece of work swallows it and asks the lost seat for more.
    """


@dataclass(slots=True)
class _Seat:
    errand: Errand
    inbox: "queue.SimpleQueue[Work | None]"
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class _Answer:
    name: str
    value: Any = None
    error: BaseException | None = None


def drive(
    errands: Mapping[str, Errand], clock: Clock, *, patience: float = PATIENCE, beat: Callable[[], None] | None = None
) -> None:
    """Run all errands to their end, side by side. `beat` is called about twice a second while waiting."""
    answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
    seats = {name: _sit(name, errand, answers) for name, errand in errands.items()}
    try:
        for name in list(seats):
            _advance(seats, _Answer(name), clock)
        while seats:
            if beat is not None:
                beat()
            _take_one(seats, answers, clock, patience)
    finally:  # an errand that failed ends them all
        for seat in seats.values():
            seat.inbox.put(None)


def _take_one(seats: "dict[str, _Seat]", answers: "queue.SimpleQueue[_Answer]", clock: Clock, patience: float) -> None:
    try:
        answer = answers.get(timeout=LOOK_UP)
    except queue.Empty:
        _lose_patience(seats, clock, patience)
        return
    if answer.name in seats:
        _advance(seats, answer, clock)


def _sit(name: str, errand: Errand, answers: "queue.SimpleQueue[_Answer]") -> _Seat:
    inbox: queue.SimpleQueue[Work | None] = queue.SimpleQueue()

    def talk() -> None:
        while (work := inbox.get()) is not None:
            try:
                answers.put(_Answer(name, value=work()))
            except Exception as error:
                answers.put(_Answer(name, error=error))
            except BaseException as error:  # a plug-in may raise anything
                answers.put(_Answer(name, error=LeftTheProgram(f"{type(error).__name__}: {error}")))

    threading.Thread(target=talk, name=f"seat-{name}", daemon=True).start()
    return _Seat(errand, inbox)


def _advance(seats: dict[str, _Seat], answer: _Answer, clock: Clock) -> None:
    seat = seats[answer.name]
    try:
        work = seat.errand.throw(answer.error) if answer.error is not None else seat.errand.send(answer.value)
    except StopIteration:
        seat.inbox.put(None)
        del seats[answer.name]
    else:
        seat.since = clock.monotonic()
        seat.inbox.put(work)


def _lose_patience(seats: dict[str, _Seat], clock: Clock, patience: float) -> None:
    for name, seat in list(seats.items()):
        if clock.monotonic() - seat.since > patience:
            _abandon(seats, name, patience)


def _abandon(seats: dict[str, _Seat], name: str, patience: float) -> None:
    """Tell the errand, and let it go: its thread may be stuck for ever and gets no more work."""
    seat = seats.pop(name)
    seat.inbox.put(None)
    with contextlib.suppress(StopIteration, SeatTimeout):
        seat.errand.throw(SeatTimeout(f"no answer from the connector within {patience:.0f} s"))
        seat.errand.close()
