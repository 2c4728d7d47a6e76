"""One Pass: the table of contents of the program.

    fetch → parse → identify → plan → render → deliver → ledger → linkback

Enters: a Host whose lock is held. Leaves: a PassReport. A feed that fails or a network that is down never stops the
others; a ledger that cannot be written stops everything. Heavy stages are imported when there is work for them, so a
Pass with no news loads neither a feed parser nor the library of a service.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial

from syndicator import credentials
from syndicator.config.models import FeedConfig, LinkbackFile, NetworkConfig
from syndicator.feed.fetch import Unavailable, Unchanged
from syndicator.host import Host
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import FeedMemory
from syndicator.polling import Answer, after_failure, after_success, due_feeds, is_news, poll
from syndicator.report import FeedReport, PassReport


@dataclass(frozen=True, slots=True)
class Scope:
    """What a Pass is about; None means all. `by_hand`: somebody asked for it now, so feeds are polled before their
    time and services that were down are looked at again."""

    feeds: frozenset[str] | None = None
    networks: frozenset[str] | None = None
    by_hand: bool = True


def make_pass(host: Host, scope: Scope) -> PassReport:
    """Walk the whole path once."""
    report = PassReport()
    claim(host, scope, report)
    recover(host)
    read_feeds(host, scope, report)
    mind_credentials(host, scope, report)
    follow_up(host, report)
    look_at_pages(host, scope, report)
    send(host, scope, report)
    link_back(host, report)
    summarise(host, report)
    return report


def claim(host: Host, scope: Scope, report: PassReport) -> None:
    """On a ledger that several hosts share, each network and each feed is served by one of them. What is free of what
    this Pass is about becomes ours, and stays so while this process lives; what others serve is left to them."""
    feeds = [feed.name for feed in host.config.feed if scope.feeds is None or feed.name in scope.feeds]
    networks = [network.name for network in _enabled(host, scope)]
    changed = host.ledger.claim(networks, feeds)
    report.elsewhere = {str(claim): who for claim, who in host.ledger.elsewhere().items()}
    served, polled = list(filter(host.ledger.serves, networks)), list(filter(host.ledger.polls, feeds))
    report.idle = bool(report.elsewhere) and not served and not polled
    if changed:
        host.tell("claims_changed", networks=served, feeds=polled, elsewhere=report.elsewhere)


def recover(host: Host) -> None:
    """Rows that a dead process left `sending` become `unknown`: the claim is ours, so each of them is an orphan."""
    for delivery in host.ledger.orphans():
        host.tell("delivery_orphaned", network=delivery.network, delivery=delivery.id)


def read_feeds(host: Host, scope: Scope, report: PassReport) -> None:
    """Ask the feeds that are due, and take over what they say."""
    for feed, memory, answer in poll(host, due_feeds(host, scope.feeds, by_hand=scope.by_hand)):
        report.feeds.append(take(host, feed, memory, answer, by_hand=scope.by_hand))


def take(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Answer, *, by_hand: bool = True) -> FeedReport:
    """Turn one answer into ledger rows: nothing new, a failure to remember, or a document to read. A failure that goes
    on is told to whoever asks by hand, and otherwise once a day."""
    if isinstance(answer, Unavailable):
        return _missed(host, feed, memory, answer, always=by_hand)
    after = after_success(host, feed, memory, answer)
    if isinstance(answer, Unchanged):
        report = _unchanged(host, feed, memory, after)
    else:
        from syndicator.reading import Unreadable, read

        try:
            report = read(host, feed, after, answer)
        except Unreadable as error:
            full = replace(memory, full_at=after.full_at)
            return _missed(host, feed, full, Unavailable(error.reason, error.hint), always=by_hand)
        except Stale:  # other hosts record without a pause; nothing was stored, so it is asked for again
            return FeedReport(feed.name, "waiting", reason="other hosts were recording posts all the time")
    if memory.failing_since is not None:
        host.tell("feed_recovered", feed=feed.name, since=memory.failing_since.isoformat())
    return report


def _unchanged(host: Host, feed: FeedConfig, memory: FeedMemory, after: FeedMemory) -> FeedReport:
    host.ledger.remember_feed(after)
    host.tell("feed_unchanged", feed=feed.name)
    if after.address != memory.address:
        host.tell("feed_moved", feed=feed.name, url=after.address)
    return FeedReport(feed.name, "unchanged")


def _missed(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Unavailable, *, always: bool) -> FeedReport:
    after = after_failure(host, feed, memory, answer)
    host.ledger.remember_feed(after)
    if always or is_news(memory, after):
        event = "feed_failed" if after.gone_at is None else "feed_gone"
        host.tell(event, feed=feed.name, reason=answer.reason, hint=answer.hint_text)
    return FeedReport(feed.name, "failed", reason=answer.reason)


def mind_credentials(host: Host, scope: Scope, report: PassReport) -> None:
    """Tell of access that ends, news or none: a blog may be silent for longer than a token lives."""
    now, names = host.clock.now(), {network.name for network in networks_in(host, scope)}
    for row in host.ledger.networks():
        if row.name in names and credentials.has_news(row, now):
            from syndicator import health
            from syndicator.telling import Telling

            health.look_at_end(Telling(host, report, row.name), row)


def follow_up(host: Host, report: PassReport) -> None:
    """Edits that have been seen again, posts that have vanished; where nothing is open, nothing is imported."""
    if host.ledger.has_open_changes(host.clock.now()) and not host.stop.is_set():
        from syndicator import vanished

        vanished.follow_up(host, report)


def look_at_pages(host: Host, scope: Scope, report: PassReport) -> None:
    """Keep back what would lead to a page that is not there yet; no page is asked for twice once it has been seen."""
    names = [network.name for network in networks_in(host, scope)]
    pages = host.ledger.pages_to_ask(host.clock.now(), names)
    if pages and not host.stop.is_set():
        from syndicator.pages import look

        look(host, pages, report)


def send(host: Host, scope: Scope, report: PassReport) -> None:
    """Deliver what is due; where nothing is, no connector is even imported."""
    report.barred = barred(host, scope)
    busy = with_work(host, scope, report.barred)
    if busy and not host.stop.is_set():
        from syndicator.deliver import deliver

        deliver(host, busy, report, by_hand=scope.by_hand, more=partial(go_on, host, scope, report))


def with_work(host: Host, scope: Scope, kept: Collection[str]) -> list[NetworkConfig]:
    """The networks for which something is due now, and may be sent; not those that are `kept`."""
    now = host.clock.now()
    host.ledger.wake(now)
    if host.ledger.slots(now):
        from syndicator.slots import rejudge

        rejudge(host, networks_in(host, scope))
    work = host.ledger.open_work(host.clock.now())  # later than what was let go just now
    return [one for one in networks_in(host, scope) if work.get(one.name) and one.name not in kept]


def barred(host: Host, scope: Scope) -> list[str]:
    """Networks to which nothing is sent before a person has had them read back: the ledger has lost time."""
    loss = host.ledger.loss()
    return [network.name for network in networks_in(host, scope) if loss and loss.bars(network.name)]


def go_on(host: Host, scope: Scope, report: PassReport, busy: Collection[str]) -> list[NetworkConfig]:
    """While a service takes its time, everybody else gets what has come due since: feeds are read at their time, and
    the networks that are not `busy` and have work by now leave."""
    idle = frozenset(network.name for network in networks_in(host, scope)) - frozenset(busy)
    if not idle or host.stop.is_set():
        return []
    rest = replace(scope, networks=idle, by_hand=False)
    read_feeds(host, rest, report)
    due = host.ledger.next_due(idle)
    if due is None or due > host.clock.now():
        return []
    look_at_pages(host, rest, report)
    return with_work(host, rest, report.barred)


def networks_in(host: Host, scope: Scope) -> list[NetworkConfig]:
    """The enabled networks that a Pass is about, and that no other host serves."""
    return [network for network in _enabled(host, scope) if host.ledger.serves(network.name)]


def _enabled(host: Host, scope: Scope) -> list[NetworkConfig]:
    networks = [network for network in host.config.networks.values() if network.enabled]
    return [network for network in networks if scope.networks is None or network.name in scope.networks]


def link_back(host: Host, report: PassReport) -> None:
    """Hand the copies' links to the blog. A failure here never touches a delivery, and is made good next time."""
    target = host.config.linkback.file
    if target is None:
        return
    changed = host.ledger.links_to_write()
    if changed is None and are_there(target):
        return
    from syndicator.linkback.file import write_files

    try:
        written = write_files(target, host.ledger.links())
    except OSError as error:
        report.linkback = f"{error.filename or target.path}: {error.strerror or error}"
        host.tell("linkback_failed", path=str(target.path), reason=report.linkback)
        return
    if changed is not None:
        host.ledger.links_written(changed)
    for path in written:
        host.tell("linkback_written", path=str(path))


def are_there(target: LinkbackFile) -> bool:
    """Whether every file asked for exists; one that cannot even be looked at has to be complained about."""
    try:
        return all(path.exists() for path in (target.path, target.flat) if path is not None)
    except OSError:
        return False


def summarise(host: Host, report: PassReport) -> None:
    """What still waits, for the exit code."""
    report.waiting = host.ledger.waiting_for_person()
    report.pending = host.ledger.pending()
    if report.waiting:
        from syndicator.reminder import remind

        remind(host, report)
    host.tell("pass_finished", feeds=len(report.feeds), deliveries=len(report.deliveries), waiting=report.waiting)
