"""The posts of a pretend account as its readers would see them, for the demo's page and for tests."""

from collections.abc import Iterator, Mapping
from typing import Any

from syndicator_bluesky.sandbox_accounts import Account
from syndicator_bluesky.sandbox_rules import slices


def shown(account: Account, url: str) -> Iterator[dict[str, Any]]:
    """One mapping per post, oldest key first: `pieces` are the text cut at its facets, pictures come as bytes."""
    for rkey, stored in sorted(account.records.items()):
        record = stored.record
        langs = record.get("langs", [])
        yield {
            "url": f"{url}/profile/{account.did}/post/{rkey}",
            "author": account.handle.partition(".")[0].capitalize(),
            "handle": f"@{account.handle}",
            "text": record["text"],
            "facets": slices(record),
            "pieces": list(_pieces(record, url)),
            "card": _card(account, record.get("embed") or {}),
            "images": _images(account, record.get("embed") or {}),
            "created": record["createdAt"],
            "language": ", ".join(langs),
            "labels": [value["val"] for value in record.get("labels", {}).get("values", [])],
        }


def _pieces(record: Mapping[str, Any], url: str) -> Iterator[dict[str, str]]:
    """Cut by bytes, as a client does; a facet that is off shows as what readers would get."""
    text, done = record["text"].encode(), 0
    for facet in record.get("facets", ()):
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        yield {"text": text[done:start].decode(errors="replace")}
        yield {"text": text[start:end].decode(errors="replace"), "href": _target(facet["features"][0], url)}
        done = end
    yield {"text": text[done:].decode(errors="replace")}


def _target(feature: Mapping[str, str], url: str) -> str:
    if "uri" in feature:
        return feature["uri"]
    return f"{url}/hashtag/{feature['tag']}" if "tag" in feature else f"{url}/profile/{feature['did']}"


def _card(account: Account, embed: Mapping[str, Any]) -> dict[str, Any] | None:
    external = embed.get("external")
    if external is None:
        return None
    words = {"url": external["uri"], "title": external["title"], "description": external["description"]}
    return {**words, "image": _picture(account, external["thumb"]) if "thumb" in external else None}


def _images(account: Account, embed: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{**_picture(account, image["image"]), "alt": image["alt"]} for image in embed.get("images", ())]


def _picture(account: Account, blob: Mapping[str, Any]) -> dict[str, Any]:
    stored = account.blobs[blob["ref"]["$link"]]
    return {"data": stored.data, "mime": stored.mime}
