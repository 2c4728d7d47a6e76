"""The pretend LinkedIn's calendar of versions: one a month, each in service until mid-month a year later."""

from datetime import UTC, datetime

from syndicator_linkedin.sandbox_oauth import Problem


class Calendar:
    """`lag` months pass until a month's version is there; `retired` ones end before their time."""

    def __init__(self, lag: int = 0) -> None:
        self.lag = lag
        self.retired: set[str] = set()

    def check(self, version: str | None, now: float) -> None:
        """Before anything else is looked at."""
        if not version:
            raise Problem(400, "VERSION_MISSING", "A version must be present. Please specify a version")
        if not self.is_active(version, now):
            raise Problem(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")

    def is_active(self, version: str, now: float) -> bool:
        if len(version) != 6 or not version.isdigit() or version in self.retired:
            return False
        today = datetime.fromtimestamp(now, UTC)
        age = today.year * 12 + today.month - int(version[:4]) * 12 - int(version[4:])
        return self.lag <= age < 12 or (age == 12 and today.day < 15)
