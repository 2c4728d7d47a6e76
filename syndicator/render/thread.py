"""A long note → the parts of a thread.

Enters: a finished text, its spans, the room of one copy. Leaves: parts that each fit. Pure. Every character of the text
but the white space around a part is in exactly one part, in order; no link, mention or hashtag is cut. A part ends with
a paragraph, else with a line or a sentence, else with a word, and never with a heading or the mark of a list alone.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from syndicator.connector import Part, Span
from syndicator.render.cutting import places
from syndicator.render.pieces import Piece, Role, moved
from syndicator.render.seams import breakable, word_end
from syndicator.render.sentences import ends
from syndicator.render.shorten import Room

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE = re.compile(r"\n\s*")
_MARK_ALONE = re.compile(r"(?:^|\n)[^\S\n]*(?:[•◦▪–*>-]|\d{1,3}[.)])$")
_LEADS_ON = re.compile(r"[:：]$")
_ENDS = re.compile(r"[.!?…。！？।॥؟۔።։။។,;]['\"”’“‘»«›‹)\]」』）]*$")
_LIST_ITEM = re.compile(r"[^\S\n]*(?:[•◦▪–*>-]|\d{1,3}[.)]) ")
_FAR = 20  # code points for one that counts, at most: letters with many marks, addresses
_LONGEST_HEADING = 80  # characters
# How much of a part's room must be filled for its end to be worth a paragraph, a line, a sentence, a word.
_WORTH = (0.5, 0.6, 0.5, 0.3)


def split(text: str, spans: Sequence[Span], room: Room, *, numbered: bool, most: int = 25) -> tuple[Part, ...]:
    """The parts in reading order, the first included; empty when the text fits as it is, or in no `most` parts."""
    if room.holds(text):
        return ()
    for digits in range(1, len(str(most)) + 1) if numbered else (0,):
        parts = _parts(text, spans, room, "9" * digits, min(most, 10**digits - 1 if digits else most))
        if parts:
            return tuple(_numbered(part, at, len(parts)) for at, part in enumerate(parts, 1)) if numbered else parts
    return ()


def number(part: int, parts: str | int) -> str:
    """What stands below a part: a paragraph of its own, since it belongs to no list, quotation or line above it."""
    return f"\n\n{part}/{parts}"


def _numbered(part: Part, at: int, parts: int) -> Part:
    return Part(part.text + number(at, parts), part.spans)


def _parts(text: str, spans: Sequence[Span], room: Room, widest: str, most: int) -> tuple[Part, ...]:
    """Empty when there would be more than `most`, or a word is too long for any part."""
    below = number(int(widest), widest) if widest else ""
    source = _Source(text, spans, places(Piece(Role.BODY, text, tuple(spans))), room, below)
    found: list[Part] = []
    start = _skipped(text, 0)
    while start < len(text):
        end = source.end(start) if len(found) < most else None
        if end is None:
            return ()
        found.append(source.part(start, end))
        start = _skipped(text, end)
    return tuple(found) if len(found) > 1 else ()


def _skipped(text: str, at: int) -> int:
    """Past white space, but not past what indents a line of its own."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at


@dataclass(frozen=True, slots=True)
class _Source:
    text: str
    spans: Sequence[Span]
    places: Sequence[int]
    room: Room
    below: str  # what a part has below it, at its widest

    def part(self, start: int, end: int) -> Part:
        words = self.text[start:end].rstrip()
        within = (span for span in self.spans if start <= span.start and span.end <= end)
        return Part(words, tuple(moved(span, -start) for span in within))

    def end(self, start: int) -> int | None:
        """Where the part that begins at `start` ends; None when not even a cluster fits."""
        left = len(self.text) - start
        if left <= _FAR * self.room.max_length and self._takes(start, len(self.text)):
            return len(self.text)
        reach = self._reach(start)
        if reach is None:
            return None
        return next((end for end in self._ends(start, reach) if self._takes(start, end)), reach)

    def _takes(self, start: int, end: int) -> bool:
        return self.room.holds(self.text[start:end].rstrip() + self.below)

    def _reach(self, start: int) -> int | None:
        """The furthest place that fits: doubling first, so that no more is measured than a part could be."""
        low, step = bisect_right(self.places, start) - 1, 64
        first = low
        while low + step < len(self.places) and self._takes(start, self.places[low + step]):
            low, step = low + step, step * 2
        high = min(low + step, len(self.places)) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._takes(start, self.places[middle]) else (low, middle - 1)
        return self.places[low] if low > first else None

    def _ends(self, start: int, reach: int) -> Iterator[int]:
        """Ends that a reader would choose, best first; each not before its share of the room."""
        finders = (self._gaps(_PARAGRAPH), self._gaps(_LINE), self._sentences, self._words)
        spare = []
        for worth, finder in zip(_WORTH, finders, strict=True):
            for end in finder(start, reach, start + int((reach - start) * worth)):
                if not self._dangles(start, end):
                    yield end
                    break
                spare.append(end)
        yield from spare
        yield from (at for at in reversed(self._between(start, reach)) if breakable(self.text, at))

    def _between(self, start: int, reach: int) -> Sequence[int]:
        return self.places[bisect_right(self.places, start) : bisect_right(self.places, reach)]

    def _gaps(self, gap: re.Pattern[str]) -> Callable[[int, int, int], Iterator[int]]:
        def find(start: int, reach: int, least: int) -> Iterator[int]:
            found = [match.start() for match in gap.finditer(self.text, least, min(len(self.text), reach + 2))]
            yield from (at for at in reversed(found) if start < at <= reach)

        return find

    def _sentences(self, start: int, reach: int, least: int) -> Iterator[int]:
        permitted = self._between(start, reach)
        yield from (at for at in reversed(list(ends(self.text, least, reach))) if _has(permitted, at))

    def _words(self, start: int, reach: int, least: int) -> Iterator[int]:
        window = self.text[start : reach + 2]
        permitted = [at - start for at in self._between(start, reach)]
        end = word_end(window, reach - start, 0, permitted)
        while end is not None and start + end > least:
            yield start + end
            permitted = permitted[: bisect_left(permitted, end)]
            end = word_end(window, reach - start, 0, permitted)

    def _dangles(self, start: int, end: int) -> bool:
        """Whether a part would end in words that belong to what comes next."""
        words = self.text[start:end].rstrip()
        if _MARK_ALONE.search(words):
            return True
        last = words.rsplit("\n", 1)[-1]
        if not self.text[end : end + 1].isspace() or "\n" not in self.text[end : _skipped(self.text, end)]:
            return False
        if _LIST_ITEM.match(last):
            return False
        return bool(_LEADS_ON.search(last)) or (
            len(last) <= _LONGEST_HEADING
            and not _ENDS.search(last)
            and _stands_alone(words, last)
            and bool(_PARAGRAPH.match(self.text, len(words) + start))
        )


def _stands_alone(words: str, last: str) -> bool:
    """Whether `last` is a paragraph of its own behind another one."""
    return bool(re.search(r"\n[^\S\n]*\n$", words[: len(words) - len(last)]))


def _has(places: Sequence[int], at: int) -> bool:
    found = bisect_left(places, at)
    return found < len(places) and places[found] == at
