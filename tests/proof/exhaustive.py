"""Which parts stand for their kind, and what has to be true of all schedules of one."""

import os
import sys

from tests.proof.cast import HERE
from tests.proof.playing import Tally, exhaust

FIRST = tuple(name for name in ("mastodon", "linkedin", "file") if name in HERE)
SECOND = tuple(name for name in ("tumblr", "bluesky", "medium") if name in HERE)
OTHERS = tuple(name for name in HERE if name not in (*FIRST, *SECOND))
SEEDS = int(os.environ.get("SYNDICATOR_SCHEDULES", "1000"))  # for each part, in the long run


def holds(name: str) -> None:
    """Of two faults and two crashes."""
    tally = exhaust(name, 2, 2)
    report(name, "two faults, two crashes", tally)
    assert tally.few == []
    assert tally.played >= 15
    assert tally.delivered
    if name in ("bluesky", "file"):
        assert tally.asked == 0


def report(name: str, what: str, tally: Tally) -> None:
    """For whoever reads along."""
    sys.stderr.write(
        f"{name}: {what}: {tally.played} schedules, {tally.asked} asked about, {len(tally.broken)} broken\n"
    )
