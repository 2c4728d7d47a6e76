"""A Rendering as Markdown (CommonMark) that reads as the words do.

Enters: a Rendering, and the names of its pictures' files. Leaves: a text in which no letter of the post is taken for
markup: what looks like a list, a heading or a link there is a person's typing, and is kept as it was typed.
"""

import re
from collections.abc import Iterator, Sequence

from syndicator.connector import Card, Rendering, SpanKind

from .pictures import Kept

_MARKUP = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
_BLOCK = re.compile(r"(?:#{1,6}|[-+])(?=\s|$)|[-=]+\s*$|\d{1,9}(?=[.)](?:\s|$))")  # at the beginning of a line
_NOT_IN_ADDRESSES = re.compile(r"[\s<>\\\x00-\x20\x7f]")
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>\x00-\x20\x7f]*")


def markdown(rendering: Rendering, kept: Sequence[Kept], card_picture: Kept | None) -> str:
    """Warning, words, pictures, card. Whether readers are led to the original is settled in the words and the card."""
    parts = [f"**{_in_line(rendering.content_warning)}**"] if rendering.content_warning.strip() else []
    parts += _paragraphs("".join(_inline(rendering)))
    parts += [f"![{_in_line(picture.image.alt)}]({picture.file})" for picture in kept]
    if rendering.card:
        parts += _card(rendering.card, card_picture)
    return "\n\n".join(parts) + "\n"


def _inline(rendering: Rendering) -> Iterator[str]:
    """The text with its links made live; a hashtag or a mention has no page here, so it stays words."""
    done = 0
    links = (span for span in rendering.spans if span.kind is SpanKind.LINK)
    for span in sorted(links, key=lambda span: span.start):
        yield _escaped(rendering.text[done : span.start])
        yield _link(rendering.text[span.start : span.end], span.target)
        done = span.end
    yield _escaped(rendering.text[done:])


def _paragraphs(text: str) -> list[str]:
    lines = [_line(line) for line in re.split(r"\r\n?|\n", text)]
    blocks = re.split(r"\n{2,}", "\n".join(lines).strip("\n"))
    return [block.replace("\n", "\\\n") for block in blocks if block]


def _line(line: str) -> str:
    """Spaces at the beginning would vanish, or make code of it."""
    words = line.strip(" \t")
    if not words:
        return ""
    begins = _BLOCK.match(words)
    if begins:
        at = begins.end() if words[0].isdigit() else 0
        words = f"{words[:at]}\\{words[at:]}"
    return "&nbsp;" * (len(line) - len(line.lstrip(" \t"))) + words


def _card(card: Card, picture: Kept | None) -> Iterator[str]:
    yield _link(_one_line(card.title) or card.url, card.url)
    if card.description.strip():
        yield _in_line(card.description)
    if picture is not None:
        yield f"![{_in_line(picture.image.alt)}]({picture.file})"


def _link(shown: str, target: str) -> str:
    if shown == target and _AUTOLINK.fullmatch(target):
        return f"<{target}>"
    address = _NOT_IN_ADDRESSES.sub(lambda found: f"%{ord(found[0]):02X}" if found[0] < "\x80" else "", target)
    return f"[{_in_line(shown)}](<{address.replace('&', '&amp;')}>)"


def _in_line(text: str) -> str:
    return _escaped(_one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)
