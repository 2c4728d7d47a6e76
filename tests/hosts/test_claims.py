"""Claims: kept while they are wanted, given back when not, and never thought to be held when they are not."""

from collections.abc import Collection
from datetime import timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.connector import Retryable
from syndicator.errors import LedgerError
from syndicator.lateness import PATIENCE, in_time
from syndicator.ledger.claims import LEDGER, Claim, Everything, Shared, feed, network, signature

BLOG, MASTODON, TUMBLR = feed("blog"), network("mastodon"), network("tumblr")


class Server:
    """Who holds what, as a server would know it."""

    def __init__(self) -> None:
        self.holders: dict[Claim, object] = {}


class FakeLocks:
    def __init__(self, server: Server) -> None:
        self.server = server

    def take(self, claims: Collection[Claim]) -> set[Claim]:
        return {claim for claim in claims if self.server.holders.setdefault(claim, self) is self}

    def give_back(self, claims: Collection[Claim]) -> None:
        for claim in claims:
            assert self.server.holders.pop(claim) is self

    def held(self, claims: Collection[Claim]) -> set[Claim]:
        return {claim for claim in claims if claim == LEDGER or self.server.holders.get(claim) is self}


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def mine(server: Server) -> Shared:
    return Shared(FakeLocks(server))


@pytest.fixture
def other(server: Server) -> Shared:
    return Shared(FakeLocks(server))


def test_who_comes_first_has_it_and_the_other_knows(mine: Shared, other: Shared) -> None:
    assert mine.take([BLOG, MASTODON])
    assert other.take([BLOG, MASTODON, TUMBLR])
    assert mine.holds(MASTODON)
    assert not other.holds(MASTODON)
    assert other.holds(TUMBLR)
    assert other.elsewhere == {BLOG, MASTODON}


def test_a_claim_is_kept_for_as_long_as_it_is_wanted(mine: Shared, other: Shared) -> None:
    mine.take([MASTODON])
    assert not mine.take([MASTODON])
    other.take([MASTODON])
    assert mine.holds(MASTODON)


def test_what_is_not_wanted_any_more_is_given_back(mine: Shared, other: Shared) -> None:
    mine.take([MASTODON, TUMBLR])
    mine.take([TUMBLR])
    other.take([MASTODON])
    assert other.holds(MASTODON)
    assert not mine.holds(MASTODON)


def test_nothing_is_sent_on_a_claim_that_was_never_taken(mine: Shared) -> None:
    mine.take([TUMBLR])
    with pytest.raises(LedgerError, match="network mastodon"):
        mine.ensure(MASTODON)


def test_a_claim_that_the_server_has_forgotten_stops_everything(mine: Shared, server: Server) -> None:
    mine.take([MASTODON, TUMBLR])
    del server.holders[TUMBLR]
    with pytest.raises(LedgerError, match="network tumblr"):
        mine.ensure(MASTODON)
    with pytest.raises(LedgerError):
        mine.take([MASTODON, TUMBLR])
    assert TUMBLR not in server.holders


def test_what_is_borrowed_is_given_back(mine: Shared, other: Shared, server: Server) -> None:
    mine.take([MASTODON])
    other.take([BLOG])
    with mine.borrow([MASTODON, TUMBLR, BLOG]) as ours:
        assert ours == {MASTODON, TUMBLR}
        assert not mine.holds(TUMBLR)
    assert TUMBLR not in server.holders
    assert mine.holds(MASTODON)


def test_with_a_file_everything_is_ours() -> None:
    claims = Everything()
    assert not claims.take([MASTODON])
    claims.ensure(MASTODON)
    assert claims.holds(TUMBLR)
    with claims.borrow([BLOG]) as ours:
        assert ours == {BLOG}
    assert claims.elsewhere == frozenset()


def test_the_number_of_the_process_survives_a_long_name() -> None:
    long = signature(f"{'h' * 64}:12345")
    assert len(long) == 63
    assert long.startswith("syndicator h")
    assert long.endswith("h:12345")


@pytest.mark.parametrize("passed", [timedelta(0), PATIENCE])
def test_a_request_that_is_in_time_is_made(passed: timedelta) -> None:
    clock = ManualClock()
    intended = clock.now()
    clock.advance(passed)
    assert in_time(clock, intended, lambda: "sent") == "sent"


@pytest.mark.parametrize("passed", [PATIENCE + timedelta(seconds=1), -timedelta(seconds=1)])
def test_a_request_that_comes_late_is_not_made(passed: timedelta) -> None:
    clock, requests = ManualClock(), []
    with pytest.raises(Retryable, match="nothing was sent"):
        in_time(clock, clock.now() - passed, lambda: requests.append("sent"))
    assert requests == []
