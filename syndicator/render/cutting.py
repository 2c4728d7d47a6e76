"""Cutting a piece where a reader would.

Enters: a marked piece and a place. Leaves: a shorter piece that ends in an ellipsis. It never cuts inside a grapheme
cluster, a link, a hashtag or a mention.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

import regex

from syndicator.render.pieces import Piece, Role

ELLIPSIS = "…"

_GRAPHEME = regex.compile(r"\X")
_SENTENCE = regex.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？．।؟۔][”’」』）]*|(?=\n)")
_WITHOUT_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_DANGLING = " \t\n\u00a0\u202f\u2060,;:–—-/&+@#＃(＜<[{«“„‚‘•|（「『，、；："
_STOPS = tuple(".!?。！？।؟۔")
_WORTH = 0.6  # how much of the room a whole sentence must fill to be preferred to a whole word


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
    kept = piece.text[:floor] + piece.text[floor : max(size, floor)].rstrip(_DANGLING)
    if len(kept) == len(lead):
        return replace(piece, text=lead + tail, spans=())
    return replace(piece, text=kept + _ending(kept, bool(live) and len(kept) == floor) + tail, spans=tuple(live))


def natural(piece: Piece, size: int, allowed: Sequence[int]) -> list[int]:
    """Places at or before `size` where a reader would end, best first; `size` itself comes last."""
    ends = [_sentence_end(piece.text, size)] if piece.role is Role.BODY else []
    ends.append(_word_end(piece.text, size, allowed))
    permitted = set(allowed)
    return [*dict.fromkeys(end for end in ends if end is not None and end in permitted), size]


def _surroundings(piece: Piece) -> tuple[str, str]:
    if piece.role is not Role.FIXED:
        return "", ""
    text = piece.text
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if text.strip() else ""


def _ending(kept: str, after_span: bool) -> str:
    """A blank keeps the ellipsis out of an address or hashtag, and off a full stop."""
    if kept.endswith(ELLIPSIS):
        return ""
    return " " + ELLIPSIS if after_span or kept.endswith(_STOPS) else ELLIPSIS


def _sentence_end(text: str, size: int) -> int | None:
    found = None
    for match in _SENTENCE.finditer(text, int(size * _WORTH), min(len(text), size + 1)):
        if 0 < match.end() <= size:
            found = match.end()
    return found


def _word_end(text: str, size: int, allowed: Sequence[int]) -> int | None:
    """None when the last word is so long that most of the room would stay empty."""
    for at in reversed(allowed[: bisect_right(allowed, size)]):
        if at < size * (1 - _WORTH):
            return None
        if at == len(text) or text[at].isspace() or text[at - 1].isspace() or _WITHOUT_SPACES.match(text[at - 1]):
            return at
    return None
