"""Cutting a piece where a reader would.

Enters: a marked piece and a place. Leaves: a shorter piece that ends in an ellipsis. It never cuts inside a grapheme
cluster, a link, a hashtag or a mention, and leaves no bracket or quotation open: it cuts before them, or closes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import regex

from syndicator.render.pairs import unclosed
from syndicator.render.pieces import Piece, Role
from syndicator.render.seams import hyphen, seam, word_end
from syndicator.render.sentences import ends

ELLIPSIS = "…"

_GRAPHEME = regex.compile(r"\X")
_DANGLING = " \t\n\u00a0\u202f\u2060,;:–—-/&+@#＃(＜<[{«“„‚‘•◦▪|（［｛「『【〔《〈，、；：،؛־¿¡"
_STRANDED = regex.compile(
    r"(?:^|\n)[^\S\n]*(?:>[> ]*|(?:> )*\d{1,3}[.)])[^\S\n]*$"
)  # a list's number, a quotation's mark
_FINISHED = regex.compile(r"[.!?…。！？।॥؟۔።։။។][\"'”’“‘»«›‹)\]」』）]*$")
_LINE_END = regex.compile(r"[^\S\n]*\n(?!\s*\n)")
_WORTH = 0.6  # how much of the room a whole sentence must fill to be preferred to a whole word
_LEFT = 0.4  # how much must be left when a cut moves before an opening bracket, or to the end of a word


def graphemes(text: str) -> int:
    """Length in grapheme clusters: what a reader calls a character, and what most services count."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def places(piece: Piece) -> list[int]:
    """Where `piece` may be cut: the ends of grapheme clusters outside spans, the end of the text included."""
    found, spans, at = [], iter(piece.spans), 0
    span = next(spans, None)
    for cluster in _GRAPHEME.finditer(piece.text):
        at = cluster.end()
        while span is not None and span.end <= at:
            span = next(spans, None)
        if span is None or at <= span.start:
            found.append(at)
    return found


def cut(piece: Piece, size: int) -> Piece:
    """The first `size` code points of `piece` and an ellipsis; white space around fixed words stays."""
    if size >= len(piece.text):
        return piece
    lead, tail = _surroundings(piece)
    live = [span for span in piece.spans if span.end <= size]
    floor = live[-1].end if live else len(lead)
    kept, closing = _kept(piece, floor, max(size, floor))
    if len(kept) == len(lead):
        return replace(piece, text=lead + tail, spans=())
    ending = _ending(kept, piece.text[len(kept) :], bool(live) and len(kept) == floor)
    return replace(piece, text=kept + ending + closing + tail, spans=tuple(live))


def natural(piece: Piece, size: int) -> list[int]:
    """Places at or before `size` where a reader would end, best first; `size` itself comes last."""
    allowed = places(piece)
    found = [at for end in _ends(piece, size, allowed) for at in _outside_pairs(piece, end)]
    permitted = set(allowed)
    return [*dict.fromkeys(end for end in found if end in permitted), size]


def _ends(piece: Piece, size: int, allowed: Sequence[int]) -> Iterator[int]:
    text = piece.text
    if piece.role is Role.BODY:
        yield from list(ends(text, int(size * _WORTH), size))[-1:]
    for place in (word_end, hyphen, seam):
        at = place(text, size, _LEFT, allowed)
        if at is not None:
            yield at


def _outside_pairs(piece: Piece, at: int) -> Iterator[int]:
    """Before what would stay open, if enough is left; else within it, and `cut` closes it."""
    torn = unclosed(piece.text, at, piece.spans)
    yield from (opening for opening, _ in torn if opening >= at * _LEFT)
    yield at


def _kept(piece: Piece, floor: int, size: int) -> tuple[str, str]:
    """What stays of the words, and the marks that close what it leaves open."""
    kept = _bare(piece.text, floor, size)
    torn = unclosed(piece.text, len(kept), piece.spans)
    while torn and torn[-1][0] == len(kept) - 1 and len(kept) > floor:
        kept = _bare(piece.text, floor, len(kept) - 1)
        torn = unclosed(piece.text, len(kept), piece.spans)
    return kept, "".join(piece.text[closing] for _, closing in reversed(torn))


def _bare(text: str, floor: int, size: int) -> str:
    """Without what would dangle at the end."""
    kept = text[floor:size].rstrip(_DANGLING)
    stranded = _STRANDED.search(text[:floor] + kept, floor)
    return text[:floor] + (kept[: stranded.start() - floor].rstrip(_DANGLING) if stranded else kept)


def _surroundings(piece: Piece) -> tuple[str, str]:
    if piece.role is not Role.FIXED:
        return "", ""
    text = piece.text
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if text.strip() else ""


def _ending(kept: str, left_out: str, after_span: bool) -> str:
    """A blank keeps the ellipsis out of an address or hashtag, and off a full stop. Of lines that stand alone (a list,
    verse, code) the last one that is kept is whole, so the ellipsis stands below it."""
    if kept.endswith(ELLIPSIS):
        return ""
    if _LINE_END.match(left_out) and "\n" in kept:
        return "\n" + ELLIPSIS
    return " " + ELLIPSIS if after_span or _FINISHED.search(kept, max(0, len(kept) - 9)) else ELLIPSIS
