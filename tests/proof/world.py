"""One network, one blog, the real program: lives that end in crashes, on one ledger file, with a clock that is moved.

Enters: a Schedule of faults and crashes. Leaves: a Run with everything that happened. The Pass, the ledger on SQLite,
deliver, settle, backoff, health and the connector are the real ones. A crash throws all of them away and leaves what
was written.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.host import Host
from syndicator.http import Http
from syndicator.ledger.ledger import Ledger
from syndicator.registry import Registry
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.stage import write_config
from tests.proof import stagehand
from tests.proof.cast import PARTS
from tests.proof.net import BLOG, SERVICE, Fault, Net, Sent, wire_over
from tests.proof.oracle import Row, rows_of, sending_in
from tests.proof.simulated import machine
from tests.proof.situation import Situation, situation_of

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
START = datetime(2026, 11, 2, 12, tzinfo=UTC)
AT_LEAST = timedelta(seconds=1)  # between two Passes, as the daemon has it
LONGEST = timedelta(days=8)  # simulated, after which everything has to be settled or asked about
MOST_PASSES = 400
DONE_OR_WAITS = ("delivered", "ask", "held", "failed", "skipped", "handoff")
_FILES = ("ledger.db", "epoch.json")


class SimulatedCrash(BaseException):
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """`faults`: for the first publishing request, and for publishing and reading requests after it. `anywhere`: number
    of any request to the service → its fault. `crashes`: after how many steps of a life it ends, and how long nobody is
    there then."""

    faults: tuple[Fault | None, ...] = ()
    crashes: tuple[tuple[int, timedelta], ...] = ()
    anywhere: tuple[tuple[int, Fault], ...] = ()
    seed: int = 0

    def __str__(self) -> str:
        crashes = ", ".join(f"({step}, {downtime})" for step, downtime in self.crashes)
        faults = ", ".join(str(fault or "ok") for fault in self.faults)
        anywhere = ", ".join(f"{number}: {fault}" for number, fault in self.anywhere)
        return f"faults [{faults}] anywhere [{anywhere}] crashes [{crashes}] seed {self.seed}"


@dataclass(frozen=True, slots=True)
class Step:
    """A point at which a life can end, and what lies there for the next one if something has become durable."""

    name: str
    durable: int
    observed: int
    situation: Situation | None


@dataclass(slots=True)
class Run:
    """What happened."""

    log: list[str] = field(default_factory=list)
    told: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    copies: list[dict[str, Any]] = field(default_factory=list)
    lives: list[list[Step]] = field(default_factory=list)
    met: list[tuple[int, Situation]] = field(default_factory=list)  # observed requests after all planned incidents
    broken: list[str] = field(default_factory=list)  # what the guard saw
    observed: int = 0  # requests that a fault could have met
    passes: int = 0
    ended: datetime = START
    crashes_left: int = 0

    @property
    def unsettled(self) -> list[Row]:
        return [row for row in self.rows if row.state not in DONE_OR_WAITS]


class _Log:
    """Takes the place of the log."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def _write(self, event: str, **facts: Any) -> None:
        world = self._world
        world.run_.told.append((world.clock.now(), event, facts))
        said = str(sorted(facts.items())).replace(str(world.home), "HOME")
        world.run_.log.append(f"{world.clock.now():%d %H:%M:%S.%f} told {event} {said}")

    debug = info = warning = error = _write


