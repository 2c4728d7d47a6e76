"""A blog, its networks, and the real program: lives that end in crashes, on one ledger file, by a clock that moves.

Enters: a Schedule. Leaves: a Run with everything that happened. The Pass, the ledger on SQLite, deliver, settle,
backoff, health and the connectors are the real ones. A crash throws all of them away and leaves what was written.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Self

from syndicator import redact
from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.host import Host
from syndicator.http import Http
from syndicator.ledger.ledger import Ledger
from syndicator.registry import Registry
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.stage import write_config
from tests.proof import snapshot, stagehand
from tests.proof.around import Surroundings
from tests.proof.cast import PARTS, Part
from tests.proof.net import BLOG, Net, wire_over
from tests.proof.oracle import Eye, rows_in
from tests.proof.plan import Schedule
from tests.proof.record import Run, Step
from tests.proof.simulated import machine
from tests.proof.situation import Situation, situation_of
from tests.proof.snapshot import Snapshot

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
START = datetime(2026, 11, 2, 12, tzinfo=UTC)
AT_LEAST = timedelta(seconds=1)  # between two Passes, as the daemon has it
LONGEST = timedelta(days=8)  # simulated, after which everything has to be settled or asked about
MOST_PASSES = 400
FIRST_PORT = 5000


class SimulatedCrash(BaseException):
    """The process is gone."""


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
    """Made once for one part, or for several of different kinds; `run` begins anew each time."""

    def __init__(self, *names: str, posts: int = 1, watch: bool = False, threads: bool = False) -> None:
        self.names, self.posts, self.watch, self.threads = names, posts, watch, threads
        self.parts: dict[str, Part] = {PARTS[name].kind: PARTS[name] for name in names}  # by their network
        self.clock = ManualClock(START)
        self.nets = {kind: self._net(part) for kind, part in self.parts.items()}
        self.net = next(iter(self.nets.values()))
        self.net.others = {_place(n): net for n, net in enumerate(self.nets.values())}
        self.run_ = Run()
        self._draw = random.Random(0)
        self._durable = 0
        self._dead = False
        self._end = START
        self._ends_at: int | None = None
        self._stack = ExitStack()

    def _net(self, part: Part) -> Net:
        return Net(self.clock, publishing=part.publishing, reading=part.reading)

    def __enter__(self) -> Self:
        self.home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY, prefix="proof-")))
        self._stack.enter_context(machine(self.clock, self._draw))
        self._stack.enter_context(stagehand.points_to_die(self.step, self.happened))
        if "file" in self.parts:
            from tests.proof.disk import failing_disk

            self._stack.enter_context(failing_disk(self.nets["file"]))
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _prepare(self) -> None:
        """Before the first schedule: a blog whose old posts are known, and posts that are owed and were never sent."""
        self.blog = stagehand.blog(4000)
        made = enumerate(self.parts.items(), FIRST_PORT)
        self.services = {kind: stagehand.service(part, self.home, self._there, port) for port, (kind, part) in made}
        more = stagehand.THREADS if self.threads else {}
        written = {
            kind: stagehand.Written({**self.services[kind].settings(), **part.more, **more})
            for kind, part in self.parts.items()
        }
        write_config(self.home, self.blog.feed_url, written, self.home / "syndication.json")
        self.config = load(self.home / "config.toml")
        self.registry = Registry.discover()
        self.http = Http(adapter=wire_over(self.net))
        self._serve()
        self.blog.publish(Entry("old", "Old", "<p>Older than syndicator.</p>", START - timedelta(days=30)))
        with self._opened(create=True) as host:
            make_pass(host, Scope(networks=frozenset()))
            for number in range(self.posts):
                self.blog.publish(stagehand.post(number, self.clock.now(), threads=self.threads))
                self.clock.advance(timedelta(seconds=1))
            self.clock.advance(timedelta(minutes=1))
            make_pass(host, Scope(networks=frozenset()))
        self.clock.advance(timedelta(minutes=1))
        self._written = tuple(self.blog.entries)
        self._secrets = stagehand.secrets_of(redact._secrets)
        self.eye = self._stack.enter_context(Eye(self.ledger_file))
        self._begin = self._snapshot()

    def _there(self) -> float:
        """The time at the services, whatever our own clock says."""
        return self.net.true_now().timestamp()

    def _serve(self) -> None:
        self.net.services = {BLOG: self.blog}
        for number, service in enumerate(self.services.values()):
            self.net.services[_place(number)] = service

    # One schedule

    def run(self, schedule: Schedule, begin: Snapshot | None = None) -> Run:
        """From the same beginning each time, or from where a schedule that began alike had come to. The same schedule
        gives the same Run, to the byte."""
        self._put_back(begin or self._begin, schedule)
        self.around = Surroundings(self, schedule.around)
        crashes = list(schedule.crashes[max(len(self.run_.lives) - 1, 0) :])
        resumed = begin is not None
        while True:
            self._ends_at = crashes[0][0] if crashes else None
            if not resumed:
                self.run_.lives.append([])
                self._end = self.clock.now() + LONGEST
            self._dead = resumed = False
            try:
                self._live()
                break
            except SimulatedCrash:
                _, downtime = crashes.pop(0)
                self.run_.log.append(f"crash at {self.run_.lives[-1][-1].name}, back in {downtime}")
                self.clock.advance(downtime)
        self.run_.crashes_left = len(crashes)
        return self._ended()

    def _live(self) -> None:
        """One process, from its start until all is settled, or until it dies."""
        self.run_.snapshots.clear()
        with self._opened() as host:
            while self.run_.passes <= MOST_PASSES:
                if self._is_watched and "file" not in self.parts:
                    self.run_.snapshots.append(self._snapshot())
                make_pass(host, self.around.before_pass())
                self.run_.passes += 1
                due = self.around.next_after(host, self._end)
                if due is None:
                    return
                self.clock.advance(max(due - self.clock.now(), AT_LEAST))

    @contextmanager
    def _opened(self, *, create: bool = False) -> Iterator[Host]:
        made = Ledger.create if create else Ledger.open
        with made(self.config.ledger.url, self.config.state_dir, self.clock) as ledger:
            parser = stagehand.ParserHere()
            yield Host(self.config, ledger, self.clock, self.http, self.registry, _Log(self), parser=parser)

    def _ended(self) -> Run:
        run = self.run_
        self.clock.advance(timedelta(minutes=5))
        self.net.work_late()
        run.rows = rows_in(self.eye.file)
        run.sent = {kind: net.sent for kind, net in self.nets.items()}
        run.copies = {kind: list(service.copies()) for kind, service in self.services.items()}
        run.ended = self.clock.now()
        run.log += [f"{row}".replace(str(self.home), "HOME") for row in run.rows]
        self.eye.close()
        return run

    # Where it stands, and back there

    def _snapshot(self) -> Snapshot:
        links = self.home / "syndication.json"
        lives = self.run_.lives
        return Snapshot(
            files=snapshot.files_of(self.config.state_dir),
            links=links.read_bytes() if links.exists() else None,
            services={kind: stagehand.copied(service) for kind, service in self.services.items()},
            clock=snapshot.clock_of(self.clock),
            drawn=snapshot.drawn_of(self._draw),
            durable=self._durable,
            observed=self.net.observed,
            steps=len(lives[-1]) if lives else 0,
            run=self.run_.copied(),
            nets={kind: net.kept() for kind, net in self.nets.items()},
            end=self._end,
        )

    def _put_back(self, to: Snapshot, schedule: Schedule) -> None:
        snapshot.set_clock(self.clock, to.clock)
        self._draw.setstate(to.drawn)
        self._durable = to.durable
        self.eye.close()
        stagehand.put_back(self.config.state_dir, to.files)
        stagehand.put_links_back(self.home / "syndication.json", to.links)
        stagehand.remember(redact._secrets, self._secrets)
        self.blog.entries = list(self._written)
        self.services = {kind: stagehand.copied(service) for kind, service in to.services.items()}
        self.run_, self._end = to.run.copied(), to.end
        self._serve()
        self.net.skew, self.net.polls = timedelta(0), list(schedule.around.polls)
        plans = [*schedule.plans, *[stagehand.QUIET] * len(self.nets)]
        for (kind, net), plan in zip(self.nets.items(), plans, strict=False):
            net.put_back(to.nets[kind])
            net.faults, net.anywhere = list(plan.faults[net.observed :]), dict(plan.anywhere)
            net.step, net.durable, net.guard, net.met = self.step, self.happened, partial(self._guard, kind), self._met
            net.log = self.run_.log
            for habit, value in plan.habits:
                stagehand.become(self.services[kind], habit, value)
        if to is self._begin:
            self._draw.seed(schedule.seed)

    def move_clock(self, by: timedelta) -> None:
        """Only what it shows is another time; the life lasts as long as it would have."""
        self.clock._now += by
        self.net.skew += by
        self._end += by

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
        out = sum(len(service.copies()) for service in self.services.values())
        late = tuple(at for at, _, _ in self.net.late)
        return situation_of(self.eye.file, self.config.state_dir, self.clock.now(), out, late)

    @property
    def _is_watched(self) -> bool:
        """Only after all planned incidents is anything new to be found."""
        return self.watch and self._ends_at is None and not self.net.faults

    def _met(self) -> None:
        if self._is_watched:
            self.run_.met.append((self.net.observed - 1, self._situation()))

    def _guard(self, network: str) -> None:
        """R1, asked of the file: there is exactly one row that says `sending`, and its words lie beside it."""
        sending = self.eye.sending(network)
        self.nets[network].sending = sending[0] if sending else 0
        if len(sending) != 1:
            self.run_.broken.append(f"R1: a publishing request while {len(sending)} rows say sending")

    @property
    def ledger_file(self) -> Path:
        return self.config.state_dir / "ledger.db"


def _place(number: int) -> str:
    return f"127.0.0.1:{FIRST_PORT + number}"
