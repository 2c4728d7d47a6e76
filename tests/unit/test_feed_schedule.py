"""When a feed is asked again."""

from datetime import UTC, datetime, timedelta

import pytest

from syndicator.feed.schedule import next_check

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wait(
    *,
    every: timedelta = HOUR,
    hint: timedelta | None = None,
    retry_after: timedelta | None = None,
    failures: int = 0,
    feed_name: str = "blog",
) -> timedelta:
    due = next_check(NOW, every, hint=hint, retry_after=retry_after, failures=failures, feed_name=feed_name)
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


@pytest.mark.parametrize(
    ("failures", "least"),
    [(1, timedelta(minutes=5)), (2, timedelta(minutes=15)), (3, HOUR), (4, HOUR * 6), (500, HOUR * 6)],
)
def test_failures_are_tried_soon_and_then_at_the_interval(failures: int, least: timedelta) -> None:
    assert least <= wait(every=HOUR * 6, failures=failures) <= least * 1.1


def test_a_feed_that_stays_broken_is_asked_no_more_than_hourly() -> None:
    assert wait(every=timedelta(minutes=1), failures=9) >= HOUR


@pytest.mark.parametrize("failures", [0, 1, 7])
def test_never_before_the_time_that_the_server_asked_for(failures: int) -> None:
    assert wait(retry_after=timedelta(days=1), failures=failures) == timedelta(days=1)


def test_a_short_retry_after_does_not_shorten_the_interval() -> None:
    assert wait(retry_after=timedelta(seconds=1)) >= HOUR


def test_the_same_feed_at_the_same_time_gets_the_same_answer_and_others_get_others() -> None:
    assert wait() == wait()
    assert len({wait(feed_name=name) for name in "abcdefgh"}) == 8
