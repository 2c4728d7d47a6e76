"""A week with a server that marks every rude request: the daemon earns no mark, nor do Passes every minute."""

import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.cli.hosting import host_of
from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.daemon import Daemon
from syndicator.host import Host
from syndicator.ledger.lock import hold
from syndicator.run import Scope, make_pass
from tests.system.grader import DAY, HOUR, Feed, Given, Grader, http_date
from tests.system.pass_ground import Events

START = datetime(2026, 3, 2, 9, 17, tzinfo=UTC)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
EDITION = timedelta(hours=50)  # between two new posts
XML = {"Content-Type": "application/rss+xml"}


def document(name: str, edition: int) -> bytes:
    """A feed that had three posts to begin with, and one more with each edition."""
    items = "".join(
        f"<item><title>{name} {number}</title><link>https://{name}.example/{name}-{number}/</link>"
        f"<guid>https://{name}.example/{name}-{number}/</guid>"
        f"<pubDate>{http_date(START + EDITION * (number - 3) + MINUTE * len(name))}</pubDate></item>"
        for number in range(edition + 2, -1, -1)
    )
    link = f"<link>https://{name}.example/</link>"
    return f'<rss version="2.0"><channel><title>{name}</title>{link}{items}</channel></rss>'.encode()


@dataclass(slots=True)
class Served:
    """A feed with a new post every fifty hours; subclasses have habits."""

    name: str
    etag: str | None = '"{edition}"'
    dated: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, now: datetime, asked: Mapping[str, str]) -> Given:
        edition = (now - START) // (EDITION)
        tag = self.etag.format(edition=edition) if self.etag else None
        changed = http_date(START + EDITION * edition) if self.dated else None
        offers = {k: v for k, v in (("ETag", tag), ("Last-Modified", changed)) if v is not None}
        if self.is_same(asked, tag, changed):
            return Given(304, {**offers, **self.headers})
        return Given(200, {**XML, **offers, **self.headers}, document(self.name, edition))

    def is_same(self, asked: Mapping[str, str], tag: str | None, changed: str | None) -> bool:
        if "if-none-match" in asked:
            return asked["if-none-match"] == tag
        return changed is not None and asked.get("if-modified-since") == changed


class Apache(Served):
    """mod_deflate: what it gives as an ETag it does not know again."""

    def is_same(self, asked: Mapping[str, str], tag: str | None, changed: str | None) -> bool:
        return "if-none-match" not in asked and Served.is_same(self, asked, tag, changed)


def sometimes(feed: Feed, when: Callable[[datetime], Given | None]) -> Feed:
    return lambda now, asked: when(now) or feed(now, asked)


