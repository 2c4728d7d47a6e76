"""Reading back from the server that holds the account: definitive, without a login, never the lagging AppView."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from syndicator.clock import Clock
from syndicator.connector import Json, Rendering, Retryable
from syndicator_bluesky.identity import Place
from syndicator_bluesky.record import is_copy, timestamp
from syndicator_bluesky.xrpc import POST_COLLECTION, Refused, Xrpc, patiently

PAGE = 100
PAGES = 30


@dataclass(frozen=True, slots=True)
class Found:
    rkey: str
    cid: str
    record: Json


def read(xrpc: Xrpc, clock: Clock, place: Place, rkey: str, collection: str = POST_COLLECTION) -> Found | None:
    """The record under a key; None when the server says that there is none.

    Only RecordNotFound says so: for an account that moved away or sleeps, the reference PDS answers InvalidRequest with
    nearly the same words. Raises Retryable for that, Refused, NotSent or ReplyLost.
    """
    where = {"repo": place.did, "collection": collection, "rkey": rkey}
    try:
        answer = patiently(lambda: xrpc.query(place.pds, "com.atproto.repo.getRecord", **where), clock)
    except Refused as refused:
        if refused.status == 400 and refused.error == "RecordNotFound":
            return None
        raise _inconclusive(refused) from refused
    return Found(rkey, str(answer.get("cid", "")), answer.get("value"))


def _inconclusive(refused: Refused) -> Exception:
    return Retryable(f"the account cannot be read: {refused}") if refused.status == 400 else refused


def scan(xrpc: Xrpc, clock: Clock, place: Place, rendering: Rendering, since: datetime, lowest: str) -> Found | None:
    """Look through the account's posts, highest key first, down to `lowest`. None is a conclusive no.

    Raises Retryable when the list is too long to reach the end of it, besides what `read` raises.
    """
    cursor = ""
    for _ in range(PAGES):
        try:
            answer = patiently(partial(_page, xrpc, place, cursor), clock)
        except Refused as refused:
            raise _inconclusive(refused) from refused
        found = _found_in(answer.get("records"))
        for one in found:
            if is_copy(one.record, rendering) and _made(one) >= timestamp(since):
                return one
        cursor = str(answer.get("cursor") or "")
        if not found or not cursor or found[-1].rkey < lowest:
            return None
    raise Retryable(f"the copy is not among the newest {PAGE * PAGES} posts, and there are more")


def _page(xrpc: Xrpc, place: Place, cursor: str) -> dict[str, Json]:
    where: dict[str, str | int] = {"repo": place.did, "collection": POST_COLLECTION, "limit": PAGE}
    if cursor:
        where["cursor"] = cursor
    return xrpc.get(f"{place.pds}/xrpc/com.atproto.repo.listRecords", parameters=where)


def _found_in(records: Json) -> list[Found]:
    if not isinstance(records, list):
        return []
    return [
        Found(str(r.get("uri", "")).rpartition("/")[2], str(r.get("cid", "")), r.get("value"))
        for r in records
        if isinstance(r, dict)
    ]


def _made(found: Found) -> str:
    """`createdAt` as text: our own are written alike, so they compare as they stand."""
    return str(found.record.get("createdAt", "")) if isinstance(found.record, dict) else ""
