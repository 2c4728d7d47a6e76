"""The text of an XML feed → text that a parser can take, and what its mark-up says before anything is parsed.

Mends only what cannot change a meaning: space and characters that XML forbids, HTML's named entities, the declaration.
"""

import re
from dataclasses import dataclass
from html.entities import html5

from syndicator.feed.text import without_controls

# What is passed over whole, so that nothing inside it is taken for mark-up; when unfinished, to the end.
_OPAQUE = r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
_ENTITY = re.compile(rf"{_OPAQUE}|&(?:#(\d{{1,7}}|[xX][0-9a-fA-F]{{1,6}})|([A-Za-z][A-Za-z0-9]{{1,31}}));", re.DOTALL)
_DECLARED_ENTITY = re.compile(rf"{_OPAQUE}|(<!ENTITY\b)", re.DOTALL | re.IGNORECASE)
_ENTRY = re.compile(rf"{_OPAQUE}|<(/?)(?:[\w.-]+:)?(item|entry|rss|feed|rdf)(?=[\s>])", re.DOTALL | re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,500}?\?>")
_XML = {"amp", "lt", "gt", "quot", "apos"}


@dataclass(frozen=True, slots=True)
class Shape:
    """How many entries a document begins and ends, and whether it ends itself."""

    begun: int
    ended: int
    closed: bool


def mended(text: str) -> str:
    """The document as UTF-8 is going to be: declared so, nothing before the declaration."""
    text = _DECLARATION.sub("", without_controls(text).lstrip(), count=1)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _ENTITY.sub(_numeric, text.lstrip())


def declares_entities(text: str) -> bool:
    """Whether the document brings its own entities: no feed needs that, and bombs are made of it."""
    return any(found[1] for found in _DECLARED_ENTITY.finditer(text))


def shape(text: str) -> Shape:
    begun = ended = 0
    closed = False
    for found in _ENTRY.finditer(text):
        if found[2] is None:
            continue
        if found[2].lower() in ("item", "entry"):
            begun, ended = begun + (not found[1]), ended + bool(found[1])
        else:
            closed = bool(found[1])
    return Shape(begun, ended, closed)


def _numeric(found: re.Match[str]) -> str:
    if found[1] is not None:
        return "" if _is_forbidden(found[1]) else found[0]
    if found[2] is None or found[2] in _XML:
        return found[0]
    characters = html5.get(f"{found[2]};")
    return "".join(f"&#{ord(c)};" for c in characters) if characters else found[0]


def _is_forbidden(number: str) -> bool:
    code = int(number[1:], 16) if number[0] in "xX" else int(number)
    return code > 0x10FFFF or not without_controls(chr(code))
