"""What is to go wrong in one simulated run, as a value.

Enters: nothing. Leaves: Schedules. The same Schedule in the same World gives the same Run, to the byte.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from tests.proof.net import Fault

Faults = tuple[Fault | None, ...]
Habits = tuple[tuple[str, float | str], ...]  # an attribute of the pretend service, or `keys` → how it is today


@dataclass(frozen=True, slots=True)
class Plan:
    """For one network. `faults`: for the first publishing request, and for publishing and reading requests after it.
    `anywhere`: number of any request to the service → its fault. `habits`: how the service is today."""

    faults: Faults = ()
    anywhere: tuple[tuple[int, Fault], ...] = ()
    habits: Habits = ()

    def __str__(self) -> str:
        faults = ", ".join(str(fault or "ok") for fault in self.faults)
        anywhere = ", ".join(f"{number}: {fault}" for number, fault in self.anywhere)
        habits = ", ".join(f"{name} {value}" for name, value in self.habits)
        return f"faults [{faults}] anywhere [{anywhere}]" + (f" habits [{habits}]" if habits else "")


@dataclass(frozen=True, slots=True)
class Around:
    """What befalls all networks at once. `polls`: faults of the next requests for the feed. `appears`: when posts
    appear, from the beginning. `steps`: before which Pass the clock is moved, and by how much. `answers`: how long a
    person needs to look and to answer truthfully what they are asked; None: nobody does."""

    polls: Faults = ()
    appears: tuple[timedelta, ...] = ()
    steps: tuple[tuple[int, timedelta], ...] = ()
    answers: timedelta | None = None

    def __str__(self) -> str:
        polls = ", ".join(str(fault or "ok") for fault in self.polls)
        appears = ", ".join(map(str, self.appears))
        steps = ", ".join(f"{number}: {by}" for number, by in self.steps)
        return f"polls [{polls}] appears [{appears}] clock [{steps}] answers {self.answers}"


NOTHING = Around()


@dataclass(frozen=True, slots=True)
class Schedule:
    """`crashes`: after how many steps of a life it ends, and how long nobody is there then. `faults` and `anywhere`
    are of the first network; `others` is what befalls the networks after it."""

    faults: Faults = ()
    crashes: tuple[tuple[int, timedelta], ...] = ()
    anywhere: tuple[tuple[int, Fault], ...] = ()
    seed: int = 0
    habits: Habits = ()
    others: tuple[Plan, ...] = field(default=())
    around: Around = NOTHING

    @property
    def plans(self) -> tuple[Plan, ...]:
        return (Plan(self.faults, self.anywhere, self.habits), *self.others)

    def __str__(self) -> str:
        crashes = ", ".join(f"({step}, {downtime})" for step, downtime in self.crashes)
        around = f" {self.around}" if self.around != NOTHING else ""
        return f"{' | '.join(map(str, self.plans))} crashes [{crashes}] seed {self.seed}{around}"
