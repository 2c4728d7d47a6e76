"""A web page → the feeds it names. Used by `syndicate init`; fetches nothing itself.

Enters: HTML and the HTTP `Link` header. Leaves: candidates in the order found. `GUESSES` are the places to look when a
page names none, most common first.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from syndicator.feed.links import absolute
from syndicator.feed.text import one_line

TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
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
_LARGEST = 500_000  # characters of a page that are looked at
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(?:link|base)\s[^<>]{1,4000}>", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]{1,2000})>([^<>,]{0,500}(?:,(?!\s*<)[^<>,]{0,500}){0,9})")
_PARAMETER = re.compile(r""";\s*([\w*-]{1,30})\s*=\s*(?:"([^"]{0,300})"|([^\s";]{1,300}))""")


@dataclass(frozen=True, slots=True)
class Candidate:
    url: str
    title: str = ""
    type: str = ""


def find_feeds(html: str, page_url: str, link_header: str = "") -> list[Candidate]:
    """Every feed that a page names: in its headers, then in its mark-up; each address once."""
    collector = _Collector(page_url)
    for tag in _TAG.finditer(_COMMENT.sub("", html[:_LARGEST])):
        collector.feed(tag[0])
    named = [*_from_header(link_header, page_url), *collector.found]
    return list({candidate.url: candidate for candidate in reversed(named)}.values())[::-1]


def choose(candidates: Iterable[Candidate]) -> Candidate | None:
    """The feed of the posts: no comments, no single category if there is anything shorter; the first of equals."""
    posts = [candidate for candidate in candidates if not _is_of_comments(candidate)]
    return min(posts, key=lambda candidate: len(urlsplit(candidate.url).path.rstrip("/").split("/")), default=None)


def guesses(page_url: str) -> list[str]:
    """Where to look on a site that names no feed."""
    return [url for guess in GUESSES if (url := absolute(guess, page_url)) is not None]


class _Collector(HTMLParser):
    def __init__(self, page_url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = page_url
        self.found: list[Candidate] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = absolute(attributes.get("href"), self.base) or self.base
        elif "alternate" in attributes.get("rel", "").lower().split():
            self.found += _candidates(attributes, attributes.get("href"), self.base)


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


def _is_of_comments(candidate: Candidate) -> bool:
    return "comments" in f"{candidate.title} {urlsplit(candidate.url).path}".lower()
