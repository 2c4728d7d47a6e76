"""One fetched document → the ledger: parse, identify, plan, record.

Enters: the bytes of a feed and what is remembered of it. Leaves: new posts and owed deliveries, recorded together with
the feed's validators in one transaction, so that no crash can hide a post behind a 304. It sends nothing. Imported only
when a feed has changed, because it brings the parser with it.
"""

from collections.abc import Sequence
from dataclasses import replace

from syndicator import changes, moving
from syndicator.config.models import Config, FeedConfig
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.fetch import Fetched
from syndicator.feed.gates import EMPTY, emptied, is_strange, local_build, site_of
from syndicator.host import Host
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import FeedMemory, NewPost, Recording
from syndicator.ledger.states import State
from syndicator.plan import Reading, Rules, plan
from syndicator.recognition import Provenance, Recognition, recognise
from syndicator.report import FeedReport

DECISIONS = 10  # about one document, while other hosts record theirs
PAUSE = 0.05  # seconds; more each time


class Unreadable(Exception):
    """The document is not a feed. What was known stays, the old validators too: nothing stands behind the new ones."""

    hint = "open the address in a browser; `syndicate init URL` looks for the feed of a blog"

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint or self.hint


def read(host: Host, feed: FeedConfig, memory: FeedMemory, answer: Fetched) -> FeedReport:
    """`memory` already holds the new validators; it is stored only together with what they stand for.

    Raises Unreadable, for a first document that is cut off too: whatever it lacks would look new in the next one.
    """
    host.beat()  # a hostile document may take its eight seconds, and many of them many
    try:
        document = host.parser.parse(answer.body, answer.content_type, answer.url, host.clock.now())
    except NotAFeed as error:
        raise Unreadable(error.reason) from error
    if answer.partial:
        document = replace(document, omitted=document.omitted or 1)
    damage = _damage(document)
    if damage is not None and not memory.baseline:
        raise Unreadable(damage)
    memory = replace(memory, body_sha256=answer.sha256, trouble=damage)
    if damage is not None:
        # A damaged document's validators would hide the rest of it behind a 304.
        memory = replace(memory, etag=None, last_modified=None)
    host.ledger.mark_posts(feed.name)
    recording = _record(host, feed, memory, document, answer)
    moved = recording.feed
    if moved.address != memory.address:
        host.tell("feed_moved", feed=feed.name, url=moved.address)
    _tell(host, feed, recording, first=not memory.baseline)
    changes.tell(host, recording)
    for remark in document.remarks:
        host.tell("feed_remarked", feed=feed.name, reason=remark)
    if damage is not None:
        host.tell("feed_failed", feed=feed.name, reason=damage, hint="look at the end of the document")
    result = "failed" if damage is not None else "read" if memory.baseline else "recorded"
    return FeedReport(feed.name, result, new=len(recording.new), known=len(recording.seen), reason=damage)


def _record(host: Host, feed: FeedConfig, memory: FeedMemory, document: Document, answer: Fetched) -> Recording:
    """Decide and store. Where another host has recorded meanwhile, what was new may be known now: decide again."""
    tries = 0
    while True:
        recording = decide(host, feed, memory, document)
        known = len(recording.seen)
        strange = moving.stranger(memory, answer.url, posts=len(document.posts), known=known)
        if strange is not None:
            raise Unreadable(strange)
        moved = moving.located(recording.feed, answer.moved_to, host.clock.now(), known=known)
        recording, tries = replace(recording, feed=moved), tries + 1
        try:
            host.ledger.record(recording)
            return recording
        except Stale:
            if tries == DECISIONS:
                raise
            host.clock.sleep(tries * PAUSE)


def _damage(document: Document) -> str | None:
    if not document.partial:
        return None
    return f"the document ends too early: {len(document.posts)} of at least {document.declared} posts could be read"


