"""Feeds that move. What is remembered of a feed and where it answered go in, what is remembered then comes out. Pure.

Where permanent redirects lead is believed slowly: the address has to show one of our posts, and to be seen again and
again for a day. Until then each question begins at the address that the owner wrote down; afterwards it still is what
the feed is known by, and as soon as the owner writes the new one, nothing is asked anew.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from syndicator.feed.redirects import public
from syndicator.ledger.rows import FeedMemory

SIGHTINGS = 3
LASTING = timedelta(hours=24)


def under(url: str, memory: FeedMemory) -> FeedMemory:
    """The memory of a feed whose configured address is `url`. What belongs to one address is dropped with it, unless
    the owner has only written down where the feed had moved to."""
    if memory.url == url:
        return memory
    if public(url) in (memory.address, memory.moved_to):
        return replace(_settled(memory if memory.failing_since is None else _well(memory)), url=url)
    return FeedMemory(
        memory.name,
        url,
        baseline=memory.baseline,
        succeeded_at=memory.succeeded_at,
        read_at=memory.read_at,
    )


def sighted(memory: FeedMemory, moved_to: str | None, now: datetime) -> FeedMemory:
    """One answer more, and a document of ours behind it. None: it came from where we asked."""
    if moved_to is None:
        return forgotten(memory)
    if moved_to != memory.moved_to or memory.moved_since is None:
        return replace(memory, moved_to=moved_to, moved_times=1, moved_since=now)
    times = memory.moved_times + 1
    if times >= SIGHTINGS and now - memory.moved_since >= LASTING:
        return replace(_settled(memory), address=moved_to)
    return replace(memory, moved_times=times)


def located(memory: FeedMemory, moved_to: str | None, now: datetime, *, known: int) -> FeedMemory:
    """A document was read; it counts as a sighting if some of its posts were known, or if there was nothing to know."""
    return sighted(memory, moved_to, now) if known or not memory.baseline else forgotten(memory)


def forgotten(memory: FeedMemory) -> FeedMemory:
    """As if no redirect had been seen. An address that is already in use stays so."""
    return replace(memory, moved_to=None, moved_times=0, moved_since=None)


def given_up(memory: FeedMemory, now: datetime, *, gone: bool) -> FeedMemory:
    """The new address has failed for as long as it took to believe in it: the owner's is asked again."""
    lasted = now - (memory.failing_since or now)
    return _settled(memory) if memory.address is not None and (gone or lasted >= LASTING) else memory


def stranger(memory: FeedMemory, answered: str, *, posts: int, known: int) -> str | None:
    """Why a document from another host is not believed to be the feed: none of its posts is one of ours."""
    there = _host(answered)
    if known or not posts or not memory.baseline or there == _host(memory.address or memory.url):
        return None
    return (
        f"it redirects to {there}, and of the {posts} posts there none is known here: has the feed moved? "
        f'If that is your feed, write url = "{answered}" into config.toml'
    )


def _well(memory: FeedMemory) -> FeedMemory:
    """Another address has nothing to do with what failed at the old one, and is asked at once."""
    return replace(
        memory,
        gone_at=None,
        failing_since=None,
        failures=0,
        next_check_at=None,
        retry_after_until=None,
        trouble=None,
    )


def _settled(memory: FeedMemory) -> FeedMemory:
    return replace(forgotten(memory), address=None)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
