"""Whether a document is the blog's word at all, before any of its entries is believed.

Enters: a document's posts and what is known of the document before. Leaves: a reason to take nothing from it, in a
sentence, or None. Pure.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from syndicator.feed.addresses import nurl
from syndicator.post import Post

LOCAL_NAMES = (".localhost", ".local", ".test", ".lan", ".internal")
FEW = 3  # a feed of so few posts may well be emptied or replaced by its author
EMPTY = "the document holds no posts any more"
PATIENCE = 2  # polls in a row for which an empty document is not believed


def local_build(posts: Sequence[Post], feed_url: str, links_before: Sequence[str | None]) -> str | None:
    """A site built for looking at it on the author's own machine, and published by mistake."""
    local = _local(post.link for post in posts)
    if not local or is_local(feed_url) or _is_half(_local(links_before), links_before):
        return None
    if not _is_half(local, [post.link for post in posts]):
        return None
    host = urlsplit(local[0]).netloc
    return f"its links lead to {host}, a developer's own machine: {len(local)} of {len(posts)} posts"


def emptied(posts: Sequence[Post], stood: int, refused_before: int) -> str | None:
    """`stood`: posts in the document before; `refused_before`: polls in a row that gave an empty one."""
    return EMPTY if not posts and stood > FEW and refused_before < PATIENCE else None


def is_strange(known: int, new: int, stood: int) -> bool:
    """A document of which nothing is known although much should be: another blog may be answering there."""
    return not known and stood >= FEW and new >= FEW


def is_local(url: str | None) -> bool:
    """Whether a URL leads to a developer's own machine or network."""
    try:
        host = (urlsplit(url).hostname or "") if url else ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(LOCAL_NAMES):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def site_of(url: str) -> str:
    """What two feeds of one blog share: the host, as it is compared."""
    return (nurl(url) or "").removeprefix("//").partition("/")[0].partition("?")[0]


def _local(links: Iterable[str | None]) -> list[str]:
    return [link for link in links if link is not None and is_local(link)]


def _is_half(some: Sequence[str], links: Sequence[str | None]) -> bool:
    return bool(some) and 2 * len(some) >= sum(link is not None for link in links)
