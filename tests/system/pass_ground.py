"""One installation over a pretend blog and pretend services, walked by the real Pass, with a clock that can be moved.

Every Pass loads the configuration and opens the ledger anew, as cron would.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from syndicator.cli import main
from syndicator.cli.hosting import host_of
from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.host import Host
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.lock import hold
from syndicator.ledger.opening import OnLoss
from syndicator.ledger.rows import AttemptRow, Delivery, NetworkRow
from syndicator.ledger.states import State
from syndicator.report import PassReport
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import Entry, PretendBlog, picture
from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator.sandbox.stage import Stage, pretend_classes, pretend_services, stage

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PATIENCE = 5.0  # seconds, for work that a service does after its answer
NOWHERE = "http://127.0.0.1:9"  # the discard port; nothing listens there
PUBLISHING = {kind: cls.publishing for kind, cls in pretend_classes().items() if issubclass(cls, PretendService)}
TWO = ("mastodon", "bluesky")  # the networks that most tests speak of
EACH = pytest.mark.parametrize("network", TWO)
OTHER = {"mastodon": "bluesky", "bluesky": "mastodon"}


class Events:
    """Takes the place of the log: keeps what was told, and calls whoever waits for an event."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.waiting: dict[str, Callable[[], object]] = {}

    def _write(self, event: str, **facts: Any) -> None:
        self.told.append((event, facts))
        self.waiting.get(event, lambda: None)()

    debug = info = warning = error = _write

    def of(self, event: str) -> list[dict[str, Any]]:
        return [facts for name, facts in self.told if name == event]


class Blog(PretendBlog):
    """A blog whose feed can be replaced by anything."""

    instead: bytes | None = None

    def answer(self, request: Request) -> Reply:
        if request.path == "/feed.xml" and self.instead is not None:
            return Reply(200, self.instead, {"Content-Type": "text/html", "ETag": '"instead"'})
        return super().answer(request)


