"""Which feeds to poll now, and what is remembered of each poll.

Enters: the configured feeds and their memories. Leaves: answers, in the order of the configuration, and new memories.
It reads no document and knows nothing of posts.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from syndicator import moving
from syndicator.clock import STEP
from syndicator.config.models import FeedConfig
from syndicator.feed.fetch import DEADLINE, LARGEST, Fetched, Unavailable, Unchanged, Validators, fetch
from syndicator.feed.redirects import with_login
from syndicator.feed.schedule import Trouble
from syndicator.feed.schedule import after_failure as due_after_failure
from syndicator.feed.schedule import after_success as due_after_success
from syndicator.feed.version import READER
from syndicator.host import Host
from syndicator.http import GuardedSession
from syndicator.ledger.rows import FeedMemory

SEATS = 16
LOOK_UP = 5.0  # seconds between two signs of life while servers are waited for
FULL_EVERY = timedelta(days=8)  # a server that says "not modified" for ever is found out
DEAF = 3  # full answers with the same bytes, to questions that named them: the ETag is not the one the server knows
REMIND = timedelta(days=1)

Answer = Fetched | Unchanged | Unavailable
Polled = tuple[FeedConfig, FeedMemory]


def due_feeds(host: Host, names: frozenset[str] | None, *, by_hand: bool) -> list[Polled]:
    """The feeds to poll now, of those that no other host polls; `names` None means all."""
    now = host.clock.now()
    chosen = [feed for feed in host.config.feed if names is None or feed.name in names]
    chosen = [feed for feed in chosen if host.ledger.polls(feed.name)]
    known = {memory.name: memory for memory in host.ledger.feeds()}
    remembered = [(feed, moving.under(feed.url, known.get(feed.name, FeedMemory(feed.name)))) for feed in chosen]
    named = by_hand and names is not None
    return [(feed, memory) for feed, memory in remembered if _is_due(memory, now, by_hand=by_hand, named=named)]


def memory_of(host: Host, feed: FeedConfig) -> FeedMemory:
    """What is remembered of a feed; what belongs to one address and its server is dropped when the address changes."""
    return moving.under(feed.url, host.ledger.feed(feed.name))


def _is_due(memory: FeedMemory, now: datetime, *, by_hand: bool, named: bool) -> bool:
    """By hand a feed is polled at once, but never before the time its server asked for; one that is gone for good only
    when it is named."""
    if memory.checked_at is not None and memory.checked_at > now + STEP:
        return memory.gone_at is None or named  # its times are those of a clock that has been set back
    if memory.retry_after_until is not None and memory.retry_after_until > now:
        return False
    if memory.gone_at is not None:
        return named
    return by_hand or memory.next_check_at is None or memory.next_check_at <= now


def poll(host: Host, feeds: Sequence[Polled]) -> Iterator[tuple[FeedConfig, FeedMemory, Answer]]:
    """Fetch in a bounded pool, one host's feeds one after another; the answers come out on this thread."""
    if not feeds:
        return
    answers: dict[str, Future[Answer]] = {feed.name: Future() for feed, _ in feeds}
    hosts = _by_host(feeds)
    with ThreadPoolExecutor(min(SEATS, len(hosts)), thread_name_prefix="fetch") as pool:
        for of_one_host in hosts:
            pool.submit(_ask_each, host, of_one_host, answers)
        for feed, memory in feeds:
            while not wait([answers[feed.name]], LOOK_UP).done:
                host.beat()  # many feeds whose servers stall must not look like a program that hangs
            yield feed, memory, answers[feed.name].result()


def _by_host(feeds: Iterable[Polled]) -> list[list[Polled]]:
    hosts: dict[str, list[Polled]] = {}
    for feed, memory in feeds:
        hosts.setdefault(urlsplit(memory.address or feed.url).hostname or "", []).append((feed, memory))
    return list(hosts.values())


def _ask_each(host: Host, feeds: Iterable[Polled], answers: dict[str, Future[Answer]]) -> None:
    for feed, memory in feeds:
        try:
            answers[feed.name].set_result(ask(host, feed, memory))
        except BaseException as error:  # whatever it is, the thread that waits for it has to hear of it
            answers[feed.name].set_exception(error)


def ask(host: Host, feed: FeedConfig, memory: FeedMemory, session: GuardedSession | None = None) -> Answer:
    """One question, conditional whenever it can be."""
    if feed.path is not None:
        from syndicator.local import look

        return look(host, feed, feed.path, memory, is_read=_is_read(memory))
    now, session = host.clock.now(), session or session_for(host, feed)
    url = feed.url if memory.address is None else with_login(memory.address, feed.url, session)
    same = memory.body_sha256 if _is_read(memory) and memory.trouble is None else None
    return fetch(url, conditions(memory, now), session, now, sha256=same, pages=feed.format == "h-feed")


