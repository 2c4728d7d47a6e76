"""The text of an XML feed → text that a parser can take, and what it must not hold, before anything is parsed.

Mends only what cannot change a meaning: space and characters that XML forbids, HTML's named entities, the declaration.
Takes away what no feed needs and what a parser takes quadratic time for. Raises NotAFeed for what was built to harm.
"""

import re
from collections.abc import Iterator
from html.entities import html5

from syndicator.feed.document import NotAFeed
from syndicator.feed.outline import DECLARED, FORMATS, OPAQUE, without
from syndicator.feed.text import without_controls

MOST_ATTRIBUTES = 64  # of one element
LONGEST_ATTRIBUTE = 16_384  # characters; pictures that are written into the mark-up are longer, and not ours
MOST_NAMESPACES = 100
_LONGEST_PERSON = 1_000  # characters of an author; feedparser looks for an address in it, in quadratic time

_ENTITY = re.compile(
    rf"{OPAQUE}|&(?!(?:lt|gt|amp|quot|apos);)(?:#(\d++|[xX][0-9a-fA-F]++);?|([A-Za-z][A-Za-z0-9]{{1,31}});)",
    re.DOTALL,
)
_DECLARED_ENTITY = re.compile(rf"{OPAQUE}|(<!ENTITY\b)", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(rf"{OPAQUE}|<([A-Za-z_])", re.DOTALL)
_KEPT = (
    *FORMATS,
    *("http://purl.org/rss/1.0/modules/content/", "http://purl.org/dc/", "http://search.yahoo.com/mrss"),
    *("http://www.itunes.com/dtds/", "http://rssnamespace.org/feedburner/", "http://www.w3.org/1999/"),
)
_NAMESPACE = re.compile(r"\sxmlns:([\w.-]{1,100})\s*=")
_LONG = re.compile(rf"{OPAQUE}|<([A-Za-z_][\w:.-]*+)([^<]{{500,}})", re.DOTALL)
_ATTRIBUTE = re.compile(r"""\s*([^\s=<>"'/]++)\s*=\s*("[^"]*+"|'[^']*+')""")
_PERSON = re.compile(
    rf"{OPAQUE}|<(/?)(?:[\w.-]+:)?(author|creator|managingeditor|webmaster|publisher|owner|item|entry)\b([^<>]*)>",
    re.DOTALL | re.IGNORECASE,
)
_EMPTY = re.compile(rf"{OPAQUE}|<(item|entry)\s*/>", re.DOTALL | re.IGNORECASE)
_UNBOUND = re.compile(r"<(/?)rss:(?=[a-zA-Z])")


def mended(text: str) -> str:
    """The document as UTF-8 is going to be: declared so, with nothing else before its root. Raises NotAFeed."""
    if any(found[1] for found in _DECLARED_ENTITY.finditer(text)):
        raise NotAFeed("the document declares its own entities (<!ENTITY …>); no feed needs them, and attacks do")
    text = without_controls(text)
    text = text[_root(text) :]
    if _EMPTY.search(text):  # some engines write one into each entry, and a parser takes it for the next
        text = _EMPTY.sub(lambda found: "" if found[1] else found[0], text)
    if "<rss:" in text and "xmlns:rss" not in text:  # said by the root's name, if not by the book
        text = _UNBOUND.sub(r"<\1", text)
    text = _LONG.sub(_shortened, without(text, _persons(text)))
    if len({found[1] for found in _NAMESPACE.finditer(text)}) > MOST_NAMESPACES:
        raise NotAFeed(f"the document declares more than {MOST_NAMESPACES} namespaces; no feed needs that many")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _ENTITY.sub(_numeric, text)


def _root(text: str) -> int:
    """Where the first element begins. What stands before it says nothing, and costs feedparser quadratic time."""
    found = next((found for found in _ROOT.finditer(text) if found[1]), None)
    if found is None:
        raise NotAFeed("the document is neither RSS, Atom nor JSON Feed")
    return found.start()


def without_foreign(text: str, kept: frozenset[str]) -> str:
    """The document without the tags of prefixes that are not among those `kept`; what stands between them stays."""
    tags = re.compile(rf"{OPAQUE}|</?([A-Za-z_][\w.-]*+):[^<>]*+>", re.DOTALL)
    return tags.sub(lambda found: found[0] if found[1] is None or found[1].lower() in kept else "", text)


def kept_prefixes(text: str) -> frozenset[str]:
    """The prefixes of the vocabularies that are read here, whatever they are called in this document."""
    declared = {prefix.lower() for prefix, uri in DECLARED.findall(text) if uri.startswith(_KEPT)}
    return frozenset(declared | {"xml", "atom", "content", "dc", "media", "itunes"})


def _persons(text: str) -> Iterator[tuple[int, int]]:
    """Where persons are named at a length that no name has."""
    opened: int | None = None
    for found in _PERSON.finditer(text):
        if found[2] is None or found[3].endswith("/"):
            continue
        if found[2].lower() in ("item", "entry"):
            opened = None
        elif not found[1]:
            opened = found.end() if opened is None else opened
        elif opened is not None:
            if found.start() - opened > _LONGEST_PERSON:
                yield opened, found.start()
            opened = None


def _shortened(found: re.Match[str]) -> str:
    """A start tag without the attributes that are too many or too long, and what follows it as it stands."""
    if found[1] is None:
        return found[0]
    rest, at = found[2], 0
    kept: list[str] = []
    while (attribute := _ATTRIBUTE.match(rest, at)) is not None:
        at = attribute.end()
        if len(kept) < MOST_ATTRIBUTES and len(attribute[2]) <= LONGEST_ATTRIBUTE:
            kept.append(attribute[0])
    return f"<{found[1]}{''.join(kept)}{rest[at:]}"


def _numeric(found: re.Match[str]) -> str:
    if found[1] is not None:
        return "" if _is_forbidden(found[1]) else found[0]
    if found[2] is None:
        return found[0]
    characters = html5.get(found[2])
    return "".join(f"&#{ord(c)};" for c in characters) if characters else found[0]


def _is_forbidden(number: str) -> bool:
    digits, base = (number[1:], 16) if number[0] in "xX" else (number, 10)
    code = int(digits[-8:], base) if len(digits.lstrip("0")) < 8 else 0x110000
    return code > 0x10FFFF or not without_controls(chr(code))
