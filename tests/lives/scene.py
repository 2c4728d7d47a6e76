"""Where a life takes place: a blog, four services, a state directory in memory, and everything as it was each time.

Enters: the names of parts. Leaves: the real configuration, ledger file, HTTP and registry, over an Exchange and a clock
that may be wrong. It plays nothing by itself.
"""

import io
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from pydantic import SecretStr

from syndicator import log
from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.feed.parse import parse
from syndicator.feed.parser import Parser
from syndicator.http import Http
from syndicator.ledger.ledger import Ledger
from syndicator.registry import Registry
from syndicator.sandbox.stage import write_config
from tests.lives.clockwork import RIGHT, MachineClock
from tests.lives.exchange import Exchange
from tests.lives.journal import Journal
from tests.lives.process import Process
from tests.proof import stagehand
from tests.proof.cast import HERE, PARTS, Part
from tests.proof.net import wire_over
from tests.proof.simulated import Ports, machine

CAST = tuple(name for name in ("bluesky", "mastodon", "tumblr", "linkedin") if name in HERE)
"""A record key; a key for an hour; a list to look into; nothing."""

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
START = datetime(2026, 11, 2, 12, tzinfo=UTC)
BLOG_PORT, FIRST_PORT = 4100, 5100
_FILES = ("ledger.db", "epoch.json")


class _ParserHere(Parser):
    """Reads documents in this process: another one has a clock and memory limits of its own."""

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Any:
        return parse(body, content_type, url, now)


class Scene:
    """Made once; `reset` begins anew. `names` are parts; each network is called by its kind."""

    def __init__(self, names: tuple[str, ...] = CAST) -> None:
        self.parts: Mapping[str, Part] = {PARTS[name].kind: PARTS[name] for name in names}
        self.true = ManualClock(START)
        self.clock = MachineClock(self.true)
        self.draw = random.Random(0)
        self.logged = io.StringIO()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._set()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        log.configure()

    def _set(self) -> None:
        self.home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY, prefix="lives-")))
        self._stack.enter_context(machine(self.clock, self.draw))
        Ports.next = BLOG_PORT
        self.blog = Journal()
        self.blog.begin(START)
        self.process = Process(self)
        self.exchange = Exchange(self.true, self.blog, self.ledger_file, self.process.step, self.process.happened)
        self.http = Http(adapter=wire_over(self.exchange))  # type: ignore[arg-type]  # it has what a Net has there
        self.registry, self.parser = Registry.discover(), _ParserHere()
        self._pristine = {name: self._service(name, FIRST_PORT + i) for i, name in enumerate(self.parts)}
        self.services = dict(self._pristine)
        self._stack.enter_context(stagehand.points_to_die(self.process.step, self.process.happened))
        self._first_life()

    def _service(self, name: str, port: int) -> Any:
        return stagehand.service(self.parts[name], self.home, lambda: self.true.now().timestamp(), port)

    def _first_life(self) -> None:
        """The ledger as it is after the first Pass, and that of another machine that did the same."""
        self._connect()
        self.configure()
        log.configure("logfmt", level="debug", stream=self.logged, clock=self.clock)
        for name in ("elsewhere", "state"):
            Ledger.create(self.config.ledger.url, self.config.state_dir, self.clock).close()
            self.process.live(1, by_hand=True)
            files = {name: (self.config.state_dir / name).read_bytes() for name in _FILES}
            if name == "elsewhere":
                self.of_another_machine = files["ledger.db"]
                for path in self.config.state_dir.iterdir():
                    path.unlink()
        self._files = files
        self.true.advance(timedelta(minutes=1))
        self._begin = self.true.now()

    def reset(self, seed: int = 0) -> None:
        """As it was after the first Pass."""
        self.clock.wrong = RIGHT
        self.true.advance(self._begin - self.true.now())
        self.draw.seed(seed)
        stagehand.put_back(self.config.state_dir, self._files)
        (self.home / "syndication.json").unlink(missing_ok=True)
        self.blog.begin(START)
        self.services = {name: stagehand.copied(service) for name, service in self._pristine.items()}
        self._connect()
        self.configure()
        self.process.forget()
        self.logged.seek(0)
        self.logged.truncate()

    def _connect(self) -> None:
        self.exchange.lines.clear()
        self.exchange.calls.clear()
        self.exchange.broken.clear()
        self.exchange.connect("", None, self.blog)
        for name, service in self.services.items():
            self.exchange.connect(name, self.parts[name], service)

    def configure(self, **changes: Mapping[str, Any]) -> None:
        """Write the configuration and read it: network → what stands in its file besides what opens it."""
        written = {
            kind: stagehand.Written({**self.services[kind].settings(), **part.more, **changes.get(kind, {})})
            for kind, part in self.parts.items()
        }
        links = self.home / "syndication.json"
        write_config(self.home, "http://127.0.0.1:4100/feed.xml", written, links)
        self.config = load(self.home / "config.toml")

    def secrets(self) -> Iterator[tuple[str, str]]:
        """What opens an account, by network."""
        for name, network in self.config.networks.items():
            for _, value in network.settings:
                if isinstance(value, SecretStr):
                    yield name, value.get_secret_value()

    @property
    def ledger_file(self) -> Path:
        return self.home / "state" / "ledger.db"