def session_for(host: Host, feed: FeedConfig) -> GuardedSession:
    """The owner wrote the feed's host down, so that it may be a private one."""
    return host.http.allowing(feed.url).session(max_body=LARGEST, deadline=DEADLINE)


def conditions(memory: FeedMemory, now: datetime) -> Validators:
    """What to ask with. Nothing where another version of the parser has read the feed, and now and then; no ETag where
    the server does not know its own (mod_deflate appends to them, and then compares with what it appended to)."""
    if not _is_read(memory) or memory.full_at is None or now - memory.full_at >= FULL_EVERY:
        return Validators()
    etag = memory.etag if memory.same_bodies < DEAF or memory.last_modified is None else None
    return Validators(etag, memory.last_modified, memory.answered_by)


def _is_read(memory: FeedMemory) -> bool:
    return memory.baseline and memory.reader == READER


def after_success(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Fetched | Unchanged) -> FeedMemory:
    """The memory after a good answer. For a document it is stored only together with the posts it covers, and it is
    `reading` that knows whether it may count as seen where it was."""
    now = host.clock.now()
    known = replace(
        memory,
        etag=answer.validators.etag,
        last_modified=answer.validators.last_modified,
        answered_by=answer.validators.url,
        checked_at=now,
        succeeded_at=now,
        next_check_at=_due_after_success(feed, memory, answer, now),
        failures=0,
        retry_after_until=now + answer.retry_after if answer.retry_after is not None else None,
        trouble=None,
        same_bodies=_same_bodies(memory, answer),
        full_at=now if _was_full(answer) else memory.full_at,
        reader=READER,
        gone_at=None,
        failing_since=None,
        ttl=answer.ttl if isinstance(answer, Fetched) else memory.ttl,
    )
    return moving.sighted(known, answer.moved_to, now) if isinstance(answer, Unchanged) else known


def _due_after_success(feed: FeedConfig, memory: FeedMemory, answer: Fetched | Unchanged, now: datetime) -> datetime:
    if feed.path is not None:
        return now + feed.every  # our own disk has no rush hour
    ttl = answer.ttl if isinstance(answer, Fetched) else memory.ttl
    due = due_after_success(
        now,
        feed.every,
        hint=max((hint for hint in (answer.hint, ttl) if hint is not None), default=None),
        validators=bool(answer.validators.etag or answer.validators.last_modified),
        first=memory.checked_at is None,
        seed=feed.url,
    )
    return due if answer.retry_after is None else max(due, now + answer.retry_after)


def _was_full(answer: Fetched | Unchanged) -> bool:
    return not answer.asked.etag and not answer.asked.last_modified


def _same_bodies(memory: FeedMemory, answer: Fetched | Unchanged) -> int:
    """Once it is known that the server does not listen, that stays known."""
    if memory.same_bodies >= DEAF or _was_full(answer):
        return memory.same_bodies
    both = answer.asked.etag is not None and answer.asked.last_modified is not None
    return memory.same_bodies + 1 if both and isinstance(answer, Unchanged) and answer.repeated else 0


def after_failure(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Unavailable) -> FeedMemory:
    """A failure moves the next try; validators stay as they were."""
    now, failures = host.clock.now(), memory.failures + 1
    since, wish = memory.failing_since or now, answer.retry_after
    gone = answer.trouble is Trouble.GONE and memory.address is None
    trouble = Trouble.REFUSED if answer.trouble is Trouble.GONE and not gone else answer.trouble
    due = due_after_failure(
        now, feed.every, trouble=trouble, failures=failures, since=since, retry_after=wish, seed=feed.url
    )
    failed = replace(
        memory,
        checked_at=now,
        failures=failures,
        next_check_at=due,
        retry_after_until=now + wish if wish is not None else None,
        trouble=answer.reason,
        gone_at=(memory.gone_at or now) if gone else None,
        failing_since=since,
    )
    return moving.given_up(failed, now, gone=answer.trouble is Trouble.GONE)


def is_news(before: FeedMemory, after: FeedMemory) -> bool:
    """Whether a failure is to be told: the first of a row, and then one a day."""
    if before.failing_since is None or before.checked_at is None or after.checked_at is None:
        return True
    return (after.checked_at - before.failing_since) // REMIND > (before.checked_at - before.failing_since) // REMIND
