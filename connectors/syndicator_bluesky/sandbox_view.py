"""The posts of a pretend account as its readers would see them, for the demo's page and for tests."""

from collections.abc import Iterator, Mapping
from typing import Any

from syndicator_bluesky.sandbox_accounts import Account
from syndicator_bluesky.sandbox_repo import COLLECTION
from syndicator_bluesky.sandbox_rules import slices

_MAY = {"mentionRule": "mentioned", "followingRule": "following", "followerRule": "followers"}


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
            "reply_to": _answered(account, record, url),
            "replies": _replies(account, rkey),
            "labels": [value["val"] for value in record.get("labels", {}).get("values", [])],
        }


def _answered(account: Account, record: Mapping[str, Any], url: str) -> str | None:
    """The page of the post that this one answers. Readers see no answer where the references lead nowhere."""
    reply = record.get("reply")
    if not reply or not all(_leads(account, reply[name]) for name in ("root", "parent")):
        return None
    return f"{url}/profile/{account.did}/post/{reply['parent']['uri'].rpartition('/')[2]}"


def _leads(account: Account, reference: Mapping[str, str]) -> bool:
    start, _, rkey = reference["uri"].rpartition("/")
    stored = account.records.get(rkey)
    return start == f"at://{account.did}/{COLLECTION}" and stored is not None and stored.cid == reference["cid"]


def _replies(account: Account, rkey: str) -> str:
    """Who may answer. A gate counts for the post that it names, if that has the same key."""
    stored = account.gates.get(rkey)
    if stored is None or stored.record["post"] != f"at://{account.did}/{COLLECTION}/{rkey}":
        return "everybody"
    if "allow" not in stored.record:
        return "everybody"
    return ", ".join(_MAY[rule["$type"].partition("#")[2]] for rule in stored.record["allow"]) or "nobody"


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
