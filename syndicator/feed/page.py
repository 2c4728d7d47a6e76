"""What a post's own page says of itself: how it spells its address, and in which language it is. Pure.

Enters: the beginning of a page, its address, and what its server said beside it. Leaves: a `Head`, and the Post as its
copies should have it. A page's word about its address is taken only as another spelling of the one in the feed: whoever
can write into a page could otherwise send the readers of every copy elsewhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from urllib.parse import urlsplit

from syndicator.feed.identify import nurl
from syndicator.feed.links import absolute, for_readers
from syndicator.feed.normalise import language_tag
from syndicator.feed.text import decode
from syndicator.post import Post

LARGEST = 65_536  # bytes; what describes a page stands at its beginning
_BODY = re.compile(r"<body[\s>]", re.IGNORECASE)
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|noscript|svg)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<(?:html|base|link)\s[^<>]{1,4000}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """None where the page says nothing, or nothing that makes sense."""

    canonical: str | None = None
    language: str | None = None  # BCP 47


def read_head(
    body: bytes, url: str, *, content_type: str = "", language: str = "", canonical: str | None = None
) -> Head:
    """`language` and `canonical` are the words of the headers. Never raises for what a page can hold."""
    reader = _Reader(url)
    for tag in _TAG.finditer(_HIDDEN.sub("", _before_body(body[:LARGEST], content_type))):
        reader.feed(tag[0])
    return Head(
        canonical=absolute(reader.canonical, reader.base) or absolute(canonical, url),
        language=language_tag(language) or language_tag(reader.language),
    )


def spelling(link: str, canonical: str | None) -> str | None:
    """`canonical`, where it is the address `link` in other letters; None where there is nothing better than `link`.

    Never one that gives up encryption, or that carries a user or another port: such addresses compare as equal.
    """
    if canonical is None or nurl(canonical) is None or nurl(canonical) != nurl(link):
        return None
    ours, theirs = urlsplit(link), urlsplit(canonical)
    if "@" in theirs.netloc or theirs.port != ours.port or (ours.scheme, theirs.scheme) == ("https", "http"):
        return None
    found = for_readers(canonical, None)
    return None if found == link else found


def host_of(url: str) -> str | None:
    """The host as it is compared: without `www.`; None for what is not on the web."""
    compared = nurl(url)
    return None if compared is None else urlsplit(compared).hostname


def as_page_says(post: Post, canonical: str | None, language: str | None) -> Post:
    """What the copies are made from. A spelling of the link as it was before an edit of the feed does not count."""
    link = spelling(post.link, canonical) if post.link is not None else None
    return replace(post, link=link or post.link, language=post.language or language)


def _before_body(page: bytes, content_type: str) -> str:
    """Cut where a tag ends, so that no character is cut, and the page is not taken for one in another encoding."""
    whole, end, _ = page.rpartition(b">")
    return _BODY.split(decode(whole + end, content_type), maxsplit=1)[0]


class _Reader(HTMLParser):
    """Is given single tags. The first word on a matter stands."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.base = url
        self.canonical: str | None = None
        self.language: str | None = None

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = self.language or said.get("lang") or said.get("xml:lang")
        elif tag == "base" and self.base == self.url:
            self.base = absolute(said.get("href"), self.url) or self.url
        elif tag == "link" and "canonical" in said.get("rel", "").lower().split():
            self.canonical = self.canonical or said.get("href")
