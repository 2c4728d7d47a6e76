"""When a delivery is tried again: the shape of the waits, their jitter, the service's wish, and the end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.backoff import FIRST, JITTER, LONGEST, LONGEST_WISH, is_over, next_try

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "a" * 64
MINUTE = timedelta(minutes=1)


def wait(attempts: int, wish: timedelta | None = None, key: str = KEY) -> timedelta:
    return next_try(NOW, attempts, key, wish) - NOW


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 5), (1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 320), (8, 360)]
)
def test_waits_double_from_five_minutes_to_six_hours(attempts: int, minutes: int) -> None:
    assert abs(wait(attempts) - minutes * MINUTE) <= JITTER * minutes * MINUTE


@given(attempts=st.integers(-5, 10**9), key=st.text(max_size=64))
def test_no_wait_is_shorter_or_longer_than_the_bounds(attempts: int, key: str) -> None:
    assert FIRST * (1 - JITTER) <= wait(attempts, key=key) <= LONGEST * (1 + JITTER)


@given(wish=st.timedeltas(), attempts=st.integers(0, 50))
def test_never_before_the_service_s_wish_and_a_wish_is_a_day_at_most(wish: timedelta, attempts: int) -> None:
    waited = wait(attempts, wish)
    assert waited >= min(wish, LONGEST_WISH)
    assert waited <= max(LONGEST_WISH, LONGEST * (1 + JITTER))


def test_a_short_wish_does_not_hurry_us() -> None:
    assert wait(4, timedelta(seconds=1)) == wait(4)


def test_the_same_history_gives_the_same_time() -> None:
    assert wait(3) == wait(3)


def test_another_release_gives_the_same_times_and_the_same_bounds() -> None:
    assert (FIRST, LONGEST, LONGEST_WISH) == (5 * MINUTE, 360 * MINUTE, 1440 * MINUTE)
    assert [wait(attempts).total_seconds() for attempts in (3, 20)] == [1143.037615, 17791.403979]


def test_deliveries_of_one_outage_do_not_come_back_in_step() -> None:
    waits = {wait(3, key=f"{number:064x}") for number in range(50)}
    assert len(waits) > 45
    assert max(waits) - min(waits) > JITTER * 20 * MINUTE


@pytest.mark.parametrize(
    ("owed_for", "over"),
    [(timedelta(days=5), False), (timedelta(days=5, seconds=1), True), (timedelta(0), False), (-MINUTE, False)],
)
def test_a_delivery_is_over_when_it_was_owed_for_longer_than_the_limit(owed_for: timedelta, over: bool) -> None:
    assert is_over(NOW, NOW - owed_for, timedelta(days=5)) is over
