"""Records and blobs of one pretend account, with the answers that the reference PDS was measured to give."""

from collections.abc import Mapping
from typing import Any

from syndicator_bluesky.sandbox_accounts import Account, Blob, Problem, Stored
from syndicator_bluesky.sandbox_rules import blob_cid, blobs_in, check_record, check_rkey, record_cid

COLLECTION = "app.bsky.feed.post"
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
    rkey, record = check_rkey(given.get("rkey")), given.get("record")
    check_record(record)
    cid, current = record_cid(record or {}), account.records.get(rkey)
    if current is not None and current.cid == cid:
        return _written(account, rkey, cid)
    was = current.cid if current else None
    if "swapRecord" in given and given["swapRecord"] != was:
        raise Problem(400, "InvalidSwap", f"Record was at {was or 'null'}")
    return _commit(account, rkey, record, commits)


def create(account: Account, given: Given, commits: list[str]) -> dict[str, Any]:
    rkey = check_rkey(given.get("rkey"))
    check_record(given.get("record"))
    if rkey in account.records:
        raise Problem(500, "InternalServerError", "Internal Server Error")
    return _commit(account, rkey, given["record"], commits)


def get(account: Account, rkey: str) -> dict[str, Any]:
    stored = account.records.get(rkey)
    if stored is None:
        raise Problem(400, "RecordNotFound", f"Could not locate record: {_uri(account, rkey)}")
    return _listed(account, rkey)


def page(account: Account, limit: int, cursor: str) -> dict[str, Any]:
    """Highest key first; the cursor is the last key of the page before."""
    if not 1 <= limit <= 100:
        raise Problem(400, "InvalidRequest", "limit must be between 1 and 100")
    rkeys = [rkey for rkey in sorted(account.records, reverse=True) if rkey < cursor][:limit]
    return {"records": [_listed(account, rkey) for rkey in rkeys]} | ({"cursor": rkeys[-1]} if rkeys else {})


def _commit(account: Account, rkey: str, record: Any, commits: list[str]) -> dict[str, Any]:
    for blob in blobs_in(record):
        _check_blob(account, blob)
    cid = record_cid(record)
    account.records[rkey] = Stored(cid, record)
    commits.append(rkey)
    return {**_written(account, rkey, cid), "commit": {"cid": record_cid({"commit": len(commits)}), "rev": rkey}}


def _check_blob(account: Account, blob: Mapping[str, Any]) -> None:
    stored = account.blobs.get(blob["ref"]["$link"])
    if stored is None:
        raise Problem(400, "BlobNotFound", f"Could not find blob: {blob['ref']['$link']}")
    if stored.mime != blob["mimeType"]:
        raise Problem(400, "InvalidMimeType", "Referenced Mimetype does not match stored blob.")
    if len(stored.data) != blob["size"]:
        raise Problem(400, "InvalidSize", "Referenced Size does not match stored blob.")


def _written(account: Account, rkey: str, cid: str) -> dict[str, Any]:
    return {"uri": _uri(account, rkey), "cid": cid, "validationStatus": "valid"}


def _listed(account: Account, rkey: str) -> dict[str, Any]:
    stored = account.records[rkey]
    return {"uri": _uri(account, rkey), "cid": stored.cid, "value": stored.record}


def _uri(account: Account, rkey: str) -> str:
    return f"at://{account.did}/{COLLECTION}/{rkey}"
