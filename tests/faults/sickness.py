"""How a network can be sick for a week: what it does to one request, in simulated time.

Enters: drawn numbers and a "METHOD /path". Leaves: how many seconds it takes, and what comes in place of the service's
own answer, if anything does.
"""

import random
from collections.abc import Callable

from syndicator.sandbox.service import Reply

DEADLINE = 60.0  # seconds after which the program ends a request

Happens = tuple[float, Reply | Exception | None]  # seconds, and what comes in place of the service's answer
Habit = Callable[[random.Random, str], Happens]


def healthy(draw: random.Random, line: str) -> Happens:
    return 0.2, None


def down(draw: random.Random, line: str) -> Happens:
    """Nobody answers at its address: sometimes the kernel says so, sometimes nobody does."""
    return draw.choice(((0.01, ConnectionRefusedError(111, "Connection refused")), (10.0, TimeoutError("timed out"))))


def silent(draw: random.Random, line: str) -> Happens:
    """It accepts, and says nothing until the deadline."""
    return DEADLINE, ReadingStopped("timed out")


def slow(draw: random.Random, line: str) -> Happens:
    """All goes well, and each request takes nearly as long as it may."""
    return draw.uniform(40, 58), None


def hostile(draw: random.Random, line: str) -> Happens:
    """Every sort of answer but a good one, at any speed."""
    page = Reply(200, b"<!doctype html><p>Please log in</p>", {"Content-Type": "text/html"})
    limited = Reply(429, {"error": "slow down"}, {"Retry-After": draw.choice(("soon", "-1", "0", "1", "60"))})
    wrong: tuple[Reply | Exception, ...] = (
        page,
        limited,
        Reply(500, b"<h1>Oops</h1>"),
        Reply(503, b"", {"Retry-After": "1"}),
        ReadingStopped("reset"),
        ReadingStopped("timed out"),
    )
    return draw.choice((0.1, 20.0, DEADLINE)), draw.choice(wrong)


class ReadingStopped(ConnectionResetError):
    """After the request had left."""
