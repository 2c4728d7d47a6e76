"""Errands side by side, each talking on a thread of its own: order, isolation, exceptions, patience."""

import sys
import threading
from collections.abc import Collection, Generator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from syndicator import seat
from syndicator.clock import ManualClock, SystemClock
from syndicator.seat import Errand, LeftTheProgram, SeatTimeout, Work, drive

Told = list[Any]


def errand(told: Told, *works: Work) -> Errand:
    """Does its works in order, and tells what each gave or raised."""
    for work in works:
        try:
            told.append((yield work))
        except Exception as error:
            told.append(repr(error))
    told.append("end")


def ended(thread: threading.Thread) -> bool:
    thread.join(5)
    return not thread.is_alive()


def fail(error: BaseException) -> Any:
    raise error


def test_an_errand_gets_what_its_work_returned_in_order() -> None:
    told: Told = []
    drive({"m": errand(told, lambda: 1, lambda: 2, lambda: 3)}, SystemClock())
    assert told == [1, 2, 3, "end"]


def test_a_failure_leaves_only_after_the_answers_that_are_under_way() -> None:
    """The ledger cannot be written, and another network's request is on the wire: its answer counts as well."""
    told: Told = []
    begun, stop = threading.Event(), threading.Event()

    def broken() -> Errand:
        yield lambda: begun.wait(5)
        raise OSError("no space left")

    def sending() -> Errand:
        told.append((yield answer))
        if not stop.is_set():
            told.append((yield lambda: "begun anew"))

    def answer() -> bool:
        begun.set()
        return stop.wait(5)

    with pytest.raises(OSError, match="no space left"):
        drive({"m": broken(), "b": sending()}, SystemClock(), stop=stop)
    assert told == [True]


def test_without_errands_there_is_nothing_to_do() -> None:
    drive({}, SystemClock())


def test_an_errand_may_end_before_it_has_any_work() -> None:
    told: Told = []
    drive({"m": errand(told), "b": errand(told)}, SystemClock())
    assert told == ["end", "end"]


def test_what_stands_between_two_works_is_done_by_the_coordinator_and_the_works_by_one_seat() -> None:
    places: Told = []

    def walk() -> Errand:
        places.append(threading.get_ident())
        first = yield threading.get_ident
        places.append(threading.get_ident())
        second = yield threading.get_ident
        places.append((first == second, first != threading.get_ident()))

    drive({"m": walk()}, SystemClock())
    assert places == [threading.get_ident(), threading.get_ident(), (True, True)]


def test_seats_talk_at_the_same_time() -> None:
    both, told = threading.Barrier(2, timeout=5), Told()
    drive({"m": errand(told, both.wait), "b": errand(told, both.wait)}, SystemClock())
    assert sorted(told, key=str) == [0, 1, "end", "end"]


def test_an_exception_of_a_work_comes_out_of_its_yield() -> None:
    told: Told = []
    drive({"m": errand(told, lambda: fail(ValueError("no")), lambda: 2)}, SystemClock())
    assert told == ["ValueError('no')", 2, "end"]


@pytest.mark.parametrize(
    "leave", [lambda: sys.exit(3), lambda: fail(KeyboardInterrupt()), lambda: fail(GeneratorExit())]
)
def test_a_connector_that_tries_to_end_the_program_ends_only_its_work(leave: Work) -> None:
    caught: Told = []

    def walk() -> Errand:
        try:
            yield leave
        except LeftTheProgram as error:
            caught.append(error)

    drive({"m": walk()}, SystemClock())
    assert len(caught) == 1


def test_a_mistake_of_an_errand_itself_ends_all_of_them() -> None:
    def mistaken() -> Errand:
        yield lambda: None
        raise LookupError("the ledger lost a row")

    with pytest.raises(LookupError):
        drive({"m": mistaken()}, SystemClock())


def test_seats_are_gone_when_the_errands_are_done() -> None:
    drive({"gone": errand([], lambda: 1)}, SystemClock())
    assert all(ended(thread) for thread in threading.enumerate() if thread.name == "seat-gone")


def test_somebody_hears_a_heartbeat_while_the_errands_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat, "LOOK_UP", 0.01)
    beats = threading.Semaphore(0)
    told: Told = []
    drive(
        {"m": errand(told, lambda: all(beats.acquire(timeout=5) for _ in range(5)))}, SystemClock(), beat=beats.release
    )
    assert told == [True, "end"]


