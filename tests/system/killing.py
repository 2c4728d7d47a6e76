"""Kills Passes at random moments over pretend services that misbehave, then lets the dust settle and counts copies."""

import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Fault, PretendService
from syndicator.sandbox.stage import Stage, stage

HERE = Path(__file__).parent
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": Fault.LOSE_REPLY},
    {"fault": Fault.RESET},
    {"fault": Fault.ERROR_AFTER, "status": 500},
    {"fault": Fault.ERROR_AFTER, "status": 504},
    {"fault": Fault.REFUSE, "status": 503},
    {"fault": Fault.REFUSE, "status": 429, "headers": {"Retry-After": "60"}},
    {"fault": Fault.LATE, "status": 504, "seconds": 0.3},
    {"fault": Fault.CUT_BODY},
)


@dataclass(slots=True)
class Tally:
    """What a run of kills came to."""

    passes: int = 0
    killed: int = 0
    posts: list[str] = field(default_factory=list)
    exits: Counter[int] = field(default_factory=Counter)


class Killer:
    """Drives one stage through `kills` kills; `seed` repeats the same choices, though not the same instants."""

    script: tuple[str, ...] = (str(HERE / "zygote.py"),)

    def __init__(self, scene: Stage, seed: int, *, careless: bool = False) -> None:
        self.scene = scene
        self.careless = careless
        self.random = random.Random(seed)
        self.offset = 0.0
        self.tally = Tally()
        self.usual = 0.4

    def run(self, kills: int) -> Tally:
        with zygote(*self.script) as self.process:
            self._pass(None)
            while self.tally.killed < kills:
                self._one_round()
            self._settle()
        return self.tally

    def _one_round(self) -> None:
        if self.random.random() < 0.6:
            self._publish()
        for service in self._served():
            if self.random.random() < 0.4:
                service.fail_next(pattern=service.publishing, **self.random.choice(FAULTS))
        self.offset += self.random.choice((1, 40, 70, 200, 400))
        self._pass(self.random.uniform(0.0, self.usual * 1.2))

    def _publish(self) -> None:
        name = f"post-{len(self.tally.posts):05}"
        when = datetime.now(UTC) + timedelta(seconds=self.offset)
        images = ((f"{name}.png", f"Picture of {name}"),) if self.random.random() < 0.3 else ()
        title = f"About {name}" if self.random.random() < 0.6 else ""
        self.scene.blog.publish(Entry(name, title, f"<p>Words of {name} and no other.</p>", when, ("kill",), images))
        self.tally.posts.append(name)

    def _pass(self, kill_after: float | None) -> int:
        """Its exit code; -9 when it was killed."""
        started = time.monotonic()
        asked = {
            "config": str(self.scene.config),
            "offset": self.offset,
            "kill_after": kill_after,
            "careless": self.careless,
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        self.tally.passes += 1
        self.tally.killed += code == -9
        self.tally.exits[code] += 1
        # Kills must fall into the whole length of a Pass, however busy the machine is.
        self.usual = (
            self.usual * 1.05 if code == -9 else max(0.1, 0.5 * self.usual + 0.5 * (time.monotonic() - started))
        )
        return code

    def _served(self) -> list[PretendService]:
        """All but those that are a place on this machine, which has no answers that could be lost."""
        return [service for service in self.scene.services.values() if isinstance(service, PretendService)]

    def _settle(self) -> None:
        """No more faults, no more kills: whatever is open must come to its end by itself."""
        for service in self._served():
            service.calm()
        calm = 0  # Passes in a row that left nothing at all; a question to a person hides whether something goes on
        for _ in range(60):
            self.offset += 900
            calm = calm + 1 if self._pass(None) == 0 else 0
            if calm == 3:
                return

    def copies_of(self, network: str) -> Counter[str]:
        """How many live copies each post has on a network."""
        shown = [json.dumps(copy, default=str) for copy in self.scene.services[network].copies()]
        return Counter(name for text in shown for name in set(re.findall(r"post-\d{5}", text)))


@contextmanager
def zygote(*script: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, *script]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def killer(
    directory: Path, seed: int, *, cast: Mapping[str, PretendService] | None = None, careless: bool = False
) -> Iterator[Killer]:
    with stage(directory, PretendBlog(), settle="0s", cast=cast) as scene:
        # Kills make a backlog, and a backlog is held as a burst: a guard of its own, not the subject here.
        scene.config.write_text(scene.config.read_text().replace("[defaults]\n", "[defaults]\nburst = 1000\n"))
        made = Killer(scene, seed, careless=careless)
        for service in scene.services.values():
            service.now = lambda: time.time() + made.offset
        yield made
