"""How tests play schedules: the verdict over many, with the first few that broke something in words.

Enters: the name of a part, or a World. Leaves: a Tally; what is broken is told with the schedule that shows it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.proof.judge import asks, verdict
from tests.proof.schedules import Explorer, drawn
from tests.proof.world import Run, Schedule, World

FEW = 5


@dataclass(slots=True)
class Tally:
    played: int = 0
    asked: int = 0
    delivered: int = 0
    broken: list[str] = field(default_factory=list)

    def note(self, world: World, schedule: Schedule, run: Run) -> None:
        self.played += 1
        self.asked += asks(run)
        self.delivered += sum(row.state == "delivered" for row in run.rows)
        self.broken += [f"{world.name}: {sentence}: {schedule}" for sentence in verdict(run, world.part)]

    @property
    def few(self) -> list[str]:
        return self.broken[:FEW]


def exhaust(name: str, faults: int, crashes: int, *, thorough: bool = False) -> Tally:
    tally = Tally()
    with World(name, watch=True) as world:
        for schedule, run in Explorer(world, thorough).explore(faults, crashes):
            tally.note(world, schedule, run)
    return tally


def play(name: str, seeds: Iterable[int], *, posts: int = 1) -> Tally:
    tally = Tally()
    with World(name, posts=posts) as world:
        for schedule, run in _runs(world, seeds):
            tally.note(world, schedule, run)
    return tally


def _runs(world: World, seeds: Iterable[int]) -> Iterator[tuple[Schedule, Run]]:
    for seed in seeds:
        schedule = drawn(seed)
        yield schedule, world.run(schedule)
