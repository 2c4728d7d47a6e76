"""The copy that a part of a thread answers: whether it is still there, and whether the server kept that it is answered.

What a server makes of an answer to a copy that is gone differs: Mastodon says 404, others may say 422 or publish it as
a post of its own ([U] for most). So it is looked for first, and what comes back is looked at.
"""

from collections.abc import Mapping
from typing import Any

from syndicator.connector import Rejected, Rendering
from syndicator_mastodon import answers
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import ApiSession

GONE = "the copy that this one answers is not on the server any more, so the thread ends there"
NAMELESS = (
    "the id of the copy that this one answers was lost with the server's answer, so the thread cannot go on by itself"
)
DROPPED = "the server published it as a post of its own: it did not keep which copy it answers"

_FORBIDDEN = 403  # a token without read:statuses may still write


def id_of(rendering: Rendering) -> str | None:
    """What the server calls the copy that is answered; None for one that begins a thread, or stands alone."""
    return None if rendering.reply_to is None else rendering.reply_to.parent.remote_id


def look_for(rendering: Rendering, session: ApiSession, server: Server) -> None:
    """Return when it can be answered. Raises Rejected when it is gone, and as any question does when nobody can say."""
    parent = id_of(rendering)
    if parent is None:
        return
    if not parent:
        raise Rejected(NAMELESS)
    response = session.ask("GET", f"/api/v1/statuses/{parent}")
    if response.status_code in (404, 410):
        raise Rejected(GONE)
    if response.status_code != _FORBIDDEN:
        answers.accept(response, server)


def was_dropped(status: Mapping[str, Any], rendering: Rendering) -> bool:
    """Whether the server tells of the copy, and says that it answers nothing."""
    return rendering.reply_to is not None and "id" in status and not status.get("in_reply_to_id")
