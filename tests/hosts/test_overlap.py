"""Many at once on one ledger, and kills over two hosts: one works, the others give way, nothing goes out twice."""

import os
import random
import sys
import time
from collections import Counter

import pytest

from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault, PretendService
from syndicator_bluesky.sandbox import PretendBluesky
from syndicator_mastodon.sandbox import PretendMastodon
from tests.hosts.conftest import Among
from tests.hosts.hosts_ground import Hosts
from tests.system.killing import FAULTS

pytestmark = pytest.mark.needs("mastodon", "bluesky")
SEED = int(os.environ.get("SYNDICATOR_SEED", "20261120"))
CROWD = 20


def cast() -> dict[str, PretendService]:
    """A server that knows no keys, so that nothing but our own care keeps copies single; and one that does."""
    return {"mastodon": PretendMastodon(flavour="gotosocial"), "bluesky": PretendBluesky()}


def crowd(ground: Hosts, names: list[str]) -> Counter[int]:
    """All start at once, while there is something to send; how they end."""
    ground.publish()
    started = [ground.start(name, "run", "--quiet") for name in names]
    return Counter(process.ends() for process in started)


def at_once(ground: Hosts, names: list[str], times: int) -> None:
    ground.run(names[0], "--quiet")
    for _ in range(times):
        ends = crowd(ground, names)
        assert ends[0] >= 1, ground.told()
        assert set(ends) <= {0, 75}, ground.told()
    ground.check()


def test_of_twenty_at_once_on_a_file_one_works(alone: Among) -> None:
    ground = alone(cast())
    at_once(ground, ["a"] * CROWD, 1)
    assert ground.said("a") == ""


@pytest.mark.postgres
def test_of_twenty_hosts_at_once_one_sends(among: Among) -> None:
    at_once(among(cast()), [f"h{n}" for n in range(CROWD - 1)] + ["a"], 1)


@pytest.mark.slow
def test_of_twenty_at_once_on_a_file_one_works_every_time(alone: Among) -> None:
    at_once(alone(cast()), ["a"] * CROWD, 50)


@pytest.mark.slow
@pytest.mark.postgres
def test_of_twenty_hosts_at_once_one_sends_every_time(among: Among) -> None:
    at_once(among(cast()), [f"h{n}" for n in range(CROWD - 1)] + ["a"], 50)


def kill_at_random(ground: Hosts, kills: int, seed: int) -> Counter[int]:
    """Both hosts start together; one of them, or both, are killed at some moment; services misbehave."""
    chance, ends, usual = random.Random(seed), Counter[int](), 0.6
    while ends[-9] < kills:
        if chance.random() < 0.7:
            ground.publish()
        for service in ground.services():
            if chance.random() < 0.4:
                service.fail_next(pattern=service.publishing, **chance.choice(FAULTS))
        ground.later(chance.choice((1, 40, 70, 200, 400)))
        began, started = time.monotonic(), [ground.start(host, "run", "--quiet") for host in ("a", "b")]
        time.sleep(chance.uniform(0, usual * 1.2))
        for process in started if chance.random() < 0.3 else [chance.choice(started)]:
            process.kill()
        codes = [process.ends() for process in started]
        ends.update(codes)
        usual = usual * 1.05 if -9 in codes else 0.5 * usual + 0.5 * (time.monotonic() - began)
    return ends


def settle(ground: Hosts) -> None:
    """No more faults, no more kills: whatever is open comes to its end by itself, on whichever host."""
    for service in ground.services():
        service.calm()
    for n in range(60):
        ground.later(900)
        ground.run("ab"[n % 2], "--quiet")
        if ground.is_all_done():
            return


def kills(ground: Hosts, count: int) -> None:
    ground.run("a", "--quiet")
    ends = kill_at_random(ground, count, SEED)
    settle(ground)
    sys.stdout.write(f"{ends[-9]} kills, {sum(ends.values())} starts, {len(ground.posts)} posts, ends {dict(ends)}\n")
    assert ground.doubled() == {}, SEED
    ground.check()


@pytest.mark.postgres
def test_kills_over_two_hosts_publish_nothing_twice_and_lose_nothing(among: Among) -> None:
    kills(among(cast()), 10)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(3600)
def test_five_hundred_kills_over_two_hosts_publish_nothing_twice_and_lose_nothing(among: Among) -> None:
    kills(among(cast()), 500)


@pytest.mark.postgres
def test_a_reply_lost_on_one_host_is_settled_on_the_other(among: Among) -> None:
    ground = among(cast())
    ground.run("a", "--quiet")
    ground.scene.services["mastodon"].fail_next(Fault.LOSE_REPLY, PretendMastodon.publishing)
    ground.publish()
    ground.run("a", "--quiet")
    assert ground.states()[State.UNKNOWN] == 1
    ground.later(130)
    ground.run("b", "--quiet")
    ground.check()
