"""Fitting a copy into what its network takes.

Enters: marked pieces, the network's own way of counting, its limits. Leaves: a text within them, and its spans. Text
and summary shrink first, then hashtags go from the last, then the title shrinks; the permalink goes only where even it
alone would be too long. Counting is always of the whole text: a link counts otherwise beside a letter than beside a
blank, so lengths do not add up.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from syndicator.connector import Span, SpanKind
from syndicator.render.cutting import cut, natural, places
from syndicator.render.marking import Marker
from syndicator.render.pieces import Joined, Piece, Role, join

LEAST = 40  # grapheme clusters; a shorter teaser says nothing

Measure = Callable[[str], int]
Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Room:
    measure: Measure
    max_length: int
    max_bytes: int | None = None

    def holds(self, text: str) -> bool:
        if self.max_bytes is not None and len(text.encode()) > self.max_bytes:
            return False
        return self.measure(text) <= self.max_length

    def takes(self, pieces: Iterable[Piece]) -> bool:
        return self.holds(join(pieces)[0])


def fit(pieces: Iterable[Piece], measure: Measure, max_length: int, max_bytes: int | None = None) -> Joined:
    """Empty when nothing fits."""
    return join(_fit(tuple(pieces), Room(measure, max_length, max_bytes)))


def fitted(marker: Marker, pieces: Sequence[Piece], room: Room) -> Joined:
    """As `fit`, of pieces yet to be marked: a hashtag that would be cut off with the words it is among stands apart."""
    marked = marker.mark(pieces)
    within = fit(marked, room.measure, room.max_length, room.max_bytes)
    if not marker.inline or _tags(within[1]) == sum(_tags(piece.spans) for piece in marked):
        return within
    apart = fit(replace(marker, inline=False).mark(pieces), room.measure, room.max_length, room.max_bytes)
    return apart if _tags(apart[1]) > _tags(within[1]) else within


def _tags(spans: Iterable[Span]) -> int:
    return sum(span.kind is SpanKind.TAG for span in spans)


@dataclass(frozen=True, slots=True)
class _Step:
    """One piece and the sizes it may take, ascending; the first is given up to before the next step is taken."""

    at: int
    whole: Piece
    sizes: Sequence[int]

    def make(self, size: int) -> Piece:
        if self.whole.role is Role.TAGS:
            return _first_tags(self.whole, size)
        return cut(self.whole, size)


def _fit(pieces: Pieces, room: Room) -> Pieces:
    if room.takes(pieces):
        return pieces
    tried: list[_Step] = []
    for step in _steps(pieces):
        pieces = _with(pieces, step, step.sizes[0])
        tried.append(step)
        if room.takes(pieces):
            return _grow(reversed(tried), pieces, room)
    return ()


def _grow(steps: Iterable[_Step], pieces: Pieces, room: Room) -> Pieces:
    """Each step takes what room is left, the dearest words first. No size is taken untried, so the result fits."""
    for step in steps:
        low, high = -1, len(step.sizes) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if room.takes(_with(pieces, step, step.sizes[middle])):
                low = middle
            else:
                high = middle - 1
        if low >= 0:
            pieces = _settle(step, step.sizes[low], pieces, room)
    return pieces


def _settle(step: _Step, size: int, pieces: Pieces, room: Room) -> Pieces:
    if size == 0 or step.whole.role in {Role.TAGS, Role.LINK} or size == len(step.whole.text):
        return _with(pieces, step, size)
    candidates = (_with(pieces, step, end) for end in natural(step.whole, size))
    return next(candidate for candidate in candidates if room.takes(candidate))


def _with(pieces: Pieces, step: _Step, size: int) -> Pieces:
    return (*pieces[: step.at], step.make(size), *pieces[step.at + 1 :])


def _steps(pieces: Pieces) -> Iterator[_Step]:
    titled = any(piece.role is Role.TITLE and piece.text for piece in pieces)
    for at in _last_first(pieces, Role.BODY):
        yield _Step(at, pieces[at], _sizes(pieces[at], LEAST, may_vanish=titled))
    for at in _last_first(pieces, Role.TAGS):
        yield _Step(at, pieces[at], range(len(pieces[at].spans) + 1))
    for role in (Role.TITLE if titled else Role.BODY, Role.FIXED):
        for at in _last_first(pieces, role):
            yield _Step(at, pieces[at], _sizes(pieces[at], 1, may_vanish=True))
    for at in sorted(_last_first(pieces, Role.LINK), key=lambda at: pieces[at].own):
        yield _Step(at, pieces[at], (0, len(pieces[at].text)))


def _last_first(pieces: Pieces, role: Role) -> list[int]:
    wanted = (at for at in reversed(range(len(pieces))) if pieces[at].role is role and not pieces[at].firm)
    return [at for at in wanted if pieces[at].text.strip()]


def _sizes(piece: Piece, least: int, *, may_vanish: bool) -> list[int]:
    all_places = places(piece)
    whole = all_places[-1:] if all_places else [len(piece.text)]
    kept = all_places[least - 1 :] or whole
    return [0, *kept] if may_vanish else kept


def _first_tags(piece: Piece, count: int) -> Piece:
    end = piece.spans[count - 1].end if count else 0
    return replace(piece, text=piece.text[:end], spans=piece.spans[:count])
