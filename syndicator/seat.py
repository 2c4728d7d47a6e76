"""One seat per network: a thread that does the talking, while the coordinator keeps the ledger.

Enters: one errand per network, a generator. What it yields is done on the network's own thread; what stands between
the yields runs here, on the coordinator. So the ledger is touched by one thread, order within a network holds, and a
service that hangs starves nobody. It never decides anything.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from syndicator.clock import Clock

Work = Callable[[], Any]
Errand = Generator[Work, Any, None]

LOOK_UP = 0.5  # seconds between glances at deadlines and the stop signal
ASK_FOR_MORE = 1.0  # seconds
QUICK = 5.0  # seconds that all of an errand takes when nothing is wrong
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
    begun: float
    since: float = 0.0
    is_working: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    name: str
    value: Any = None
    error: BaseException | None = None


More = Callable[[Collection[str]], Mapping[str, Errand]]


def giving(kind: type | tuple[type, ...], work: Work) -> Work:
    """The work, held to its contract: what it gives is of this kind, or it has failed like any other."""

    def checked() -> Any:
        found = work()
        if not isinstance(found, kind):
            raise TypeError(f"the connector answered with {type(found).__name__}, which is against its contract")
        return found

    return checked


def drive(
    errands: Mapping[str, Errand],
    clock: Clock,
    *,
    patience: float = PATIENCE,
    beat: Callable[[], None] | None = None,
    more: More | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run all errands to their end, side by side. `beat` is called about twice a second while waiting. `more` is asked
    about once a second what has come up meanwhile for others than those it is told, so that nobody waits for the slow;
    who has been slow, or is lost, gets nothing more, and so all of this ends.

    An errand that fails ends them all: `stop` is set, so that they begin nothing new, and the answers to what they have
    under way are still given to them. Then the failure leaves.
    """
    answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()
    seats: dict[str, _Seat] = {}
    passed_over: set[str] = set()
    asked = clock.monotonic()

    def take_one() -> None:
        if beat is not None:
            beat()
        passed_over.update(_take_one(seats, answers, clock, patience))

    try:
        _begin(seats, errands, answers, clock)
        while seats:
            take_one()
            if more is not None and seats and clock.monotonic() - asked >= ASK_FOR_MORE:
                _begin(seats, more(seats.keys() | passed_over), answers, clock)
                asked = clock.monotonic()
    except Exception:
        if stop is not None:
            stop.set()
        while any(seat.is_working for seat in seats.values()):
            with contextlib.suppress(Exception):  # the first failure is the one to tell
                take_one()
        raise
    finally:
        for seat in seats.values():
            seat.inbox.put(None)


def _begin(
    seats: "dict[str, _Seat]", errands: Mapping[str, Errand], answers: "queue.SimpleQueue[_Answer]", clock: Clock
) -> None:
    for name, errand in errands.items():
        seats[name] = _sit(name, errand, answers, clock)
    for name in errands:
        _advance(seats, _Answer(name), clock)


def _take_one(
    seats: "dict[str, _Seat]", answers: "queue.SimpleQueue[_Answer]", clock: Clock, patience: float
) -> set[str]:
    """Go on with one answer. Leaves: who is lost, or has come to an end slowly."""
    try:
        answer = answers.get(timeout=LOOK_UP)
    except queue.Empty:
        return _lose_patience(seats, clock, patience)
    seat = seats.get(answer.name)
    if seat is None:
        return set()
    _advance(seats, answer, clock)
    is_slow = answer.name not in seats and clock.monotonic() - seat.begun > QUICK
    return {answer.name} if is_slow else set()


def _sit(name: str, errand: Errand, answers: "queue.SimpleQueue[_Answer]", clock: Clock) -> _Seat:
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
    return _Seat(errand, inbox, begun=clock.monotonic())


def _advance(seats: dict[str, _Seat], answer: _Answer, clock: Clock) -> None:
    seat = seats[answer.name]
    seat.is_working = False
    try:
        work = seat.errand.throw(answer.error) if answer.error is not None else seat.errand.send(answer.value)
    except StopIteration:
        seat.inbox.put(None)
        del seats[answer.name]
    else:
        seat.since, seat.is_working = clock.monotonic(), True
        seat.inbox.put(work)


def _lose_patience(seats: dict[str, _Seat], clock: Clock, patience: float) -> set[str]:
    lost = {name for name, seat in seats.items() if clock.monotonic() - seat.since > patience}
    for name in lost:
        _abandon(seats, name, patience)
    return lost


def _abandon(seats: dict[str, _Seat], name: str, patience: float) -> None:
    """Tell the errand, and let it go: its thread may be stuck for ever and gets no more work."""
    seat = seats.pop(name)
    seat.inbox.put(None)
    with contextlib.suppress(StopIteration, SeatTimeout):
        seat.errand.throw(SeatTimeout(f"no answer from the connector within {patience:.0f} s"))
        seat.errand.close()
