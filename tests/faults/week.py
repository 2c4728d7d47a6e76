"""A simulated week of the real daemon with five networks, each of which may be sick in its own way for all of it.

Enters: a habit per network. Leaves: for each post how long it took from the blog to the healthy network. Daemon, Pass,
ledger, connectors are the real ones; one clock stands for everything, and what seats do at the same time takes the
same time: `side_by_side` is `seat.drive` with each seat's answers sorted by when they come.
"""

import heapq
import io
import json
import random
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import requests
from urllib3 import HTTPResponse

from syndicator import deliver, run, seat
from syndicator.clock import Clock, ManualClock
from syndicator.config.files import load
from syndicator.daemon import Daemon
from syndicator.host import Host
from syndicator.http import Http
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.lock import hold
from syndicator.polling import poll
from syndicator.registry import Registry
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator.sandbox.stage import pretend_classes, write_config
from syndicator.wire import GuardedAdapter
from tests.faults.sickness import Habit, ReadingStopped, healthy
from tests.proof.simulated import Ports, machine
from tests.system.pass_ground import PUBLISHING, Events
from tests.unit.feed_ground import ParserHere

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
POLLED = timedelta(minutes=15)
BETWEEN_POSTS = timedelta(minutes=40)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass(slots=True)
class Week:
    """What came of it, on the network that was healthy."""

    delays: list[float] = field(default_factory=list)  # seconds from the blog to the network
    ours: list[float] = field(default_factory=list)  # of these, what is not the wait for the feed's next look to be due
    copies: dict[str, int] = field(default_factory=dict)  # of each network
    posts: int = 0
    passes: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)


def share(seconds: list[float], below: float) -> float:
    """Below which so great a share of them lies."""
    return sorted(seconds)[min(len(seconds) - 1, int(below * len(seconds)))]


class _Net:
    def __init__(self, clock: ManualClock, draw: random.Random) -> None:
        self.clock, self.draw = clock, draw
        self.services: dict[str, tuple[PretendService, Habit, str]] = {}
        self.asked: dict[str, int] = {}
        self.published: dict[str, list[tuple[float, bytes]]] = {}
        self.looks: list[tuple[float, float]] = []  # at the feed: when it was due, and when it was answered

    def watched(self, poll: Callable[..., Any]) -> Callable[..., Any]:
        """`polling.poll`, of which it is noted when it was due."""

        def watching(host: Host, feeds: Any) -> Any:
            now = self.clock.now()
            self.looks += [((memory.next_check_at or now).timestamp(), now.timestamp()) for _, memory in feeds]
            return poll(host, feeds)

        return watching

    def carry(self, adapter: "_Wire", request: requests.PreparedRequest) -> requests.Response:
        url = urlsplit(str(request.url))
        service, habit, name = self.services[url.netloc]
        asked = Request(str(request.method), url.path, parse_qs(url.query), _headers(request), _body(request))
        line = f"{asked.method} {asked.path}"
        self.asked[name] = self.asked.get(name, 0) + 1
        seconds, instead = habit(self.draw, line)
        self.clock.advance(timedelta(seconds=seconds))
        if isinstance(instead, ReadingStopped) or not isinstance(instead, Exception):
            adapter.leaves()
        if isinstance(instead, Exception):
            raise instead
        reply = instead or _answered(service, asked)
        if instead is None and PUBLISHING.get(name) and _publishes(name, line) and reply.status < 300:
            self.published.setdefault(name, []).append((self.clock.now().timestamp(), asked.body))
        return adapter.response(request, reply, self.clock)


class _Wire(GuardedAdapter):
    net: _Net

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        return self.net.carry(self, request)

    def leaves(self) -> None:
        self._gate.before_sending()

    def response(self, request: requests.PreparedRequest, reply: Reply, clock: ManualClock) -> requests.Response:
        body = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else _json(reply.body)
        headers = {"Content-Length": str(len(body)), "Date": formatdate(clock.now().timestamp(), usegmt=True)}
        kind = {} if isinstance(reply.body, bytes) else {"Content-Type": "application/json; charset=utf-8"}
        headers |= {**kind, **{k.title(): v for k, v in reply.headers.items()}}
        return self.build_response(
            request, HTTPResponse(io.BytesIO(body), headers=headers, status=reply.status, preload_content=False)
        )


