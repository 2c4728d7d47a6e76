"""The blocks of a Tumblr post as values, and how text blocks are cut, joined and marked. Pure.

Offsets are code points, as Tumblr counts and as Python does. Limits: Tumblr's NPF specification.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from syndicator.connector import Json

TEXT_LIMIT = 4096  # code points of a text block, an alt text, a caption
DEEPEST = 7
SPACE = " \t\n\r\f"  # of HTML; an ideographic space at the head of a paragraph is a letter

_ENDS = (re.compile(r"\n"), re.compile(r"[.!?…。！？][\"'»”’)]*\s"), re.compile(r"\s"))  # where a cut hurts least


@dataclass(frozen=True, slots=True)
class Range:
    start: int
    end: int
    type: str  # bold, italic, strikethrough, small, link, mention
    url: str = ""  # of a mention: the blog's inner id

    def json(self) -> Json:
        plain: dict[str, Json] = {"start": self.start, "end": self.end, "type": self.type}
        if self.type == "mention":
            return {**plain, "blog": {"uuid": self.url}}
        return {**plain, "url": self.url} if self.url else plain


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    formatting: tuple[Range, ...] = ()
    subtype: str = ""
    indent: int = 0
    number: int | None = None  # of an item in an ordered list

    def json(self) -> Json:
        block: dict[str, Json] = {"type": "text", "text": self.text}
        if self.subtype:
            block["subtype"] = self.subtype
        if self.indent:
            block["indent_level"] = self.indent
        if self.formatting:
            block["formatting"] = [one.json() for one in self.formatting]
        return block


@dataclass(frozen=True, slots=True)
class Picture:
    """`sha256` names the attachment that will be uploaded under `identifier`."""

    sha256: str
    mime: str
    width: int
    height: int
    alt: str = ""
    caption: str = ""
    link: str = ""  # where a click leads
    source: str = ""
    identifier: str = ""

    def media(self) -> Json:
        size = {"width": self.width, "height": self.height}
        return [{"type": self.mime, "identifier": self.identifier, **size}]

    def json(self) -> Json:
        block: dict[str, Json] = {"type": "image", "media": self.media()}
        if self.alt:
            block["alt_text"] = self.alt
        if self.caption:
            block["caption"] = self.caption
        if self.link:
            block["attribution"] = {"type": "link", "url": self.link}
        return block


@dataclass(frozen=True, slots=True)
class Card:
    url: str
    title: str
    description: str = ""
    site_name: str = ""
    poster: Picture | None = None

    def json(self) -> Json:
        words = {"title": self.title, "description": self.description, "site_name": self.site_name}
        block: dict[str, Json] = {"type": "link", "url": self.url, **{k: v for k, v in words.items() if v}}
        return block if self.poster is None else {**block, "poster": self.poster.media()}


Block = Text | Picture | Card


def piece(block: Text, start: int, end: int) -> Text:
    """The part of a text between two offsets, with its share of the formatting."""
    kept = (replace(r, start=max(r.start, start) - start, end=min(r.end, end) - start) for r in block.formatting)
    return replace(block, text=block.text[start:end], formatting=tuple(r for r in kept if r.start < r.end))


def stripped(block: Text, chars: str = SPACE) -> Text:
    """Without the blanks at both ends, and with no mark on mere blanks."""
    start = len(block.text) - len(block.text.lstrip(chars))
    return marked(piece(block, start, max(start, len(block.text.rstrip(chars)))))


def marked(block: Text) -> Text:
    """With formatting as Tumblr wants it: around letters, not around blanks; equal neighbours are one range."""
    tight = (_tight(r, block.text) for r in block.formatting)
    return replace(block, formatting=tuple(merged(r for r in tight if r.start < r.end)))


def _tight(one: Range, text: str) -> Range:
    inside = text[one.start : one.end]
    start = one.start + len(inside) - len(inside.lstrip(SPACE))
    return replace(one, start=start, end=one.end - len(inside) + len(inside.rstrip(SPACE)))


def merged(ranges: Iterable[Range]) -> list[Range]:
    """No two ranges of one type overlap. Of two links in one place the first stays."""
    done: list[Range] = []
    last: dict[str, int] = {}
    for one in sorted(ranges, key=lambda r: (r.start, r.end)):
        before = done[last[one.type]] if one.type in last else None
        if before is not None and before.url == one.url and one.start <= before.end:
            done[last[one.type]] = replace(before, end=max(before.end, one.end))
            continue
        start = one.start if before is None else max(one.start, before.end)
        if start < one.end:
            last[one.type] = len(done)
            done.append(replace(one, start=start))
    return sorted(done, key=lambda r: (r.start, -r.end, r.type))


def joined(texts: Sequence[Text], between: str) -> Text:
    """Several texts as one plain text."""
    text, ranges = "", list[Range]()
    for one in texts:
        text += between if text else ""
        ranges += [replace(r, start=r.start + len(text), end=r.end + len(text)) for r in one.formatting]
        text += one.text
    return Text(text, tuple(merged(ranges)))


def prefixed(block: Text, words: str) -> Text:
    moved = tuple(replace(r, start=r.start + len(words), end=r.end + len(words)) for r in block.formatting)
    return replace(block, text=words + block.text, formatting=moved)


def split(block: Text, limit: int = TEXT_LIMIT) -> list[Text]:
    """`block` in parts of at most `limit`, cut at a line, a sentence, a word, never inside what looks like one letter.

    Nothing is left out. Only the first part is an item of a list: the rest would get a number of its own.
    """
    parts, rest = list[Text](), block
    while len(rest.text) > limit:
        at = _cut(rest.text, limit)
        parts.append(piece(rest, 0, at))
        rest = piece(rest, at, len(rest.text))
        if rest.subtype.endswith("-list-item"):
            rest = replace(rest, subtype="", indent=0, number=None)
    return [marked(part) for part in (*parts, rest)]


def shortened(text: str, limit: int = TEXT_LIMIT) -> str:
    """`text` in at most `limit` code points, with an ellipsis where something is missing."""
    return text if len(text) <= limit else f"{text[: _cut(text, limit - 1)].rstrip()}…"


def _cut(text: str, limit: int) -> int:
    whole = _letters_up_to(text, limit)
    for ends in _ENDS:
        found = [m.end() for m in ends.finditer(text, limit // 2, limit) if m.end() in whole]
        if found:
            return found[-1]
    return max(whole, default=limit)  # a single "letter" longer than a block has to be cut somewhere


def _letters_up_to(text: str, limit: int) -> set[int]:
    """The offsets up to `limit` at which a grapheme cluster ends. The one after the limit tells how the last ends."""
    import regex

    ends, window = set[int](), text[: limit + 64]
    for cluster in regex.finditer(r"\X", window):
        if cluster.end() > limit:
            break
        if cluster.end() < len(window) or len(window) == len(text):
            ends.add(cluster.end())
    return ends
