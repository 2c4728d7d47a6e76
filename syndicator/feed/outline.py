"""The text of an XML feed → where its entries stand, before anything is parsed. Pure, and linear in the text.

What stands in comments, CDATA sections and instructions is never taken for mark-up. Only what bears no prefix, or the
prefix of a feed format, is an entry: podcasts and shops have items of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape

from syndicator.feed import dates

# What is passed over whole, so that nothing inside it is taken for mark-up; when unfinished, to the end.
OPAQUE = r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
_ENTRY = re.compile(
    rf"{OPAQUE}|<(/?)(?:([\w.-]+):)?(item|entry|rss|feed|rdf|channel)(?=[\s/>])([^<>]*)>?", re.DOTALL | re.IGNORECASE
)
DECLARED = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["']([^"'<>]{1,200})["']""")
FORMATS = (  # the namespaces of feeds, by how they begin
    "http://www.w3.org/2005/Atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss",
    "http://blogs.law.harvard.edu/tech/rss",
)
_DATE = re.compile(
    r"<(?:[\w.-]+:)?(pubDate|published|issued|date|updated|modified)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<\]]{4,60})",
    re.IGNORECASE,
)
_GUID = re.compile(r"<(?:guid|(?:atom:)?id)\b[^<>]*>\s*(?:<!\[CDATA\[)?([^<\]]{1,4000})", re.IGNORECASE)
_FIRST_OF_ALL = ("pubdate", "published", "issued", "date")


@dataclass(frozen=True, slots=True)
class Outline:
    """`spans` are the whole entries; `begun` counts those that were begun; `closed`: the document ends itself.

    `opened` are the start tags that are open around every entry, `ending` closes them again.
    """

    spans: tuple[tuple[int, int], ...]
    begun: int
    closed: bool
    opened: str
    ending: str


def outline(text: str) -> Outline:
    scan = _Scan(text)
    for found in _ENTRY.finditer(text):
        if found[3] is not None and (found[2] is None or found[2] in scan.prefixes or found[3].lower() == "rdf"):
            scan.take(found)
    opened = [found for found in scan.around.values() if found is not None]
    return Outline(
        spans=tuple(scan.spans),
        begun=scan.begun,
        closed=scan.closed,
        opened="".join(found[0] for found in opened),
        ending="".join(f"</{_name(found)}>" for found in reversed(opened)),
    )


def date_of(entry: str) -> datetime | None:
    """When an entry was published, going by its text; good enough to choose by."""
    found = {name.lower(): value for name, value in reversed(_DATE.findall(entry))}
    said = [found[name] for name in (*_FIRST_OF_ALL, "updated", "modified") if name in found]
    return next(filter(None, map(dates.when, said)), None)


def guid_of(entry: str) -> str | None:
    """The guid of an entry that no XML parser takes, as it is written."""
    found = _GUID.search(entry)
    return unescape(found[1]).strip() or None if found else None


def without(text: str, spans: Iterator[tuple[int, int]]) -> str:
    """The text with these parts cut out."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return "".join((*kept, text[at:]))


class _Scan:
    def __init__(self, text: str) -> None:
        self.prefixes = {prefix for prefix, uri in DECLARED.findall(text[:20_000]) if uri.startswith(FORMATS)}
        self.spans: list[tuple[int, int]] = []
        self.begun = 0
        self.start: int | None = None  # of the entry that is open
        self.closed = False
        self.around: dict[str, re.Match[str] | None] = {}

    def take(self, found: re.Match[str]) -> None:
        name = found[3].lower()
        if name not in ("item", "entry"):
            self._frame(name, found)
        elif found[1]:
            self._end(found)
        elif not found[4].rstrip().endswith("/"):
            self._begin(found)

    def _frame(self, name: str, found: re.Match[str]) -> None:
        if not found[1] and not self.begun:
            self.around.setdefault(name, found)
        if found[1] and not self.begun:
            self.around[name] = None
        if name != "channel":
            self.closed = bool(found[1])
        if found[1] and self.start is not None:
            self.spans.append((self.start, found.start()))
            self.start = None

    def _begin(self, found: re.Match[str]) -> None:
        """Some feeds never end their entries: the next one does."""
        if self.start is not None:
            self.spans.append((self.start, found.start()))
        self.begun, self.start = self.begun + 1, found.start()

    def _end(self, found: re.Match[str]) -> None:
        if self.start is not None:
            self.spans.append((self.start, found.end()))
        self.start = None


def _name(found: re.Match[str]) -> str:
    return f"{found[2]}:{found[3]}" if found[2] else found[3]
