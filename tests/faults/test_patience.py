"""A service that asks for patience gets it, in whatever words it asks, and nobody else waits for it.

F-16: more than forty wishes over a real socket. A wait is as long as was wished, but a second at least and a day at
most; until it is over, not one connection is made to that service.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from syndicator.ledger.states import State
from tests.conftest import is_here
from tests.faults import toxics
from tests.faults.ground import IDENTITY, SECOND, Faulty, faulty
from tests.system.pass_ground import PUBLISHING

pytestmark = pytest.mark.needs("mastodon", "bluesky")

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86_400 * SECOND
UNREADABLE = 5 * MINUTE  # where no time is named, the service counts as down, and is looked at again after this

# Header, value, wait. {…} is replaced: a moment so many seconds ahead, in one of the ways in which moments are written.
WISHES: tuple[tuple[str, str, timedelta], ...] = (
    ("Retry-After", "1", SECOND),
    ("Retry-After", "90", 90 * SECOND),
    ("Retry-After", " 90 ", 90 * SECOND),
    ("Retry-After", "090", 90 * SECOND),
    ("Retry-After", "+90", 90 * SECOND),
    ("Retry-After", "1.5", 1.5 * SECOND),
    ("Retry-After", "90.", 90 * SECOND),
    ("Retry-After", "3600", HOUR),
    ("Retry-After", "86400", DAY),
    ("Retry-After", "0", SECOND),
    ("Retry-After", "-5", SECOND),
    ("Retry-After", "-0.0", SECOND),
    ("Retry-After", "86401", DAY),
    ("Retry-After", "315360000", DAY),
    ("Retry-After", "9" * 18, DAY),
    ("Retry-After", "{imf:600}", 600 * SECOND),
    ("Retry-After", "{rfc850:600}", 600 * SECOND),
    ("Retry-After", "{asctime:600}", 600 * SECOND),
    ("Retry-After", "{zone:600}", 600 * SECOND),
    ("Retry-After", "{imf:-600}", SECOND),
    ("Retry-After", "{imf:-315360000}", SECOND),
    ("Retry-After", "{imf:0}", SECOND),
    ("Retry-After", "{imf:86400}", DAY),
    ("Retry-After", "{imf:315360000}", DAY),
    ("Retry-After", "{iso:600}", 600 * SECOND),
    ("Retry-After", "", UNREADABLE),
    ("Retry-After", "soon", UNREADABLE),
    ("Retry-After", "9" * 5000, UNREADABLE),
    ("Retry-After", "90 seconds", UNREADABLE),
    ("Retry-After", "1e9", UNREADABLE),
    ("Retry-After", "0x10", UNREADABLE),
    ("Retry-After", "nan", UNREADABLE),
    ("Retry-After", "inf", UNREADABLE),
    ("Retry-After", "-inf", UNREADABLE),
    ("Retry-After", "٣", UNREADABLE),
    ("Retry-After", "90, 120", UNREADABLE),
    ("Retry-After", "Thu, 99 Jan 2026 99:99:99 GMT", UNREADABLE),
    ("Retry-After", "Fri, 31 Dec 9999 23:00:00 -2359", UNREADABLE),
    ("X-RateLimit-Reset", "{iso:600}", 600 * SECOND),
    ("X-RateLimit-Reset", "{isozone:600}", 600 * SECOND),
    ("X-RateLimit-Reset", "{epoch:600}", 600 * SECOND),
    ("X-RateLimit-Reset", "{epoch:-600}", SECOND),
    ("X-RateLimit-Reset", "{epoch:315360000}", DAY),
    ("X-RateLimit-Reset", "300", 300 * SECOND),
    ("X-RateLimit-Reset", "0001-01-01T00:00:00+23:59", UNREADABLE),
    ("RateLimit-Reset", "300", 300 * SECOND),
    ("RateLimit-Reset", "{epoch:600}", 600 * SECOND),
    ("RateLimit-Reset", "1e400", UNREADABLE),
)
_WAYS: dict[str, Callable[[datetime], str]] = {
    "imf": lambda at: format_datetime(at, usegmt=True),
    "rfc850": lambda at: at.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda at: at.strftime("%a %b %e %H:%M:%S %Y"),
    "zone": lambda at: (at + HOUR).strftime("%a, %d %b %Y %H:%M:%S +0100"),
    "iso": lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "isozone": lambda at: (at + HOUR).strftime("%Y-%m-%dT%H:%M:%S+01:00"),
    "epoch": lambda at: str(int(at.timestamp())),
}


def written(value: str, now: datetime) -> str:
    if not value.startswith("{"):
        return value
    way, _, seconds = value.strip("{}").partition(":")
    return _WAYS[way](now.astimezone(UTC) + int(seconds) * SECOND)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """One post is owed to both networks; Mastodon gets it when no wish is left."""
    patient = {"best_before": "never", "give_up": "never"}
    with faulty(tmp_path_factory.mktemp("ground"), "mastodon", "bluesky", defaults=patient) as made:
        _refuse(made, "Retry-After", "1")
        made.publish("walk")
        made.walk()
        made.later(SECOND)
        yield made


def _refuse(ground: Faulty, header: str, value: str) -> None:
    answer = toxics.answer(429, {"error": "Too many requests"}, {header: value})
    ground.spoil("mastodon", answer, IDENTITY["mastodon"])


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(set(WISHES)) >= 40


@pytest.mark.parametrize(("header", "value", "wait"), WISHES, ids=[f"{h} {v[:40]}" for h, v, _ in WISHES])
def test_the_wish_of_a_service_is_kept(ground: Faulty, header: str, value: str, wait: timedelta) -> None:
    """F-16: the pre-flight is refused, so nothing is burnt either."""
    with ground.ledger() as ledger:
        ledger.set_network("mastodon", "ok")  # one that is down for long is looked at more seldom
    begin = ground.clock.now()
    _refuse(ground, header, written(value, datetime.now(UTC)))  # connectors read dates by the machine's clock
    ground.walk(by_hand=False)
    row, until = ground.delivery("mastodon"), ground.network("mastodon").until
    assert (row.state, row.attempts) == (State.READY, 0)
    assert until is not None
    assert abs(until - begin - wait) <= (2 * SECOND if value.startswith("{") else timedelta(0))
    came = ground.proxies["mastodon"].connections
    ground.later(until - begin - timedelta(milliseconds=1))
    ground.walk(by_hand=False)
    assert ground.proxies["mastodon"].connections == came
    ground.later(timedelta(milliseconds=1))


def test_when_the_last_wish_is_over_the_post_goes_out_once(ground: Faulty) -> None:
    """F-16: it has waited through all of them."""
    ground.walk(by_hand=False)
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").attempts) == (State.DELIVERED, 1)
    assert ground.copies_of("mastodon", "walk") == 1


def test_nobody_else_waits(ground: Faulty) -> None:
    """F-16: while one network asks for a day, another gets each post at once."""
    _refuse(ground, "Retry-After", "86400")
    for number in range(3):
        ground.publish(f"other-{number}")
        ground.later(2 * HOUR)
        ground.walk(by_hand=False)
        assert ground.delivery("bluesky", f"other-{number}").state is State.DELIVERED
        assert ground.delivery("mastodon", f"other-{number}").state is State.READY
    ground.later(DAY)
    ground.walk(by_hand=False)
    assert [ground.copies_of("mastodon", f"other-{number}") for number in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("network", sorted(n for n in PUBLISHING if is_here(n)))
@pytest.mark.slow
def test_a_publishing_request_that_is_limited_waits_and_goes_out_once(
    tmp_path_factory: pytest.TempPathFactory, network: str
) -> None:
    """F-16: a promise that nothing was done. By hand the wish holds as well."""
    with faulty(tmp_path_factory.mktemp("ground"), network) as ground:
        begin = ground.clock.now()
        ground.spoil(network, toxics.answer(429, {"error": "Too many requests"}, {"Retry-After": "7200"}))
        ground.publish("walk")
        ground.walk()
        assert ground.delivery(network).state is State.DEFERRED
        came = ground.proxies[network].connections
        for minutes in (1, 30, 80):
            ground.clock.advance(begin + minutes * MINUTE - ground.clock.now())
            ground.walk()
        assert ground.proxies[network].connections == came
        assert ground.settle(network, "walk") is State.DELIVERED
        assert ground.clock.now() >= begin + 2 * HOUR
        assert ground.copies_of(network, "walk") == 1
