"""Records and blobs of one pretend account, with the answers that the reference PDS was measured to give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syndicator_bluesky.sandbox_accounts import Account, Blob, Problem, Stored
from syndicator_bluesky.sandbox_rules import blob_cid, blobs_in, check_gate, check_record, check_rkey, record_cid

COLLECTION = "app.bsky.feed.post"
GATES = "app.bsky.feed.threadgate"
_SNIFFED = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}

Given = Mapping[str, Any]


def upload(account: Account, data: bytes, mime: str) -> dict[str, Any]:
    """The kind of a picture is recognised; for what is not, the caller is believed. Size is checked on use."""
    if not mime:
        raise Problem(400, "InvalidRequest", "Request encoding (Content-Type) required but not provided")
    mime = next((kind for magic, kind in _SNIFFED.items() if data.startswith(magic)), mime)
    cid = blob_cid(data)
    account.blobs[cid] = Blob(data, mime)
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(data)}


def put(account: Account, given: Given, commits: list[str]) -> dict[str, Any]:
    """The same record again is a yes without a commit, and that is looked at before `swapRecord` is."""
    place, record = _place(account, given), given.get("record")
    _check(place, record)
    cid, current = record_cid(record or {}), place.kept.get(place.rkey)
    if current is not None and current.cid == cid:
        return _written(place, cid)
    was = current.cid if current else None
    if "swapRecord" in given and given["swapRecord"] != was:
        raise Problem(400, "InvalidSwap", f"Record was at {was or 'null'}")
    return _commit(account, place, record, commits)


def create(account: Account, given: Given, commits: list[str]) -> dict[str, Any]:
    place = _place(account, given)
    _check(place, given.get("record"))
    if place.rkey in place.kept:
        raise Problem(500, "InternalServerError", "Internal Server Error")
    return _commit(account, place, given["record"], commits)


def delete(account: Account, given: Given) -> None:
    kept_in(account, str(given.get("collection"))).pop(str(given.get("rkey")), None)


def get(account: Account, rkey: str, collection: str = COLLECTION) -> dict[str, Any]:
    place = _Place(account, collection, rkey)
    if rkey not in place.kept:
        raise Problem(400, "RecordNotFound", f"Could not locate record: {place.uri}")
    return _listed(place)


def page(account: Account, limit: int, cursor: str) -> dict[str, Any]:
    """Highest key first; the cursor is the last key of the page before."""
    if not 1 <= limit <= 100:
        raise Problem(400, "InvalidRequest", "limit must be between 1 and 100")
    rkeys = [rkey for rkey in sorted(account.records, reverse=True) if rkey < cursor][:limit]
    listed = [_listed(_Place(account, COLLECTION, rkey)) for rkey in rkeys]
    return {"records": listed} | ({"cursor": rkeys[-1]} if rkeys else {})


def kept_in(account: Account, collection: str) -> dict[str, Stored]:
    if collection not in (COLLECTION, GATES):
        raise Problem(400, "InvalidRequest", "this pretend server keeps posts, and who may answer them")
    return account.records if collection == COLLECTION else account.gates


@dataclass(frozen=True, slots=True)
class _Place:
    account: Account
    collection: str
    rkey: str

    @property
    def uri(self) -> str:
        return f"at://{self.account.did}/{self.collection}/{self.rkey}"

    @property
    def kept(self) -> dict[str, Stored]:
        return kept_in(self.account, self.collection)


def _place(account: Account, given: Given) -> _Place:
    return _Place(account, str(given.get("collection", COLLECTION)), check_rkey(given.get("rkey")))


def _check(place: _Place, record: Any) -> None:
    if place.collection == COLLECTION:
        check_record(record)
    else:
        check_gate(record)


def _commit(account: Account, place: _Place, record: Any, commits: list[str]) -> dict[str, Any]:
    for blob in blobs_in(record):
        _check_blob(account, blob)
    cid = record_cid(record)
    place.kept[place.rkey] = Stored(cid, record)
    commits.append(place.rkey)
    return {**_written(place, cid), "commit": {"cid": record_cid({"commit": len(commits)}), "rev": place.rkey}}


def _check_blob(account: Account, blob: Mapping[str, Any]) -> None:
    stored = account.blobs.get(blob["ref"]["$link"])
    if stored is None:
        raise Problem(400, "BlobNotFound", f"Could not find blob: {blob['ref']['$link']}")
    if stored.mime != blob["mimeType"]:
        raise Problem(400, "InvalidMimeType", "Referenced Mimetype does not match stored blob.")
    if len(stored.data) != blob["size"]:
        raise Problem(400, "InvalidSize", "Referenced Size does not match stored blob.")


def _written(place: _Place, cid: str) -> dict[str, Any]:
    return {"uri": place.uri, "cid": cid, "validationStatus": "valid"}


def _listed(place: _Place) -> dict[str, Any]:
    stored = place.kept[place.rkey]
    return {"uri": place.uri, "cid": stored.cid, "value": stored.record}
