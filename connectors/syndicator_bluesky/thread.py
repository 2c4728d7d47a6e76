"""Where in a thread a post belongs, as the references that its record holds. Reads from the account's own server.

Enters: the receipts of the posts before. Leaves: their addresses with the digests of what stands there. A server takes
an answer to anything, also to what is gone, so whoever calls this has to look.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syndicator.clock import Clock
from syndicator.connector import Json, Receipt, Rejected, ReplyTo
from syndicator_bluesky import reading
from syndicator_bluesky.identity import Place
from syndicator_bluesky.reading import Found
from syndicator_bluesky.xrpc import POST_COLLECTION, Xrpc

GONE = "the copy that this one answers is not on Bluesky any more, so the thread ends there"
NAMELESS = "it is not known which post this one answers, so the thread cannot go on by itself"
STEP = timedelta(milliseconds=1)  # of two posts with one time, readers may get to see only one (atproto #2199)

_PAGE = re.compile(r"https?://[^/]+/profile/[^/]+/post/(?P<rkey>[2-7a-z]{13})/?")


@dataclass(frozen=True, slots=True)
class Position:
    reply: Json
    after: datetime | None  # when the post that is answered says it was made


def position(to: ReplyTo, xrpc: Xrpc, clock: Clock, place: Place) -> Position:
    """Raises Rejected when there is nothing to answer, and what `reading.read` raises."""
    parent = _named(to.parent, place)
    found = reading.read(xrpc, clock, place, parent)
    if found is None:
        raise Rejected(GONE)
    root = _root(to, found, xrpc, clock, place)
    return Position({"root": root, "parent": _reference(place, parent, found.cid)}, _made(found.record))


def rkey_of(uri: str) -> str:
    return uri.rpartition("/")[2]


def _root(to: ReplyTo, parent: Found, xrpc: Xrpc, clock: Clock, place: Place) -> Json:
    """As its own receipt has it; else as the post has it that is answered, which was given it in the same way."""
    rkey, cid = _named(to.root, place), str(to.root.extra.get("cid") or "")
    if rkey == parent.rkey:
        return _reference(place, rkey, parent.cid)
    if not cid and isinstance(parent.record, dict) and isinstance(parent.record.get("reply"), dict):
        return parent.record["reply"].get("root")
    if not cid:
        found = reading.read(xrpc, clock, place, rkey)
        if found is None:
            raise Rejected(GONE)
        cid = found.cid
    return _reference(place, rkey, cid)


def _named(receipt: Receipt, place: Place) -> str:
    """The record key of a copy. One that a person has confirmed may be known by the address of its page alone."""
    start = f"at://{place.did}/{POST_COLLECTION}/"
    if receipt.remote_id.startswith(start):
        return receipt.remote_id.removeprefix(start)
    page = _PAGE.fullmatch(receipt.remote_id) or _PAGE.fullmatch(receipt.url or "")
    if receipt.remote_id.startswith("at://") or page is None:
        raise Rejected(NAMELESS)
    return page["rkey"]


def _reference(place: Place, rkey: str, cid: str) -> Json:
    return {"uri": f"at://{place.did}/{POST_COLLECTION}/{rkey}", "cid": cid}


def _made(record: Json) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(record["createdAt"]))
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
