"""What stands around the lives of the program: a blog, two services, a clock, and a directory that lasts.

Enters: faults. Leaves: endings, and sentences about what is broken. Each life is a process of its own, forked from this
one, which never writes below the directory while one runs.
"""

import json
import os
import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from re import search
from typing import Any, Self

from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.registry import Registry
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.service import Reply, Request
from syndicator.sandbox.stage import write_config
from tests.proof import stagehand
from tests.proof.cast import HERE, PARTS, Part
from tests.proof.net import BLOG, _answered
from tests.proof.oracle import looked_into, sending_in
from tests.proof.simulated import machine
from tests.storage.life import Ending, Fault, Life
from tests.storage.power import Left
from tests.storage.verdict import verdict

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
START = datetime(2026, 11, 2, 12, tzinfo=UTC)
DOWNTIME = timedelta(minutes=1)
POSTS = 2
CAST = tuple(
    next((name for name in wanted if name in HERE), "file") for wanted in (("bluesky",), ("mastodon-4.5", "tumblr"))
)
"""One that takes the same record twice, and one where only looking helps."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What outlives a process, besides its directory."""

    clock: datetime
    services: dict[str, Any]
    published: bool
    requests: int


@dataclass(slots=True)
class Story:
    """What happened so far."""

    broken: list[str] = field(default_factory=list)
    endings: list[Ending | None] = field(default_factory=list)
    published: bool = False  # the blog has its new posts
    requests: int = 0  # publishing ones
    moments: list[Moment] = field(default_factory=list)  # after each request, where it is recorded


