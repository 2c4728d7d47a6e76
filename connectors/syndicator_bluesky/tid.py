"""Record keys: a moment and a clock number as 13 characters that sort by time (atproto.com/specs/tid). Pure."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def encode(microseconds: int, clock_id: int) -> str:
    number = microseconds << 10 | clock_id
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -5, -5))


def derive(moment: datetime, key: str, salt: int = 0) -> str:
    """The record key of a delivery: the second of `moment`, the rest drawn from the delivery's key.

    The same post to the same account gives the same record key, even when the ledger is lost; that is what makes a
    repeat land on the first copy. `salt` is for the case that somebody else's record has the place.
    """
    drawn = hashlib.sha256(f"{key}:{salt}".encode() if salt else key.encode()).digest()
    fraction = int.from_bytes(drawn[:8], "big") % 1_000_000
    clock_id = int.from_bytes(drawn[8:10], "big") & 0x3FF
    return encode(max(_second(moment), 0) * 1_000_000 + fraction, clock_id)


def floor(moment: datetime) -> str:
    """The lowest record key of that second: no record made from then on sorts below it."""
    return encode(max(_second(moment), 0) * 1_000_000, 0)


def _second(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)
