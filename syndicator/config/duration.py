"""Lengths of time as people write them: "90s", "5m", "1h30m", "2d", "never".

Enters: a text, or 0. Leaves: a timedelta; "never" is `NEVER`, the longest there is. A bare number is refused, because
nobody remembers whether it means seconds or minutes.
"""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

NEVER = timedelta.max  # compare with it, never add it to a date
LONGEST = timedelta(days=3650)  # beyond that, adding to a date comes near the end of the calendar

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_WRITTEN = re.compile(r"(?:[0-9]{1,9}[wdhms] ?)+")
_PIECE = re.compile(r"([0-9]+)([wdhms])")
_EXAMPLES = 'write a length of time such as "90s", "5m", "1h30m" or "2d"'


def parse(value: object) -> timedelta:
    """Read one length of time. Raises ValueError with what to write instead; the value itself is not repeated."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    if not isinstance(value, str):
        raise ValueError(_EXAMPLES)
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return _from_number(int(text[:12]))
    return _from_text(text)


def parse_or_never(value: object) -> timedelta:
    """As `parse`, with "never"; nothing is refused here, because people write 0 when they mean no limit."""
    if isinstance(value, str) and value.strip() == "never":
        return NEVER
    length = parse(value)
    if not length:
        raise ValueError('0 would mean "at once"; write "never" for no limit')
    return length


def write(length: timedelta) -> str:
    """The shortest text that `parse_or_never` reads back to whole seconds."""
    if length == NEVER:
        return "never"
    rest, written = int(length.total_seconds()), ""
    for unit in "dhms":
        count, rest = divmod(rest, _SECONDS[unit])
        written += f"{count}{unit}" if count else ""
    return written or "0s"


def _from_number(number: float) -> timedelta:
    if number == 0:
        return timedelta(0)
    raise ValueError(f'a number needs its unit; write "{number:g}s" for seconds or "{number:g}m" for minutes')


def _from_text(text: str) -> timedelta:
    if not _WRITTEN.fullmatch(text):
        raise ValueError(_EXAMPLES)
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in _PIECE.findall(text))
    if seconds > LONGEST.total_seconds():
        raise ValueError("longer than ten years")
    return timedelta(seconds=seconds)


Duration = Annotated[timedelta, BeforeValidator(parse)]
DurationOrNever = Annotated[timedelta, BeforeValidator(parse_or_never)]
