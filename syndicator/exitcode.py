"""The exit codes of `syndicate`, and which of several wins.

The numbers are those of sysexits.h, which cron and systemd users know; 80 is ours.
"""

from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    USAGE = 64
    FEED = 65
    NETWORKS = 69
    BUG = 70
    LEDGER = 74
    LATER = 75
    CREDENTIALS = 77
    CONFIG = 78
    PERSON = 80


_SEVEREST_FIRST = (
    ExitCode.CONFIG,
    ExitCode.CREDENTIALS,
    ExitCode.LEDGER,
    ExitCode.BUG,
    ExitCode.PERSON,
    ExitCode.FEED,
    ExitCode.NETWORKS,
    ExitCode.LATER,
    ExitCode.OK,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code a command ends with when several things happened; USAGE never competes, it ends a command at once."""
    return min(codes, key=_SEVEREST_FIRST.index, default=ExitCode.OK)
