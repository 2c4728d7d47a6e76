"""Schedules drawn from a seed, narrow ones for one network, wide ones for several and all that goes on around them.

Enters: a seed. Leaves: a Schedule, and for the wide ones the World that it is for. The same seed gives the same.
"""

import random
from dataclasses import dataclass
from datetime import timedelta

from tests.proof.cast import HERE
from tests.proof.net import Fault
from tests.proof.plan import NOTHING, Around, Faults, Habits, Plan, Schedule

KINDS = tuple(Fault)
OF_FEED = (Fault.REFUSED, Fault.FAILED, Fault.LIMITED, Fault.CUT, Fault.PORTAL, Fault.SILENT)
YEAR = timedelta(days=365)
# Within what is promised: a request is not worked on later, and a list does not lag longer, than a read-back rests.
HABITS: dict[str, dict[str, tuple[float | str, ...]]] = {
    "mastodon": {"list_lag": (0.0, 5.0, 20.0, 60.0)},
    "mastodon-4.5": {"list_lag": (0.0, 5.0, 20.0, 60.0), "keys": ("ignored", "hour", "cached")},
    "gotosocial": {"list_lag": (0.0, 5.0, 20.0, 60.0)},
    "tumblr": {"list_lag": (0.0, 20.0, 100.0)},
    "tumblr-staged": {"list_lag": (0.0, 20.0, 100.0)},
    "medium": {"feed_delay": (0.0, 60.0, 3_600.0)},
    "medium-draft": {"feed_delay": (0.0, 60.0, 3_600.0)},
}


@dataclass(frozen=True, slots=True)
class Cast:
    """A World that wide schedules are played in."""

    names: tuple[str, ...]
    posts: int = 1
    threads: bool = False


def _cast(*names: str, posts: int = 1, threads: bool = False) -> Cast:
    return Cast(tuple(name for name in names if name in HERE), posts, threads)


CASTS = tuple(
    cast
    for cast in (
        _cast("bluesky", "mastodon", "tumblr", "linkedin", "medium", "file"),
        _cast("mastodon", "tumblr", "linkedin", posts=2),
        _cast("mastodon-4.5", "tumblr-staged", "linkedin-repeat", "medium-draft", "bluesky"),
        _cast("gotosocial", "medium", posts=2),
        _cast("mastodon", "bluesky", threads=True),
        _cast("mastodon-4.5", "bluesky", threads=True, posts=2),
    )
    if cast.names
)


def drawn(seed: int) -> Schedule:
    """Up to four faults at any requests and up to four at those that matter, up to four crashes at any step."""
    draw = random.Random(seed)
    faults = _faults(draw, KINDS, 4)
    anywhere = tuple((draw.randrange(1, 25), draw.choice(KINDS)) for _ in range(draw.randrange(5)))
    crashes = tuple((draw.randrange(1, 60), _downtime(draw)) for _ in range(draw.randrange(5)))
    return Schedule(faults, crashes, anywhere, seed)


def cast_of(seed: int) -> Cast:
    return CASTS[seed % len(CASTS)]


def wide(seed: int) -> Schedule:
    """For the World of `cast_of(seed)`: each network with faults and habits of its own, and what goes on around."""
    draw = random.Random(seed)
    cast = cast_of(seed)
    first, *others = [_plan(draw, name) for name in cast.names]
    reach = 40 * len(cast.names) * cast.posts
    crashes = tuple((draw.randrange(1, reach), _downtime(draw)) for _ in range(draw.choice((0, 0, 1, 1, 2, 3, 4))))
    return Schedule(first.faults, crashes, first.anywhere, seed, first.habits, tuple(others), _around(draw))


def _plan(draw: random.Random, name: str) -> Plan:
    anywhere = tuple((draw.randrange(1, 25), draw.choice(KINDS)) for _ in range(draw.choice((0, 0, 1, 2, 3))))
    return Plan(_faults(draw, KINDS, 4), anywhere, _habits(draw, name))


def _habits(draw: random.Random, name: str) -> Habits:
    return tuple((habit, draw.choice(values)) for habit, values in HABITS.get(name, {}).items())


def _faults(draw: random.Random, kinds: tuple[Fault, ...], most: int) -> Faults:
    return tuple(draw.choice([None, None, *kinds]) for _ in range(draw.randrange(most + 1)))


def _around(draw: random.Random) -> Around:
    """In half of all schedules nothing goes on but a person who may be asked."""
    answers = draw.choice([None, timedelta(minutes=5), timedelta(seconds=10 ** draw.uniform(2.5, 5.5))])
    if draw.random() < 0.5:
        return Around(answers=answers) if answers is not None else NOTHING
    appears = tuple(sorted(timedelta(minutes=draw.randrange(180)) for _ in range(draw.choice((0, 0, 1, 2)))))
    return Around(_faults(draw, OF_FEED, 3), appears, _steps(draw), answers)


def _steps(draw: random.Random) -> tuple[tuple[int, timedelta], ...]:
    """None; an hour ahead, which is all that a key lives; back, and forth again some Passes later."""
    number = draw.randrange(1, 5)
    back = draw.choice((timedelta(hours=1), timedelta(days=1), YEAR))
    ahead = ((number, timedelta(hours=1)),)
    return draw.choice(((), (), ahead, ((number, -back), (number + draw.randrange(1, 4), back))))


def _downtime(draw: random.Random) -> timedelta:
    """Most are short; a few last longer than anything is tried."""
    return draw.choice(
        [timedelta(0), timedelta(seconds=10 ** draw.uniform(0, 5)), timedelta(hours=draw.randrange(200))]
    )
