"""Who may answer a post: a record of its own under the same key. Pure.

Only the post that begins a thread can have one; it holds for the whole thread.
"""

from datetime import datetime
from typing import get_args

from syndicator.connector import Json
from syndicator_bluesky.record import timestamp
from syndicator_bluesky.settings import Replies
from syndicator_bluesky.xrpc import POST_COLLECTION

GATE_COLLECTION = "app.bsky.feed.threadgate"
REPLIES: tuple[str, ...] = get_args(Replies)

# followerRule is the youngest of them; servers take rules that they do not know.
_RULES = {"mentioned": ("mentionRule",), "following": ("followingRule",), "followers": ("followerRule",), "nobody": ()}


def gate(did: str, rkey: str, replies: str, created: datetime) -> Json:
    """The record; None where everybody may answer."""
    if replies not in _RULES:
        return None
    return {
        "$type": GATE_COLLECTION,
        "post": f"at://{did}/{POST_COLLECTION}/{rkey}",
        "allow": [{"$type": f"{GATE_COLLECTION}#{rule}"} for rule in _RULES[replies]],
        "createdAt": timestamp(created),
    }
