"""Ordinary weather: one publishing request in a hundred gets no clear answer, one process in a thousand dies.

Enters: a part, and a seed for each delivery. Leaves: a Tally over all of them. Of a hundred deliveries ninety-nine are
quiet, and a quiet one is the same run each time: it is played once, and counted for all.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import timedelta

from tests.proof.net import Fault
from tests.proof.plan import Schedule
from tests.proof.playing import Tally
from tests.proof.world import World

AMBIGUOUS = 0.01  # of publishing requests; half of them have published
CRASHES = 0.001  # of deliveries
PUBLISHED = (Fault.LOST, Fault.SILENT, Fault.DONE_503, Fault.LATE)
NOT_PUBLISHED = (Fault.RESET, Fault.FAILED)
REQUESTS = 8  # of one delivery; nobody sends as often as that
AWAY = (timedelta(seconds=10), timedelta(minutes=5), timedelta(hours=2))


def mild(name: str, seeds: Iterable[int]) -> Tally:
    with World(name) as world:
        world.net.reading = ""  # reads are well
        quiet = world.run(Schedule())
        steps = len(quiet.lives[0])
        tally, often = Tally(), 0
        for schedule in _drawn(seeds, steps):
            if schedule is None:
                often += 1
            else:
                tally.note(world, schedule, world.run(schedule))
        if often:
            one = Tally()
            one.note(world, Schedule(), quiet)
            tally.add(one.times(often))
    return tally


def _drawn(seeds: Iterable[int], steps: int) -> Iterator[Schedule | None]:
    """A Schedule for each; None for those to which nothing happens."""
    for seed in seeds:
        draw = random.Random(seed)
        faults = tuple(_fault(draw) for _ in range(REQUESTS))
        crashes = ((draw.randrange(1, steps + 1), draw.choice(AWAY)),) if draw.random() < CRASHES else ()
        # Whether the first request fails decides; without it, and without a crash, there is no second one.
        yield Schedule(faults, crashes, seed=seed) if faults[0] or crashes else None


def _fault(draw: random.Random) -> Fault | None:
    if draw.random() >= AMBIGUOUS:
        return None
    return draw.choice(draw.choice((PUBLISHED, NOT_PUBLISHED)))
