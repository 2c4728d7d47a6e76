"""Small values and short sentences for the ledger's tests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Receipt, Rendering, Scope
from syndicator.feed.identify import Alias
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.opening import OnLoss
from syndicator.ledger.rows import Delivery, FeedMemory, NewPost, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.outcome import Kind, Outcome, delivered
from syndicator.post import Post

FEED = FeedMemory("blog", "https://blog.example/feed.xml", etag='"1"')
MINUTE = timedelta(minutes=1)
WORDS = Rendering("Hello from the blog", link="https://blog.example/1")
REFUSED = Outcome(Kind.DEFERRED, "503 try later")
LOST = Outcome(Kind.UNKNOWN, "connection reset")
LOCKED_OUT = Outcome(Kind.BLOCKED, "401 revoked", scope=Scope.NETWORK)
UNWANTED = Outcome(Kind.REJECTED, "422 too long")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a test's ledger lives."""

    url: str
    state_dir: Path
    clock: ManualClock

    @property
    def file(self) -> Path:
        return Path(self.url.removeprefix("sqlite://"))

    def create(self) -> Ledger:
        return Ledger.create(self.url, self.state_dir, self.clock)

    def open(self, *, read_only: bool = False, on_loss: OnLoss = OnLoss.REFUSE) -> Ledger:
        return Ledger.open(self.url, self.state_dir, self.clock, read_only=read_only, on_loss=on_loss)

    def adopt(self, since: datetime | None = None) -> Ledger:
        return Ledger.adopt(self.url, self.state_dir, self.clock, since)


def article(number: int, published: datetime | None = None) -> Post:
    return Post(f"guid-{number}", f"https://blog.example/{number}", title=f"Title {number}", published=published)


def names(number: int) -> tuple[Alias, ...]:
    return (Alias("guid", f"guid-{number}"), Alias("url", f"//blog.example/{number}"))


def ready(network: str = "mastodon", due_at: datetime | None = None) -> Owed:
    return Owed(network, State.READY, "new", due_at)


def document(
    clock: ManualClock,
    numbers: Sequence[int],
    owed: tuple[Owed, ...] = (),
    *,
    seen: tuple[SeenPost, ...] = (),
    feed: FeedMemory = FEED,
) -> Recording:
    new = tuple(NewPost(article(n), names(n), clock.now(), owed) for n in numbers)
    return Recording(feed, new, seen, clock.now())


def one_owed(ledger: Ledger, clock: ManualClock, owed: Owed | None = None, number: int = 1) -> Delivery:
    """Record one post with one delivery, and give the delivery."""
    [post_id] = ledger.record(document(clock, [number], (owed or ready(),)))
    return ledger.deliveries(post_id=post_id)[0]


def sent(ledger: Ledger, row: Delivery, rendering: Rendering = WORDS) -> Delivery:
    return ledger.start(row, rendering, account="42")


def done(remote_id: str = "900") -> Outcome:
    return delivered(Receipt(remote_id, f"https://social.example/@me/{remote_id}", extra={"cid": "bafy"}))


def in_doubt(ledger: Ledger, row: Delivery, rendering: Rendering = WORDS) -> Delivery:
    return ledger.finish(sent(ledger, row, rendering), "doubtful", outcome=LOST)


def picture(data: bytes) -> Attachment:
    return Attachment(data, hashlib.sha256(data).hexdigest(), "image/jpeg", 4, 3, alt="a cat")
