"""When may something go out, as its author wishes? Quiet times, distance between posts, posts per hour and per day.

Enters: a moment, what went out last, the author's rules. Leaves: the next moment that they allow. Pure: it asks no
clock and no ledger.

Quiet times are those of the clock on the author's wall. When that clock is set forward over the beginning or the end
of a quiet time, that happens at the jump; when it is set back, a time that comes twice begins at its first coming and
ends at its second.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = 7
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = re.compile(r"(?:([a-z]{3})(?:-([a-z]{3}))? )?(\d\d:\d\d)-(\d\d:\d\d)")
_SECOND = timedelta(seconds=1)
_FARTHEST = 3 * WEEK * DAY  # of a silence without end


@dataclass(frozen=True, slots=True)
class Quiet:
    """A time of the day, without its end, on the days of the week (Monday is 0) on which it begins."""

    begins: time
    ends: time  # not after `begins`: on the next day
    days: frozenset[int] = frozenset(range(WEEK))


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast posts may follow one another."""

    gap: timedelta = timedelta(0)
    per_hour: int | None = None
    per_day: int | None = None

    @property
    def reach(self) -> int:
        """How many of the last sends decide about the next."""
        return max(1, self.per_hour or 0, self.per_day or 0)

    def after(self, sent: Sequence[datetime], now: datetime) -> datetime:
        """The first moment, now or later, at which one more is not too many."""
        latest = sorted((at for at in sent if at <= now), reverse=True)
        limits = ((1, self.gap), (self.per_hour, HOUR), (self.per_day, DAY))
        free = [latest[most - 1] + within for most, within in limits if most is not None and len(latest) >= most]
        return max([now, *free])


@dataclass(frozen=True, slots=True)
class Schedule:
    quiet: tuple[Quiet, ...] = ()
    pace: Pace = Pace()
    zone: tzinfo = UTC

    @property
    def is_open(self) -> bool:
        """Nothing ever waits."""
        return not self.quiet and self.pace == Pace()


def quiet(written: str) -> Quiet:
    """What an owner has written, as `config.checks` has let it pass: "22:00-07:00", "sat-sun 20:00-10:00"."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise ValueError(written)
    first, last, begins, ends = found.groups()
    return Quiet(time.fromisoformat(begins), time.fromisoformat(ends), frozenset(_days(first, last or first)))


def next_slot(now: datetime, sent: Sequence[datetime], rules: Schedule) -> datetime | None:
    """When the next post may go out, after those that were sent; None: now. What was sent later than now is ignored."""
    at = rules.pace.after(sent, now)
    at = end_of_quiet(at, rules)
    return None if at == now else at


def is_quiet(at: datetime, rules: Schedule) -> bool:
    return any(begin <= at < end for begin, end in _around(at, rules))


def end_of_quiet(at: datetime, rules: Schedule) -> datetime:
    """The first moment from `at` on at which no quiet time is; times that touch or overlap are one."""
    start = at
    while at - start < _FARTHEST:
        later = max((end for begin, end in _around(at, rules) if begin <= at < end), default=at)
        if later == at:
            break
        at = later
    return at


def leaves_time(times: Iterable[Quiet]) -> bool:
    """Whether there is any minute in the week that is not quiet."""
    week = set(range(WEEK * 24 * 60))
    for one in times:
        for day in one.days:
            begin = day * 24 * 60 + _minute(one.begins)
            length = (_minute(one.ends) - _minute(one.begins) - 1) % (24 * 60) + 1
            week -= {minute % (WEEK * 24 * 60) for minute in range(begin, begin + length)}
    return bool(week)


def _days(first: str | None, last: str | None) -> Iterator[int]:
    if first is None or last is None:
        yield from range(WEEK)
        return
    begin = DAYS.index(first)
    yield from ((begin + n) % WEEK for n in range((DAYS.index(last) - begin) % WEEK + 1))


def _minute(one: time) -> int:
    return one.hour * 60 + one.minute


def _around(at: datetime, rules: Schedule) -> Iterator[tuple[datetime, datetime]]:
    """The quiet times that may hold `at`."""
    today = at.astimezone(rules.zone).date()
    for day in (today + n * DAY for n in (-2, -1, 0, 1)):
        for one in rules.quiet:
            if day.weekday() in one.days:
                yield _span(one, day, rules.zone)


def _span(one: Quiet, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    last = day if one.ends > one.begins else day + DAY
    return _moment(datetime.combine(day, one.begins), zone, 0), _moment(datetime.combine(last, one.ends), zone, 1)


def _moment(wall: datetime, zone: tzinfo, coming: int) -> datetime:
    """When the clock on the wall shows that; where it skips that time, the moment at which it does."""
    at = wall.replace(tzinfo=zone, fold=coming).astimezone(UTC)
    if _wall(at, zone) == wall:
        return at
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # by the offset after the jump: too early
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + ((after - before) // _SECOND // 2 or 1) * _SECOND
        before, after = (middle, after) if _wall(middle, zone) < wall else (before, middle)
    return after


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)
