"""`run --dry-run`: what a Pass would do now. Feeds are asked politely; nothing is sent and nothing is recorded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from syndicator.cli import show, words
from syndicator.cli.copies import Maker, Wanted
from syndicator.cli.copy_view import show_copy
from syndicator.config.models import FeedConfig
from syndicator.feed.document import NotAFeed
from syndicator.feed.fetch import Unavailable, Unchanged
from syndicator.feed.page import as_page_says
from syndicator.host import Host
from syndicator.ledger.rows import Delivery, FeedMemory, NewPost
from syndicator.ledger.states import State
from syndicator.material import Material
from syndicator.polling import Answer, after_success, due_feeds, poll
from syndicator.preview.copy import Copy
from syndicator.rendering import own_hosts
from syndicator.run import Scope, networks_in


@dataclass(frozen=True, slots=True)
class Finding:
    """What one feed would bring."""

    feed: str
    result: str
    new: tuple[NewPost, ...] = ()
    reason: str | None = None


def rehearse(host: Host, scope: Scope, *, as_json: bool) -> None:
    findings = [_find(host, *polled) for polled in poll(host, due_feeds(host, scope.feeds, by_hand=True))]
    with Material(host.http, own_hosts(host.config)) as pages:
        shown = list(_copies(Maker(host, pages=pages), scope, findings))
    if as_json:
        show.as_json(
            {"dry_run": True, "feeds": [_feed_json(f) for f in findings], "copies": [c.as_json() for c in shown]}
        )
        return
    for finding in findings:
        _show_finding(finding)
    for copy in shown:
        show_copy(copy)
    if (why := host.ledger.unnoticed_loss()) is not None:
        show.line(f"Nothing would be sent before `syndicate reconcile`: {why}.")
    for network in networks_in(host, scope):
        if host.ledger.bars(network.name):
            show.line(f"{network.name}: {words.first_reconcile(network.name)}.")
    if not shown:
        show.line("Nothing would be sent.")


def _find(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Answer) -> Finding:
    if isinstance(answer, Unchanged):
        return Finding(feed.name, "unchanged")
    if isinstance(answer, Unavailable):
        return Finding(feed.name, "failed", reason=answer.reason)
    from syndicator.reading import Unreadable, decide

    try:
        document = host.parser.parse(answer.body, answer.content_type, answer.url, host.clock.now())
        recording = decide(host, feed, after_success(host, feed, memory, answer), document)
    except (NotAFeed, Unreadable) as error:
        return Finding(feed.name, "failed", reason=error.reason)
    return Finding(feed.name, "read" if memory.baseline else "recorded", recording.new)


def _copies(maker: Maker, scope: Scope, findings: Iterable[Finding]) -> Iterator[Copy]:
    """What would go out, now or as soon as the settle time is over: found just now, and waiting in the ledger."""
    host = maker.host
    for network in networks_in(host, scope):
        if host.ledger.bars(network.name):
            continue
        waiting = host.ledger.deliveries(network=network.name, states=(State.READY, State.DEFERRED))
        yield from maker.copies(network, [*map(partial(_waiting, host), waiting), *_found(findings, network.name)])


def _waiting(host: Host, delivery: Delivery) -> Wanted:
    """As `deliver` would go about it: what has been decided about already stays as it is."""
    row = host.ledger.post(delivery.post_id)
    fixed = host.ledger.rendering(delivery.id) if delivery.part or delivery.doubted else None
    released = host.ledger.was_withheld_and_released(delivery.id)
    post = as_page_says(row.post, row.canonical, row.page_language)
    return Wanted(row.feed, post, row.first_seen, released=released, fixed=fixed)


def _found(findings: Iterable[Finding], network: str) -> Iterator[Wanted]:
    for finding in findings:
        for new in finding.new:
            if any(owed.network == network and owed.state is State.READY for owed in new.owed):
                yield Wanted(finding.feed, new.post, new.first_seen)


def _show_finding(finding: Finding) -> None:
    if finding.reason is not None:
        show.line(f"{finding.feed}: {finding.reason}")
    elif finding.result == "recorded":
        show.line(f"{finding.feed}: first sight; {len(finding.new)} posts would be recorded, none sent")
    else:
        show.line(f"{finding.feed}: {len(finding.new)} new")
    if finding.result == "recorded":
        return
    for new in finding.new:
        decisions = ", ".join(f"{owed.network} {owed.state} ({owed.cause})" for owed in new.owed)
        show.line(f"  {show.shorten(new.post.title or new.post.text, 60)}: {decisions}")


def _feed_json(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.feed,
        "result": finding.result,
        "reason": finding.reason,
        "new": [
            {
                "post": new.post.link,
                "title": new.post.title,
                "owed": {o.network: f"{o.state}:{o.cause}" for o in new.owed},
            }
            for new in finding.new
        ],
    }
