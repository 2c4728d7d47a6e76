"""A date as feeds write it → aware UTC, or None. Never a guess: what cannot be read, or cannot be true, is no date.

Dates before 1990 are the zeroes of some engine (Hugo prints year 1). Whether a date lies in the future is for `plan`
to say, which knows the time.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import mktime_tz, parsedate_tz

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?)?\s*(?:(Z|z|UTC|GMT)|([+-])(\d\d):?(\d\d)?)?"
)
_JAVASCRIPT = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}) (\d{4}) (\d\d:\d\d:\d\d) GMT([+-]\d{4})")
_EPOCH = re.compile(r"\d{9,10}|\d{13}")
_DOTTED = re.compile(r"\b(?:(Sep)t|([A-Z][a-z]{2}))(?:\.|\b)")
_AMERICAN = re.compile(r"\b([A-Z][a-z]{2,8}) (\d{1,2}),? (\d{4})\b")
_YEAR_ZERO = re.compile(r"(?<![+:\d-])0\d{3}\b(?!:)")  # email.utils takes 0001 for 2001
_ZONE = re.compile(r"\b([A-Z]{3,4})$")
_HOURS = {  # those that email.utils does not know, and that mean one thing only
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def when(text: str | None) -> datetime | None:
    """RFC 3339 and its relatives, RFC 822 and its relatives, JavaScript's `toString`, seconds since 1970."""
    text = (text or "").strip()[:100]
    try:
        return believable(_iso(text) or _javascript(text) or _epoch(text) or _mail(text))
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def believable(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment >= EARLIEST else None


def is_strict(text: str) -> bool:
    """Whether the text has a shape that `when` knows in full, so that no looser reader may have another go."""
    return bool(_ISO.match(text.strip()) or text.strip().isdigit())


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    sign, hours, minutes = found[8], int(found[9] or 0), int(found[10] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    time = timedelta(hours=hour, minutes=minute, seconds=second)
    if time > timedelta(days=1, seconds=1):
        return None
    return datetime(year, month, day, tzinfo=UTC) + time - offset


def _javascript(text: str) -> datetime | None:
    found = _JAVASCRIPT.search(text)
    return _mail(f"{found[2]} {found[1]} {found[3]} {found[4]} {found[5]}") if found else None


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text) / (1000 if len(text) == 13 else 1), UTC)


def _mail(text: str) -> datetime | None:
    text = _AMERICAN.sub(r"\2 \1 \3", _DOTTED.sub(lambda found: found[1] or found[2], text))
    parts = parsedate_tz(text if ":" in text else f"{text} 00:00:00")
    if parts is None or _YEAR_ZERO.search(text):
        return None
    zone = _ZONE.search(text)
    if zone is not None and zone[1] in _HOURS:
        parts = (*parts[:9], _HOURS[zone[1]] * 3600)
    datetime(*parts[:3], tzinfo=UTC)  # mktime_tz would turn the 31st of June into the 1st of July
    return datetime.fromtimestamp(mktime_tz(parts), UTC)