class World:
    """Made once for a part; `run` begins anew each time."""

    def __init__(self, name: str, *, posts: int = 1, watch: bool = False) -> None:
        self.name, self.part, self.posts, self.watch = name, PARTS[name], posts, watch
        self.clock = ManualClock(START)
        self.net = Net(self.clock, publishing=self.part.publishing, reading=self.part.reading)
        self.run_ = Run()
        self._draw = random.Random(0)
        self._durable = 0
        self._dead = False
        self._ends_at: int | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY, prefix="proof-")))
        self._stack.enter_context(machine(self.clock, self._draw))
        self._stack.enter_context(stagehand.points_to_die(self.step, self.happened))
        if self.part.kind == "file":
            from tests.proof.disk import failing_disk

            self._stack.enter_context(failing_disk(self.net))
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _prepare(self) -> None:
        """Before the first schedule: a blog whose old posts are known, and posts that are owed and were never sent."""
        self.blog = stagehand.blog(4000)
        self.service = stagehand.service(self.part, self.home, lambda: self.clock.now().timestamp(), 5000)
        self.net.services = {BLOG: self.blog, SERVICE: self.service}
        written = stagehand.Written({**self.service.settings(), **self.part.more})
        links = self.home / "syndication.json"
        write_config(self.home, self.blog.feed_url, {self.part.kind: written}, links)
        self.config = load(self.home / "config.toml")
        self.registry = Registry.discover()
        self.http = Http(adapter=wire_over(self.net))
        self.blog.publish(Entry("old", "Old", "<p>Older than syndicator.</p>", START - timedelta(days=30)))
        with self._opened(create=True) as host:
            make_pass(host, Scope(networks=frozenset()))
            for number in range(self.posts):
                words = f"<p>Words of post{number} and of no other.</p>"
                self.blog.publish(Entry(f"post{number}", f"About post{number}", words, self.clock.now()))
                self.clock.advance(timedelta(seconds=1))
            self.clock.advance(timedelta(minutes=1))
            make_pass(host, Scope(networks=frozenset()))
            host.parser.close()
        self.clock.advance(timedelta(minutes=1))
        self._begin = self.clock.now()
        self._files = {name: (self.config.state_dir / name).read_bytes() for name in _FILES}
        self._pristine = self.service

    # One schedule

    def run(self, schedule: Schedule) -> Run:
        """From the same beginning each time. The same schedule gives the same Run, to the byte."""
        self._reset(schedule)
        crashes = list(schedule.crashes)
        while True:
            self._ends_at = crashes[0][0] if crashes else None
            self.run_.lives.append([])
            self._dead = False
            try:
                self._live()
                break
            except SimulatedCrash:
                _, downtime = crashes.pop(0)
                self.run_.log.append(f"crash at {self.run_.lives[-1][-1].name}, back in {downtime}")
                self.clock.advance(downtime)
        self.run_.crashes_left = len(crashes)
        return self._ended()

    def _reset(self, schedule: Schedule) -> None:
        self.clock._now, self.clock._elapsed = self._begin, 0.0
        self._draw.seed(schedule.seed)
        stagehand.put_back(self.config.state_dir, self._files)
        (self.home / "syndication.json").unlink(missing_ok=True)
        self.service = stagehand.copied(self._pristine)
        self.run_, self._durable = Run(), 0
        net = self.net
        net.services[SERVICE] = self.service
        net.faults, net.anywhere = list(schedule.faults), dict(schedule.anywhere)
        net.step, net.durable, net.guard, net.met = self.step, self.happened, self._guard, self._met
        net.log, net.sent, net.late, net.number, net.observed = self.run_.log, self.run_.sent, [], 0, 0

    def _live(self) -> None:
        """One process, from its start until all is settled, or until it dies."""
        end = self.clock.now() + LONGEST
        with self._opened() as host:
            while True:
                make_pass(host, Scope(feeds=frozenset(), by_hand=False))
                self.run_.passes += 1
                due = host.ledger.next_due()
                if due is None or due > end or self.run_.passes > MOST_PASSES:
                    return
                self.clock.advance(max(due - self.clock.now(), AT_LEAST))

    @contextmanager
    def _opened(self, *, create: bool = False) -> Iterator[Host]:
        made = Ledger.create if create else Ledger.open
        with made(self.config.ledger.url, self.config.state_dir, self.clock) as ledger:
            yield Host(self.config, ledger, self.clock, self.http, self.registry, _Log(self))

    def _ended(self) -> Run:
        run = self.run_
        self.clock.advance(timedelta(minutes=5))
        self.net.work_late()
        run.rows = rows_of(self.ledger_file)
        run.copies = list(self.service.copies())
        run.observed, run.ended = self.net.observed, self.clock.now()
        run.log += [f"{row}" for row in run.rows]
        return run

    # What may end it

    def step(self, name: str) -> None:
        """A point at which the process may die."""
        lives = self.run_.lives
        if not lives:
            return
        if self._dead:
            raise SimulatedCrash
        life = lives[-1]
        is_new = not life or life[-1].durable != self._durable
        found = self._situation() if is_new and self._durable and self._is_watched else None
        life.append(Step(name, self._durable, self.net.observed, found))
        if self._ends_at is not None and len(life) >= self._ends_at:
            self._dead = True
            raise SimulatedCrash

    def happened(self) -> None:
        """Something that outlives a crash."""
        self._durable += 1

    def _situation(self) -> Situation:
        out = len(self.service.copies())
        late = tuple(at for at, _, _ in self.net.late)
        return situation_of(self.ledger_file, self.clock.now(), out, late)

    @property
    def _is_watched(self) -> bool:
        """Only after all planned incidents is anything new to be found."""
        return self.watch and self._ends_at is None and not self.net.faults

    def _met(self) -> None:
        if self._is_watched:
            self.run_.met.append((self.net.observed - 1, self._situation()))

    def _guard(self) -> None:
        """R1, asked of the file: there is exactly one row that says `sending`, and its words lie beside it."""
        sending = sending_in(self.ledger_file, self.part.kind)
        if len(sending) != 1:
            self.run_.broken.append(f"R1: a publishing request while {len(sending)} rows say sending")

    @property
    def ledger_file(self) -> Path:
        return self.config.state_dir / "ledger.db"
