"""What each of very many schedules is to meet: most of them ordinary weather, some a storm, a few a storm everywhere.

Enters: seeds. Leaves: a Tally for each Weather. The same seed meets the same. Storms are where the rules are tried
hardest, and take fifty times as long; ordinary weather is what a delivery meets in its life.
"""

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

from tests.proof.cast import HERE
from tests.proof.mild import mild
from tests.proof.playing import Tally, play, play_wide

ORDINARY_FOR = tuple(
    name
    for name in ("bluesky", "mastodon", "mastodon-4.5", "gotosocial", "tumblr", "linkedin", "medium")
    if name in HERE
)
ROUND = 1000  # of so many seeds the first is for all networks, and some after it for one
STORMS = 10


class Weather(StrEnum):
    ORDINARY = "ordinary"  # a publishing request in a hundred gets no clear answer, a process in a thousand dies
    STORM = "storm"  # on one network: up to eight faults, up to four crashes
    EVERYWHERE = "everywhere"  # on several networks, threads, feed, clock, and a person who answers


def weather_of(seed: int) -> Weather:
    place = seed % ROUND
    if place == 0:
        return Weather.EVERYWHERE
    return Weather.STORM if place <= STORMS else Weather.ORDINARY


def play_weather(seeds: Iterable[int]) -> dict[Weather, Tally]:
    """Each in its World; seeds of one World after the other, since making one takes long."""
    tallies = {weather: Tally() for weather in Weather}
    wide, narrow = [], defaultdict(list)
    for seed in seeds:
        weather = weather_of(seed)
        if weather is Weather.EVERYWHERE:
            wide.append(seed // ROUND)
        else:
            names = HERE if weather is Weather.STORM else ORDINARY_FOR
            narrow[weather, names[seed % len(names)]].append(seed)
    for (weather, name), mine in narrow.items():
        tallies[weather].add(play(name, mine) if weather is Weather.STORM else mild(name, mine))
    tallies[Weather.EVERYWHERE].add(play_wide(wide))
    return tallies
