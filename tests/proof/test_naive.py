"""The harness bites: what others do doubles posts here, and ours does not, over the very same schedules."""

import sys
from datetime import timedelta

import pytest

from tests.proof.judge import doubles, verdict
from tests.proof.naive import NAIVE
from tests.proof.net import Fault
from tests.proof.plan import Schedule
from tests.proof.schedules import Explorer
from tests.proof.world import World

pytestmark = pytest.mark.needs("mastodon", "tumblr", "linkedin", "medium", "bluesky")

SCHEDULES = [
    *(Schedule((fault,)) for fault in (Fault.LOST, Fault.LATE)),
    *(Schedule(crashes=((step, timedelta(hours=2)),)) for step in range(18, 30, 2)),
]


def doubled(name: str) -> int:
    with World(name) as world:
        return sum(bool(doubles(world.run(schedule))) for schedule in SCHEDULES)


@pytest.mark.parametrize("name", ["mastodon-4.5", "tumblr", "medium-draft"])
@pytest.mark.parametrize("strategy", ["send, then record", "retry blindly", "lease"])
def test_a_naive_strategy_doubles_posts_where_the_service_offers_nothing(name: str, strategy: str) -> None:
    with NAIVE[strategy]():
        assert doubled(name) >= 2


def test_what_linkedin_remembers_does_not_save_who_comes_back_later() -> None:
    with NAIVE["lease"]():
        assert doubled("linkedin") >= 1


def test_a_lease_is_as_long_as_the_key_lives_and_doubles_with_it() -> None:
    with NAIVE["lease"]():
        assert doubled("mastodon") >= 1


@pytest.mark.parametrize("name", ["mastodon-4.5", "tumblr"])
def test_one_hasty_look_doubles_posts(name: str) -> None:
    with NAIVE["one look at once"]():
        assert doubled(name) >= 1


def test_a_record_key_makes_even_a_blind_retry_harmless() -> None:
    with NAIVE["retry blindly"]():
        assert doubled("bluesky") == 0


@pytest.mark.parametrize("name", ["mastodon", "mastodon-4.5", "tumblr", "linkedin", "medium-draft"])
def test_ours_doubles_nothing_over_the_same_schedules(name: str) -> None:
    with World(name) as world:
        assert [found for one in SCHEDULES for found in verdict(world.run(one), world.parts)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mastodon", "mastodon-4.5", "tumblr", "linkedin", "medium", "bluesky"])
def test_over_all_schedules_of_two_faults_and_two_crashes_ours_alone_doubles_nothing(name: str) -> None:
    with World(name, watch=True) as world:
        played = [(schedule, doubles(run)) for schedule, run in Explorer(world).explore(2, 2)]
    assert [schedule for schedule, doubled in played if doubled] == []
    for strategy in NAIVE:
        with NAIVE[strategy](), World(name) as world:
            often = sum(bool(doubles(world.run(schedule))) for schedule, _ in played)
        sys.stderr.write(f"{name}: {strategy}: {often} of {len(played)} schedules doubled\n")
        if name in ("mastodon-4.5", "tumblr", "medium") and strategy != "one look at once":
            assert often > len(played) / 4
