"""Times as people say them: "3 min ago", "in 2 h", "2026-11-20 18:30 CET". Pure."""

from datetime import datetime, timedelta, tzinfo

_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_FAR = timedelta(days=60)


def moment(at: datetime | None, zone: tzinfo) -> str:
    return "-" if at is None else at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


def ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    passed = now - at
    if passed < timedelta(seconds=1):
        return "just now"
    return at.date().isoformat() if passed > _FAR else f"{span(passed)} ago"


def until(at: datetime | None, now: datetime) -> str:
    """When something due at `at` happens, for the end of a sentence."""
    if at is None or at <= now:
        return "with the next run"
    return f"on {at.date().isoformat()}" if at - now > _FAR else f"in {span(at - now)}"


def span(length: timedelta) -> str:
    """A length in its largest unit, rounded down, two units for hours: "2 h 5 min"."""
    seconds = max(int(length.total_seconds()), 0)
    size, name = next(((s, n) for s, n in _UNITS if seconds >= s), _UNITS[-1])
    count, rest = divmod(seconds, size)
    tail = f" {rest // 60} min" if name == "h" and rest >= 60 else ""
    return f"{count} {name}{tail}"
