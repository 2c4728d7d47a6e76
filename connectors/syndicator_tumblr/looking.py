"""Looking for a copy on the blog: which lists to read, and what it means when it is in none of them.

Enters: a rendering, a key, a time. Leaves: the post, or None for a conclusive no. What cannot be told raises Retryable.
"""

from dataclasses import dataclass

from syndicator.connector import Json, Rendering, Retryable
from syndicator_tumblr import copies
from syndicator_tumblr.draft import state_of
from syndicator_tumblr.reading import Get, Post, Reading
from syndicator_tumblr.settings import TumblrSettings
from syndicator_tumblr.staging import GONE

NO_KEY = (
    "without a `consumer_key` the blog cannot be read; "
    "when the copy is out, say so with `syndicate done` and its address"
)
PRIVATE = "a private post may be there and not be listed, so that it is not found proves nothing"


@dataclass(frozen=True, slots=True)
class Looking:
    """`get`: how to ask, or None where there is nothing to ask with."""

    settings: TumblrSettings
    get: Get | None

    def reading(self, uuid: str = "") -> Reading:
        if self.get is None:
            raise Retryable(NO_KEY)
        return Reading(self.get, self.settings.blog, uuid)

    def find(self, rendering: Rendering, key: str, since: int) -> Post | None:
        sent = rendering.prepared or {}
        reading, state = self.reading(str(sent.get("account") or "")), self._state(sent, rendering)
        # What waits is read before what is out: a post that comes out meanwhile is then seen twice, not never.
        waiting = reading.queue() if state == "queue" else reading.drafts() if state == "draft" else []
        published, staged = reading.published(since), str(sent.get("draft") or "")
        born = [p for p in published if staged and str(p.get("genesis_post_id") or "") == staged]
        found = born[0] if born else copies.find([*published, *waiting], rendering, key, since)
        if found is None and staged:
            return _staged_post(reading, staged)
        if found is None and state == "private":  # unconfirmed: whether the list shows its owner private posts
            raise Retryable(PRIVATE)
        return found

    def _state(self, sent: "Json", rendering: Rendering) -> str:
        """The state that was asked for then, whatever the owner has written since."""
        return str((sent.get("body") or {}).get("state") or state_of(rendering, self.settings))


def _staged_post(reading: Reading, draft_id: str) -> Post | None:
    """As long as the draft is one, it is not out. Gone, it may be out or deleted."""
    post = reading.one(draft_id)
    if post is None:
        raise Retryable(GONE)
    return None if post.get("state", "draft") == "draft" else {"id_string": draft_id, **post}
