"""Hashtags where their words stand already: "my feeds" → "my #feeds".

Enters: a marked piece, hashtags, what is said already. Leaves: the piece with at most one live hashtag for each. It
changes nothing within links, mentions, code, or words that somebody else has said, and never the case of a single word.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import regex

from syndicator.connector import Span, SpanKind
from syndicator.render.hashtags import fold
from syndicator.render.pieces import Piece, moved

_CODE = regex.compile(r"(`+)(?!`)[^`\n]+(?<!`)\1(?!`)")
# Words of others: marked lines, and what stands between marks that open and close within a paragraph.
_QUOTED = regex.compile(
    r"^>[^\n]*|“[^“”\n]*”|„[^„“”\n]*[“”]|«[^«»\n]*»|»[^«»\n]*«|‹[^‹›\n]*›|「[^「」\n]*」|『[^『』\n]*』|"
    r"(?<![\p{L}\p{N}])\"[^\"\n]*\"(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])‘[^‘’\n]*’(?!\p{L})",
    regex.MULTILINE,
)
_BEFORE = r"(?:^|(?<=[\s(\[¿¡（]))"  # services take '#' for a hashtag's only behind these
_BEHIND = r"(?![\p{L}\p{M}\p{N}_@#＃/\\=·・\u200c]|[-‐‑.:'’+&][\p{L}\p{N}_]|://|\+\+|-(?!\s))"
_HUMP = regex.compile(r"(?<=[\p{Ll}\p{Lo}\p{M}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})", regex.VERSION1)
_SEPARATOR = regex.compile(r"[ \u00a0\u202f\-‐‑]")
_BETWEEN = r"[ \u00a0\u202f\-‐‑]?"

_Range = tuple[int, int]


def enlivened(piece: Piece, words: Iterable[str], said: set[str], apart: Collection[str] = ()) -> Piece:
    """`said` are hashtags, folded, that are live somewhere; those that come alive here are added."""
    closed = [*_closed(piece.text, apart), *((span.start, span.end) for span in piece.spans)]
    found: list[tuple[int, int, str]] = []
    for word in words:
        place = None if fold(word) in said else _place(piece.text, word, closed)
        if place is not None:
            found.append((*place, _written(piece.text[place[0] : place[1]], word)))
            closed.append(place)
            said.add(fold(word))
            said.add(fold(found[-1][2]))
    return _with(piece, sorted(found))


def in_code(text: str, at: int, apart: Collection[str] = ()) -> bool:
    line = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    within = text[line : end if end >= 0 else len(text)]
    if within.strip() in apart:
        return True
    return "`" in within and any(code.start() <= at - line < code.end() for code in _CODE.finditer(within))


def _closed(text: str, apart: Collection[str]) -> list[_Range]:
    """Where no word may come alive."""
    ranges = [match.span() for pattern in (_CODE, _QUOTED) for match in pattern.finditer(text)]
    at = 0
    for line in text.split("\n") if apart else ():
        if line.strip() in apart:
            ranges.append((at, at + len(line)))
        at += len(line) + 1
    return ranges


def _place(text: str, word: str, closed: Sequence[_Range]) -> _Range | None:
    pattern = _BEFORE + _BETWEEN.join(regex.escape(part) for part in _HUMP.split(word)) + _BEHIND
    for match in regex.finditer(pattern, text, regex.IGNORECASE | regex.MULTILINE):
        if not any(start < match.end() and match.start() < end for start, end in closed):
            return match.span()
    return None


def _written(found: str, word: str) -> str:
    """One word stays as its author wrote it, letter by letter; several become the hashtag."""
    return word if _SEPARATOR.search(found) else found


def _with(piece: Piece, found: Sequence[tuple[int, int, str]]) -> Piece:
    if not found:
        return piece
    text, spans, old, position, shift = [], [], list(piece.spans), 0, 0
    for start, end, word in found:
        spans += [moved(span, shift) for span in old if position <= span.start < start]
        spans.append(Span(start + shift, start + shift + 1 + len(word), SpanKind.TAG, word))
        text += [piece.text[position:start], "#", word]
        shift += 1 + len(word) - (end - start)
        position = end
    spans += [moved(span, shift) for span in old if span.start >= position]
    return replace(piece, text="".join(text) + piece.text[position:], spans=tuple(spans))
