"""When access ends, and when its owner is told: the deciding, without a ledger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syndicator import credentials
from syndicator.credentials import WARNINGS, Standing
from syndicator.ledger.rows import NetworkRow

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
BEGAN = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ENDS = BEGAN + 60 * DAY
ROW = NetworkRow("linkedin", account="7", credential="access token", obtained_at=BEGAN, expires_at=ENDS)
NEVER_ENDS = replace(ROW, expires_at=None)


def told(row: NetworkRow, looks: list[datetime]) -> list[datetime]:
    """The looks at which there was a warning, as a Pass that notes each of them would find."""
    found = []
    for now in looks:
        if now < ENDS and credentials.has_news(row, now):
            found.append(now)
            row = replace(row, warned_at=now)
    return found


@pytest.mark.parametrize(
    ("row", "before_the_end", "standing"),
    [
        (ROW, 60 * DAY, Standing.FINE),
        (ROW, 14 * DAY + SECOND, Standing.FINE),
        (ROW, 14 * DAY, Standing.ENDING),
        (ROW, SECOND, Standing.ENDING),
        (ROW, timedelta(0), Standing.ENDED),
        (ROW, -DAY, Standing.ENDED),
        (NEVER_ENDS, -DAY, Standing.FINE),
        (NetworkRow("medium", account="7"), -DAY, Standing.UNKNOWN),
    ],
)
def test_how_a_credential_stands(row: NetworkRow, before_the_end: timedelta, standing: Standing) -> None:
    assert credentials.standing(row, ENDS - before_the_end) is standing


@pytest.mark.parametrize("length", WARNINGS)
def test_a_warning_is_due_from_its_moment_on_and_not_before(length: timedelta) -> None:
    row = replace(ROW, warned_at=ENDS - length - HOUR)
    assert not credentials.has_news(replace(row, warned_at=None), ENDS - WARNINGS[0] - SECOND)
    assert not credentials.has_news(row, ENDS - length - SECOND)
    assert credentials.has_news(row, ENDS - length)


def test_four_warnings_in_all_however_often_one_looks() -> None:
    looks = [BEGAN + n * HOUR for n in range(60 * 24)]
    assert told(ROW, looks) == [ENDS - length for length in WARNINGS]


def _windows(looks: list[datetime]) -> int:
    """How many of the stretches between one warning and the next were looked at."""
    edges = [*(ENDS - length for length in WARNINGS), ENDS]
    return sum(any(a <= now < b for now in looks) for a, b in pairwise(edges))


MOMENTS = st.integers(-20 * 86400, 60).map(lambda seconds: ENDS + timedelta(seconds=seconds))


@given(st.lists(MOMENTS, max_size=30).map(sorted), st.booleans())
@example([ENDS - 7 * DAY - SECOND, ENDS - 7 * DAY], True)
def test_each_warning_is_told_exactly_once_in_any_sequence_of_looks(looks: list[datetime], dated: bool) -> None:
    """After a silence over several of them, only the latest is told."""
    row = ROW if dated else replace(ROW, obtained_at=None)
    assert len(told(row, looks)) == _windows(looks)


@given(st.lists(MOMENTS, max_size=30))
def test_a_clock_that_jumps_back_makes_nothing_be_told_twice(looks: list[datetime]) -> None:
    assert len(told(ROW, looks)) <= len(WARNINGS)


def test_a_renewed_credential_starts_anew_by_itself() -> None:
    warned = replace(ROW, warned_at=ENDS - DAY)
    renewed = replace(warned, obtained_at=ENDS - DAY, expires_at=ENDS + 59 * DAY)
    assert not credentials.has_news(renewed, ENDS - DAY)
    assert not credentials.has_news(renewed, ENDS)
    assert credentials.has_news(renewed, ENDS + 45 * DAY)


def test_a_credential_made_for_ten_days_does_not_warn_on_its_first_day() -> None:
    short = replace(ROW, obtained_at=ENDS - 10 * DAY)
    assert not credentials.has_news(short, ENDS - 9 * DAY)
    assert credentials.standing(short, ENDS - 9 * DAY) is Standing.FINE
    assert credentials.has_news(short, ENDS - 7 * DAY)
    assert credentials.standing(short, ENDS - 7 * DAY) is Standing.ENDING


@pytest.mark.parametrize(
    ("health", "before_the_end", "news"),
    [
        ("ok", timedelta(0), True),
        ("down", timedelta(0), True),
        ("auth_broken", timedelta(0), False),  # its owner has been told
        ("auth_broken", DAY, False),
        ("paused", timedelta(0), False),  # nothing is sent there in any case
        ("paused", DAY, True),
    ],
)
def test_the_end_is_news_until_the_network_is_blocked(health: str, before_the_end: timedelta, news: bool) -> None:
    row = replace(ROW, health=health)  # type: ignore[arg-type]
    assert credentials.has_news(row, ENDS - before_the_end) is news


def test_what_never_ends_is_never_news() -> None:
    assert not credentials.has_news(NEVER_ENDS, ENDS + 1000 * DAY)


@pytest.mark.parametrize(
    ("before_the_end", "days"),
    [(14 * DAY, 14), (14 * DAY - SECOND, 14), (13 * DAY, 13), (DAY, 1), (SECOND, 1), (timedelta(0), 0), (-DAY, 0)],
)
def test_days_are_counted_as_they_begin(before_the_end: timedelta, days: int) -> None:
    assert credentials.days_left(ENDS, ENDS - before_the_end) == days


@pytest.mark.parametrize(
    ("row", "before_the_end", "says"),
    [
        (ROW, 7 * DAY, "the access token ends on 20 January 2027, in 7 days"),
        (ROW, 5 * HOUR, "the access token ends on 20 January 2027, in less than a day"),
        (ROW, -5 * HOUR, "the access token ended on 20 January 2027"),
        (NEVER_ENDS, DAY, "the access token has no end that is known"),
    ],
)
def test_sentences(row: NetworkRow, before_the_end: timedelta, says: str) -> None:
    assert credentials.sentence(row, ENDS - before_the_end) == says


def test_only_accounts_that_have_answered_have_a_credential_to_list() -> None:
    assert credentials.is_listed(NetworkRow("medium", account="7", worked_at=BEGAN))
    assert not credentials.is_listed(NetworkRow("medium", account="7"))
