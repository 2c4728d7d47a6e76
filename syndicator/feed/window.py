"""Which entries of an endless document are read. Pure.

An archive may list thousands of posts; reading them all costs more than one document may. The newest are what matters,
and whoever reads the document is told that there were more.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from syndicator.feed.document import MOST_POSTS

_DATED_ENOUGH = 0.9  # of the entries; below that dates tell nothing about the order of the rest
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def window(dates: Sequence[datetime | None]) -> list[int]:
    """Positions of the entries to read, in their order. `dates`: one for each entry of the document.

    Without dates both ends are taken, because a feed may grow at either.
    """
    if len(dates) <= MOST_POSTS:
        return list(range(len(dates)))
    if not _has_dates(dates):
        half = MOST_POSTS // 2
        return [*range(half), *range(len(dates) - half, len(dates))]
    by_age = sorted(range(len(dates)), key=lambda i: (dates[i] or _LONG_AGO, -i), reverse=True)
    return sorted(by_age[:MOST_POSTS])


def remark_on(dates: Sequence[datetime | None]) -> tuple[str, ...]:
    """What the owner is told of entries that were left aside."""
    if len(dates) <= MOST_POSTS:
        return ()
    which = f"the newest {MOST_POSTS}" if _has_dates(dates) else f"the first and the last {MOST_POSTS // 2}"
    why = "" if _has_dates(dates) else ", because most of them have no date"
    return (f"the document holds {len(dates):,} posts, and only {which} were read{why}; a shorter feed is enough",)


def _has_dates(dates: Sequence[datetime | None]) -> bool:
    return sum(date is not None for date in dates) >= _DATED_ENOUGH * len(dates)
