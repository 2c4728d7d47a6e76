"""Which Deliveries are owed, and why others are not.

Enters: what was recognised in one document, what is remembered of the feed, and the rules of each network. Leaves: a
`Recording` for the ledger. Pure: it asks nothing, sends nothing, and looks at no clock but the one given.

Guards hold rather than drop: a held post is listed, explained, and goes out with one command. Left out are only posts
that were there before anybody looked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syndicator.feed.gates import is_local
from syndicator.feed.identify import Sighting
from syndicator.feed.wishes import refuses
from syndicator.ledger.rows import RESTORED, FeedMemory, Gap, NewPost, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.post import Post

# Clocks of blogs run ahead by minutes; a date further in the future is the author's embargo.
SLACK = timedelta(minutes=10)
DAY = timedelta(days=1)  # a post may be found, and sent, long after its own date
LATE = timedelta(days=3)  # how long before the last look a post that was not there may be dated, and be news
LONG_AGO = timedelta(days=45)  # drafts are dated when they are begun; beyond this a number of posts is an archive
LONG_AWAY = timedelta(days=14)
ARCHIVE = 4  # posts of old dates at once
USUAL, MOST, A_DAY = 5, 30, 2  # new posts at once: usual, at most after a pause, and for each day of it
FEW = 2  # undated posts at once that are new wherever they stand


@dataclass(frozen=True, slots=True)
class Rules:
    """What one network wants of posts, from its file and the defaults."""

    network: str
    settle: timedelta
    best_before: timedelta | None
    include_tags: frozenset[str] = frozenset()  # casefolded; empty: all
    exclude_tags: frozenset[str] = frozenset()
    approve: bool = False  # each post waits for the owner's word
    kind: str = ""  # of service


@dataclass(frozen=True, slots=True)
class Reading:
    """How a document came to be read. `last`: when the feed was last well; None: nobody remembers."""

    now: datetime
    last: datetime | None = None
    burst: int | None = None  # what the owner said; None: nothing
    gap: Gap | None = None  # a time the ledger has lost
    readdressed: bool = False  # the owner has written down another address since
    strange: bool = False  # nothing in the document is known, or like anything known, and much should be
    complete: bool = True
    absent: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    before: Mapping[int, Post] = field(default_factory=dict)  # what known posts said that say something else now
    elsewhere: frozenset[int] = frozenset()  # posts known from another feed, never seen in this one


def plan(sightings: Sequence[Sighting], feed: FeedMemory, rules: Sequence[Rules], reading: Reading) -> Recording:
    """Decide about every post of one document. `feed` is the memory to store with it: its validators are the new ones,
    `baseline` still tells whether the feed had been seen before."""
    now = reading.now
    judge = _Judge(sightings, feed, reading)
    fresh = sorted((s for s in reversed(sightings) if s.post_id is None), key=lambda s: s.post.published or now)
    return Recording(
        feed=replace(feed, baseline=True),
        new=tuple(NewPost(s.post, s.aliases, now, judge.owed(s, rules), s.like) for s in fresh),
        seen=tuple(
            SeenPost(
                s.post_id,
                s.post,
                s.aliases,
                before=reading.before.get(s.post_id),
                reasons=s.reasons,
                owed=judge.owed(s, rules) if s.post_id in reading.elsewhere and feed.baseline else (),
            )
            for s in sightings
            if s.post_id is not None
        ),
        seen_at=now,
        absent=reading.absent,
        returned=reading.returned,
        complete=reading.complete,
    )


class _Judge:
    """The first reason that applies decides. Knows the document as a whole, which single posts do not show."""

    def __init__(self, sightings: Sequence[Sighting], feed: FeedMemory, reading: Reading) -> None:
        self.feed, self.reading, self.now = feed, reading, reading.now
        self._knows_none = all(s.post_id is None for s in sightings)
        new = [s for s in sightings if s.post_id is None or s.post_id in reading.elsewhere]
        self._undated_news = _undated_news(sightings, new)
        judged = [s for s in new if s.doubt is None]
        news = [s for s in judged if not self._is_old(s)]
        old = [s for s in judged if s.post.published is not None and self._is_old(s)]
        self._is_archive = len(old) >= ARCHIVE
        self._is_strange = (
            reading.strange
            and not reading.readdressed
            and any(s.post.published is None or self._is_old(s) for s in new)
        )
        self._is_burst = self._too_many(news, len(sightings))

    def owed(self, sighting: Sighting, rules: Sequence[Rules]) -> tuple[Owed, ...]:
        guard = next(self._guards(sighting), None)
        return tuple(self._decide(sighting.post, rule, guard) for rule in rules)

    def _decide(self, post: Post, rule: Rules, guard: Owed | None) -> Owed:
        """One post, one network."""
        if guard is not None and guard.state is State.SKIPPED:
            return replace(guard, network=rule.network)
        if unwanted := _unwanted(post, rule):
            return Owed(rule.network, State.SKIPPED, unwanted)
        embargo = post.published if post.published is not None and post.published > self.now + SLACK else None
        if cause := guard.cause if guard is not None else self._doubt(post, rule):
            return Owed(rule.network, State.HELD, cause, embargo)
        if embargo is not None:
            return Owed(rule.network, State.READY, "scheduled", embargo)
        return Owed(rule.network, State.READY, "new", self.now + rule.settle)

    def _doubt(self, post: Post, rule: Rules) -> str | None:
        """Why a post that no guard holds has to wait on one network all the same."""
        if is_local(post.link) and not is_local(self.feed.url):
            return "local-link"
        if _is_past_its_time(post, rule, self.now):
            return "old"
        return "approve" if rule.approve else None

    def _guards(self, sighting: Sighting) -> Iterator[Owed]:
        """What keeps a post from every network."""
        if not self.feed.baseline:
            yield Owed("", State.SKIPPED, "baseline")
        if self.reading.readdressed:
            yield from self._after_another_address(sighting.post)
        if sighting.doubt is not None:
            yield Owed("", State.HELD, sighting.doubt)
        if _is_of_lost_time(sighting.post, self.reading.gap, self.now):
            yield Owed("", State.HELD, RESTORED)
        yield from self._of_age(sighting)
        if self._is_strange:
            yield Owed("", State.HELD, "strange")
        if self._is_burst:
            yield Owed("", State.HELD, "burst")
        if self._may_have_come_in_lost_time(sighting.post):
            yield Owed("", State.HELD, RESTORED)

    def _after_another_address(self, post: Post) -> Iterator[Owed]:
        """Another form of the feed may call known posts by names that nobody has heard of."""
        last = self.reading.last or self.now
        if post.published is None:
            if self._knows_none:
                yield Owed("", State.SKIPPED, "baseline")
        elif post.published < last - DAY:
            yield Owed("", State.SKIPPED, "baseline")
        elif post.published < last:
            yield Owed("", State.HELD, "readdressed")

    def _of_age(self, sighting: Sighting) -> Iterator[Owed]:
        published, last = sighting.post.published, self.reading.last
        if self._is_old(sighting):
            if published is None:
                yield Owed("", State.HELD, "undated")
            elif self._is_archive and published < self.now - LONG_AGO:
                yield Owed("", State.SKIPPED, "archive")
            elif self._is_archive:
                yield Owed("", State.HELD, "old")
        elif last is not None and self.now - last > LONG_AWAY and (published is None or published < self.now - LATE):
            yield Owed("", State.HELD, "away")

    def _may_have_come_in_lost_time(self, post: Post) -> bool:
        """Whatever its date says, the first look after a gap does not tell since when a post has been there; and long
        after it, the gap's own end is not sure either: the clock may have been set in between."""
        gap, last = self.reading.gap, self.reading.last
        if gap is None or (last is not None and last > gap.end):
            return False
        is_late = last is not None and self.now >= gap.end + DAY  # a feed that is new here has not been lost
        return is_late or not is_newer_than(post, gap, seen=self.now)

    def _is_old(self, sighting: Sighting) -> bool:
        """Whether it should have been there when the feed was last read, going by its date or by its place."""
        if sighting.post.published is None:
            return id(sighting) not in self._undated_news
        return self.reading.last is not None and sighting.post.published < self.reading.last - LATE

    def _too_many(self, news: Sequence[Sighting], size: int) -> bool:
        if self.reading.burst is not None or self.reading.last is None:
            return len(news) > (self.reading.burst or USUAL)
        pause = (self.now - self.reading.last) / DAY
        if len(news) > max(USUAL, min(MOST, A_DAY * pause)):
            return True
        recent = [s for s in news if s.post.published is None or s.post.published > self.now - LATE]
        return len(recent) > USUAL and len(recent) >= 0.8 * size


