"""When a feed is asked again."""

from datetime import UTC, datetime, timedelta

import pytest

from syndicator.feed.schedule import Trouble, after_failure, after_success

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def wait(
    *,
    every: timedelta = HOUR,
    hint: timedelta | None = None,
    validators: bool = True,
    first: bool = False,
    seed: str = "https://blog.example/feed.xml",
) -> timedelta:
    return after_success(NOW, every, hint=hint, validators=validators, first=first, seed=seed) - NOW


def pause(
    trouble: Trouble = Trouble.PASSING,
    *,
    every: timedelta = HOUR,
    failures: int = 1,
    lasted: timedelta = timedelta(0),
    retry_after: timedelta | None = None,
) -> timedelta:
    due = after_failure(
        NOW, every, trouble=trouble, failures=failures, since=NOW - lasted, retry_after=retry_after, seed="x"
    )
    assert due is not None
    return due - NOW


@pytest.mark.parametrize(
    ("hint", "least"),
    [
        (None, HOUR),
        (timedelta(minutes=10), HOUR),
        (timedelta(hours=2), timedelta(hours=2)),
        (timedelta(days=900), timedelta(hours=5)),
        (timedelta(seconds=-5), HOUR),
    ],
)
def test_a_healthy_feed_waits_its_interval_or_what_the_server_hints(hint: timedelta | None, least: timedelta) -> None:
    assert least <= wait(hint=hint) <= least * 1.1


def test_a_feed_that_cannot_be_asked_whether_it_changed_is_asked_every_two_hours_at_most() -> None:
    assert wait(every=MINUTE, validators=False) >= 2 * HOUR
    assert wait(every=DAY, validators=False) >= DAY


def test_feeds_that_begin_together_part_at_once_and_each_always_by_the_same_time() -> None:
    addresses = [f"https://blog.example/{name}" for name in "abcdefgh"]
    offsets = [wait(first=True, seed=address) - wait(seed=address) for address in addresses]
    assert all(timedelta(0) <= offset <= HOUR / 4 for offset in offsets)
    assert max(offsets) - min(offsets) > 3 * MINUTE
    later = after_success(NOW + DAY, HOUR, hint=None, validators=True, first=True, seed=addresses[0])
    plain = after_success(NOW + DAY, HOUR, hint=None, validators=True, first=False, seed=addresses[0])
    assert later - plain == offsets[0]


@pytest.mark.parametrize(
    ("failures", "least"),
    [(1, timedelta(minutes=5)), (2, timedelta(minutes=15)), (3, HOUR), (4, HOUR * 6), (500, HOUR * 6)],
)
def test_short_failures_are_tried_soon_and_then_at_the_interval(failures: int, least: timedelta) -> None:
    assert least <= pause(every=HOUR * 6, failures=failures) <= least * 1.1


def test_a_feed_that_stays_broken_is_asked_no_more_than_hourly() -> None:
    assert pause(every=MINUTE, failures=9) >= HOUR


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.LIMITED])
@pytest.mark.parametrize(
    ("lasted", "least"),
    [(timedelta(0), HOUR), (HOUR, 2 * HOUR), (3 * HOUR, 4 * HOUR), (15 * HOUR, 16 * HOUR), (90 * DAY, DAY)],
)
def test_a_refusal_is_left_alone_for_twice_as_long_each_time(
    trouble: Trouble, lasted: timedelta, least: timedelta
) -> None:
    assert least <= pause(trouble, every=MINUTE, failures=7, lasted=lasted) <= least * 1.1
    assert pause(trouble, every=3 * DAY, lasted=lasted) >= 3 * DAY


def test_a_feed_that_is_gone_is_not_asked_again() -> None:
    due = after_failure(NOW, HOUR, trouble=Trouble.GONE, failures=1, since=NOW, retry_after=None, seed="x")
    assert due is None


@pytest.mark.parametrize("trouble", [Trouble.PASSING, Trouble.REFUSED, Trouble.LIMITED])
@pytest.mark.parametrize("failures", [1, 7])
def test_never_before_the_time_that_the_server_asked_for(trouble: Trouble, failures: int) -> None:
    assert pause(trouble, retry_after=7 * DAY, failures=failures) >= 7 * DAY


def test_a_short_retry_after_does_not_shorten_the_interval_and_ends_the_doubling() -> None:
    assert HOUR <= pause(Trouble.LIMITED, retry_after=timedelta(seconds=90), lasted=DAY) <= HOUR * 1.1


def test_the_same_feed_at_the_same_time_gets_the_same_answer_and_others_get_others() -> None:
    assert wait() == wait()
    assert len({wait(seed=name) for name in "abcdefgh"}) == 8
