"""Time that can be replaced: the machine's clock, and one that stands still until it is told to move."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.clock import Clock, ManualClock, SystemClock

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
EITHER = pytest.mark.parametrize("clock", [SystemClock(), ManualClock(START)], ids=["system", "manual"])


@EITHER
def test_now_is_aware_and_in_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)


@EITHER
def test_sleeping_takes_time_by_both_measures(clock: Clock) -> None:
    now, monotonic = clock.now(), clock.monotonic()
    clock.sleep(0.02)
    assert clock.now() - now >= timedelta(seconds=0.015)
    assert clock.monotonic() - monotonic >= 0.015


@EITHER
def test_waiting_ends_with_the_time_when_nothing_happens(clock: Clock) -> None:
    before = clock.monotonic()
    assert clock.wait(threading.Event(), 0.02) is False
    assert clock.monotonic() - before >= 0.015


@EITHER
def test_waiting_for_what_has_happened_takes_no_time(clock: Clock) -> None:
    event, before = threading.Event(), clock.monotonic()
    event.set()
    assert clock.wait(event, 60) is True
    assert clock.monotonic() - before < 1


def test_waiting_without_a_limit_ends_with_the_event() -> None:
    event = threading.Event()
    threading.Timer(0.02, event.set).start()
    assert SystemClock().wait(event, None) is True


def test_the_manual_clock_stands_still() -> None:
    clock = ManualClock(START)
    assert (clock.now(), clock.monotonic()) == (START, 0.0)
    assert clock.now() == START


def test_the_manual_clock_moves_when_it_is_told() -> None:
    clock = ManualClock(START)
    clock.advance(timedelta(days=2))
    assert (clock.now(), clock.monotonic()) == (START + timedelta(days=2), 172800.0)


def test_waiting_without_a_limit_does_not_move_the_manual_clock() -> None:
    clock = ManualClock(START)
    assert clock.wait(threading.Event(), None) is False
    assert clock.now() == START


def test_threads_that_sleep_on_the_manual_clock_lose_no_time() -> None:
    clock = ManualClock(START)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(clock.sleep, [1] * 800))
    assert clock.now() - START == timedelta(seconds=800)
