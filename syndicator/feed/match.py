"""Posts without a known name → which of them are old acquaintances under new names. The soft pass; pure.

Enters: what is left of a document when its names have been looked up, and the posts it may stand for: those that stood
in the document before and are gone, and those that share a mark. Leaves: likenesses. One that is sure is the same post;
one that is not is to be held, because merging two posts would lose one of them without a word.

An old post that still stands under its own name cannot be what a new entry is: that makes likeness safe to follow.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicator.feed.face import Face, face_of, is_long, runs_of, shared, titles_meet
from syndicator.feed.marks import Mark
from syndicator.post import Post

ENOUGH = 3.0
_NAME = re.compile(r"[^\W\d_]{3}")  # of a slug that says something; numbers and letters alone do not
MANY_PAIRS = 20_000  # beyond that, words are compared only where something else is alike
DAY_AND_ZONE = timedelta(hours=26)  # a wrong zone moves a date by up to a day
HALF_A_DAY = timedelta(hours=12)
FAR_APART = timedelta(days=30)
ALIKE, AKIN, FOREIGN = 0.7, 0.4, 0.1  # shared runs of three words, of all that occur


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post of the ledger that the document does not name. `stood`: in the document before this one. What it was
    called and when it was dated in earlier versions counts as well: blogs take changes back."""

    post_id: int
    post: Post
    slugs: frozenset[str]  # of every address it ever had
    stood: bool
    marks: frozenset[Mark] = frozenset()  # it ever bore, of those that were asked for


@dataclass(frozen=True, slots=True)
class Likeness:
    post_id: int
    sure: bool
    reasons: tuple[str, ...]  # title, date, address, words


@dataclass(slots=True)
class _Pair:
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)
    same_time: bool = False
    same_place: bool = False
    apart: timedelta | None = None  # how much younger the entry is; None: not both are dated
    alike: float | None = None  # 1: the same words; None: too few of them to tell

    def add(self, reason: str, weight: float) -> None:
        self.score += weight
        if weight > 0:
            self.reasons.append(reason)


_KINDS = {"title": "title", "slug": "address", "words": "words", "time": "date"}  # of marks, and what they speak of


class _Rarity:
    """Whether a value names one post on both sides. Series share titles, whole feeds share their date."""

    def __init__(self, entries: Sequence[Face], known: Sequence[Face], common: frozenset[Mark]) -> None:
        self._sides = [Counter(value for face in side for value in self._values(face)) for side in (entries, known)]
        self._common = {(_KINDS[mark.kind], mark.value) for mark in common}

    @staticmethod
    def _values(face: Face) -> Iterator[tuple[str, object]]:
        date = face.post.published
        found = {("title", face.title), ("date", date and date.isoformat()), ("words", face.digest or face.words)}
        found |= {("address", slug) for slug in face.slugs}
        yield from found | {(_KINDS[mark.kind], mark.value) for mark in face.former}

    def of(self, what: str, value: object) -> bool:
        return (what, value) not in self._common and all(side[what, value] <= 1 for side in self._sides)


def is_mass_change(left: int, gone: int, stood: int) -> bool:
    """The blog has moved as a whole: half of what stood in the last document is gone, and as strange things came."""
    return left >= 3 and gone >= max(3, stood / 2)


def match(
    left: Sequence[Post],
    candidates: Sequence[Candidate],
    present: Sequence[Post],
    *,
    mass: bool,
    common: frozenset[Mark] = frozenset(),
) -> dict[int, Likeness]:
    """Index in `left` → what it is like. `present`: the posts of the document that are known by name. `common`: marks
    of so many posts that they name none."""
    entries, there = [face_of(post) for post in left], [face_of(post) for post in present]
    known = [face_of(c.post, c.slugs, c.marks) for c in candidates]
    rarity = _Rarity([*entries, *there], [*known, *there], common)
    if mass and _are_of_the_move(entries, known, rarity):
        entries = [replace(entry, post=replace(entry.post, published=None)) for entry in entries]
    close = len(entries) * len(known) <= MANY_PAIRS
    oldest = min((post.published for post in present if post.published is not None), default=None)
    pairs = []
    for i, entry in enumerate(entries):
        for j, other in enumerate(known):
            stood = candidates[j].stood
            pair = _compare(entry, other, rarity, close=close)
            if pair.score >= ENOUGH or (mass and stood and _is_named(entry, other, rarity)):
                passed = oldest is None or (other.post.published or oldest) < oldest
                sure = _is_sure(entry, other, pair, stood=stood, passed=passed, mass=mass)
                pairs.append((pair.score, sure, -i, -j, tuple(pair.reasons)))
    return _assign(sorted(pairs, reverse=True), candidates)