Due = Callable[[frozenset[str]], datetime | None]


def side_by_side(clock: ManualClock, due: Due) -> Callable[..., None]:
    """`seat.drive` in simulated time: seats work at the same time, and answers are taken in the order they come. `due`:
    when there will be something for others than those it is told; the real one asks every second instead."""

    def drive(
        errands: Mapping[str, Any], real: Clock, *, patience: float = 0, beat: Any = None, stop: Any = None, more: Any
    ) -> None:
        order = count()
        answers: list[tuple[datetime, int, str, Any, Any]] = []
        seats: dict[str, Any] = {}
        begun: dict[str, float] = {}
        slow: set[str] = set()

        def begin(errands: Mapping[str, Any]) -> None:
            for name, errand in errands.items():
                seats[name], begun[name] = errand, clock.monotonic()
                ask(name, None, None)

        def ask(name: str, value: Any, error: Exception | None) -> None:
            try:
                work = seats[name].send(value) if error is None else seats[name].throw(error)
            except StopIteration:
                del seats[name]
                slow.update({name} if clock.monotonic() - begun[name] > seat.QUICK else ())
                return
            here = clock._now, clock._elapsed
            value, error = _done(work)
            heapq.heappush(answers, (clock.now(), next(order), name, value, error))
            clock._now, clock._elapsed = here

        def look() -> datetime | None:
            at = due(frozenset(seats) | slow)
            return None if at is None else max(at, clock.now() + timedelta(seconds=seat.ASK_FOR_MORE))

        begin(errands)
        while answers:
            at = look()
            if at is not None and at < answers[0][0]:
                clock.advance(at - clock.now())
                begin(more(frozenset(seats) | slow))
                continue
            at, _, name, value, error = heapq.heappop(answers)
            clock.advance(max(at - clock.now(), timedelta(0)))
            ask(name, value, error)

    return drive


class _Ends:
    """Takes systemd's place, and stops the daemon when the week is over."""

    def __init__(self, clock: ManualClock, until: datetime, write: Callable[[], None]) -> None:
        self.clock, self.until, self.write = clock, until, write
        self.daemon: Daemon | None = None
        self.passes = 0

    def notify(self, state: str) -> None:
        self.write()
        self.passes += state.startswith("STATUS")
        if self.daemon is not None and self.clock.now() >= self.until:
            self.daemon.stop.set()
            self.daemon.woken.set()


class _GrowingBlog(PretendBlog):
    """Posts appear at their time, whoever looks; their pages show no picture."""

    diary: list[Entry]

    def answer(self, request: Request) -> Reply:
        now = self.now()
        shown = [entry for entry in self.diary if entry.published.timestamp() <= now]
        self.entries = shown[-20:][::-1] if request.path == "/feed.xml" else shown
        return super().answer(request)

    def _page(self, entry: Entry) -> str:
        return f"<!doctype html><title>{entry.title}</title>{entry.body}"


