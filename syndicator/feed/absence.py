"""Which posts have vanished from a feed, and which of those are gone. Pure.

Enters: the posts of the document before and of this one; later, what a post's own page answered. Leaves: posts to be
doubted, and in the end verdicts. A feed alone never proves that a post is gone: most that leave it are merely old, and
feeds lose posts by mistake. Only the page itself does, by 410, or by 404 on two days.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from syndicator.feed.identify import nurl

SECOND_LOOK = timedelta(hours=1)  # between the first document without a post and the one after which its page is asked
NEXT_DAY = timedelta(days=1)  # between two 404
SOONEST, LATEST = timedelta(hours=1), timedelta(days=7)  # between two answers that prove nothing
PATIENCE = timedelta(days=60)  # with a page that never answers clearly
MASS, HALF = 3, 0.5  # so many posts, and this part of the document before: a mishap or a move of the blog

Found = Literal["deleted", "404", "unlisted", "moved", "gone", "unclear"]


@dataclass(frozen=True, slots=True)
class Stood:
    """A post of the document before, by its own date; None: it has none. Ids grow with time."""

    post_id: int
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Missing:
    """`look` is what is known so far: None: nothing was asked yet; `deleted`: the feed itself says so; `404`: at
    `looked_at` for the first time. `looked_at` is None until its page has been asked. `look_at`: when to ask next, once
    the feed has been seen without it; None: never."""

    since: datetime
    look: Found | None = None
    looked_at: datetime | None = None
    look_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What a page answered. `status` is None where nothing did; `moved_to`: where permanent redirects led."""

    status: int | None
    said: str = ""
    moved_to: str | None = None


def absent(left: Sequence[Stood], stood: int, present: Collection[int], dates: Sequence[datetime | None]) -> list[int]:
    """The posts that should stand in this document and do not. `left`: those of the `stood` posts of the document
    before that are not in it; `present`: known posts that are; `dates`: of all of its entries, in its order. The caller
    sees to it that the document is whole."""
    if not dates or not present or _is_mass(len(left), stood):
        return []
    edge, oldest = _edge(dates), min(present)
    return [one.post_id for one in left if _is_inside(one, edge, oldest)]


def begin(now: datetime, *, deleted: bool = False) -> Missing:
    """The first document without a post. What the feed says to be deleted is asked about at once."""
    return Missing(now, "deleted", None, now) if deleted else Missing(now, look_at=now + SECOND_LOOK)


def judge(missing: Missing, page: Page, now: datetime) -> Missing:
    """What an answer proves. `look` of what comes out: gone, unlisted, moved: that is how it ends; all else goes on."""
    if page.status == 410 or (page.status == 404 and _is_second(missing, now)):
        return replace(missing, look="gone", looked_at=now, look_at=None)
    if page.status == 404:
        first = missing.looked_at if missing.look == "404" and missing.looked_at is not None else now
        return replace(missing, look="404", looked_at=first, look_at=max(first + NEXT_DAY, now + SOONEST))
    if page.status is not None and 200 <= page.status < 300:
        return replace(missing, look="moved" if page.moved_to else "unlisted", looked_at=now, look_at=None)
    return _later(missing, now)


def is_new_address(link: str, address: str) -> bool:
    """Whether a permanent redirect says where the post is now. Blogs send readers of what they have deleted to the
    front page or one level up, and that is no address of a post."""
    old, new = nurl(link), nurl(address)
    if old is None or new is None or old == new:
        return False
    _, _, place = new[2:].partition("/")
    return bool(place) and not old.startswith(f"{new}/") and not place.startswith(("404", "login", "wp-login"))


def _is_mass(left: int, stood: int) -> bool:
    return left >= max(MASS, HALF * stood)


def _edge(dates: Sequence[datetime | None]) -> datetime | None:
    """The date at which the window ends. Looked for in the half of the document where its oldest posts stand, because
    one that is pinned to the other end, or was touched lately, tells nothing about what else should be there."""
    known = [date for date in dates if date is not None]
    falls = sum(one >= other for one, other in pairwise(known))
    half = len(known) // 2
    older = known[half:] if 2 * falls >= len(known) - 1 else known[: len(known) - half]
    return min(older, default=None)


def _is_inside(stood: Stood, edge: datetime | None, oldest: int) -> bool:
    if stood.published is not None and edge is not None:
        return stood.published >= edge
    return stood.post_id > oldest


def _is_second(missing: Missing, now: datetime) -> bool:
    if missing.look == "deleted":
        return True
    return missing.look == "404" and missing.looked_at is not None and now - missing.looked_at >= NEXT_DAY


def _later(missing: Missing, now: datetime) -> Missing:
    """Ask again, ever more seldom. What a 404 has begun, another answer does not undo."""
    if now - missing.since > PATIENCE:
        return replace(missing, look="unclear", looked_at=now, look_at=None)
    looked_at = missing.looked_at if missing.look == "404" else now
    return replace(missing, looked_at=looked_at, look_at=now + min(max(now - missing.since, SOONEST), LATEST))
