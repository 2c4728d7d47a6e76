"""When to try again, and when to give up. Pure: numbers in, times out.

The shape is Postfix's for deferred mail: five minutes, doubling, bounded, and an end after which a person is told.
"""

import hashlib
from datetime import datetime, timedelta

FIRST = timedelta(minutes=5)
LONGEST = timedelta(hours=6)
JITTER = 0.2  # of the wait, either way, so that deliveries of one outage do not come back in step
LONGEST_WISH = timedelta(hours=24)  # a service may ask for more; we come back and ask again


def next_try(now: datetime, attempts: int, key: str, wish: timedelta | None = None) -> datetime:
    """When to try for the `attempts`-th + 1 time: doubling from five minutes, never before the service's wish.

    The jitter is drawn from `key`, so the same history gives the same times.
    """
    doubled = FIRST * 2.0 ** min(max(attempts - 1, 0), 16)
    wait = min(doubled, LONGEST) * (1 + JITTER * _between_minus_one_and_one(key, attempts))
    if wish is not None:
        wait = max(wait, min(wish, LONGEST_WISH))
    return now + wait


def is_over(now: datetime, owed_since: datetime, give_up: timedelta) -> bool:
    """Whether a delivery has been owed for longer than it may be tried."""
    return now - owed_since > give_up


def _between_minus_one_and_one(key: str, attempts: int) -> float:
    drawn = hashlib.sha256(f"{key}:{attempts}".encode()).digest()[:4]
    return int.from_bytes(drawn, "big") / 0xFFFFFFFF * 2 - 1
