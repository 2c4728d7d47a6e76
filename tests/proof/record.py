"""What happened in one simulated run.

Enters: what the World notes while it plays. Leaves: a Run, for the judge and for whoever wants to know why.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.proof.net import Sent
from tests.proof.oracle import Row
from tests.proof.situation import Situation
from tests.proof.snapshot import Snapshot

DONE_OR_WAITS = ("delivered", "ask", "held", "failed", "skipped", "handoff")


@dataclass(frozen=True, slots=True)
class Step:
    """A point at which a life can end, and what lies there for the next one if something has become durable."""

    name: str
    durable: int
    observed: int
    situation: Situation | None


@dataclass(slots=True)
class Run:
    log: list[str] = field(default_factory=list)
    told: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    sent: dict[str, list[Sent]] = field(default_factory=dict)  # by network, as are the copies
    copies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    lives: list[list[Step]] = field(default_factory=list)
    met: list[tuple[int, Situation]] = field(default_factory=list)  # observed requests after all planned incidents
    broken: list[str] = field(default_factory=list)  # what the guard saw
    passes: int = 0
    ended: datetime | None = None
    crashes_left: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)  # one for each Pass of the last life, if it was watched

    def copied(self) -> "Run":
        """What has happened so far, to go on from; of what is noted at the end there is nothing yet."""
        lives = [list(life) for life in self.lives]
        return Run(list(self.log), list(self.told), lives=lives, broken=list(self.broken), passes=self.passes)

    @property
    def unsettled(self) -> list[Row]:
        return [row for row in self.rows if row.state not in DONE_OR_WAITS]

    def before(self, observed: int, steps: int) -> Snapshot | None:
        """The last one before the request of this number, or the step of this number, of the last life."""
        fit = [one for one in self.snapshots if one.observed <= observed and one.steps < max(steps, 1)]
        return fit[-1] if fit else None
