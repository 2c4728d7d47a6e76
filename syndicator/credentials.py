"""When the access to an account ends, and when its owner is told.

Enters: what the ledger knows of a network, and the time. Leaves: how its credential stands, whether there is news to
tell, sentences. Pure: it asks no service, and sees no secret.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.ledger.rows import NetworkRow

WARNINGS = tuple(timedelta(days=days) for days in (14, 7, 3, 1))  # this long before the end its owner is told
DAY = timedelta(days=1)


class Standing(StrEnum):
    UNKNOWN = "unknown"  # the connector says nothing of what opens the account
    FINE = "fine"
    ENDING = "ending"  # within the time of the warnings
    ENDED = "ended"


def is_listed(row: NetworkRow) -> bool:
    """Whether there is an account that has been met; where a person publishes there is none."""
    return row.worked_at is not None


def standing(row: NetworkRow, now: datetime) -> Standing:
    if row.credential is None:
        return Standing.UNKNOWN
    if row.expires_at is None:
        return Standing.FINE
    if row.expires_at <= now:
        return Standing.ENDED
    return Standing.ENDING if _reached(row, row.expires_at, now) is not None else Standing.FINE


def has_news(row: NetworkRow, now: datetime) -> bool:
    """Whether something is to be told or done about it now. A network that is blocked has told its owner already."""
    if row.expires_at is None or row.health == "auth_broken":
        return False
    if row.expires_at <= now:
        return row.health != "paused"
    return _is_warning_due(row, row.expires_at, now)


def days_left(expires_at: datetime, now: datetime) -> int:
    """Begun days until the end; 0 when it is over."""
    return max(-((now - expires_at) // DAY), 0)


def sentence(row: NetworkRow, now: datetime) -> str:
    """“the access token ends on 20 January 2027, in 7 days”; for a row that knows an end."""
    kind, at = row.credential or "credential", row.expires_at
    if at is None:
        return f"the {kind} has no end that is known"
    if at <= now:
        return f"the {kind} ended on {day(at)}"
    days = days_left(at, now)
    return f"the {kind} ends on {day(at)}, {'in less than a day' if days == 1 else f'in {days} days'}"


def day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"


def _is_warning_due(row: NetworkRow, expires_at: datetime, now: datetime) -> bool:
    """Each warning is told once. After a long silence only the latest is: the others say less."""
    reached = _reached(row, expires_at, now)
    return reached is not None and (row.warned_at is None or row.warned_at < reached)


def _reached(row: NetworkRow, expires_at: datetime, now: datetime) -> datetime | None:
    """When the latest warning that has come became due. One due from the first day of a short-lived credential on would
    warn of nothing."""
    times = (expires_at - length for length in WARNINGS)
    return max((at for at in times if at <= now and (row.obtained_at is None or at > row.obtained_at)), default=None)
