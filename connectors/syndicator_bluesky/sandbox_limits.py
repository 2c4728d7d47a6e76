"""The rate limits of the pretend PDS: points per window, and the headers that tell."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from syndicator_bluesky.sandbox_accounts import Problem


@dataclass(frozen=True, slots=True)
class Window:
    points: int
    seconds: int


REPO, LOGIN, UPLOAD = Window(5000, 3600), Window(30, 300), Window(1000, 86400)


class Limits:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._spent: dict[tuple[str, str], tuple[int, float]] = {}

    def spend(self, what: str, who: str, points: int, window: Window) -> dict[str, str]:
        """Take points; return the headers. Raises the 429 when they do not suffice."""
        spent, ends = self._spent.get((what, who), (0, 0.0))
        if ends <= self._now():
            spent, ends = 0, self._now() + window.seconds
        spent += points
        self._spent[what, who] = (spent, ends)
        headers = {
            "RateLimit-Limit": str(window.points),
            "RateLimit-Remaining": str(max(window.points - spent, 0)),
            "RateLimit-Reset": str(math.ceil(ends)),  # epoch seconds, not seconds to wait
            "RateLimit-Policy": f"{window.points};w={window.seconds}",
        }
        if spent > window.points:
            wait = {"Retry-After": str(math.ceil(ends - self._now()))}
            raise Problem(429, "RateLimitExceeded", "Rate Limit Exceeded", {**headers, **wait})
        return headers
