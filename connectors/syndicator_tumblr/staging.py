"""Stage, then publish: the post is made as a draft first, and published by its number.

A draft that is there twice is seen by nobody, and a number is published once: as soon as it is, it is gone. The
pictures go with the draft, because Tumblr refuses uploads when a post is changed (tumblr/docs #87).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from syndicator.connector import Json, Retryable
from syndicator_tumblr.reading import Reading, id_of
from syndicator_tumblr.slug import ours

GONE = (
    "the draft is not there any more: it has been published, or somebody deleted it; nothing is sent again before that "
    "is known"
)


@dataclass(frozen=True, slots=True)
class Staging:
    """`create` posts a body with its pictures, `delete` removes a post by its number, if it is there."""

    reading: Reading
    create: Callable[[Mapping[str, Json]], dict[str, Json]]
    delete: Callable[[str], Any]

    def stage(self, body: Mapping[str, Json], key: str) -> tuple[str, dict[str, Json]]:
        """Make the draft; its number, and the body with which it is to be published. Raises Refused, ReplyLost …

        Drafts of earlier tries are removed first: a late request to publish one of those finds nothing then.
        """
        for post in self.reading.newest_drafts():
            if ours(str(post.get("slug") or ""), key):
                self.delete(id_of(post))
        draft_id = self._created(body)
        stored = self.reading.one(draft_id)
        if stored is None:
            raise Retryable("Tumblr took the draft and does not know it yet")
        return draft_id, {**body, "content": _as_stored(body["content"], stored.get("content"))}

    def _created(self, body: Mapping[str, Json]) -> str:
        draft_id = str(self.create({**body, "state": "draft"}).get("id") or "")
        if not draft_id.isdigit():
            raise Retryable("Tumblr took the draft and did not say under which number; making it anew")
        return draft_id


def _as_stored(ours_: Json, theirs: Json) -> Json:
    """Our blocks, with the pictures as Tumblr keeps them: in the order in which they were sent."""
    kept = [block for block in theirs if isinstance(block, dict)] if isinstance(theirs, list) else []
    return [_with_media(block, kept) if _uploads(block) else block for block in ours_]


def _uploads(block: Json) -> bool:
    return block["type"] == "image" or "poster" in block


def _with_media(block: Json, kept: list[dict[str, Json]]) -> Json:
    member = "media" if block["type"] == "image" else "poster"
    for at, stored in enumerate(kept):
        if stored.get("type") == block["type"] and stored.get(member):
            del kept[at]
            return {**block, member: stored[member]}
    raise Retryable("Tumblr has not kept all pictures of the draft")
