"""When to ask a feed again. Pure: times and the server's wishes come in, a time goes out.

Never earlier than the server asked for, never earlier than the owner's interval while all is well, and never in step
with everybody else's full hour.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
LONGEST_HINT = timedelta(hours=5)  # absurd ages are common; one of sixteen years has been seen in the wild
PASSING = (timedelta(minutes=5), timedelta(minutes=15), HOUR)
LONGEST_PAUSE = timedelta(hours=24)
WITHOUT_VALIDATORS = timedelta(hours=2)  # each answer is the whole document
JITTER = 0.1  # of the wait, later only
OFFSET = 0.25  # of the interval, once, so that feeds that were configured together do not stay together


class Trouble(StrEnum):
    """Why a feed could not be had, as far as that decides when to ask again."""

    PASSING = "passing"  # time-outs, name look-ups, 5xx, documents that cannot be read: most of it is short
    REFUSED = "refused"  # 404, 401, 403 and their like: it takes a person, or a day
    LIMITED = "limited"  # 429, 503: the server wants fewer questions
    GONE = "gone"  # 410: no question at all


def after_success(
    now: datetime, every: timedelta, *, hint: timedelta | None, validators: bool, first: bool, seed: str
) -> datetime:
    """`hint`: how long the answer stays fresh. `validators`: whether the server gave something to ask with."""
    least = max(every, min(hint or timedelta(0), LONGEST_HINT), timedelta(0) if validators else WITHOUT_VALIDATORS)
    offset = every * OFFSET * _draw(seed) if first else timedelta(0)
    return now + _jittered(least, f"{seed}:{now.isoformat()}") + offset


def after_failure(
    now: datetime,
    every: timedelta,
    *,
    trouble: Trouble,
    failures: int,
    since: datetime,
    retry_after: timedelta | None,
    seed: str,
) -> datetime | None:
    """`failures` in a row, the first of them at `since`. None: never by ourselves."""
    if trouble is Trouble.GONE:
        return None
    due = now + _jittered(_pause(trouble, failures, now - since, every, retry_after), f"{seed}:{now.isoformat()}")
    return due if retry_after is None else max(due, now + retry_after)


def _pause(
    trouble: Trouble, failures: int, lasted: timedelta, every: timedelta, retry_after: timedelta | None
) -> timedelta:
    """Soon at first where most failures are short; elsewhere an hour longer than it has lasted, which doubles the wait
    each time and does not care how often a person asked in between."""
    if trouble is Trouble.PASSING:
        return PASSING[failures - 1] if failures <= len(PASSING) else max(every, PASSING[-1])
    if trouble is Trouble.LIMITED and retry_after is not None:
        return max(every, retry_after)
    return max(every, min(lasted + HOUR, LONGEST_PAUSE))


def _jittered(wait: timedelta, seed: str) -> timedelta:
    return wait * (1 + JITTER * _draw(seed))


def _draw(seed: str) -> float:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 0xFFFFFFFF
