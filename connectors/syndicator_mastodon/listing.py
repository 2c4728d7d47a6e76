"""Reading back what the account shows, newest first, until the list reaches far enough into the past.

Enters: an account id and a time. Leaves: every status since then. A list that cannot be trusted to be complete raises
Retryable; so an empty result is a no that counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syndicator.connector import Retryable
from syndicator_mastodon import answers
from syndicator_mastodon.copies import written_at
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import ApiSession, json_in

CLOCKS_DIFFER = timedelta(minutes=5)
PAGE = 40  # the most that Mastodon gives
MOST_PAGES = 25

Status = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """`library` is a mastodon.Mastodon."""

    library: Any
    session: ApiSession
    server: Server

    def since(self, account: str, moment: datetime) -> list[Status]:
        """Own posts made at or after `moment`, five minutes of clock difference allowed."""
        bound, found, last = moment - CLOCKS_DIFFER, list[Status](), None
        for _ in range(MOST_PAGES):
            page = self._page(account, before=last)
            if not page or _written(page[-1]) < bound:
                return [status for status in (*found, *page) if _written(status) >= bound]
            if page[-1]["id"] == last:
                raise Retryable("the server repeats a page of posts, so the list cannot be read to its end")
            found, last = [*found, *page], str(page[-1]["id"])
        raise Retryable(f"more than {MOST_PAGES * PAGE} posts since then; the list cannot be read to its end")

    def _page(self, account: str, before: str | None) -> list[Status]:
        response = self.session.look(
            lambda: self.library.account_statuses(account, exclude_reblogs=True, limit=PAGE, max_id=before)
        )
        answers.accept(response, self.server)
        page = json_in(response)
        if not isinstance(page, list) or not all(isinstance(s, dict) and s.get("id") for s in page):
            raise Retryable("the list of posts came back unreadable")
        return page


def _written(status: Status) -> datetime:
    moment = written_at(status)
    if moment is None:
        raise Retryable("a post in the list has no readable time")
    return moment
