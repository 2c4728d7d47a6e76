"""When the next post may go out: quiet times on the author's own clock, and distance between posts."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from syndicator.config.models import Schedule as Written
from syndicator.schedule import Pace, Quiet, Schedule, end_of_quiet, is_quiet, leaves_time, next_slot, quiet

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 6, 12, tzinfo=UTC)  # a Wednesday


def at(text: str, zone: tzinfo = UTC) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def slot(now: str, *times: str, zone: tzinfo = UTC) -> str | None:
    """On the wall of the author."""
    found = next_slot(at(now, zone), (), Schedule(tuple(map(quiet, times)), zone=zone))
    return None if found is None else found.astimezone(zone).strftime("%a %H:%M")


# Quiet times


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-06 21:59", None),
        ("2026-05-06 22:00", "Thu 07:00"),
        ("2026-05-06 23:59", "Thu 07:00"),
        ("2026-05-07 00:00", "Thu 07:00"),
        ("2026-05-07 06:59", "Thu 07:00"),
        ("2026-05-07 07:00", None),
    ],
)
def test_a_night_begins_on_one_day_and_ends_on_the_next(now: str, until: str | None) -> None:
    assert slot(now, "22:00-07:00") == until


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-08 23:00", None),  # Friday
        ("2026-05-09 19:59", None),
        ("2026-05-09 20:00", "Sun 10:00"),
        ("2026-05-10 09:59", "Sun 10:00"),
        ("2026-05-10 23:00", "Mon 10:00"),
        ("2026-05-11 09:00", "Mon 10:00"),  # Sunday's night
        ("2026-05-11 21:00", None),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(now: str, until: str | None) -> None:
    assert slot(now, "sat-sun 20:00-10:00") == until


def test_days_go_round_the_end_of_the_week() -> None:
    assert quiet("fri-mon 08:00-09:00").days == {4, 5, 6, 0}
    assert quiet("sun 08:00-09:00").days == {6}
    assert len(quiet("08:00-09:00").days) == 7


def test_times_that_touch_or_overlap_are_one() -> None:
    assert slot("2026-05-06 22:30", "22:00-00:00", "00:00-06:00", "05:00-08:30") == "Thu 08:30"


def test_a_whole_weekend_may_be_quiet() -> None:
    assert slot("2026-05-09 00:00", "sat-sun 00:00-00:00") == "Mon 00:00"


def test_the_clock_on_the_wall_counts() -> None:
    assert slot("2026-07-01 06:59", "22:00-07:00", zone=BERLIN) == "Wed 07:00"
    assert slot("2026-07-01 07:00", "22:00-07:00", zone=BERLIN) is None


@pytest.mark.parametrize(
    ("times", "begin", "end"),
    [
        ("02:30-05:00", "2026-03-29T01:00", "2026-03-29T03:00"),  # the clock jumps from 02:00 to 03:00 at 01:00 UTC
        ("01:00-02:30", "2026-03-29T00:00", "2026-03-29T01:00"),
        ("02:30-02:45", None, None),
        ("02:30-05:00", "2026-10-25T00:30", "2026-10-25T04:00"),  # and shows 02:00 to 03:00 twice, from 00:00 UTC on
        ("01:00-02:30", "2026-10-24T23:00", "2026-10-25T01:30"),
    ],
)
def test_when_clocks_are_changed_nothing_is_loud_too_early(times: str, begin: str | None, end: str | None) -> None:
    rules = Schedule((quiet(times),), zone=BERLIN)
    day = datetime(2026, 3 if begin is None else int(begin[5:7]), 1, tzinfo=UTC)
    day = day.replace(day=29) if day.month == 3 else day.replace(day=25)
    loud = [is_quiet(day - 2 * HOUR + n * MINUTE, rules) for n in range(8 * 60)]
    found = [day - 2 * HOUR + n * MINUTE for n, one in enumerate(loud) if one]
    if begin is None or end is None:
        assert found == []
    else:
        assert (found[0], found[-1] + MINUTE) == (at(begin), at(end))
        assert len(found) == (at(end) - at(begin)) // MINUTE


ZONES = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")
)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 15, 30, 59)))
QUIETS = st.builds(Quiet, TIMES, TIMES, st.frozensets(st.integers(0, 6), min_size=1))
CHANGES = st.sampled_from(
    [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 11, 1)]
)


@lru_cache
def walls(first: date, days: int, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """What the clock on the wall shows, minute by minute, from two days before `first` to three days after the last."""
    begin = datetime.combine(first - 2 * DAY, time(), UTC)
    times = (begin + n * MINUTE for n in range((days + 5) * 24 * 60))
    return [(utc, utc.astimezone(zone).replace(tzinfo=None, fold=0)) for utc in times]


def minutes_of(one: Quiet, first: date, days: int, zone: ZoneInfo) -> set[datetime]:
    """Every minute that is quiet, found by watching the clock on the wall go by: from its first showing of the
    beginning, or the jump over it, to its last showing of the end, or the jump over that."""
    shown = walls(first, days, zone)
    found: set[datetime] = set()
    for day in (first + n * DAY for n in range(-1, days + 1)):
        if day.weekday() not in one.days:
            continue
        starts = datetime.combine(day, one.begins)
        ends = datetime.combine(day if one.ends > one.begins else day + DAY, one.ends)
        start = next(utc for utc, wall in shown if wall >= starts)
        showing = [utc for utc, wall in shown if wall == ends]
        end = showing[-1] if showing else next(utc for utc, wall in shown if wall >= ends)
        found |= {start + n * MINUTE for n in range((end - start) // MINUTE)}
    return found


@settings(max_examples=25, deadline=None)
@given(ZONES, st.lists(QUIETS, min_size=1, max_size=2), CHANGES, st.integers(0, 36 * 60))
def test_quiet_times_agree_with_watching_the_clock(name: str, times: list[Quiet], change: date, start: int) -> None:
    zone, rules = ZoneInfo(name), Schedule(tuple(times), zone=ZoneInfo(name))
    silent = set().union(*(minutes_of(one, change - DAY, 4, zone) for one in times))
    now = datetime.combine(change - DAY, time(), UTC) + start * MINUTE
    wanted = next((m for n in range(48 * 60) if (m := now + n * MINUTE) not in silent), None)
    if wanted is not None:
        assert end_of_quiet(now, rules) == wanted
        assert is_quiet(now, rules) == (wanted != now)


def test_a_day_that_a_zone_has_skipped_is_no_trouble() -> None:
    samoa = ZoneInfo("Pacific/Apia")  # went from the 29th to the 31st of December 2011
    rules = Schedule((quiet("22:00-07:00"),), zone=samoa)
    assert end_of_quiet(at("2011-12-29 23:00", samoa), rules) == at("2011-12-31 07:00", samoa)
    assert end_of_quiet(at("2011-12-31 23:00", samoa), rules) == at("2012-01-01 07:00", samoa)


@pytest.mark.parametrize(
    ("times", "leaves"),
    [
        ((), True),
        (("00:00-00:00",), False),
        (("00:00-12:00", "12:00-23:59"), True),
        (("00:00-12:00", "12:00-00:00"), False),
        (("22:00-21:59",), True),
        (("mon-sat 00:00-00:00",), True),
    ],
)
def test_a_silence_without_end_is_noticed(times: tuple[str, ...], leaves: bool) -> None:
    assert leaves_time(map(quiet, times)) is leaves


# Distance


def pace(sent_ago: list[timedelta], **rules: object) -> timedelta:
    """How long the next post has to wait."""
    found = next_slot(NOON, [NOON - ago for ago in sent_ago], Schedule(pace=Pace(**rules)))  # type: ignore[arg-type]
    return timedelta(0) if found is None else found - NOON


def test_posts_keep_their_least_distance() -> None:
    assert pace([3 * MINUTE, HOUR], gap=10 * MINUTE) == 7 * MINUTE
    assert pace([10 * MINUTE], gap=10 * MINUTE) == timedelta(0)
    assert pace([], gap=10 * MINUTE) == timedelta(0)


def test_an_hour_holds_so_many_posts_wherever_it_begins() -> None:
    assert pace([50 * MINUTE, 20 * MINUTE], per_hour=2) == 10 * MINUTE
    assert pace([60 * MINUTE, 20 * MINUTE], per_hour=2) == timedelta(0)
    assert pace([20 * MINUTE], per_hour=2) == timedelta(0)


def test_a_day_holds_so_many_posts() -> None:
    assert pace([23 * HOUR, 5 * HOUR, HOUR], per_day=3) == HOUR
    assert pace([23 * HOUR, 5 * HOUR, HOUR], per_day=4) == timedelta(0)


def test_the_strictest_rule_decides() -> None:
    assert pace([23 * HOUR, 5 * MINUTE], gap=MINUTE * 10, per_hour=1, per_day=2) == HOUR
    assert pace([23 * HOUR, 5 * MINUTE], gap=MINUTE * 90, per_hour=1, per_day=2) == 85 * MINUTE


def test_what_would_be_free_in_a_quiet_time_waits_for_its_end() -> None:
    rules = Schedule((quiet("12:05-13:00"),), Pace(gap=10 * MINUTE))
    assert next_slot(NOON, [NOON - MINUTE], rules) == NOON + HOUR
    assert next_slot(NOON, [NOON - 6 * MINUTE], rules) == NOON + 4 * MINUTE


def test_what_was_sent_in_the_future_says_nothing() -> None:
    """The clock was ahead, and has been put right since."""
    assert pace([-400 * DAY, 3 * MINUTE], gap=10 * MINUTE) == 7 * MINUTE


SENT = st.lists(st.integers(0, 3000).map(lambda n: NOON - n * MINUTE), max_size=12)
PACES = st.builds(
    Pace,
    st.integers(0, 300).map(lambda n: n * MINUTE),
    st.none() | st.integers(1, 4),
    st.none() | st.integers(1, 6),
)


def holds(sent: list[datetime], rules: Pace) -> bool:
    """Whether the last of these was not too early."""
    *before, last = sorted(sent)
    return (
        all(last - one >= rules.gap for one in before)
        and (rules.per_hour is None or sum(last - one < HOUR for one in before) < rules.per_hour)
        and (rules.per_day is None or sum(last - one < DAY for one in before) < rules.per_day)
    )


@given(SENT, PACES, st.lists(QUIETS, max_size=2))
def test_a_slot_is_the_first_moment_that_breaks_no_rule(sent: list[datetime], rules: Pace, times: list[Quiet]) -> None:
    if not leaves_time(times):
        return
    schedule = Schedule(tuple(times), rules, BERLIN)
    found = next_slot(NOON, sent, schedule)
    free = NOON if found is None else found
    assert holds([*sent, free], rules)
    assert not is_quiet(free, schedule)
    if found is not None:
        early = found - MINUTE
        assert early < NOON or is_quiet(early, schedule) or not holds([*sent, early], rules)
        assert next_slot(found, sent, schedule) is None


def test_a_schedule_without_rules_is_open() -> None:
    assert Schedule().is_open
    assert not Schedule((quiet("22:00-07:00"),)).is_open
    assert not Schedule(pace=Pace(per_day=1)).is_open


def test_an_owner_who_leaves_no_time_at_all_is_told() -> None:
    assert Written(quiet=("22:00-07:00",)).quiet == ("22:00-07:00",)
    with pytest.raises(ValidationError, match="leaves no time of the week"):
        Written(quiet=("00:00-12:00", "12:00-00:00"))
