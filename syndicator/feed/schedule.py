"""When to ask a feed again. Pure: times and the server's wishes come in, a time goes out.

Never earlier than the server asked for, never earlier than the owner's interval while all is well, and never in step
with everybody else's full hour.
"""

import hashlib
from datetime import datetime, timedelta

LONGEST_HINT = timedelta(hours=5)  # absurd ages are common; one of sixteen years has been seen in the wild
AFTER_FAILURE = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
JITTER = 0.1  # of the wait, later only


def next_check(
    now: datetime,
    every: timedelta,
    *,
    hint: timedelta | None,
    retry_after: timedelta | None,
    failures: int,
    feed_name: str,
) -> datetime:
    """`hint` is how long the answer stays fresh, `failures` how often in a row the feed could not be had."""
    wait = _after_failure(failures, every) if failures else max(every, _clamped(hint))
    due = now + wait * (1 + JITTER * _draw(f"{feed_name}:{now.isoformat()}"))
    return due if retry_after is None else max(due, now + retry_after)


def _after_failure(failures: int, every: timedelta) -> timedelta:
    """Soon at first, since most failures are short; then no more often than a healthy feed, nor than hourly."""
    if failures <= len(AFTER_FAILURE):
        return AFTER_FAILURE[failures - 1]
    return max(every, AFTER_FAILURE[-1])


def _clamped(hint: timedelta | None) -> timedelta:
    return min(max(hint or timedelta(0), timedelta(0)), LONGEST_HINT)


def _draw(seed: str) -> float:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 0xFFFFFFFF
