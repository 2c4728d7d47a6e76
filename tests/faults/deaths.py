"""One installation over pretend services, worked on by processes that die where a test wants them to (`mortal.py`)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.clock import SystemClock
from syndicator.config.files import load
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Delivery
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.stage import Stage, pretend_services, stage
from tests.system.cli_ground import ROOT
from tests.system.processes import environment

KILLED = -9


class Mortals:
    """Makes processes, one after the other or many at once."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def do(self, deed: str, *, place: str = "", times: int = 1, **more: Any) -> list[int]:
        """The exit codes of `times` processes that do this at the same time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"deed": deed, "place": place, "times": times, **more}) + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes


@contextmanager
def mortals() -> Iterator[Mortals]:
    command = [sys.executable, "-m", "tests.faults.mortal"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
    )
    try:
        yield Mortals(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


@dataclass(slots=True)
class Field:
    """A blog, its networks, and a clock that stands until it is moved."""

    scene: Stage
    mortals: Mortals
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def publish(self, name: str) -> None:
        self.later(1)
        self.scene.blog.publish(Entry(name, "", f"<p>Words of {name} and no other.</p>", self.now))

    def walk(self, *networks: str, place: str = "", **more: Any) -> int:
        """One Pass in a process of its own, its exit code; `place`: where it is killed, sending to one network."""
        pattern = self.scene.services[networks[0]].publishing if place else ""
        asked = {"config": str(self.scene.config), "now": self.now.isoformat(), "networks": networks, **more}
        (code,) = self.mortals.do("pass", place=place, publishing=pattern, **asked)
        return code

    def delivery(self, network: str, name: str) -> Delivery:
        with self.ledger() as ledger:
            (post,) = ledger.find_posts(f"{self.scene.blog.url}/{name}/")
            (row,) = ledger.deliveries(network=network, post_id=post.id)
            return row

    def copies(self, network: str, name: str) -> int:
        return sum(name in json.dumps(copy, default=str) for copy in self.scene.services[network].copies())

    def tries(self, network: str, name: str) -> int:
        """How many publishing requests about this post reached the service."""
        service = self.scene.services[network]
        return sum(name.encode() in request.body for request in service.seen(service.publishing))

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        config = load(self.scene.config)
        with Ledger.open(config.ledger.url, config.state_dir, SystemClock(), read_only=True) as ledger:
            yield ledger


@contextmanager
def field_of(directory: Path, made: Mortals, *networks: str) -> Iterator[Field]:
    """After the first Pass, which records and sends nothing."""
    with stage(directory, PretendBlog(), cast=pretend_services(*networks)) as scene:
        found = Field(scene, made)
        for service in scene.services.values():
            service.now = lambda: found.now.timestamp()  # noqa: PLW0108 - `now` is another one later
        found.walk()
        yield found
