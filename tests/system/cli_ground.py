"""A small installation in a temporary directory, for tests of the command line: configuration, ledger, a few posts."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.clock import SystemClock
from syndicator.connector import Receipt, Rendering
from syndicator.feed.identify import aliases_of
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Delivery, FeedMemory, NewPost, Owed, Recording
from syndicator.ledger.states import State
from syndicator.outcome import Kind, Outcome
from syndicator.post import Post

ROOT = Path(__file__).parents[2]
BLOG = "https://blog.example"

CONFIG = """\
state_dir = "{home}/state"

[[feed]]
name = "blog"
url = "https://blog.example/feed.xml"

[ledger]
url = "sqlite:///{home}/ledger.db"
"""

MASTODON = """\
connector = "mastodon"
instance = "https://social.example"
access_token = { env = "TEST_MASTODON_TOKEN" }
"""

BLUESKY = """\
connector = "bluesky"
handle = "me.bsky.example"
app_password = { env = "TEST_BLUESKY_PASSWORD" }
"""

ENVIRONMENT = {"TEST_MASTODON_TOKEN": "token-of-the-test", "TEST_BLUESKY_PASSWORD": "abcd-efgh-ijkl-mnop"}


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str


@dataclass(slots=True)
class Ground:
    """`home` holds config.toml, networks.d/ and the ledger; `made` counts the posts recorded so far."""

    home: Path
    made: int = field(default=0)

    def __post_init__(self) -> None:
        (self.home / "networks.d").mkdir()
        self.config.write_text(CONFIG.format(home=self.home))
        (self.home / "networks.d" / "mastodon.toml").write_text(MASTODON)
        (self.home / "networks.d" / "bluesky.toml").write_text(BLUESKY)
        self.config.chmod(0o600)
        Ledger.create(self.url, self.home / "state", SystemClock()).close()

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.home}/ledger.db"

    def open(self) -> Ledger:
        return Ledger.open(self.url, self.home / "state", SystemClock())

    def owe(
        self, *networks: str, state: State = State.HELD, cause: str = "burst", title: str = "A walk", age: int = 1
    ) -> list[int]:
        """Record a post `age` hours old that is owed to `networks`; returns the numbers of its deliveries."""
        self.made += 1
        now = datetime.now(UTC) - timedelta(hours=age)
        link = f"{BLOG}/{self.made}"
        post = Post(guid=f"tag:blog.example,{self.made}", link=link, title=title, text="Words.", published=now)
        owed = tuple(Owed(n, state, cause, now if state is State.READY else None) for n in networks)
        new = NewPost(post, aliases_of(post, [post]), now, owed)
        ledger = self.open()
        try:
            (post_id,) = ledger.record(Recording(feed_memory(now), (new,), (), now))
            return [d.id for d in ledger.deliveries(post_id=post_id)]
        finally:
            ledger.close()

    def send(self, number: int, kind: Kind, reason: str = "", receipt: Receipt | None = None) -> Delivery:
        """Take a delivery that is ready through one attempt that ends as `kind`."""
        moves = {
            Kind.DELIVERED: "delivered",
            Kind.DEFERRED: "deferred",
            Kind.REJECTED: "rejected",
            Kind.UNKNOWN: "doubtful",
        }
        ledger = self.open()
        try:
            started = ledger.start(ledger.delivery(number), Rendering("Words."), account="7")
            due = datetime.now(UTC) + timedelta(hours=2) if kind is Kind.DEFERRED else None
            return ledger.finish(started, moves[kind], outcome=Outcome(kind, reason, receipt=receipt), due_at=due)
        finally:
            ledger.close()

    def delivery(self, number: int) -> Delivery:
        ledger = self.open()
        try:
            return ledger.delivery(number)
        finally:
            ledger.close()


def feed_memory(now: datetime, trouble: str | None = None) -> FeedMemory:
    return FeedMemory(
        name="blog",
        url=f"{BLOG}/feed.xml",
        etag=None,
        last_modified=None,
        checked_at=now,
        succeeded_at=now,
        next_check_at=now + timedelta(hours=1),
        failures=0,
        retry_after_until=None,
        body_sha256=None,
        baseline=True,
        trouble=trouble,
    )


def in_subprocess(*words: str, env: dict[str, str] | None = None, stdout: int = subprocess.PIPE) -> Said:
    """The real command in a process of its own, without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicator", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'connectors'}", **(env or {})},
    )
    return Said(done.returncode, done.stdout or "", done.stderr)


def without_reader(*words: str, env: dict[str, str] | None = None) -> Said:
    """The same, into a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return in_subprocess(*words, env=env, stdout=writer)
    finally:
        os.close(writer)