def live(habits: Mapping[str, Habit], watched: str, *, lasts: timedelta = WEEK, seed: int = 0) -> Week:
    """The daemon's life with these networks. The same seed gives the same posts at the same times."""
    clock, posts = ManualClock(START), _diary(random.Random(seed), lasts)
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY, prefix="week-")))
        stack.enter_context(machine(clock, random.Random(seed)))
        net = _Net(clock, random.Random(seed))
        blog, services = _cast(net, clock, habits)
        blog.diary = posts
        write_config(
            home,
            blog.feed_url,
            services,
            home / "links.json",
            settle="60s",
            defaults={"burst": 50},
        )
        path = home / "config.toml"
        path.write_text(path.read_text().replace("\n[defaults]", f'every = "{POLLED.seconds}s"\n\n[defaults]', 1))
        config = load(path)
        held = stack.enter_context(hold(config.state_dir, config.ledger.url))
        ledger = stack.enter_context(Ledger.create(config.ledger.url, config.state_dir, clock))
        ledger.hold = held
        stack.enter_context(patch.object(run, "poll", net.watched(poll)))
        wire = type("Wire", (_Wire,), {"net": net})
        host = Host(config, ledger, clock, Http(adapter=wire), Registry.discover(), Events(), parser=ParserHere())
        stack.enter_context(patch.object(deliver, "drive", side_by_side(clock, partial(_due, host))))
        ends = _Ends(clock, START + lasts, lambda: None)
        daemon = ends.daemon = Daemon(host, lambda: config, ends)
        with patch.object(Daemon, "_listen", lambda self: None):
            daemon.run()
        return _told(net, services, posts, watched, ends)


def _told(net: _Net, services: Mapping[str, Any], posts: list[Entry], watched: str, ends: _Ends) -> Week:
    week = Week(posts=len(posts), passes=ends.passes, asked=net.asked)
    for entry in posts:
        link, written = f"/{entry.slug}/".encode(), entry.published.timestamp()
        times = [at for at, body in net.published.get(watched, ()) if link in unquote_to_bytes(body)]
        if times:
            due = next(due for due, at in net.looks if at >= written)
            week.delays.append(min(times) - written)
            week.ours.append(min(times) - max(due, written))
    for name, service in services.items():
        shown = [json.dumps(copy, default=str) for copy in service.copies()]
        seen = {entry.slug: sum(f"/{entry.slug}/" in text for text in shown) for entry in posts}
        week.copies[name] = sum(1 for times in seen.values() if times)
        week.doubled += [f"{name}: {post}" for post, times in seen.items() if times > 1]
    return week


def _cast(net: _Net, clock: ManualClock, habits: Mapping[str, Habit]) -> tuple[_GrowingBlog, dict[str, PretendService]]:
    Ports.next = 4000
    blog = _GrowingBlog([])
    blog.now = lambda: clock.now().timestamp()
    net.services["127.0.0.1:4000"] = (blog, healthy, "blog")
    services = {}
    for number, (name, habit) in enumerate(habits.items()):
        Ports.next = 5000 + number
        made = pretend_classes()[name](lambda: clock.now().timestamp())
        net.services[f"127.0.0.1:{5000 + number}"] = (made, habit, name)
        services[name] = made
    return blog, services


def _diary(draw: random.Random, lasts: timedelta) -> list[Entry]:
    """One post about every forty minutes, after the first hour, at odd seconds; each has its own words."""
    at, end = START + timedelta(hours=1), START + lasts - timedelta(hours=2)
    posts: list[Entry] = []
    while at < end:
        at += BETWEEN_POSTS * draw.uniform(0.2, 1.8)
        name = f"post-{len(posts)}"
        posts.append(Entry(name, f"About {name}", f"<p>Words of {name} and of no other.</p>", at))
    return posts


def _publishes(name: str, line: str) -> bool:
    return bool(re.search(PUBLISHING[name], line))


def _done(work: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return work(), None
    except Exception as error:
        return None, error


def _due(host: Host, busy: frozenset[str]) -> datetime | None:
    times = [memory.next_check_at for memory in host.ledger.feeds()]
    times.append(host.ledger.next_due(host.config.networks.keys() - busy))
    return min((at for at in times if at is not None), default=None)


def _answered(service: PretendService, asked: Request) -> Reply:
    try:
        return service.answer(asked)
    except Exception as error:  # what the real handler of a pretend service does
        return Reply(500, {"error": f"{type(error).__name__}: {error}"})


def _headers(request: requests.PreparedRequest) -> dict[str, str]:
    return {k.lower(): v if isinstance(v, str) else v.decode() for k, v in request.headers.items()}


def _body(request: requests.PreparedRequest) -> bytes:
    body: Any = request.body
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