@dataclass(slots=True)
class Ground:
    scene: Stage
    clock: ManualClock
    events: Events = field(default_factory=Events)

    @contextmanager
    def host(self, **changes: Any) -> Iterator[Host]:
        """What `syndicate run` works with."""
        config = load(self.scene.config)
        with (
            hold(config.state_dir, config.ledger.url) as held,
            host_of(config, level="critical", clock=self.clock, on_loss=OnLoss.NOTE) as host,
        ):
            host.ledger.hold = held
            yield replace(host, log=self.events, **changes)

    def walk(self, *, by_hand: bool = True, networks: frozenset[str] | None = None, **changes: Any) -> PassReport:
        """One Pass; `changes` are fields of Host."""
        with self.host(**changes) as host:
            return make_pass(host, Scope(networks=networks, by_hand=by_hand))

    def say(self, *words: str) -> int:
        """The real command line, on the machine's own clock."""
        return main.run(["--config", str(self.scene.config), *words])

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        config = load(self.scene.config)
        with Ledger.open(config.ledger.url, config.state_dir, self.clock) as ledger:
            yield ledger

    def publish(
        self,
        *names: str,
        age: timedelta = MINUTE,
        title: str | None = None,
        long: bool = False,
        tags: tuple[str, ...] = (),
        images: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """The author writes; the first name is the oldest post."""
        for name in names:
            words = f"<p>{' '.join([f'Words of {name} and of no other.'] * (30 if long else 1))}</p>"
            published = self.clock.now() - age
            self.scene.blog.publish(
                Entry(name, f"About {name}" if title is None else title, words, published, tags, images)
            )
            age -= timedelta(seconds=1)

    def later(self, by: timedelta) -> None:
        self.clock.advance(by)

    def eventually(self, holds: Callable[[], bool]) -> bool:
        """Whether it comes true while a service finishes what it was doing."""
        end = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < end:
            time.sleep(0.02)
        return holds()

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the configuration; an empty `old` stands for its end."""
        path = self.scene.config.parent / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new) if old else text + new)

    def link(self, name: str) -> str:
        return f"{self.scene.blog.url}/{name}/"

    def delivery(self, network: str, name: str = "walk") -> Delivery:
        with self.ledger() as ledger:
            (post,) = ledger.find_posts(self.link(name))
            (row,) = ledger.deliveries(network=network, post_id=post.id)
            return row

    def attempts(self, network: str, name: str = "walk") -> list[AttemptRow]:
        with self.ledger() as ledger:
            return ledger.attempts(self.delivery(network, name).id)

    def states(self, network: str) -> list[State]:
        """Of all its deliveries, oldest post first."""
        with self.ledger() as ledger:
            return [row.state for row in ledger.deliveries(network=network)]

    def network(self, name: str) -> NetworkRow:
        with self.ledger() as ledger:
            return ledger.network(name)

    def copies(self, network: str) -> list[dict[str, Any]]:
        return self.scene.copies[network]

    def requests(self, network: str) -> list[Request]:
        """What the service was asked so far; nothing, where it is a place on this machine."""
        service = self.scene.services[network]
        return list(service.seen("")) if isinstance(service, PretendService) else []

    def feed(self) -> bytes:
        """The feed as the blog would serve it now."""
        body = self.scene.blog.answer(Request("GET", "/feed.xml", {}, {}, b"")).body
        assert isinstance(body, bytes)
        return body

    def serve(self, body: bytes | None) -> None:
        """Let these bytes stand where the feed is; None: the feed again."""
        assert isinstance(self.scene.blog, Blog)
        self.scene.blog.instead = body

    def feed_is_due(self) -> None:
        """Let the daemon ask for the feed at once; by hand it is asked for in any case."""
        with self.ledger() as ledger:
            ledger.remember_feed(replace(ledger.feed("blog"), next_check_at=None))

    def counts(self) -> dict[str, int]:
        """How many requests everybody has had."""
        everybody: dict[str, PretendService] = {**self.scene.services, "blog": self.scene.blog}
        return {name: len(service.requests) for name, service in everybody.items()}

    # What happens around us

    def draw(self, answer: bytes | None) -> None:
        """What the blog answers to everyone who asks for a picture; None: that there is none."""
        self.scene.blog.draw = lambda name: answer or _missing()

    def while_drawing(self, do: Callable[[], object]) -> None:
        """Do it once, while a network's seat fetches a picture for its copy."""
        draw, once = self.scene.blog.draw, [do]

        def drawing(name: str) -> bytes:
            (once.pop() if once else lambda: None)()
            return draw(name)

        self.scene.blog.draw = drawing

    @contextmanager
    def unreachable(self, network: str) -> Iterator[None]:
        """Its address leads nowhere for a while."""
        file, url = f"networks.d/{network}.toml", self.scene.services[network].url
        self.edit(file, url, NOWHERE)
        try:
            yield
        finally:
            self.edit(file, NOWHERE, url)

    def revoke(self, network: str) -> Callable[[], object]:
        """The owner's access ends; what is returned gives it back."""
        self.scene.services[network].revoke()
        restore: Callable[[], object] = self.scene.services[network].restore
        return restore

    def become_another(self, network: str) -> None:
        """The same configuration, or nearly so, now leads to another account."""
        service = self.scene.services[network]
        before = service.settings()
        for key, value in (service.become_another() or {}).items():
            self.edit(f"networks.d/{network}.toml", f'{key} = "{before[key]}"', f'{key} = "{value}"')

    def account(self, network: str) -> str:
        """Who the service says we are."""
        with self.host() as host:
            connector = host.connect(host.config.networks[network])
            try:
                return connector.whoami().id
            finally:
                connector.close()


_drawn_once = cache(picture)


def _missing() -> bytes:
    raise FileNotFoundError


@contextmanager
def ground_in(directory: Path, *networks: str, cast: Mapping[str, PretendService] | None = None) -> Iterator[Ground]:
    """A blog with one old post that nobody has looked at yet, and pretend services for `networks`, or the `cast`."""
    clock = ManualClock(datetime.now(UTC).replace(microsecond=0))
    old = Entry("old", "Old", "<p>Older than syndicator.</p>", clock.now() - 30 * DAY)
    with stage(directory, Blog([old]), cast=cast or pretend_services(*(networks or TWO))) as scene:
        for service in scene.services.values():
            service.now = lambda: clock.now().timestamp()
        scene.blog.draw = _drawn_once
        yield Ground(scene, clock)
