"""The public feed of an account → its stories, and which of them is a copy of ours.

Enters: bytes of a stranger. Leaves: stories, newest first, or Unreadable. It holds ten entries, responses among them,
so that a story may be missing from it; and the wall in front of Medium may hide all of it. One in it is proof.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urlsplit, urlunsplit
from xml.parsers import expat

from syndicator_medium.addresses import WEB, same_page, scheme

LARGEST = 2_000_000  # bytes; ten stories
EARLIER = timedelta(minutes=10)  # Medium's clock and ours differ

_CONTENT = "http://purl.org/rss/1.0/modules/content/ encoded"
_ITEM_PARTS = {"title": "title", "link": "link", "guid": "guid", "pubDate": "date", _CONTENT: "content"}
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ID = re.compile(r"[0-9a-z]{4,40}")
_SAYS_SO = re.compile(r"\b(?:originally|first) (?:published|appeared)\b", re.IGNORECASE)
_LONGEST_NOTICE = 300
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_HREF = re.compile(r"""\bhref=(?:"([^"]*)"|'([^']*)')""")
_PARAGRAPHS = {"p", "div", "li", "h1", "h2", "h3", "h4", "blockquote", "pre", "figure", "figcaption", "hr", "ul", "ol"}
_ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


class Unreadable(Exception):
    """These bytes are no feed."""


@dataclass(frozen=True, slots=True)
class Listed:
    id: str
    url: str
    title: str
    published: datetime | None
    content: str = field(repr=False)


def stories(data: bytes) -> list[Listed]:
    """Raises Unreadable."""
    reader = _Reader()
    try:
        reader.parser.Parse(_FORBIDDEN.sub(b"", data[:LARGEST]), True)
    except expat.ExpatError as error:
        raise Unreadable(str(error)) from error
    if not reader.is_feed:
        raise Unreadable("no RSS feed")
    return [listed for listed in map(_listed, reader.items) if listed is not None]


def copy_of(page: str | None, title: str, among: Sequence[Listed], since: datetime | None = None) -> Listed | None:
    """The story that says it comes from `page`; else one that bears the title, is newer than `since`, and does not say
    that it comes from elsewhere."""
    wanted = same_page(page or "")
    told = [(listed, *_pointers(listed)) for listed in among]
    for listed, origins, linked in told if wanted else ():
        if wanted in origins or (wanted in linked and _same_title(title, listed)):
            return listed
    if since is None:
        return None
    recent = (one for one in told if one[0].published is not None and one[0].published >= since - EARLIER)
    return next((listed for listed, origins, _ in recent if not origins and _same_title(title, listed)), None)


def _pointers(listed: Listed) -> tuple[set[str], set[str]]:
    """The pages that a story says it comes from, in a sentence near its beginning or end; and all it links to.

    A link alone proves nothing, as a later story may point to an earlier one. Medium's own sentence about a
    publication leads to where the story is, which is no origin.
    """
    paragraphs = _paragraphs(listed.content)
    outer = {0, 1, *range(max(len(paragraphs) - 4, 0), len(paragraphs))}  # Medium adds a paragraph for a publication
    told = (one for at, one in enumerate(paragraphs) if at in outer and len(one.text) <= _LONGEST_NOTICE)
    origins = {same_page(href) for one in told if _SAYS_SO.search(one.text) for href in one.hrefs} - {""}
    here = _place(same_page(listed.url))
    linked = {same_page(href) for one in paragraphs for href in one.hrefs} - {""}
    return {origin for origin in origins if _place(origin) != here}, linked


def _place(page: str) -> str:
    return page.partition("/")[0]


def _same_title(title: str, listed: Listed) -> bool:
    ours = _plain(title)
    return bool(ours) and ours == _plain(listed.title)


def _plain(title: str) -> str:
    """Medium's typography may have turned the quotes."""
    return " ".join(title.translate(_ALIKE).split()).casefold()


def _listed(parts: dict[str, str]) -> Listed | None:
    url, name = _without_source(parts.get("link", "")), parts.get("guid", "").strip().rstrip("/").rpartition("/")[2]
    if scheme(url) not in WEB:
        return None
    return Listed(
        id=name if _ID.fullmatch(name) else "",
        url=url,
        title=parts.get("title", "").strip(),
        published=_moment(parts.get("date", "")),
        content=parts.get("content", ""),
    )


def _without_source(link: str) -> str:
    """Feeds say in each address that it comes from one."""
    try:
        url = urlsplit(link.strip())
    except ValueError:
        return ""
    kept = "&".join(part for part in url.query.split("&") if not part.startswith("source="))
    return urlunsplit((url.scheme, url.netloc, url.path, kept, ""))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class _Reader:
    """Straight from the parser, without a tree: how deep strangers nest costs nothing, and entities are refused."""

    def __init__(self) -> None:
        self.items: list[dict[str, str]] = []
        self.is_feed = False
        self.path: list[str] = []
        self.words: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self.words.append

    def _refuse(self, *_: object) -> None:
        raise Unreadable("it declares a document type, which feeds of Medium do not")

    def _start(self, name: str, _: dict[str, str]) -> None:
        self.path.append(name)
        self.words.clear()
        self.is_feed = self.is_feed or self.path == ["rss", "channel"]
        if self.path == ["rss", "channel", "item"]:
            self.items.append({})

    def _end(self, name: str) -> None:
        if len(self.path) == 4 and self.path[2] == "item" and name in _ITEM_PARTS:
            self.items[-1].setdefault(_ITEM_PARTS[name], "".join(self.words))
        self.path.pop()
        self.words.clear()


@dataclass(frozen=True, slots=True)
class _Paragraph:
    text: str
    hrefs: tuple[str, ...]


def _paragraphs(html: str) -> list[_Paragraph]:
    """By looking for tags alone, which takes linear time on anything; parsers that repair mark-up do not."""
    found: list[_Paragraph] = []
    words: list[str] = []
    hrefs: list[str] = []
    at = 0
    for tag in _TAG.finditer(html):
        words.append(unescape(html[at : tag.start()]))
        at = tag.end()
        if tag[1].lower() in _PARAGRAPHS:
            found += _paragraph(words, hrefs)
            words, hrefs = [], []
        elif tag[1].lower() == "a" and (href := _HREF.search(tag[2])):
            hrefs.append(unescape(href[1] or href[2] or ""))
    return [*found, *_paragraph([*words, unescape(html[at:])], hrefs)]


def _paragraph(words: list[str], hrefs: list[str]) -> list[_Paragraph]:
    text = "".join(words).strip()
    return [_Paragraph(text, tuple(hrefs))] if text or hrefs else []
