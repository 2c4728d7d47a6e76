"""Schedules drawn from seeds; and that a seed is all there is to know about a run."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.proof.cast import HERE, PARTS
from tests.proof.drawing import CASTS, cast_of, drawn, wide
from tests.proof.playing import play, play_wide
from tests.proof.weather import ORDINARY_FOR, ROUND, Weather, play_weather, weather_of
from tests.proof.world import World

TWICE = 12
SEEDS_EACH = 12
WIDE = 12
_DIGESTS = """
import json, sys
from tests.proof.test_drawn import digests, wide_digests
print(json.dumps([*digests(sys.argv[1], int(sys.argv[2])), *wide_digests()]))
"""


def digests(name: str, seeds: int) -> list[str]:
    """Of everything that happened, in order and with its times."""
    with World(name) as world:
        logs = ["\n".join(world.run(drawn(seed)).log) for seed in range(seeds)]
    assert min(len(log) for log in logs) > 100
    return [hashlib.sha256(log.encode()).hexdigest() for log in logs]


def wide_digests() -> list[str]:
    """One for each World of wide schedules."""
    found = []
    for seed, cast in enumerate(CASTS):
        with World(*cast.names, posts=cast.posts, threads=cast.threads) as world:
            found.append("\n".join(world.run(wide(seed)).log))
    assert min(len(log) for log in found) > 100
    return [hashlib.sha256(log.encode()).hexdigest() for log in found]


@pytest.mark.parametrize("name", HERE)
def test_no_drawn_schedule_doubles_or_loses_anything(name: str) -> None:
    tally = play(name, range(10_000, 10_000 + SEEDS_EACH))
    assert tally.few == []
    assert tally.played == SEEDS_EACH


def test_no_wide_schedule_doubles_or_loses_anything() -> None:
    """Several networks and posts, threads, polls, a clock that is moved, a person who answers, in one World."""
    tally = play_wide(range(30_000, 30_000 + WIDE))
    assert tally.few == []
    assert tally.owed.total() > WIDE


def test_wide_schedules_hold_all_that_can_go_on() -> None:
    around = [wide(seed).around for seed in range(200)]
    assert all(any(getattr(one, name) for one in around) for name in ("polls", "appears", "steps", "answers"))
    assert any(by < timedelta(days=-300) for one in around for _, by in one.steps)
    assert {cast_of(seed) for seed in range(200)} == set(CASTS)


def test_most_schedules_of_a_million_meet_ordinary_weather_and_each_weather_has_all_its_networks() -> None:
    met = Counter(weather_of(seed) for seed in range(10_000))
    assert met == {Weather.ORDINARY: 9_890, Weather.STORM: 100, Weather.EVERYWHERE: 10}
    tallies = play_weather(range(50_000, 50_000 + ROUND))
    assert {weather: tally.few for weather, tally in tallies.items()} == {weather: [] for weather in Weather}
    assert sum(tally.played for tally in tallies.values()) == ROUND
    assert set(tallies[Weather.ORDINARY].owed) == {PARTS[name].kind for name in ORDINARY_FOR}


@pytest.mark.parametrize("name", [name for name in ("mastodon", "tumblr") if name in HERE])
def test_two_posts_of_one_network_stay_two(name: str) -> None:
    tally = play(name, range(20_000, 20_000 + SEEDS_EACH), posts=2)
    assert tally.few == []


@pytest.mark.needs("mastodon")
def test_the_same_seed_gives_the_same_run_to_the_byte() -> None:
    once = digests("mastodon", TWICE)
    assert len(set(once)) > TWICE * 2 // 3, "the seeds make no difference"
    assert digests("mastodon", TWICE) == once


@pytest.mark.needs("tumblr")
def test_another_process_gives_the_same_runs() -> None:
    """Nothing comes from the machine: not from its clock, its random numbers, or the hashes of its strings."""
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", _DIGESTS, "tumblr", "2"], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [*digests("tumblr", 2), *wide_digests()]


@pytest.mark.slow
@pytest.mark.parametrize("name", HERE)
def test_a_thousand_seeds_give_the_same_runs_twice(name: str) -> None:
    assert digests(name, 1_000 // len(HERE) + 1) == digests(name, 1_000 // len(HERE) + 1)


@pytest.mark.needs("bluesky")
def test_a_run_leaves_nothing_for_the_next_one() -> None:
    with World("bluesky") as world:
        alone = world.run(drawn(1)).log
        for seed in (2, 3):
            world.run(replace(drawn(seed), seed=99))
        assert world.run(drawn(1)).log == alone