def twins(left: Sequence[Post], present: Sequence[Post]) -> dict[int, int | None]:
    """Index in `left` → the place in `present` of a post with the same words; None: one further up in `left`.

    A document that lists a post under two names. Both may be meant; nobody wants to read it twice unasked.
    """
    there = [face_of(post) for post in present]
    found: dict[int, int | None] = {}
    before: list[Face] = []
    for i, entry in enumerate(map(face_of, left)):
        twin = next((j for j, other in enumerate(there) if _are_twins(entry, other)), None)
        if twin is not None or any(_are_twins(entry, other) for other in before):
            found[i] = twin
        before.append(entry)
    return found


def plainly_another(post: Post, before: Post, *, by_guid: bool) -> bool:
    """Whether a post that bears the name of `before` is another one: a page or a guid that was used again.

    It has to differ in all that there is: title, day and words. Where the words are few, only a guid that has gone to
    another address is believed to have been used again.
    """
    one, other = face_of(post), face_of(before)
    if (
        post.published is None
        or before.published is None
        or abs(post.published - before.published) <= timedelta(days=1)
    ):
        return False
    if bool(one.title) != bool(other.title) or (one.title and titles_meet(one, other)):
        return False
    if is_long(one) and is_long(other):
        return shared(runs_of(one.words), runs_of(other.words)) < FOREIGN
    few = by_guid and bool(one.title) and not one.slugs & other.slugs
    return few and shared(frozenset(one.words.split()), frozenset(other.words.split())) < AKIN


def plainly_this(post: Post, before: Post) -> bool:
    """Whether two posts agree in title, and in date or words; notes, in their words."""
    one, other = face_of(post), face_of(before)
    if one.title != other.title:
        return False
    if one.words and one.words == other.words:
        return True
    return bool(one.title) and post.published == before.published is not None


def _is_named(entry: Face, other: Face, rarity: _Rarity) -> bool:
    """When a whole blog moves, a title that no other post has is enough to ask; for notes, words or a slug are."""
    if entry.title or other.title:
        return other.has_title(entry.title) and rarity.of("title", entry.title)
    if other.has_words(entry):
        date = entry.post.published
        same_time = date is not None and other.has_date(date) and rarity.of("date", date.isoformat())
        if same_time or rarity.of("words", entry.digest or entry.words):
            return True
    return any(rarity.of("address", slug) for slug in entry.slugs & other.slugs)


def _are_of_the_move(entries: Sequence[Face], known: Sequence[Face], rarity: _Rarity) -> bool:
    """Whether the dates tell when posts were carried over: years of posts have become the work of a day."""
    by_title = {other.title: other.post.published for other in known if rarity.of("title", other.title)}
    titled = [(e.post.published, by_title.get(e.title)) for e in entries if e.title and rarity.of("title", e.title)]
    pairs = [(one, other) for one, other in titled if one is not None and other is not None]
    if len(pairs) < 3:
        return False
    after, before = (_spread(dates) for dates in zip(*pairs, strict=True))
    return after <= DAY_AND_ZONE and before > 3 * max(after, DAY_AND_ZONE)


