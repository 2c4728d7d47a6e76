"""What feedparser loses, collected in a second, light pass over the same text.

Per entry, in the order of the document: the guid as it is written (feedparser resolves it against the feed's address,
which may change), alt texts of media elements, xml:base, Markdown sources. A document that is not well-formed yields
the entries before the fault.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from syndicator.feed.images import alt_of
from syndicator.feed.links import absolute
from syndicator.post import Image

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_MARKDOWN = "{http://source.scripting.com/}markdown"
_ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_ATOM_IDS = {"{http://www.w3.org/2005/Atom}id", "{http://purl.org/atom/ns#}id"}
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")


@dataclass(frozen=True, slots=True)
class Extra:
    guid: str | None = None
    permalink: bool = False  # the guid does not deny being one
    images: tuple[Image, ...] = ()
    base: str | None = None
    markdown: str = ""
    words: tuple[str, str] | None = None  # content and description, where those of pictures got mixed up with them


def extras_of(text: str, url: str) -> list[Extra]:
    """Read an XML feed whose document address is `url`. Never raises for what may stand in it."""
    return list(_entries(text, url))


def _entries(text: str, url: str) -> Iterator[Extra]:
    parser: XMLPullParser[Element] = XMLPullParser(events=("start", "end"))
    parser.feed(text)
    with suppress(ParseError):  # told below, when its turn comes
        parser.close()
    bases: list[str | None] = [None]
    for kind, element in _until_fault(parser.read_events()):
        if kind == "start":
            bases.append(_base(element, bases[-1], url))
            continue
        base = bases.pop()
        if _local(element) in ("item", "entry"):
            content = next((child for child in element if _local(child) == "content"), None)
            yield _extra(element, base if content is None else _base(content, base, url), url)
            element.clear()


def _until_fault(events: Iterator[Any]) -> Iterator[tuple[str, Element]]:
    with suppress(ParseError):
        yield from events


def _base(element: Element, outer: str | None, url: str) -> str | None:
    """Empty bases and mere fragments, which some engines write, say nothing."""
    said = element.get(_BASE, "").strip()
    if not said or said.startswith("#"):
        return outer
    return absolute(said, outer or url) or outer


def _extra(entry: Element, base: str | None, url: str) -> Extra:
    guid = next((child for child in entry if _local(child) == "guid" or child.tag in _ATOM_IDS), None)
    written = (guid.text or "").strip() if guid is not None else (entry.get(_RDF_ABOUT) or "").strip()
    markdown = entry.find(_MARKDOWN)
    return Extra(
        guid=written or None,
        permalink=guid is not None and guid.get("isPermaLink", "true").strip().lower() != "false",
        images=tuple(_pictures(entry, url)),
        base=base,
        markdown=(markdown.text or "").strip() if markdown is not None else "",
        words=_own_words(entry),
    )


def _own_words(item: Element) -> tuple[str, str] | None:
    """feedparser files media:description under the item's own description, or under its content."""
    if next(item.iter(f"{_MEDIA}description"), None) is None:
        return None
    content, description = item.findtext(_ENCODED, ""), item.findtext("description", "")
    return (content, description) if content or description else None


def _pictures(entry: Element, url: str) -> Iterator[Image]:
    """One picture per media:content, one per media:group: a group holds versions of the same thing."""
    loose = [content for content in entry.findall(f"{_MEDIA}content") if _is_picture(content)]
    for content in loose:
        yield from _picture(content, _words(content) or (_words(entry) if len(loose) == 1 else ""), url)
    for group in entry.findall(f"{_MEDIA}group"):
        versions = [content for content in group.findall(f"{_MEDIA}content") if _is_picture(content)]
        if versions:
            chosen = next((v for v in versions if v.get("isDefault") == "true"), max(versions, key=_width))
            yield from _picture(chosen, _words(chosen) or _words(group), url)


def _picture(content: Element, words: str, url: str) -> Iterator[Image]:
    found = absolute(content.get("url"), url)
    if found is not None:
        yield Image(found, alt_of(words), lead=True)


def _words(element: Element) -> str:
    for name in ("description", "title"):
        found = element.find(f"{_MEDIA}{name}")
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
