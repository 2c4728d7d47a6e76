"""What has to be known in the next run: when stories went out, and for which delivery the account was looked up again.

Kept in the token store. Reading and writing it must never change what became of a story, so a disk that refuses is
passed over in silence; the next quota then costs a longer wait.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from syndicator.connector import Json, TokenStore
from syndicator.errors import UserError

DAY = timedelta(hours=24)  # Medium's begins with the first story in it
SHORTEST = timedelta(minutes=15)  # its clock and ours differ, and a story may have gone out without us
KEPT = 100


class Memory:
    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens

    def went_out(self, at: datetime) -> None:
        times = [*self._times(), at.astimezone(UTC)][-KEPT:]
        self._note({"went_out": [moment.isoformat() for moment in times]})

    def until_next_day(self, now: datetime) -> timedelta:
        """How long until the day of the newest story is over; a whole day when we know of none."""
        began: datetime | None = None
        for at in self._times():
            if at <= now and (began is None or at - began >= DAY):
                began = at
        if began is None or now - began >= DAY:
            return DAY
        return max(began + DAY - now, SHORTEST)

    def first_time(self, key: str) -> bool:
        """Whether the account was not yet looked up again for this delivery; from now on it was."""
        seen = self._texts("looked_again")
        if key in seen:
            return False
        self._note({"looked_again": [*seen, key][-KEPT:]})
        return True

    def _times(self) -> list[datetime]:
        times = []
        for text in self._texts("went_out"):
            with suppress(ValueError, OverflowError):
                times.append(datetime.fromisoformat(text).astimezone(UTC))
        return sorted(times)

    def _texts(self, name: str) -> list[str]:
        found: Json = None
        with suppress(UserError):
            found = self._tokens.load().get(name)
        return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []

    def _note(self, what: Mapping[str, Json]) -> None:
        with suppress(UserError):
            self._tokens.save({**self._tokens.load(), **what})