def decide(host: Host, feed: FeedConfig, memory: FeedMemory, document: Document) -> Recording:
    """What a document would add to the ledger. Reads it, writes nothing. Raises Unreadable for one that is a mishap."""
    since = host.ledger.recordings()
    stored = host.ledger.feed(feed.name)
    before = moving.under(feed.url, stored)
    source = Provenance(feed.name, feed.url, before.read_at, _siblings(feed, host.config))
    found = recognise(host.ledger, source, document, first=not memory.baseline)
    _refuse_mishaps(feed, before, document, found)
    # A memory without a reader has been begun anew under another address, and nothing was read there yet.
    readdressed = stored.url != feed.url or (before.reader is None and before.read_at is not None)
    recording = plan(
        found.sightings,
        memory,
        rules_for(feed, host.config),
        _reading(host, before, document, found, readdressed=readdressed and memory.baseline),
    )
    well = {"succeeded_at": before.succeeded_at} if document.partial else {"read_at": recording.seen_at}
    recording = replace(recording, feed=replace(recording.feed, **well))
    scene = changes.Scene(recording, document, stored)
    return replace(recording, watched=changes.watch(host.ledger, scene), since=since)


def _reading(host: Host, before: FeedMemory, document: Document, found: Recognition, *, readdressed: bool) -> Reading:
    defaults = host.config.defaults
    known = sum(s.post_id is not None or s.like is not None for s in found.sightings)
    return Reading(
        now=host.clock.now(),
        last=before.succeeded_at or before.read_at,
        burst=defaults.burst if "burst" in defaults.model_fields_set else None,
        gap=host.ledger.gap,
        readdressed=readdressed,
        strange=is_strange(known, len(found.sightings) - known, len(found.stood)),
        complete=not document.partial,
        absent=found.absent,
        returned=found.returned,
        before=found.before,
        elsewhere=found.elsewhere,
    )


def _refuse_mishaps(feed: FeedConfig, before: FeedMemory, document: Document, found: Recognition) -> None:
    """What was known stays, and so does the time of the last good look: what is new may be found later."""
    if not before.baseline:
        return
    links = [row.link for row in found.stood]
    if mishap := local_build(document.posts, feed.url, links):
        raise Unreadable(
            mishap, hint="build the site for its own address and publish it again; nothing was taken from this one"
        )
    polls = before.failures if before.trouble == EMPTY else 0
    if mishap := emptied(document.posts, len(links), polls):
        raise Unreadable(mishap, hint="if you have emptied your blog, do nothing: it is believed after a while")


def _siblings(feed: FeedConfig, config: Config) -> tuple[str, ...]:
    site = site_of(feed.url)
    return tuple(other.name for other in config.feed if other.name != feed.name and site and site_of(other.url) == site)


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
            kind=network.connector,
        )
        for network in chosen.values()
        if network.enabled
    ]


def _tell(host: Host, feed: FeedConfig, recording: Recording, *, first: bool) -> None:
    if first:
        host.tell("feed_recorded", feed=feed.name, posts=len(recording.new))
        return
    host.tell("feed_read", feed=feed.name, new=len(recording.new), known=len(recording.seen))
    for seen in recording.seen:
        if seen.reasons:
            host.tell("post_rekeyed", feed=feed.name, post=seen.post.link or seen.post.guid, by=list(seen.reasons))
    for new in recording.new:
        _tell_of(host, feed, new)


def _tell_of(host: Host, feed: FeedConfig, new: NewPost) -> None:
    name = new.post.link or new.post.guid
    host.tell("post_found", feed=feed.name, post=name, networks=[f"{o.network}:{o.state}" for o in new.owed])
    for fault in new.post.wishes.ignored if new.post.wishes is not None else ():
        host.tell("wish_ignored", feed=feed.name, post=name, reason=fault)
    for owed in new.owed:
        if owed.state is State.HELD:
            host.tell("delivery_held", network=owed.network, post=name, reason=owed.cause)