class Ground:
    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.parts: dict[str, Part] = {PARTS[name].kind: PARTS[name] for name in CAST}
        self.story = Story()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY, prefix="storage-")))
        self.outside = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY, prefix="storage-")))
        self._stack.enter_context(machine(self.clock, Random(0)))
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _prepare(self) -> None:
        self.blog = stagehand.blog(4000)
        self.services: dict[str, Any] = {}
        self.places = {BLOG: ""}
        for number, (kind, part) in enumerate(self.parts.items()):
            self.services[kind] = stagehand.service(
                part, self.home, lambda: self.clock.now().timestamp(), 5000 + number
            )
            self.places[f"127.0.0.1:{5000 + number}"] = kind
        written = {
            kind: stagehand.Written({**service.settings(), **self.parts[kind].more})
            for kind, service in self.services.items()
        }
        links = self.home / "blog" / "syndication.json"
        write_config(self.home, self.blog.feed_url, written, links)
        (self.home / "blog").mkdir(exist_ok=True)
        self.config, self.registry = load(self.home / "config.toml"), Registry.discover()
        self.blog.publish(Entry("old", "Old", "<p>Older than syndicator.</p>", START - timedelta(days=30)))
        self._untouched = {kind: stagehand.copied(service) for kind, service in self.services.items()}
        self._old = list(self.blog.entries)
        self._warm_up()

    def _warm_up(self) -> None:
        """A life in this process, so that all is imported and compiled; then one that ends as most stories begin."""
        self.begin(from_nothing=True)
        Life(self.config, self.registry, self.clock, _Direct(self), Fault(), None).run(list(self.places))
        self.begin(from_nothing=True)
        self.live(Fault(passes=1))
        shutil.copytree(self.state, self.outside / "begun")
        self._begun_at = self.clock.now()

    @property
    def state(self) -> Path:
        return self.config.state_dir

    @property
    def ledger(self) -> Path:
        return self.state / "ledger.db"

    # One story

    def begin(self, *, from_nothing: bool = False) -> None:
        shutil.rmtree(self.home / "blog", ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)
        (self.home / "blog").mkdir()
        self.services = {kind: stagehand.copied(service) for kind, service in self._untouched.items()}
        self.blog.entries, self.story = list(self._old), Story()
        self.clock._now = START
        if not from_nothing:
            shutil.copytree(self.outside / "begun", self.state)
            self.clock._now = self._begun_at
            self._publish()

    def live(self, fault: Fault, *, record: Path | None = None) -> Ending | None:
        """One process, from its start to its end; None when it was killed."""
        self._recording, self._passes = record is not None, 0
        ours, theirs = Pipe()
        child = os.fork()
        if child == 0:
            ours.close()
            Life(self.config, self.registry, self.clock, theirs, fault, record).live(self.home, list(self.places))
        theirs.close()
        ending = self._attend(ours)
        os.waitpid(child, 0)
        ours.close()
        self.story.endings.append(ending)
        self.clock.advance(DOWNTIME)
        return ending

    def settle(self) -> list[str]:
        """The disk is well again: one more life, and the judgement over all of it."""
        ending = self.live(Fault())
        if ending is None or ending.code != 0:
            self.story.broken.append(f"the life after it does not end well: {ending}")
        broken = [*self.story.broken, *verdict(self.state, self.home / "blog", self.services, self.parts, POSTS)]
        return [*broken, *(f"life: {one}" for one in self.story.endings[:-1] if one is not None and one.code == 70)]

    def _attend(self, pipe: Connection) -> Ending | None:
        while True:
            try:
                what, now, facts = pipe.recv()
            except (EOFError, ConnectionResetError):
                return None
            self.clock._now = now
            if what == "end":
                assert isinstance(facts, Ending)
                return facts
            try:
                pipe.send(self.answer(what, facts))
            except BrokenPipeError:
                return None

    # What a life asks

    def answer(self, what: str, facts: Any) -> Any:
        if what == "ask":
            return self._serve(*facts)
        if what == "passed":
            self._passes += 1 if self.story.published else 0
            self._publish()
        return self.story.published and self._passes > 0

    def _publish(self) -> None:
        if self.story.published:
            return
        self.story.published = True
        for number in range(POSTS):
            words = f"<p>Words of post{number} and of no other.</p>"
            at = self.clock.now() - timedelta(minutes=POSTS - number)
            self.blog.publish(Entry(f"post{number}", f"About post{number}", words, at))

    def _serve(self, place: str, request: Request) -> tuple[Reply, bool]:
        kind = self.places[place]
        publishes = bool(kind and search(self.parts[kind].publishing, f"{request.method} {request.path}"))
        if publishes:
            self.story.requests += 1
            self._guard(kind)
        reply = _answered(self.services[kind] if kind else self.blog, request)
        if self._recording:
            self.story.moments.append(self.moment())
        return reply, publishes

    def _guard(self, kind: str) -> None:
        """R1, asked of the files: one row says `sending`, and the epoch has heard of its attempt."""
        sending = sending_in(self.ledger, kind)
        if len(sending) != 1:
            self.story.broken.append(f"R1: a publishing request while {len(sending)} rows say sending")
        elif self._attempt(sending[0]) > json.loads((self.state / "epoch.json").read_bytes())["attempts"]:
            self.story.broken.append("a publishing request that the epoch has not heard of")

    def _attempt(self, delivery: int) -> int:
        file = looked_into(self.ledger)
        try:
            return int(file.execute("SELECT max(id) FROM attempt WHERE delivery_id = ?", (delivery,)).fetchone()[0])
        finally:
            file.close()

    # Going back

    def moment(self) -> Moment:
        copied = {kind: stagehand.copied(service) for kind, service in self.services.items()}
        return Moment(self.clock.now(), copied, self.story.published, self.story.requests)

    def lay(self, left: Left) -> None:
        """The directory as the disk came back with it."""
        shutil.rmtree(self.home / "blog", ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)
        for name, content in left.items():
            if content is None:
                Path(name).mkdir(mode=0o700)
            else:
                Path(name).touch(mode=0o600)
                Path(name).write_bytes(content)

    def lies(self) -> Left:
        """What lies there."""
        roots = (self.state, self.home / "blog")
        found = [path for root in roots for path in (root, *root.rglob("*"))]
        return {str(path): None if path.is_dir() else path.read_bytes() for path in found}

    def return_to(self, moment: Moment) -> None:
        """Everything but the directory."""
        self.services = {kind: stagehand.copied(service) for kind, service in moment.services.items()}
        self.clock._now = moment.clock
        self.story = Story(requests=moment.requests)
        self.blog.entries = list(self._old)
        if moment.published:
            self._publish()


class _Direct:
    """In place of a pipe, where a life is lived in this process."""

    def __init__(self, ground: Ground) -> None:
        self._ground, self._answers = ground, list[Any]()
        ground._recording, ground._passes = False, 0

    def send(self, message: tuple[str, datetime, Any]) -> None:
        self._answers.append(self._ground.answer(message[0], message[2]))

    def recv(self) -> Any:
        return self._answers.pop(0)
