"""The posts of a pretend account as its readers would see them, for the demo's page and for tests."""

from collections.abc import Iterator
from typing import Any

from syndicator_bluesky.sandbox_accounts import Account
from syndicator_bluesky.sandbox_rules import slices


def shown(account: Account, url: str) -> Iterator[dict[str, Any]]:
    """One mapping per post, oldest key first; `facets` hold the words they cover, pictures their bytes."""
    for rkey, stored in sorted(account.records.items()):
        record = stored.record
        yield {
            "url": f"{url}/profile/{account.did}/post/{rkey}",
            "author": account.handle,
            "text": record["text"],
            "facets": slices(record),
            "embed": _embed(account, record.get("embed")),
            "created": record["createdAt"],
            "langs": record.get("langs", []),
            "labels": [value["val"] for value in record.get("labels", {}).get("values", [])],
        }


def _embed(account: Account, embed: Any) -> dict[str, Any] | None:
    match embed:
        case {"external": external}:
            words = {"url": external["uri"], "title": external["title"], "description": external["description"]}
            return {"kind": "card", **words, "image": _picture(account, external.get("thumb"))}
        case {"images": images}:
            pictures = [{**(_picture(account, image["image"]) or {}), "alt": image["alt"]} for image in images]
            return {"kind": "images", "images": pictures}
        case _:
            return None


def _picture(account: Account, blob: Any) -> dict[str, Any] | None:
    stored = account.blobs.get(blob["ref"]["$link"]) if blob else None
    return {"data": stored.data, "mime": stored.mime} if stored else None