class Stuck:
    """A connector that does not come back until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(seat, "LOOK_UP", 0.01)
        self.clock = ManualClock()
        self.let_go = threading.Event()

    def work(self) -> bool:
        self.clock.advance(timedelta(seconds=seat.PATIENCE + 1))
        return self.let_go.wait(5)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Generator[Stuck, None, None]:
    made = Stuck(monkeypatch)
    yield made
    made.let_go.set()


def test_a_connector_that_does_not_come_back_is_given_up(stuck: Stuck) -> None:
    told: Told = []

    def walk() -> Errand:
        try:
            yield stuck.work
        except SeatTimeout as error:
            told.append(str(error))

    drive({"m": walk()}, stuck.clock)
    assert told == ["no answer from the connector within 900 s"]


def test_an_errand_that_was_given_up_gets_no_more_work_done(stuck: Stuck) -> None:
    told: Told = []

    def stubborn() -> Errand:
        try:
            yield stuck.work
        except SeatTimeout:
            yield lambda: told.append("more work")

    drive({"m": stubborn()}, stuck.clock)
    stuck.let_go.set()
    assert told == []


def test_a_seat_that_was_given_up_is_gone_as_soon_as_its_connector_comes_back(stuck: Stuck) -> None:
    drive({"late": errand([], stuck.work)}, stuck.clock)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "seat-late")
    stuck.let_go.set()
    assert ended(thread)


def test_an_errand_that_does_not_expect_to_be_given_up_harms_no_other(stuck: Stuck) -> None:
    told: Told = []
    drive({"m": errand([], stuck.work), "b": errand(told, lambda: 1)}, stuck.clock)
    assert told == [1, "end"]


def test_no_handler_of_everyday_exceptions_takes_a_timeout_for_one() -> None:
    assert not issubclass(SeatTimeout, Exception)


# Nobody waits for the slow


def test_while_one_is_slow_the_others_get_what_has_come_up_since(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat, "ASK_FOR_MORE", 0.0)
    done = threading.Event()
    told: Told = []
    busy: list[set[str]] = []

    def more(names: Collection[str]) -> dict[str, Errand]:
        busy.append(set(names))
        return {"quick": errand(told, lambda: 1, done.set)} if len(busy) == 2 else {}

    drive({"slow": errand([], lambda: done.wait(5)), "quick": errand(told, lambda: 0)}, SystemClock(), more=more)
    assert told == [0, "end", 1, None, "end"]
    assert busy[0] == {"slow", "quick"} or busy[0] == {"slow"}
    assert busy[1] == {"slow"}


class Slow:
    """Work that takes as long as it is told, on a clock of its own."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        self.clock, self.seconds = clock, seconds

    def __call__(self) -> None:
        self.clock.advance(timedelta(seconds=self.seconds))


@pytest.mark.parametrize(("seconds", "again"), [(seat.QUICK - 1, True), (seat.QUICK + 1, False)])
def test_who_was_slow_gets_nothing_more_before_all_are_done(seconds: float, *, again: bool) -> None:
    """Else two slow services in turns would never let a Pass end."""
    clock, over = ManualClock(), threading.Event()
    spoken_of: list[set[str]] = []

    def more(names: Collection[str]) -> dict[str, Errand]:
        spoken_of.append(set(names))
        over.set()
        return {}

    def waits() -> None:
        clock.advance(timedelta(seconds=seat.ASK_FOR_MORE))
        over.wait(5)

    def first() -> Errand:
        yield Slow(clock, seconds)

    def second() -> Errand:
        yield lambda: ended_first.wait(5)
        yield waits
        yield lambda: None

    ended_first = threading.Event()

    def announcing() -> Errand:
        yield from first()
        ended_first.set()

    drive({"first": announcing(), "second": second()}, clock, more=more)
    assert ("first" in spoken_of[-1]) is not again


def test_who_was_given_up_gets_nothing_more(stuck: Stuck) -> None:
    """Its thread may still be talking."""
    spoken_of: list[set[str]] = []

    def more(names: Collection[str]) -> dict[str, Errand]:
        spoken_of.append(set(names))
        stuck.let_go.set()
        return {}

    def other() -> Errand:
        yield lambda: stuck.let_go.wait(5)

    def gives_up() -> Errand:
        with suppress(SeatTimeout):
            yield stuck.work

    drive({"lost": gives_up(), "other": other()}, stuck.clock, patience=seat.PATIENCE, more=more)
    assert all("lost" in names for names in spoken_of)


def test_who_asks_for_nothing_more_is_left_alone_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seat, "ASK_FOR_MORE", 0.0)
    asked: Told = []

    def more(names: Collection[str]) -> dict[str, Errand]:
        asked.append(set(names))
        return {}

    drive({"m": errand([])}, SystemClock(), more=more)
    assert asked == []
