"""The last look at the clock before a publishing request is opened.

Enters: when it was written down that a delivery is being sent. Leaves: the request, or a refusal that has certainly
sent nothing. A process that is stopped in between, or whose machine sleeps, may be taken for dead; by the time it goes
on, another host may have settled the delivery and sent it. It decides nothing about what has left already.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from syndicator.clock import Clock
from syndicator.connector import Retryable

PATIENCE = timedelta(seconds=30)  # shorter than any server takes to find out that a connection is dead (claims.py)

T = TypeVar("T")


def in_time(clock: Clock, intended: datetime | None, request: Callable[[], T]) -> T:
    """Raises Retryable when the intent is older than PATIENCE, or lies ahead: then the clock says nothing."""
    passed = clock.now() - intended if intended is not None else timedelta(0)
    if not timedelta(0) <= passed <= PATIENCE:
        seconds = f"{abs(passed).total_seconds():.0f} s"
        raise Retryable(
            f"this host stood still for {seconds} before it could send, or its clock was set; nothing was sent"
        )
    return request()
