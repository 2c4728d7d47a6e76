"""Bytes of a feed → a Document of posts. No network, no files; the time, which some dates are judged by, can be given.

Takes RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed, whatever the server calls them, and leaves out what cannot be relied
upon. Raises NotAFeed and nothing else for what may stand in a document. What comes from strangers is read in a process
of its own (`parser`), which calls this.
"""

from datetime import datetime

from syndicator.clock import SystemClock
from syndicator.feed.document import Channel, Document, NotAFeed
from syndicator.feed.normalise import language_tag, posts_from, remarks_on
from syndicator.feed.text import H_FEED, decode, is_web_page, without_controls

__all__ = ["Document", "NotAFeed", "parse"]

MOST_REMARKS = 20


def parse(body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
    """Read the document that was found at `url`. `content_type` only matters for the encoding; `now` defaults to the
    machine's time, beyond which no date lies far."""
    channel = _channel(decode(body, content_type).lstrip("\ufeff"), content_type, url)
    now = now or SystemClock().now()
    posts, lost = posts_from(channel.entries, url, now)
    return Document(
        posts=posts,
        title=channel.title,
        home=channel.home,
        language=language_tag(channel.language),
        partial=channel.partial,
        declared=channel.declared,
        omitted=channel.omitted + len(lost),
        deleted=tuple(without_controls(ref) for ref in channel.deleted),
        remarks=(*channel.remarks, *lost, *remarks_on(channel.entries, now))[:MOST_REMARKS],
        push=channel.push,
        ttl=channel.ttl,
        expired=channel.expired,
    )


def _channel(text: str, content_type: str, url: str) -> Channel:
    if not text.strip():
        raise NotAFeed("the document is empty")
    if content_type.startswith(H_FEED):
        from syndicator.feed.hfeed import read
    elif is_web_page(text):
        raise NotAFeed("the document is a web page, not a feed")
    elif text.lstrip().startswith("{"):
        from syndicator.feed.jsonfeed import read
    else:
        from syndicator.feed.xmlfeed import read
    return read(text, url)
