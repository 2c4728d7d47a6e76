"""Which parts stand for their kind, and how many schedules are drawn for each in the long run."""

import os
import sys

from tests.proof.cast import HERE
from tests.proof.playing import Tally

USUAL = tuple(name for name in ("mastodon", "linkedin", "file", "tumblr", "bluesky", "medium") if name in HERE)
OTHERS = tuple(name for name in HERE if name not in USUAL)
SEEDS = int(os.environ.get("SYNDICATOR_SCHEDULES", "2000"))  # for each part, in the long run


def report(name: str, what: str, tally: Tally) -> None:
    """For whoever reads along."""
    sys.stderr.write(
        f"{name}: {what}: {tally.played} schedules, {tally.asked} asked about, {len(tally.broken)} broken\n"
    )
