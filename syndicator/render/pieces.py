"""A copy as pieces: words that may shrink, words that may not, a link, hashtags.

Enters: pieces in reading order. Leaves: one text and the spans in it. Joining closes the gaps that empty pieces leave;
it never changes a character that is not white space.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from syndicator.connector import Span


class Role(StrEnum):
    FIXED = "fixed"  # the owner's own words
    WORDS = "words"  # the feed's, reworked by the template or of a short kind: author, date, a filter's result
    TITLE = "title"
    BODY = "body"  # text or summary
    LINK = "link"
    TAGS = "tags"


@dataclass(frozen=True, slots=True)
class Piece:
    """`spans` count from the start of `text`; `own` marks the permalink of the post; `firm` words are never cut."""

    role: Role
    text: str
    spans: tuple[Span, ...] = ()
    own: bool = False
    firm: bool = False


Joined = tuple[str, tuple[Span, ...]]

_GAP = re.compile(r"(?<![^\S\n])[^\S\n]*\n(?:[^\S\n]*\n)*")


def join(pieces: Iterable[Piece]) -> Joined:
    """The text, stripped, with at most one blank line in a row, and its spans."""
    text, spans, was_empty = "", [], True
    for piece in pieces:
        if not piece.text:
            was_empty = was_empty or text[-1:].isspace()
            continue
        skip = len(piece.text) - len(piece.text.lstrip(" ")) if was_empty and text[-1:] in {"", " ", "\n"} else 0
        spans += [moved(span, len(text) - skip) for span in piece.spans]
        text, was_empty = text + piece.text[skip:], False
    return _tidy(text, spans)


def moved(span: Span, by: int) -> Span:
    return replace(span, start=span.start + by, end=span.end + by)


def _tidy(text: str, spans: Sequence[Span]) -> Joined:
    """Spans hold no white space, so each lies wholly between two gaps and moves as one."""
    kept, position, ends, shifts = [], 0, [], [0]
    for gap in _GAP.finditer(text):
        new = "\n\n" if gap[0].count("\n") > 1 else "\n"
        kept += [text[position : gap.start()], new]
        ends.append(gap.end())
        shifts.append(shifts[-1] + len(gap[0]) - len(new))
        position = gap.end()
    whole = "".join(kept) + text[position:]
    lead = len(whole) - len(whole.lstrip())
    return whole.strip(), tuple(moved(span, -lead - shifts[bisect_right(ends, span.start)]) for span in spans)
