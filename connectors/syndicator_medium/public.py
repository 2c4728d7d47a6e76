"""Reading the public feed of an account. Enters: whose. Leaves: its stories, Nobody, or Unreadable with the reason.

No login, one request, and a short deadline: whoever looks before publishing must not be kept waiting by a courtesy.
"""

from typing import TYPE_CHECKING

from syndicator.http import NotSent, ReplyLost
from syndicator_medium import feed
from syndicator_medium.feed import Listed, Unreadable

if TYPE_CHECKING:
    from syndicator.http import Http

PATIENCE = 20.0  # seconds


class Nobody(Unreadable):
    """Medium knows nobody of that name."""


class PublicFeed:
    def __init__(self, http: "Http", web: str) -> None:
        self._session = http.session(deadline=PATIENCE, max_body=feed.LARGEST)
        self._web = web

    def of(self, user: str) -> list[Listed]:
        """`user` with its @. Raises Nobody or Unreadable."""
        address = f"{self._web}/feed/{user}"
        try:
            response = self._session.get(address, headers={"Accept": "application/rss+xml, application/xml;q=0.9"})
        except (NotSent, ReplyLost) as error:
            raise Unreadable(f"{address}: {error}") from error
        if response.status_code in (404, 410) and "cf-mitigated" not in response.headers:
            raise Nobody(f"{self._web} knows nobody called {user} ({response.status_code})")
        if response.status_code != 200:
            wall = " (the wall in front of Medium)" if response.status_code in (403, 429, 503) else ""
            raise Unreadable(f"{address} answers {response.status_code}{wall}, which says nothing about the story")
        try:
            return feed.stories(response.content)
        except Unreadable as error:
            raise Unreadable(f"{address} is no feed: {error}") from error

    def close(self) -> None:
        self._session.close()