def limited(now: datetime) -> Given | None:
    """Every morning a bad hour: with seconds, with a date, with nonsense, with nothing."""
    hours = (now - START) // HOUR
    if hours % 24 not in (3, 4):
        return None
    wishes: tuple[dict[str, str], ...] = (
        {"Retry-After": "20000"},
        {"Retry-After": http_date(now + 9 * HOUR)},
        {"Retry-After": "soon"},
        {},
    )
    chosen = wishes[hours // 24 % 4]
    return Given(429, {} if chosen.get("Retry-After") == "soon" else chosen)


def shaky(now: datetime) -> Given | None:
    hours = (now - START) // HOUR
    return {1: Given(500), 3: Given(503, {"Retry-After": "7200"}), 7: Given(503)}.get(hours // 7)


def missing(now: datetime) -> Given | None:
    return Given(404) if 2 * DAY < now - START < 3 * DAY else None


def gone(now: datetime) -> Given | None:
    return Given(410) if now - START > 3 * DAY else None


def moved(to: str, status: int) -> Feed:
    return lambda now, asked: Given(status, {"Location": to})


FEEDS: dict[str, Feed] = {
    "/plain.xml": Served("plain"),
    "/weak.xml": Served("weak", 'W/"{edition},é"', dated=False, headers={"Cache-Control": "max-age=504576000"}),
    "/patient.xml": Served("patient", None, headers={"Cache-Control": "public, max-age=14400"}),
    "/bare.xml": Served("bare", None, dated=False),
    "/apache.xml": Apache("apache", '"{edition}-gzip"'),
    "/limited.xml": sometimes(Served("limited"), limited),
    "/shaky.xml": sometimes(Served("shaky"), shaky),
    "/missing.xml": sometimes(Served("missing"), missing),
    "/gone.xml": sometimes(Served("gone"), gone),
    "/old.xml": moved("/new.xml", 301),
    "/new.xml": Served("new"),
    "/elsewhere.xml": moved("/there.xml", 302),
    "/there.xml": Served("there"),
}
CONFIGURED = [path for path in FEEDS if path not in ("/new.xml", "/there.xml")]
HOURLY = ("/plain.xml", "/limited.xml", "/bare.xml", "/patient.xml", "/weak.xml")


@dataclass(slots=True)
class Home:
    config: Path
    clock: ManualClock
    grader: Grader
    events: Events = field(default_factory=Events)

    @contextmanager
    def host(self) -> Iterator[Host]:
        """As a process that has just begun has it."""
        config = load(self.config)
        with (
            hold(config.state_dir, config.ledger.url) as held,
            host_of(config, level="critical", clock=self.clock) as host,
        ):
            host.ledger.hold = held
            yield replace(host, log=self.events)

    def visits(self, path: str) -> int:
        return len([visit for visit in self.grader.visits if visit.target == path])


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    clock = ManualClock(START)
    with Grader(FEEDS, clock.now) as grader:
        config = tmp_path / "config.toml"
        feeds = "".join(table(path, grader.url) for path in CONFIGURED)
        config.write_text(f'state_dir = "{tmp_path / "state"}"\n\n{feeds}')
        yield Home(config, clock, grader)


def table(path: str, url: str) -> str:
    every = "1h" if path in HOURLY else "6h"
    return f'[[feed]]\nname = "{path[1:-4]}"\nurl = "{url}{path}"\nevery = "{every}"\n\n'


class Restarts:
    """Takes systemd's place, and stops the daemon at a given time, in the middle of its sleep."""

    def __init__(self, home: Home, lasts: timedelta) -> None:
        self.ends = home.clock.now() + lasts
        self.clock = home.clock
        self.daemon: Daemon | None = None

    def notify(self, state: str) -> None:
        if self.daemon is not None and self.clock.now() >= self.ends:
            self.daemon.stop.set()
            self.daemon.woken.set()


def live_as_a_daemon(home: Home, lasts: timedelta) -> None:
    """One life of the daemon, from start to TERM; in a thread, because signals go only to main threads."""
    supervisor = Restarts(home, lasts)

    def run() -> None:
        with home.host() as host:
            supervisor.daemon = Daemon(host, lambda: host.config, supervisor)
            supervisor.daemon.run()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


@pytest.mark.timeout(400)
def test_a_daemon_that_is_restarted_again_and_again_earns_no_mark(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "120000000")  # a beat a minute, so that it can be stopped at any of them
    monkeypatch.setattr("syndicator.daemon.LONGEST_SLEEP", 45 * MINUTE)  # a third of the Passes that do nothing
    for lasts in range(1, 1000):
        if home.clock.now() - START >= WEEK:
            break
        live_as_a_daemon(home, timedelta(minutes=7 * lasts % 613 + 3))
    assert home.grader.marks() == set()
    assert_it_did_its_work(home)


def test_passes_every_minute_earn_no_mark(home: Home) -> None:
    """For two days; of the minutes in which nothing can be due, only the last is walked."""
    while home.clock.now() - START < 2 * DAY:
        with home.host() as host:
            for _ in range(97):
                make_pass(host, Scope(by_hand=False))
                home.clock.advance(MINUTE * max(1, minutes_to_next(host)))
    assert home.grader.marks() == set()
    assert home.visits("/plain.xml") > 40


def minutes_to_next(host: Host) -> int:
    due = [feed.next_check_at for feed in host.ledger.feeds() if feed.next_check_at is not None]
    return (min(due) - host.clock.now()) // MINUTE


def test_a_person_who_asks_now_and_then_earns_no_mark_either(home: Home) -> None:
    """By hand the feeds are polled before their time; conditions, and what a server asked for, are kept to."""
    for _ in range(10):
        with home.host() as host:
            make_pass(host, Scope())
        home.clock.advance(13 * HOUR + MINUTE)
    assert home.grader.marks() == set()
    assert home.visits("/plain.xml") == 10


def assert_it_did_its_work(home: Home) -> None:
    """Nobody earns a mark who never asks."""
    assert 140 < home.visits("/plain.xml") <= 168
    assert 30 < home.visits("/patient.xml") <= 42
    assert 30 < home.visits("/weak.xml") <= 34
    assert 70 < home.visits("/bare.xml") <= 84
    assert home.visits("/limited.xml") > 60
    assert home.visits("/shaky.xml") > 20
    assert 4 < home.visits("/old.xml") < 7  # a day of six hours each, jitter included
    assert home.visits("/new.xml") > 20
    assert home.visits("/elsewhere.xml") > 20
    assert [visit.given.status for visit in home.grader.visits if visit.target == "/gone.xml"].count(410) == 1
    full = [visit for visit in home.grader.visits if visit.target == "/apache.xml" and visit.given.status == 200]
    assert len(full) == 1 + 3 + 3  # the first, three that would not be believed, and one for each new post
    assert [facts["url"] for facts in home.events.of("feed_moved")] == [f"{home.grader.url}/new.xml"]
    assert len(home.events.of("feed_gone")) == 1
    with home.host() as host:
        posts = {feed.name: len(host.ledger.posts(feed=feed.name)) for feed in host.config.feed}
    assert posts == {path[1:-4]: 4 if path == "/gone.xml" else 6 for path in CONFIGURED}


# The grader bites


class Rude:
    """Asks whatever it is told to."""

    def __init__(self, grader: Grader, clock: ManualClock) -> None:
        self.at = ("127.0.0.1", int(grader.url.rpartition(":")[2]))
        self.clock = clock

    def ask(self, target: str, after: timedelta = 2 * HOUR, /, **headers: str | None) -> "Rude":
        """After a while, with the headers of somebody polite unless `headers` has others or None."""
        self.clock.advance(after)
        said = {"User_Agent": "reader/1 (+http://reader.example)", "Accept_Encoding": "gzip", **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in said.items() if value is not None]
        request = "\r\n".join([f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *lines, "", ""])
        with socket.create_connection(self.at) as wire:
            wire.sendall(request.encode("latin-1"))
            while wire.recv(65_536):
                pass
        return self


SAME = {"If_None_Match": '"0"', "If_Modified_Since": http_date(START)}
MANNERS: dict[str, Callable[[Rude], Rude]] = {
    "unconditional again": lambda rude: rude.ask("/plain.xml").ask("/plain.xml"),
    "wrong or invented validators": lambda rude: rude.ask("/plain.xml", If_Modified_Since=http_date(START)),
    "too often": lambda rude: rude.ask("/plain.xml").ask("/plain.xml", 59 * MINUTE, **SAME),
    "twice at once": lambda rude: rude.ask("/plain.xml").ask("/plain.xml", timedelta(seconds=1), **SAME),
    "ignores Cache-Control": lambda rude: rude.ask("/patient.xml").ask("/patient.xml", 3 * HOUR),
    "comes before Retry-After": lambda rude: rude.ask("/limited.xml", 3 * HOUR).ask("/limited.xml", 5 * HOUR),
    "does not slow down": lambda rude: rude.ask("/shaky.xml", 8 * HOUR).ask("/shaky.xml", MINUTE),
    "asks for what is gone": lambda rude: rude.ask("/gone.xml", 4 * DAY).ask("/gone.xml", 4 * DAY),
    "sends cookie": lambda rude: rude.ask("/plain.xml", Cookie="seen=1"),
    "sends referer": lambda rude: rude.ask("/plain.xml", Referer="http://reader.example/"),
    "sends cache-control": lambda rude: rude.ask("/plain.xml", Cache_Control="no-cache"),
    "query parameters": lambda rude: rude.ask("/plain.xml?now=1"),
    "fragments": lambda rude: rude.ask("/plain.xml#top"),
    "asks for other things": lambda rude: rude.ask("/favicon.ico"),
    "takes no compression": lambda rude: rude.ask("/plain.xml", Accept_Encoding=None),
    "says not who it is": lambda rude: rude.ask("/plain.xml", User_Agent="Mozilla/5.0"),
}


@pytest.fixture
def rude() -> Iterator[tuple[Grader, Rude]]:
    clock = ManualClock(START)
    with Grader(FEEDS, clock.now) as grader:
        yield grader, Rude(grader, clock)


@pytest.mark.parametrize("mark", MANNERS)
def test_each_bad_manner_earns_its_mark(mark: str, rude: tuple[Grader, Rude]) -> None:
    grader, client = rude
    MANNERS[mark](client)
    assert mark in {given for given, _ in grader.marks()}


def test_a_limit_without_a_wish_is_to_be_met_ever_more_slowly(rude: tuple[Grader, Rude]) -> None:
    grader, client = rude
    client.ask("/limited.xml", 3 * DAY + 3 * HOUR).ask("/limited.xml", 50 * MINUTE)
    assert grader.marks() == {("does not slow down", "/limited.xml")}


def test_questions_that_overlap_earn_a_mark(rude: tuple[Grader, Rude]) -> None:
    grader, _ = rude
    grader.visited("/plain.xml", {})
    grader.visited("/plain.xml", {})
    assert ("several at a time", "") in grader.marks()


def test_who_asks_as_one_should_earns_none(rude: tuple[Grader, Rude]) -> None:
    grader, client = rude
    client.ask("/plain.xml", HOUR)
    for _ in range(10):
        client.ask("/plain.xml", **SAME)
    assert grader.marks() == set()
