"""What a parser half hands on: an entry as its format says it, a document of posts, and the refusal.

An `Entry` has been read but not judged: no rule about titles, bodies or addresses has been applied to it yet.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syndicator.post import Image, Post

MOST_POSTS = 500  # of one document; of a longer one the newest


class NotAFeed(Exception):
    """The document cannot be used; `reason` says why, for the owner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `body` and `summary` are HTML; addresses are as written, `base` is what they start from, if said."""

    guid: str | None
    link: str | None
    title: str = ""
    literal_title: bool = False  # the format says that the title is plain text
    body: str = ""
    summary: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()  # named by the feed itself
    thumbnails: tuple[Image, ...] = ()  # named by the feed too, and small: for want of anything better
    language: str | None = None
    author: str | None = None
    external: str | None = None  # what a link post is about
    base: str | None = None
    markdown: str = ""
    posse: str = ""  # raw


@dataclass(frozen=True, slots=True)
class Push:
    """Where a feed says that news of it can be had without asking."""

    hubs: tuple[str, ...] = ()  # WebSub
    topic: str | None = None  # the feed's own name of itself, under which a hub knows it
    cloud: str | None = None  # where rssCloud's http-post registers


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says of itself, its entries included; see Document for the meaning of each."""

    entries: tuple[Entry, ...]
    title: str
    home: str | None
    language: str | None
    partial: bool
    declared: int
    omitted: int = 0
    deleted: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    push: Push = field(default_factory=Push)
    ttl: timedelta | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed feed. `partial`: something is missing, so absence proves nothing. `declared`: entries it began."""

    posts: tuple[Post, ...]
    title: str
    home: str | None
    language: str | None
    partial: bool
    declared: int
    omitted: int = 0  # whole entries left aside, as too many or unreadable: that one is not there proves nothing
    deleted: tuple[str, ...] = ()  # ids of entries that the feed says are gone (RFC 6721)
    remarks: tuple[str, ...] = ()  # what the owner should know about how it was read, in sentences
    push: Push = field(default_factory=Push)
    ttl: timedelta | None = None  # how long the feed wants to be left alone
    expired: bool = False  # the feed says that it has ended
