"""A web page → the feeds it names, and which of several feeds is the one to watch. Used by `syndicate init`. Pure.

Enters: HTML, the HTTP `Link` header, documents. Leaves: candidates in the order in which to look at them, and a choice
with its reason. `GUESSES` are the places to look when a page names none, most common first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from syndicator.feed.document import Document
from syndicator.feed.identify import nurl
from syndicator.feed.links import absolute
from syndicator.feed.text import H_FEED, one_line
from syndicator.post import Post

TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
    "application/xml",
    "text/xml",
    H_FEED,
)
GUESSES = (  # by how many blogs of a list of 36,515 have their feed there
    "/feed/",
    "/feed.xml",
    "/index.xml",
    "/rss.xml",
    "/atom.xml",
    "/rss/",
    "/feed",
    "/feed/atom/",
    "/rss",
    "/atom/",
    "/feeds/posts/default",
    "/blog?format=rss",
    "/blog/rss.xml",
    "/feed.rss",
    "/feeds/all.atom.xml",
    "/feed/feed.xml",
    "/posts_feed",
    "/?feed=rss2",
)
ON_SUB_PATH = 8  # of them are also tried below the path of a page that is no site's front page
_LARGEST = 500_000  # characters of a page that are looked at
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?:link|base|a)\s[^<>]{1,4000}>", re.IGNORECASE)
_NAMED_LIKE_A_FEED = re.compile(
    r"/(?:feed|rss|atom)/?$|/(?:feed|rss|atom|index)\.(?:xml|json|rss|atom)$|\.(?:rss|atom)$|/feed\.json$",
    re.IGNORECASE,
)
_PART = re.compile(r"/(?:category|categories|tags?|topics?|authors?|series|section)/", re.IGNORECASE)
_LONGER = 1.2  # times the words; what is nearly as long is the same text
_LINK = re.compile(r"<([^<>]{1,2000})>([^<>,]{0,500}(?:,(?!\s*<)[^<>,]{0,500}){0,9})")
_PARAMETER = re.compile(r""";\s*([\w*-]{1,30})\s*=\s*(?:"([^"]{0,300})"|([^\s";]{1,300}))""")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A feed that is named somewhere. `type` is empty for a mere link that looks like one."""

    url: str
    title: str = ""
    type: str = ""

    @property
    def is_page(self) -> bool:
        return self.type == H_FEED


@dataclass(frozen=True, slots=True)
class Seen:
    """A candidate that turned out to be a feed."""

    url: str
    document: Document
    title: str = ""


def find_feeds(html: str, page_url: str, link_header: str = "") -> list[Candidate]:
    """Every feed that a page names: in its headers, then in its mark-up; each address once."""
    collector = _Collector(page_url)
    for tag in _TAG.finditer(_COMMENT.sub("", html[:_LARGEST])):
        collector.feed(tag[0])
    named = [*_from_header(link_header, page_url), *collector.found]
    declared = sorted(named, key=lambda candidate: not candidate.type)
    return list({candidate.url: candidate for candidate in reversed(declared)}.values())[::-1]


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Those that may be the feed of the posts, the likeliest first: declared before merely linked, the whole before a
    category, shorter paths before longer; no comments."""
    posts = [candidate for candidate in candidates if not is_of_comments(candidate)]
    return sorted(posts, key=lambda c: (not c.type, bool(_PART.search(urlsplit(c.url).path)), _depth(c.url)))


def is_of_comments(candidate: Candidate) -> bool:
    return "comments" in f"{candidate.title} {urlsplit(candidate.url).path}".lower()


def choose(seen: Sequence[Seen]) -> tuple[Seen, str]:
    """The feed to watch, and why it and no other that holds the same posts. `seen` begins with the likeliest."""
    best, why = next((each for each in seen if each.document.posts), seen[0]), ""
    for other in seen:
        if other is not best and same_posts(best.document, other.document):
            reason = _richer(other, best)
            best, why = (other, reason) if reason else (best, why or _richer(best, other))
    return best, why


def same_posts(one: Document, other: Document) -> bool:
    """Whether two documents are versions of the same feed."""
    these, those = set(_by_address(one)), set(_by_address(other))
    return bool(these & those) and len(these & those) * 2 >= min(len(these), len(those))


def guesses(page_url: str) -> list[str]:
    """Where to look on a site that names no feed; below a path first, if the page is the front of something there."""
    path = urlsplit(page_url).path
    below = [g.lstrip("/") for g in GUESSES[:ON_SUB_PATH]] if path.endswith("/") and path != "/" else []
    found = (absolute(guess, page_url) for guess in (*below, *GUESSES))
    return list(dict.fromkeys(url for url in found if url is not None))


def _richer(one: Seen, other: Seen) -> str:
    """In what respect `one` tells more of the same posts; empty when in none."""
    these, those = _by_address(one.document), _by_address(other.document)
    shared = these.keys() & those.keys()
    words, fewer = (sum(len(posts[key].text) for key in shared) for posts in (these, those))
    where = urlsplit(other.url).path or "/"
    if words > fewer * _LONGER:
        return f"with whole posts, where {where} has shorter ones"
    if fewer > words * _LONGER:
        return ""
    dated, less = (sum(posts[key].published is not None for key in shared) for posts in (these, those))
    if dated != less:
        return f"with dates, which {where} lacks" if dated > less else ""
    return f"with more posts than {where}" if len(these) > len(those) else ""


def _by_address(document: Document) -> dict[str, Post]:
    named = ((nurl(post.link or "") or post.guid or "", post) for post in document.posts)
    return {name: post for name, post in named if name}


def _depth(url: str) -> int:
    return len(urlsplit(url).path.rstrip("/").split("/"))


class _Collector(HTMLParser):
    def __init__(self, page_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = page_url
        self.found: list[Candidate] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        rel = attributes.get("rel", "").lower().split()
        if tag == "base":
            self.base = absolute(attributes.get("href"), self.base) or self.base
        elif "alternate" in rel:
            self.found += _candidates(attributes, attributes.get("href"), self.base)
        elif "feed" in rel:
            self.found += _candidates({**attributes, "type": H_FEED}, attributes.get("href"), self.base)
        elif tag == "a":
            self.found += _linked(attributes.get("href"), self.base)


def _from_header(header: str, page_url: str) -> list[Candidate]:
    found = []
    for link in _LINK.finditer(header[:20_000]):
        parameters = {p[1].lower(): p[2] or p[3] or "" for p in _PARAMETER.finditer(link[2])}
        if "alternate" in parameters.get("rel", "").lower().split():
            found += _candidates(parameters, link[1], page_url)
    return found


def _candidates(said: dict[str, str], href: str | None, base: str) -> list[Candidate]:
    """One or none. WordPress announces its programming interface with the type of a feed."""
    kind = said.get("type", "").split(";")[0].strip().lower()
    url = absolute(href, base)
    if kind not in TYPES or url is None or "/wp-json/" in url:
        return []
    return [Candidate(url, one_line(said.get("title", "")), kind)]


def _linked(href: str | None, base: str) -> list[Candidate]:
    """A link that is called like a feed, on the same host: some pages declare nothing."""
    url = absolute(href, base)
    if url is None or urlsplit(url).hostname != urlsplit(base).hostname:
        return []
    return [Candidate(url)] if _NAMED_LIKE_A_FEED.search(urlsplit(url).path) else []
