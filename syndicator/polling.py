"""Which feeds to poll now, and what is remembered of each poll.

Enters: the configured feeds and their memories. Leaves: answers, in the order of the configuration, and new memories.
It reads no document and knows nothing of posts.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime

from syndicator.config.models import FeedConfig
from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators, fetch
from syndicator.feed.schedule import next_check
from syndicator.host import Host
from syndicator.ledger.rows import FeedMemory

SEATS = 16
LARGEST = 10_000_000  # bytes, after decompression
DEADLINE = 30.0  # seconds
LOOK_UP = 5.0  # seconds between two signs of life while servers are waited for

Answer = Fetched | Unchanged | Unavailable


def due_feeds(host: Host, names: frozenset[str] | None, *, by_hand: bool) -> list[tuple[FeedConfig, FeedMemory]]:
    """The feeds to poll now; `names` None means all."""
    now = host.clock.now()
    chosen = [feed for feed in host.config.feed if names is None or feed.name in names]
    remembered = [(feed, memory_of(host, feed)) for feed in chosen]
    return [(feed, memory) for feed, memory in remembered if _is_due(memory, now, by_hand=by_hand)]


def memory_of(host: Host, feed: FeedConfig) -> FeedMemory:
    """What is remembered of a feed; what belongs to one address and its server is dropped when the address changes."""
    memory = host.ledger.feed(feed.name)
    if memory.url == feed.url:
        return memory
    return replace(FeedMemory(feed.name, feed.url), baseline=memory.baseline)


def _is_due(memory: FeedMemory, now: datetime, *, by_hand: bool) -> bool:
    """By hand a feed is polled at once, but never before the time its server asked for."""
    if memory.retry_after_until is not None and memory.retry_after_until > now:
        return False
    return by_hand or memory.next_check_at is None or memory.next_check_at <= now


def poll(host: Host, feeds: Sequence[tuple[FeedConfig, FeedMemory]]) -> Iterator[tuple[FeedConfig, FeedMemory, Answer]]:
    """Fetch in a bounded pool; the answers come out on this thread."""
    if not feeds:
        return
    with ThreadPoolExecutor(min(SEATS, len(feeds)), thread_name_prefix="fetch") as pool:
        asked = [pool.submit(ask, host, feed, memory) for feed, memory in feeds]
        for (feed, memory), answer in zip(feeds, asked, strict=True):
            while not wait([answer], LOOK_UP).done:
                host.beat()  # many feeds whose servers stall must not look like a program that hangs
            yield feed, memory, answer.result()


def ask(host: Host, feed: FeedConfig, memory: FeedMemory) -> Answer:
    """One conditional request."""
    session = host.http.allowing(feed.url).session(max_body=LARGEST, deadline=DEADLINE)
    return fetch(feed.url, Validators(memory.etag, memory.last_modified), session, host.clock.now())


def after_success(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Fetched | Unchanged) -> FeedMemory:
    """The memory after a good answer. For a document it is stored only together with the posts it covers."""
    now = host.clock.now()
    due = next_check(now, feed.every, hint=answer.hint, retry_after=None, failures=0, feed_name=feed.name)
    return replace(
        memory,
        etag=answer.validators.etag,
        last_modified=answer.validators.last_modified,
        checked_at=now,
        succeeded_at=now,
        next_check_at=due,
        failures=0,
        retry_after_until=None,
        trouble=None,
    )


def after_failure(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Unavailable) -> FeedMemory:
    """A failure moves the next try; validators stay as they were."""
    now, failures = host.clock.now(), memory.failures + 1
    wish = answer.retry_after
    return replace(
        memory,
        checked_at=now,
        failures=failures,
        next_check_at=next_check(now, feed.every, hint=None, retry_after=wish, failures=failures, feed_name=feed.name),
        retry_after_until=now + wish if wish is not None else None,
        trouble=answer.reason,
    )
