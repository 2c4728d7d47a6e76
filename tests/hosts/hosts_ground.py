"""Several hosts over one ledger: the real command in processes of their own, each with its own state directory, one
stage of pretend services for all, and one clock that can be moved."""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.clock import SystemClock
from syndicator.config.files import load
from syndicator.ledger.claims import Claim, network
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import PretendService
from syndicator.sandbox.stage import Stage, stage
from tests.system.processes import environment, eventually

PATIENCE = 60.0  # seconds; only a test that fails waits so long


class Zygote:
    """Starts processes, and knows how they ended."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._started: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.ended: dict[int, int] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def start(self, **asked: Any) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._started.get(timeout=PATIENCE)

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            said = json.loads(line)
            if "started" in said:
                self._started.put(said["started"])
            elif "ended" in said:
                self.ended[said["ended"]] = said["code"]


@contextmanager
def zygote() -> Iterator[Zygote]:
    command = [sys.executable, "-m", "tests.hosts.zygote"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd=Path(__file__).parents[2],
    )
    try:
        yield Zygote(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        process.wait(timeout=PATIENCE)
        process.stdout.close()


@dataclass(frozen=True, slots=True)
class Started:
    """One process on one host."""

    zygote: Zygote
    pid: int

    def signal(self, number: signal.Signals) -> None:
        if self.pid not in self.zygote.ended:
            with suppress(ProcessLookupError):  # it has ended, and its zygote has not said so yet
                os.kill(self.pid, number)

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return self.ends()

    def ends(self) -> int:
        eventually(lambda: self.pid in self.zygote.ended, f"process {self.pid} ends")
        return self.zygote.ended[self.pid]


@dataclass(slots=True)
class Hosts:
    scene: Stage
    zygote: Zygote
    url: str
    home: Path
    posts: list[str] = field(default_factory=list)
    running: list[Started] = field(default_factory=list)

    # What the hosts do

    def start(self, host: str, *words: str) -> Started:
        asked = {"words": words, "config": str(self.config(host)), "clock": str(self.clock), "log": str(self.log(host))}
        started = Started(self.zygote, self.zygote.start(**asked))
        self.running.append(started)
        return started

    def run(self, host: str, *words: str) -> int:
        return self.say(host, "run", *words)

    def say(self, host: str, *words: str) -> int:
        return self.start(host, *words).ends()

    def config(self, host: str) -> Path:
        """Its own state directory and its own copy of everything else, made when it is first asked for."""
        path = self.home / host / "config.toml"
        if not path.exists():
            path.parent.mkdir()
            text = self.scene.config.read_text().replace(str(self.home), str(path.parent))
            every = text.replace('name = "blog"\n', 'name = "blog"\nevery = "1s"\n')
            burst = every.replace("[defaults]\n", "[defaults]\nburst = 1000\nwait_for_page = false\n")
            path.write_text(burst + f'\n[ledger]\nurl = "{self.url}"\n')
            shutil.copytree(self.scene.config.parent / "networks.d", path.parent / "networks.d")
        return path

    def log(self, host: str) -> Path:
        return self.home / host / "said.log"

    def said(self, host: str) -> str:
        return self.log(host).read_text() if self.log(host).exists() else ""

    # What happens around them

    @property
    def clock(self) -> Path:
        return self.home / "clock"

    @property
    def ahead(self) -> float:
        return float(self.clock.read_text())

    def later(self, seconds: float) -> None:
        """Time passes for everybody; who sleeps is woken, as by the end of the sleep."""
        new = self.clock.with_suffix(".new")
        new.write_text(str(self.ahead + seconds))
        new.replace(self.clock)
        for process in self.running:
            process.signal(signal.SIGCONT)

    def publish(self, count: int = 1) -> None:
        for _ in range(count):
            name = f"post-{len(self.posts):05}"
            when = datetime.now(UTC) + timedelta(seconds=self.ahead)
            self.scene.blog.publish(Entry(name, f"About {name}", f"<p>Words of {name} and no other.</p>", when))
            self.posts.append(name)

    def services(self) -> Iterator[PretendService]:
        yield from self.scene.services.values()

    # What came of it

    def ledger(self) -> Ledger:
        config = load(self.config("a"))
        return Ledger.open(self.url, config.state_dir, SystemClock(), read_only=True)

    def server_of(self, name: str) -> str | None:
        with self.ledger() as ledger:
            claim: Claim = network(name)
            return ledger.hosts([claim]).get(claim)

    def serves(self, process: Started, name: str) -> bool:
        return (self.server_of(name) or "").endswith(f":{process.pid}")

    def states(self) -> Counter[State]:
        with self.ledger() as ledger:
            return Counter(row.state for row in ledger.deliveries())

    def copies(self, service: str) -> Counter[str]:
        shown = [json.dumps(copy, default=str) for copy in self.scene.services[service].copies()]
        return Counter(name for name in self.posts for text in shown if name in text)

    def is_all_done(self) -> bool:
        """Every copy is out, and the ledger has come to know it."""
        are_out = all(len(self.copies(name)) == len(self.posts) for name in self.scene.services)
        return are_out and set(self.states()) == {State.DELIVERED}

    def doubled(self) -> dict[str, dict[str, int]]:
        found = {service: {n: c for n, c in self.copies(service).items() if c > 1} for service in self.scene.services}
        return {service: names for service, names in found.items() if names}

    def check(self) -> None:
        """Every post has one live copy on every network, and the ledger knows."""
        wrong = [
            (service, name, copies[name])
            for service in self.scene.services
            for copies in [self.copies(service)]
            for name in self.posts
            if copies[name] != 1
        ]
        assert wrong == [], self.told()
        assert self.states() == Counter({State.DELIVERED: len(self.posts) * len(self.scene.services)}), self.told()

    def told(self) -> str:
        return "\n".join(f"{path.parent.name}: {path.read_text()}" for path in sorted(self.home.glob("*/said.log")))


@contextmanager
def hosts(home: Path, url: str, started_by: Zygote, cast: Mapping[str, PretendService]) -> Iterator[Hosts]:
    with stage(home, PretendBlog(), settle="0s", cast=cast) as scene:
        made = Hosts(scene, started_by, url, home)
        made.clock.write_text("0")
        for service in scene.services.values():
            service.now = lambda: time.time() + made.ahead
        try:
            yield made
        finally:
            for process in made.running:
                process.signal(signal.SIGKILL)
            for process in made.running:
                process.ends()
