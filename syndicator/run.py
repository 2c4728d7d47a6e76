"""One Pass: the table of contents of the program.

    fetch → parse → identify → plan → render → deliver → ledger → linkback

Each arrow is one call. Enters: a Host whose lock is held. Leaves: a PassReport. A feed that fails or a network that is
down never stops the others; a ledger that cannot be written stops everything.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from syndicator.config.models import FeedConfig, NetworkConfig
from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators, fetch
from syndicator.feed.schedule import next_check
from syndicator.host import Host
from syndicator.ledger.rows import FeedMemory
from syndicator.report import FeedReport, PassReport

FETCH_SEATS = 16

Answer = Fetched | Unchanged | Unavailable


@dataclass(frozen=True, slots=True)
class Scope:
    """What a Pass is about. `by_hand`: somebody asked for it now, so feeds are polled before their time."""

    feeds: frozenset[str] | None = None
    networks: frozenset[str] | None = None
    by_hand: bool = True


def make_pass(host: Host, scope: Scope) -> PassReport:
    """Walk the whole path once."""
    report = PassReport()
    recover(host)
    for feed, memory, answer in fetched(host, due_feeds(host, scope)):
        report.feeds.append(take(host, feed, memory, answer))
    send(host, scope, report)
    link_back(host, report)
    summarise(host, report)
    return report


def recover(host: Host) -> None:
    """Rows that a dead process left `sending` become `unknown`: the lock is ours, so each of them is an orphan."""
    for delivery in host.ledger.orphans():
        host.tell("delivery_orphaned", network=delivery.network, delivery=delivery.id)


def due_feeds(host: Host, scope: Scope) -> list[tuple[FeedConfig, FeedMemory]]:
    now = host.clock.now()
    chosen = [feed for feed in host.config.feed if scope.feeds is None or feed.name in scope.feeds]
    remembered = [(feed, _memory(host, feed)) for feed in chosen]
    return [(feed, memory) for feed, memory in remembered if _is_due(memory, now, by_hand=scope.by_hand)]


def _memory(host: Host, feed: FeedConfig) -> FeedMemory:
    """What is remembered of a feed; validators belong to one URL and are dropped when it changes."""
    memory = host.ledger.feed(feed.name)
    if memory.url == feed.url:
        return memory
    return replace(memory, url=feed.url, etag=None, last_modified=None, body_sha256=None, next_check_at=None)


def _is_due(memory: FeedMemory, now: datetime, *, by_hand: bool) -> bool:
    """By hand a feed is polled at once, but never before the time its server asked for."""
    if memory.retry_after_until is not None and memory.retry_after_until > now:
        return False
    return by_hand or memory.next_check_at is None or memory.next_check_at <= now


def fetched(
    host: Host, feeds: Sequence[tuple[FeedConfig, FeedMemory]]
) -> Iterator[tuple[FeedConfig, FeedMemory, Answer]]:
    """Fetch in a bounded pool; answers come back in the order of the configuration, on this thread."""
    if not feeds:
        return
    with ThreadPoolExecutor(min(FETCH_SEATS, len(feeds)), thread_name_prefix="fetch") as pool:
        answers = pool.map(lambda pair: _fetch(host, *pair), feeds)
        for (feed, memory), answer in zip(feeds, answers, strict=True):
            yield feed, memory, answer


def _fetch(host: Host, feed: FeedConfig, memory: FeedMemory) -> Answer:
    session = host.http.allowing(feed.url).session(max_body=10_000_000, deadline=30.0)
    return fetch(feed.url, Validators(memory.etag, memory.last_modified), session, host.clock.now())


def take(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Answer) -> FeedReport:
    """Turn one answer into ledger rows: nothing new, a document to read, or a failure to remember."""
    match answer:
        case Unchanged():
            return _unchanged(host, feed, memory, answer)
        case Unavailable():
            return _failed(host, feed, memory, answer)
        case Fetched():
            from syndicator.reading import read

            return read(host, feed, _checked(host, feed, memory, answer), answer)


def _unchanged(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Unchanged) -> FeedReport:
    host.ledger.remember_feed(_checked(host, feed, memory, answer))
    host.tell("feed_unchanged", feed=feed.name)
    return FeedReport(feed.name, "unchanged")


def _checked(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Fetched | Unchanged) -> FeedMemory:
    """The memory after a good answer."""
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


def _failed(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Unavailable) -> FeedReport:
    remember_failure(host, feed, memory, answer)
    host.tell("feed_failed", feed=feed.name, reason=answer.reason, hint=answer.hint_text)
    return FeedReport(feed.name, "failed", reason=answer.reason)


def remember_failure(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Unavailable) -> None:
    """A failure moves the next try; validators and posts stay as they were."""
    now, failures = host.clock.now(), memory.failures + 1
    wish = answer.retry_after
    due = next_check(now, feed.every, hint=None, retry_after=wish, failures=failures, feed_name=feed.name)
    until = now + wish if wish is not None else None
    host.ledger.remember_feed(
        replace(
            memory,
            checked_at=now,
            failures=failures,
            next_check_at=due,
            retry_after_until=until,
            trouble=answer.reason,
        )
    )


def networks_of(host: Host, scope: Scope) -> list[NetworkConfig]:
    return [
        network
        for network in host.config.networks.values()
        if network.enabled and (scope.networks is None or network.name in scope.networks)
    ]


def send(host: Host, scope: Scope, report: PassReport) -> None:
    """Deliver what is due; where nothing is, no connector is even imported."""
    now = host.clock.now()
    host.ledger.wake(now)
    work = host.ledger.open_work(now)
    busy = [network for network in networks_of(host, scope) if work.get(network.name)]
    if busy and not host.stop.is_set():
        from syndicator.deliver import deliver

        deliver(host, busy, report, by_hand=scope.by_hand)


def link_back(host: Host, report: PassReport) -> None:
    """Hand the copies' links to the blog. A failure here never touches a delivery."""
    target = host.config.linkback.file
    if target is None or not any(delivery.url for delivery in report.deliveries):
        return
    from syndicator.linkback.file import write_files

    try:
        written = write_files(target, host.ledger.links())
    except OSError as error:
        report.linkback = f"{target.path}: {error.strerror or error}"
        host.tell("linkback_failed", path=str(target.path), reason=report.linkback)
    else:
        for path in written:
            host.tell("linkback_written", path=str(path))


def summarise(host: Host, report: PassReport) -> None:
    """What still waits, for the exit code."""
    report.waiting = host.ledger.waiting_for_person()
    report.pending = host.ledger.pending()
    host.tell("pass_finished", feeds=len(report.feeds), deliveries=len(report.deliveries), waiting=report.waiting)
