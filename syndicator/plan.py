"""Which Deliveries are owed, and why others are not.

Enters: what `identify` recognised in one document, what is remembered of the feed, and the rules of each network.
Leaves: a `Recording` for the ledger. Pure: it asks nothing, sends nothing, and looks at no clock but the one given.

Guards hold rather than drop: a held post is listed, explained, and goes out with one command.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from syndicator.feed.identify import Sighting
from syndicator.ledger.rows import FeedMemory, Gap, NewPost, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.post import Post

# Clocks of blogs run ahead by minutes; a date further in the future is the author's embargo.
SLACK = timedelta(minutes=10)
DAY = timedelta(days=1)  # a post may be found, and sent, long after its own date
LOCAL_NAMES = (".localhost", ".local", ".test", ".lan", ".internal")


@dataclass(frozen=True, slots=True)
class Rules:
    """What one network wants of posts, from its file and the defaults."""

    network: str
    settle: timedelta
    best_before: timedelta | None
    include_tags: frozenset[str] = frozenset()  # casefolded; empty: all
    exclude_tags: frozenset[str] = frozenset()
    approve: bool = False  # each post waits for the owner's word


def plan(
    sightings: Sequence[Sighting],
    feed: FeedMemory,
    rules: Sequence[Rules],
    *,
    burst: int,
    now: datetime,
    gap: Gap | None = None,
) -> Recording:
    """Decide about every post of one document. `feed` is the memory to store with it: its validators are the new ones,
    `baseline` still tells whether the feed had been seen before. `gap` is a time the ledger has lost."""
    fresh = sorted((s for s in reversed(sightings) if s.post_id is None), key=lambda s: _age_order(s.post, now))
    guard = _guard_of_document(feed, len(fresh), burst)
    return Recording(
        feed=replace(feed, baseline=True),
        new=tuple(
            NewPost(s.post, s.aliases, now, _owed(s.post, feed, rules, guard or _guard_of_gap(s.post, gap, now), now))
            for s in fresh
        ),
        seen=tuple(SeenPost(s.post_id, s.post, s.aliases) for s in sightings if s.post_id is not None),
        seen_at=now,
    )


def _owed(post: Post, feed: FeedMemory, rules: Sequence[Rules], guard: Owed | None, now: datetime) -> tuple[Owed, ...]:
    return tuple(_decide(post, feed, rule, guard, now) for rule in rules)


def _decide(post: Post, feed: FeedMemory, rule: Rules, guard: Owed | None, now: datetime) -> Owed:
    """One post, one network: the first reason that applies."""
    if guard is not None and guard.state is State.SKIPPED:
        return replace(guard, network=rule.network)
    if unwanted := _unwanted(post, rule):
        return Owed(rule.network, State.SKIPPED, unwanted, None)
    if guard is not None:
        return replace(guard, network=rule.network)
    if _is_local(post.link) and not _is_local(feed.url):
        return Owed(rule.network, State.HELD, "local-link", None)
    if _is_old(post, rule, now):
        return Owed(rule.network, State.HELD, "old", None)
    embargo = post.published if post.published is not None and post.published > now + SLACK else None
    if rule.approve:
        return Owed(rule.network, State.HELD, "approve", embargo)
    if embargo is not None:
        return Owed(rule.network, State.READY, "scheduled", embargo)
    return Owed(rule.network, State.READY, "new", now + rule.settle)


def _guard_of_document(feed: FeedMemory, count: int, burst: int) -> Owed | None:
    """What applies to every new post of the document, whatever the network."""
    if not feed.baseline:
        return Owed("", State.SKIPPED, "baseline", None)
    if count > burst:
        return Owed("", State.HELD, "burst", None)
    return None


def _guard_of_gap(post: Post, gap: Gap | None, now: datetime) -> Owed | None:
    """A post of a time the ledger knows nothing of may have been sent in that time."""
    if gap is None:
        return None
    lost = now - gap.end < DAY if post.published is None else gap.start - DAY <= post.published <= gap.end
    return Owed("", State.HELD, "restored", None) if lost else None


def _unwanted(post: Post, rule: Rules) -> str | None:
    tags = {t.casefold() for t in post.tags}
    if excluded := sorted(tags & rule.exclude_tags):
        return f"tag:{excluded[0]}"
    if rule.include_tags and not tags & rule.include_tags:
        return "not-included"
    return None


def _is_old(post: Post, rule: Rules, now: datetime) -> bool:
    if post.published is None or rule.best_before is None:
        return False
    return now - post.published > rule.best_before


def _is_local(url: str | None) -> bool:
    """Whether a URL leads to a developer's own machine or network."""
    host = (urlsplit(url).hostname or "") if url else ""
    if host == "localhost" or host.endswith(LOCAL_NAMES):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _age_order(post: Post, now: datetime) -> datetime:
    """Oldest first, so that copies appear in the order of the blog; undated posts count as written now.

    Feeds begin with the newest, so of equal dates the one that stands lower comes first.
    """
    return post.published or now
