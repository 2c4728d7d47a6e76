"""All schedules of so many faults and crashes.

Enters: a World. Leaves: schedules, each with its Run. Incidents are put one after the other, each wherever the run
before it offers a place: at a publishing request or a reading one that follows it, or after something has become
durable. Within the bounds nothing is left out but what cannot make a difference:

- faults that leave the same at the service and show the same to the client are one; which of them stands for all goes
  round, so that each has its turn;
- a process that dies with nothing durable done since its last chance to die leaves what the last chance left;
- an incident that meets a Situation which it has met before, with as many to follow, is not played again.

The last of these is right as far as a Situation holds all that matters. Of times it holds between which of the rules'
bounds they lie, so two that differ by minutes count as one; `thorough` tells them apart on a finer grid, and plays each
kind of fault. `test_pruning.py` plays everything, and compares what is left at the end.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import cycle

from tests.proof.cast import Part
from tests.proof.net import Fault
from tests.proof.plan import Schedule
from tests.proof.record import Run
from tests.proof.snapshot import Snapshot
from tests.proof.world import World

DOWNTIMES = (timedelta(0), timedelta(minutes=5), timedelta(hours=2), timedelta(hours=26))
CLASSES: tuple[tuple[Fault, ...], ...] = (
    (Fault.REFUSED,),  # definitely not published
    (Fault.LIMITED,),  # and told when to come back, which makes all rest
    (Fault.RESET, Fault.FAILED),  # not published, and nobody knows
    (Fault.PORTAL,),  # and it looks like a yes
    (Fault.LOST, Fault.SILENT, Fault.DONE_503),  # published, and nobody knows
    (Fault.LATE,),  # published later, and nobody knows
    (Fault.CUT,),  # published, and only that is known
)
Left = tuple[int, int]  # faults and crashes that may follow
EACH: tuple[tuple[Fault, ...], ...] = tuple((fault,) for fault in Fault)


@dataclass(slots=True)
class Explorer:
    world: World
    thorough: bool = False
    pruned: bool = True  # False: every incident at every place, to see that nothing is missed
    known: dict[Hashable, set[Left]] = field(default_factory=dict)
    turns: list[Iterator[Fault]] = field(init=False)
    part: Part = field(init=False)

    def __post_init__(self) -> None:
        self.part = next(iter(self.world.parts.values()))
        self.turns = [cycle(choice) for choice in (EACH if self.thorough else CLASSES)]

    def explore(self, faults: int, crashes: int) -> Iterator[tuple[Schedule, Run]]:
        """Every schedule of at most so many faults and crashes; the shorter ones first, so that a Situation is met
        while the most is still to follow."""
        waiting: deque[tuple[Schedule, Left, Snapshot | None]] = deque([(Schedule(), (faults, crashes), None)])
        while waiting:
            schedule, left, begin = waiting.popleft()
            self.world.watch = any(left)
            run = self.world.run(schedule, begin)
            yield schedule, run
            waiting.extend(self._longer(schedule, run, left))

    def _longer(self, schedule: Schedule, run: Run, left: Left) -> Iterator[tuple[Schedule, Left, Snapshot | None]]:
        faults, crashes = left
        if faults:
            rest = (faults - 1, crashes)
            yield from ((longer, rest, begin) for longer, begin in self._with_fault(schedule, run, rest))
        if crashes:
            rest = (faults, crashes - 1)
            yield from ((longer, rest, begin) for longer, begin in self._with_crash(schedule, run, rest))

    def _with_fault(self, schedule: Schedule, run: Run, left: Left) -> Iterator[tuple[Schedule, Snapshot | None]]:
        """At every request of the last life that comes after all incidents there were."""
        before = schedule.faults
        for place, situation in run.met:
            for kind, turn in enumerate(self.turns):
                if self._is_new((kind, situation.during(self.part, fine=self.thorough)), left):
                    gap = (None,) * (place - len(before))
                    yield replace(schedule, faults=(*before, *gap, next(turn))), run.before(place, len(run.lives[-1]))

    def _with_crash(self, schedule: Schedule, run: Run, left: Left) -> Iterator[tuple[Schedule, Snapshot | None]]:
        for number, step in enumerate(run.lives[-1]):
            if step.situation is None or step.situation.is_over:
                continue
            for downtime in DOWNTIMES:
                found = step.situation.after(downtime, self.part, fine=self.thorough)
                if self._is_new(("crash", found), left):
                    longer = replace(schedule, crashes=(*schedule.crashes, (number + 1, downtime)))
                    yield longer, run.before(step.observed, number + 1)

    def _is_new(self, incident: Hashable, left: Left) -> bool:
        """Whether it has not been played with at least as much to follow."""
        if not self.pruned:
            return True
        played = self.known.setdefault(incident, set())
        if any(faults >= left[0] and crashes >= left[1] for faults, crashes in played):
            return False
        played.add(left)
        return True
