"""Which parts are played exhaustively where: tests of one file run on one core, so the parts are spread over files of
about equal length. Every part is played with two faults and two crashes in the long run, and with three of each."""

import os
import sys

from tests.proof.cast import HERE
from tests.proof.playing import Tally

FIRST = ("mastodon", "linkedin", "file")
SECOND = ("tumblr", "bluesky", "medium")
OTHERS = tuple(name for name in HERE if name not in (*FIRST, *SECOND))
SEEDS = int(os.environ.get("SYNDICATOR_SCHEDULES", "2000"))  # for each part, in the long run


def here(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in HERE]


def report(name: str, what: str, tally: Tally) -> None:
    """For whoever reads along: the figures of docs/guarantees.md come from here."""
    sys.stderr.write(
        f"{name}: {what}: {tally.played} schedules, {tally.asked} asked about, {len(tally.broken)} broken\n"
    )
