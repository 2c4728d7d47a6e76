"""Brackets and quotation marks that belong together.

Enters: a text. Leaves: which of them a cut would leave open. It goes by what writers do: an apostrophe, a smiley and
the "a)" of a list open and close nothing, and neither does a mark whose partner is nowhere to be found.
"""

import functools
from bisect import bisect_left
from collections.abc import Sequence

import regex

from syndicator.connector import Span

_BRACKETS = dict(zip("([{（［｛「『【〔〖《〈⟨", ")]}）］｝」』】〕〗》〉⟩", strict=True))
# What closes what one of them opened: German closes with what English opens with, Swedish with what it opens with.
_QUOTES = {
    "“": "”",
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "›": "‹›",
    "‘": "’",
    "‚": "‘’",
    '"': '"',
    "`": "`",
}
_CLOSING = frozenset([*_BRACKETS.values(), *"".join(_QUOTES.values())])
_MARKS = regex.compile("[" + regex.escape("".join({*_BRACKETS, *_QUOTES, *_CLOSING})) + r"]|\n\s*\n")
_SMILEY = regex.compile(r"(?<![\p{L}\p{N}])[:;=8xX]['’]?[-o^]?$")

Pair = tuple[int, int]  # where the opening and the closing mark stand


def unclosed(text: str, at: int, spans: Sequence[Span] = ()) -> list[Pair]:
    """The pairs that a cut at `at` would tear apart, the outermost first."""
    pairs = _pairs(text, tuple((span.start, span.end) for span in spans))
    return [pair for pair in pairs[: bisect_left(pairs, (at, -1))] if pair[1] >= at]


@functools.lru_cache(maxsize=4)
def _pairs(text: str, spans: tuple[Pair, ...]) -> list[Pair]:
    found: list[Pair] = []
    opened: list[int] = []
    starts = [start for start, _ in spans]
    for mark in _MARKS.finditer(text):
        at = mark.start()
        within = bisect_left(starts, at + 1) - 1
        if within >= 0 and at < spans[within][1]:
            continue
        if len(mark[0]) > 1:  # a quotation that goes on is opened again in the next paragraph
            opened = [other for other in opened if text[other] in _BRACKETS]
        else:
            _read(text, at, opened, found)
    return sorted(found)


def _read(text: str, at: int, opened: list[int], found: list[Pair]) -> None:
    partner = _partner(text, at, opened)
    if partner is not None:
        found.append((opened[partner], at))
        del opened[partner:]
    elif _opens(text, at):
        opened.append(at)


def _partner(text: str, at: int, opened: Sequence[int]) -> int | None:
    """The place in `opened` of what the mark at `at` closes."""
    mark = text[at]
    if mark not in _CLOSING or (mark in "’‘" and text[at + 1 : at + 2].isalpha()):
        return None
    if mark in '"”»«›‹“' and mark in _QUOTES and _before(text, at) and text[at + 1 : at + 2].isalnum():
        return None
    for place in range(len(opened) - 1, max(-1, len(opened) - 20), -1):
        opening = text[opened[place]]
        if mark in (_BRACKETS.get(opening) or _QUOTES.get(opening, "")):
            return place
    return None


def _opens(text: str, at: int) -> bool:
    mark = text[at]
    if mark in "([{":
        return not _SMILEY.search(text, max(0, at - 4), at)
    if mark in '"”»›‘“`':  # they close as well: what stands before them tells
        return _before(text, at) and not text[at + 1 : at + 2].isspace()
    return mark in _BRACKETS or mark in _QUOTES


def _before(text: str, at: int) -> bool:
    """Whether something may open at `at`."""
    before = text[at - 1 : at] if at else ""
    return not before or not (before.isalnum() or before in ".,;:!?…%")
