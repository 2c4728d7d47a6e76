"""Bytes of a feed → a Document of posts. Pure: no network, no files, no clock.

Takes RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed, whatever the server calls them, and leaves out what cannot be relied
upon. Raises NotAFeed and nothing else for what may stand in a document.
"""

from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.normalise import language_tag, post_from
from syndicator.feed.text import decode, is_web_page

__all__ = ["Document", "NotAFeed", "parse"]


def parse(body: bytes, content_type: str, url: str) -> Document:
    """Read the document that was found at `url`. `content_type` only matters for the encoding."""
    text = decode(body, content_type).lstrip("\ufeff")
    if not text.strip():
        raise NotAFeed("the document is empty")
    if is_web_page(text):
        raise NotAFeed("the document is a web page, not a feed")
    if text.lstrip().startswith("{"):
        from syndicator.feed.jsonfeed import read
    else:
        from syndicator.feed.xmlfeed import read
    channel = read(text, url)
    return Document(
        posts=tuple(post_from(entry, url) for entry in channel.entries),
        title=channel.title,
        home=channel.home,
        language=language_tag(channel.language),
        partial=channel.partial,
        declared=channel.declared,
    )
