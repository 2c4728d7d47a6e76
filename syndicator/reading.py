"""One fetched document → the ledger: parse, identify, plan, record.

Enters: the bytes of a feed and what is remembered of it. Leaves: new posts and owed deliveries, recorded together with
the feed's validators in one transaction, so that no crash can hide a post behind a 304. It sends nothing. Imported only
when a feed has changed, because it brings the parser with it.
"""

from collections.abc import Sequence
from dataclasses import replace

from syndicator.config.models import Config, FeedConfig
from syndicator.feed.fetch import Fetched
from syndicator.feed.identify import Sighting, aliases_in, identify
from syndicator.feed.parse import Document, NotAFeed, parse
from syndicator.host import Host
from syndicator.ledger.rows import FeedMemory, NewPost, Recording
from syndicator.ledger.states import State
from syndicator.plan import Rules, plan
from syndicator.report import FeedReport


class Unreadable(Exception):
    """The document is not a feed. What was known stays, the old validators too: nothing stands behind the new ones."""

    hint = "open the address in a browser; `syndicate init URL` looks for the feed of a blog"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Fetched) -> FeedReport:
    """`memory` already holds the new validators; it is stored only together with what they stand for.

    Raises Unreadable, for a first document that is cut off too: whatever it lacks would look new in the next one.
    """
    try:
        document = parse(answer.body, answer.content_type, answer.url)
    except NotAFeed as error:
        raise Unreadable(error.reason) from error
    damage = _damage(document)
    if damage is not None and not memory.baseline:
        raise Unreadable(damage)
    memory = replace(memory, body_sha256=answer.sha256, trouble=damage)
    if damage is not None:
        # A damaged document's validators would hide the rest of it behind a 304.
        memory = replace(memory, etag=None, last_modified=None)
    recording = decide(host, feed, memory, document)
    host.ledger.record(recording)
    _tell(host, feed, answer, recording, first=not memory.baseline)
    if damage is not None:
        host.tell("feed_failed", feed=feed.name, reason=damage, hint="look at the end of the document")
    result = "failed" if damage is not None else "read" if memory.baseline else "recorded"
    return FeedReport(feed.name, result, new=len(recording.new), known=len(recording.seen), reason=damage)


def _damage(document: Document) -> str | None:
    if not document.partial:
        return None
    return f"the document ends too early: {len(document.posts)} of at least {document.declared} posts could be read"


def decide(host: Host, feed: FeedConfig, memory: FeedMemory, document: Document) -> Recording:
    """What a document would add to the ledger. Reads it, writes nothing."""
    return plan(
        recognise(host, feed, document),
        memory,
        rules_for(feed, host.config),
        burst=host.config.defaults.burst,
        now=host.clock.now(),
        gap=host.ledger.gap,
    )


def recognise(host: Host, feed: FeedConfig, document: Document) -> list[Sighting]:
    wanted = {alias for aliases in aliases_in(document.posts) for alias in aliases}
    return identify(document.posts, host.ledger.known(wanted, feed=feed.name))


def rules_for(feed: FeedConfig, config: Config) -> Sequence[Rules]:
    """The rules of every enabled network that this feed goes to."""
    chosen = config.networks if feed.networks is None else {n: config.networks[n] for n in feed.networks}
    return [
        Rules(
            network=network.name,
            settle=network.settle if network.settle is not None else config.defaults.settle,
            best_before=network.best_before if network.best_before is not None else config.defaults.best_before,
            include_tags=frozenset(tag.casefold() for tag in network.filter.include_tags),
            exclude_tags=frozenset(tag.casefold() for tag in network.filter.exclude_tags),
            approve=network.approve,
        )
        for network in chosen.values()
        if network.enabled
    ]


def _tell(host: Host, feed: FeedConfig, answer: Fetched, recording: Recording, *, first: bool) -> None:
    if answer.moved_to is not None:
        host.tell("feed_moved", feed=feed.name, url=answer.moved_to)
    if first:
        host.tell("feed_recorded", feed=feed.name, posts=len(recording.new))
        return
    host.tell("feed_read", feed=feed.name, new=len(recording.new), known=len(recording.seen))
    for new in recording.new:
        _tell_of(host, feed, new)


def _tell_of(host: Host, feed: FeedConfig, new: NewPost) -> None:
    name = new.post.link or new.post.guid
    host.tell("post_found", feed=feed.name, post=name, networks=[f"{o.network}:{o.state}" for o in new.owed])
    for owed in new.owed:
        if owed.state is State.HELD:
            host.tell("delivery_held", network=owed.network, post=name, reason=owed.cause)