def _undated_news(sightings: Sequence[Sighting], new: Sequence[Sighting]) -> set[int]:
    """Undated posts that are news: a few of them anywhere, or any above the first post that is known."""
    above = next((i for i, s in enumerate(sightings) if s.post_id is not None), len(sightings))
    return {id(s) for s in (new if len(new) <= FEW else sightings[:above]) if s.post.published is None}


def _is_of_lost_time(post: Post, gap: Gap | None, now: datetime) -> bool:
    """A post of a time the ledger knows nothing of may have been sent in that time."""
    if gap is None or is_newer_than(post, gap, seen=now):
        return False
    return now - gap.end < DAY if post.published is None else gap.start - DAY <= post.published


def is_newer_than(post: Post, gap: Gap | None, *, seen: datetime) -> bool:
    """Nobody can have sent before the end of a gap what was written after it. What is dated ahead of its first sight,
    soon after the gap, may have been written long ago: a machine that was put back may not know the time yet."""
    if gap is None or post.published is None or post.published <= gap.end + SLACK:
        return False
    return post.published <= seen + SLACK or seen >= gap.end + DAY


def _unwanted(post: Post, rule: Rules) -> str | None:
    tags = {t.casefold() for t in post.tags}
    if excluded := sorted(tags & rule.exclude_tags):
        return f"tag:{excluded[0]}"
    if rule.include_tags and not tags & rule.include_tags:
        return "not-included"
    return refuses(post, rule.network, rule.kind)


def _is_past_its_time(post: Post, rule: Rules, now: datetime) -> bool:
    if post.published is None or rule.best_before is None:
        return False
    return now - post.published > rule.best_before
