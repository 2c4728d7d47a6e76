"""How tests play schedules: the verdict over many, with the first few that broke something in words.

Enters: the name of a part, or a World. Leaves: a Tally; what is broken is told with the schedule that shows it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.proof.drawing import CASTS, drawn, wide
from tests.proof.judge import verdict, was_asked
from tests.proof.plan import Schedule
from tests.proof.record import Run
from tests.proof.schedules import Explorer
from tests.proof.world import World

FEW = 5


@dataclass(slots=True)
class Tally:
    played: int = 0
    runs: int = 0  # of the program; schedules that come to the same run share it
    delivered: int = 0
    owed: Counter[str] = field(default_factory=Counter)  # deliveries, by network
    asked_of: Counter[str] = field(default_factory=Counter)  # those that a person was asked about
    broken: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return self.asked_of.total()

    def add(self, other: "Tally") -> None:
        self.played += other.played
        self.runs += other.runs
        self.delivered += other.delivered
        self.owed += other.owed
        self.asked_of += other.asked_of
        self.broken += other.broken

    def times(self, often: int) -> "Tally":
        """As if all of it had been played so often, which need not be done."""
        owed = Counter({network: number * often for network, number in self.owed.items()})
        asked = Counter({network: number * often for network, number in self.asked_of.items()})
        return Tally(self.played * often, self.runs, self.delivered * often, owed, asked, self.broken)

    def note(self, world: World, schedule: Schedule, run: Run) -> None:
        self.played += 1
        self.runs += 1
        self.owed += Counter(row.network for row in run.rows)
        self.asked_of += Counter(row.network for row in run.rows if was_asked(row))
        self.delivered += sum(row.state == "delivered" for row in run.rows)
        self.broken += [f"{' '.join(world.names)}: {sentence}: {schedule}" for sentence in verdict(run, world.parts)]

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


def play_wide(seeds: Iterable[int]) -> Tally:
    """Each in the World that it was drawn for; seeds of one World after the other, since making one takes long."""
    tally, mine = Tally(), list(seeds)
    for number, cast in enumerate(CASTS):
        with World(*cast.names, posts=cast.posts, threads=cast.threads) as world:
            for seed in mine:
                if seed % len(CASTS) == number:
                    tally.note(world, wide(seed), world.run(wide(seed)))
    return tally


def _runs(world: World, seeds: Iterable[int]) -> Iterator[tuple[Schedule, Run]]:
    for seed in seeds:
        schedule = drawn(seed)
        yield schedule, world.run(schedule)
