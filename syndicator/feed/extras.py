"""What feedparser loses, collected in a second, light pass over the same text.

Per entry, in the order in which they begin: the guid as it is written (feedparser resolves it against the feed's
address, which may change), alt texts of media elements, xml:base, Markdown sources, the author's wishes. Of the feed:
which entries it says are gone. A document that is not well-formed yields the entries before the fault.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from syndicator.feed.images import alt_of
from syndicator.feed.links import absolute
from syndicator.feed.outline import FORMATS
from syndicator.post import Image

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_MEDIA_OF_OLD = "{http://search.yahoo.com/mrss}"
_MARKDOWN = "{http://source.scripting.com/}markdown"
_POSSE = "posseparty.com/"  # in the namespace of an element `post`
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_ATOM_IDS = {"{http://www.w3.org/2005/Atom}id", "{http://purl.org/atom/ns#}id"}
_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")
_LONGEST_WISHES = 100_000  # characters
_MOST_DELETED = 1_000


@dataclass(frozen=True, slots=True)
class Extra:
    guid: str | None = None
    permalink: bool = False  # the guid does not deny being one
    images: tuple[Image, ...] = ()
    base: str | None = None
    markdown: str = ""
    posse: str = ""
    words: tuple[str, str] | None = None  # content and description, where those of pictures got mixed up with them


@dataclass(frozen=True, slots=True)
class Extras:
    entries: list[Extra]
    deleted: tuple[str, ...]
    fault: str | None  # where the document stops being XML, in the parser's words


def extras_of(text: str, url: str) -> Extras:
    """Read an XML feed whose document address is `url`. Never raises for what may stand in it."""
    collector = _Collector(url)
    parser: XMLPullParser[Element] = XMLPullParser(events=("start", "end"))
    fault = None
    try:
        parser.feed(text)
        parser.close()
    except ParseError as error:  # `read_events` tells it too, when its turn comes
        fault = str(error)
    with suppress(ParseError):
        events: Iterator[Any] = parser.read_events()
        for kind, element in events:
            collector.take(kind, element)
    return Extras(collector.entries, tuple(collector.deleted), fault)


class _Collector:
    def __init__(self, url: str) -> None:
        self.url = url
        self.entries: list[Extra] = []
        self.open_entries: list[int] = []
        self.deleted: dict[str, None] = {}
        self.bases: list[str | None] = [None]

    def take(self, kind: str, element: Any) -> None:
        if kind == "start":
            self._start(element)
        else:
            self._end(element, self.bases.pop())

    def _start(self, element: Element) -> None:
        self.bases.append(_base(element, self.bases[-1], self.url))
        if _is_entry(element):
            self.open_entries.append(len(self.entries))
            self.entries.append(Extra())

    def _end(self, element: Element, base: str | None) -> None:
        if _is_entry(element):
            extra = _extra(element, _base_of_content(element, base, self.url), self.url)
            self.entries[self.open_entries.pop()] = extra
            element.clear()
        elif element.tag == _DELETED and len(self.deleted) < _MOST_DELETED:
            ref = element.get("ref", "").strip()
            self.deleted.update({ref: None} if ref else {})


def _is_entry(element: Element) -> bool:
    """As feedparser sees it: an element of a feed format, or one whose namespace is the document's own."""
    space, _, name = element.tag.rpartition("}")
    return name in ("item", "entry") and (not space or space[1:].startswith(FORMATS))


def _base(element: Element, outer: str | None, url: str) -> str | None:
    """Empty bases and mere fragments, which some engines write, say nothing."""
    said = element.get(_BASE, "").strip()
    if not said or said.startswith("#"):
        return outer
    return absolute(said, outer or url) or outer


def _base_of_content(entry: Element, base: str | None, url: str) -> str | None:
    content = next((child for child in entry if _local(child) == "content"), None)
    return base if content is None else _base(content, base, url)


def _extra(entry: Element, base: str | None, url: str) -> Extra:
    guid = next((child for child in entry if _local(child) == "guid" or child.tag in _ATOM_IDS), None)
    written = (guid.text or "").strip() if guid is not None else (entry.get(_RDF_ABOUT) or "").strip()
    return Extra(
        guid=written or None,
        permalink=guid is not None and guid.get("isPermaLink", "true").strip().lower() != "false",
        images=tuple(_pictures(entry, url)),
        base=base,
        markdown=entry.findtext(_MARKDOWN, "").strip(),
        posse=_wishes(entry),
        words=_own_words(entry),
    )


def _wishes(entry: Element) -> str:
    found = next((child for child in entry if _POSSE in child.tag and _local(child) == "post"), None)
    words = "" if found is None else (found.text or "").strip()
    return words if len(words) <= _LONGEST_WISHES else ""


def _own_words(item: Element) -> tuple[str, str] | None:
    """feedparser files media:description under the item's own description, or under its content."""
    if all(next(item.iter(f"{media}description"), None) is None for media in (_MEDIA, _MEDIA_OF_OLD)):
        return None
    content, description = item.findtext(_ENCODED, ""), item.findtext("description", "")
    return (content, description) if content or description else None


def _pictures(entry: Element, url: str) -> Iterator[Image]:
    """One picture per media:content, one per media:group: a group holds versions of the same thing."""
    for media in (_MEDIA, _MEDIA_OF_OLD):
        loose = [content for content in entry.findall(f"{media}content") if _is_picture(content)]
        for content in loose:
            yield from _picture(
                content, _words(content, media) or (_words(entry, media) if len(loose) == 1 else ""), url
            )
        for group in entry.findall(f"{media}group"):
            versions = [content for content in group.findall(f"{media}content") if _is_picture(content)]
            if versions:
                chosen = next((v for v in versions if v.get("isDefault") == "true"), max(versions, key=_width))
                yield from _picture(chosen, _words(chosen, media) or _words(group, media), url)


def _picture(content: Element, words: str, url: str) -> Iterator[Image]:
    found = absolute(content.get("url"), url)
    if found is not None:
        yield Image(found, alt_of(words), lead=True)


def _words(element: Element, media: str) -> str:
    for name in ("description", "title"):
        found = element.find(f"{media}{name}")
        if found is not None and (found.text or "").strip():
            return found.text or ""
    return ""


def _is_picture(content: Element) -> bool:
    medium, kind = content.get("medium", ""), content.get("type", "")
    if medium or kind:
        return medium == "image" or kind.startswith("image/")
    return content.get("url", "").split("?", 1)[0].lower().endswith(_PICTURES)


def _width(content: Element) -> int:
    width = content.get("width", "")
    return int(width) if width.isdecimal() and len(width) < 7 else 0


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