def _spread(dates: Sequence[datetime]) -> timedelta:
    """Of the middle half."""
    ordered = sorted(dates)
    return (
        ordered[(3 * len(ordered)) // 4 if len(ordered) > 3 else -1]
        - ordered[len(ordered) // 4 if len(ordered) > 3 else 0]
    )


def _compare(entry: Face, other: Face, rarity: _Rarity, *, close: bool) -> _Pair:
    pair = _Pair()
    _compare_titles(pair, entry, other, rarity)
    if ends := entry.slugs & other.slugs:
        pair.same_place = rarity.of("address", min(ends))
        pair.add("address", 1.5 if pair.same_place else 0.5)
    alike = pair.score > 0
    _compare_dates(pair, entry, other, rarity)
    if alike or (close and pair.score > 0) or other.has_words(entry):
        _compare_words(pair, entry, other, rarity)
    return pair


def _compare_titles(pair: _Pair, entry: Face, other: Face, rarity: _Rarity) -> None:
    if other.has_title(entry.title):
        pair.add("title", 2 if rarity.of("title", entry.title) else 1)
    elif entry.title and other.title and titles_meet(entry, other):
        pair.add("title", 1)


def _compare_dates(pair: _Pair, entry: Face, other: Face, rarity: _Rarity) -> None:
    date = entry.post.published
    if date is None:
        return
    if other.has_date(date):
        pair.apart = timedelta(0)
        pair.same_time = rarity.of("date", date.isoformat())
        pair.add("date", 2 if pair.same_time else 1)
        return
    if other.post.published is None:
        return
    pair.apart = date - other.post.published
    if abs(pair.apart) <= DAY_AND_ZONE:
        pair.add("date", 1)
    elif abs(pair.apart) > FAR_APART:
        pair.add("date", -1)


def _compare_words(pair: _Pair, entry: Face, other: Face, rarity: _Rarity) -> None:
    if other.has_words(entry):
        telling = entry.digest is not None
        rare = pair.same_place or rarity.of("words", entry.digest or entry.words)
        pair.alike = 1.0 if rare else None
        pair.add("words", 2.5 if telling and rare else 1.5 if rare else 1 if telling else 0)
    elif is_long(entry) and is_long(other):
        pair.alike = shared(runs_of(entry.words), runs_of(other.words))
        weights = ((ALIKE, 2), (AKIN, 1), (FOREIGN, 0))
        pair.add("words", next((weight for least, weight in weights if pair.alike >= least), -1))


def _is_sure(entry: Face, other: Face, pair: _Pair, *, stood: bool, passed: bool, mass: bool) -> bool:
    """Whether nothing but the same post explains the likeness. `passed`: the old one may have left by age alone."""
    renamed = entry.title and other.title and not other.has_title(entry.title)
    if renamed and not _may_be_retitled(entry, other, pair, stood=stood):
        return False
    later = pair.apart is not None and pair.apart > DAY_AND_ZONE
    if later or (pair.apart is not None and pair.apart < -DAY_AND_ZONE):
        # The same title on another day is what a series looks like; only the words can tell.
        same_words = pair.alike is not None and pair.alike >= ALIKE
        return same_words and stood and (mass or not passed or not later)
    if pair.same_time:
        return True
    words = pair.alike is not None and pair.alike >= AKIN
    if pair.apart is None:
        return words or (mass and bool(entry.title) and (pair.alike is None or pair.alike >= FOREIGN))
    near = abs(pair.apart) <= HALF_A_DAY
    if mass:
        return words or near
    return (words and near) if passed else (words or stood)


def _may_be_retitled(entry: Face, other: Face, pair: _Pair, *, stood: bool) -> bool:
    """“Part 1” and “Part 2” are two posts, however alike; another title over the same words is the same post.

    `/notes/30/` and `/essays/30/` of two feeds are not, so between feeds the end of an address has to be a name.
    """
    if entry.numbers != other.numbers:
        return False
    named = stood or any(_NAME.search(slug) for slug in entry.slugs & other.slugs)
    return (pair.alike is not None and pair.alike >= ALIKE) or ("address" in pair.reasons and named)


def _assign(
    pairs: Sequence[tuple[float, bool, int, int, tuple[str, ...]]], candidates: Sequence[Candidate]
) -> dict[int, Likeness]:
    """The best first; each post is used once."""
    found: dict[int, Likeness] = {}
    used: set[int] = set()
    for _, sure, minus_i, minus_j, reasons in pairs:
        if -minus_i not in found and -minus_j not in used:
            found[-minus_i] = Likeness(candidates[-minus_j].post_id, sure, reasons)
            used.add(-minus_j)
    return found


def _are_twins(one: Face, other: Face) -> bool:
    """The same words, and either enough of them or everything else the same as well."""
    same_day = one.post.published == other.post.published
    if one.words != other.words:
        return False
    if one.digest is None:
        return same_day and one.title == other.title and one.post.link is not None and one.post.link == other.post.link
    return one.title == other.title or (same_day and one.post.published is not None)
