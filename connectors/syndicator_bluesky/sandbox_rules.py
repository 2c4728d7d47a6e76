"""What the reference PDS checks of a post record, and what it does not (facet ranges, unknown fields, far-off dates).

Written apart from the connector on purpose, its own counting of characters included: a shared mistake would pass.
"""

import base64
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from syndicator_bluesky.sandbox_accounts import Problem

IMAGE_LIMIT = 2_000_000
THUMB_LIMIT = 1_000_000
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[a-zA-Z0-9]{1,8})*")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_AT = re.compile(r"at://did:[a-z]+:[a-zA-Z0-9._:%-]+/[a-zA-Z0-9.-]+/[a-zA-Z0-9._~:-]+")
_CID = re.compile(r"b[a-z2-7]{20,}")
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")


def blob_cid(data: bytes) -> str:
    """A real CIDv1 of raw bytes, as every PDS names blobs."""
    return _multibase(b"\x01\x55\x12\x20" + hashlib.sha256(data).digest())


def record_cid(record: Mapping[str, Any]) -> str:
    """Stable and shaped like the real thing, but hashed over sorted JSON where a PDS hashes DAG-CBOR."""
    canonical = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
    return _multibase(b"\x01\x71\x12\x20" + hashlib.sha256(canonical).digest())


def _multibase(data: bytes) -> str:
    return "b" + base64.b32encode(data).decode().lower().rstrip("=")


def check_rkey(rkey: object) -> str:
    if not isinstance(rkey, str) or not _TID.fullmatch(rkey):
        raise Problem(400, "InvalidRequest", "Invalid TID string")
    return rkey


def check_record(record: Any) -> None:
    """Raise Problem for what the lexicon forbids."""
    if not isinstance(record, dict):
        raise Problem(400, "InvalidRequest", "Input/record must be an object")
    _check_text(record.get("text"))
    _require(_is(_TIME, record.get("createdAt")), "Invalid datetime (expected RFC 3339 with a zone)", "createdAt")
    langs = record.get("langs", [])
    _at_most(langs, 3, "langs")
    _require(all(_is(_LANGUAGE, lang) for lang in langs), "Invalid language", "langs")
    tags = record.get("tags", [])
    _at_most(tags, 8, "tags")
    _require(all(graphemes(tag) <= 64 and len(tag.encode()) <= 640 for tag in tags), "grapheme too big", "tags")
    _at_most(record.get("labels", {}).get("values", []), 10, "labels.values")
    for facet in record.get("facets", []):
        _check_facet(facet)
    _check_embed(record.get("embed"))
    _check_reply(record.get("reply"))


def check_gate(record: Any) -> None:
    """Whether the post is there, and under the same key, no server asks; readers' services do."""
    if not isinstance(record, dict) or record.get("$type") != "app.bsky.feed.threadgate":
        raise Problem(400, "InvalidRequest", "Invalid app.bsky.feed.threadgate record")
    allow = record.get("allow", [])
    sound = _is(_AT, record.get("post")) and _is(_TIME, record.get("createdAt")) and isinstance(allow, list)
    if not sound or len(allow) > 5 or not all(isinstance(rule, dict) and rule.get("$type") for rule in allow):
        raise Problem(400, "InvalidRequest", "Invalid app.bsky.feed.threadgate record")


def _check_reply(reply: Any) -> None:
    """That the posts exist is not looked at."""
    if reply is None:
        return
    for name in ("root", "parent"):
        one = reply.get(name) if isinstance(reply, dict) else None
        sound = isinstance(one, dict) and _is(_AT, one.get("uri")) and _is(_CID, one.get("cid"))
        _require(sound, "Expected a strong reference", f"reply.{name}")


def _check_text(text: Any) -> None:
    _require(isinstance(text, str), "Expected string value type", "text")
    _require(len(text.encode()) <= 3000, f"string too big (maximum 3000, got {len(text.encode())})", "text")
    _require(graphemes(text) <= 300, f"grapheme too big (maximum 300, got {graphemes(text)})", "text")


def _check_facet(facet: Any) -> None:
    start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
    _require(isinstance(start, int) and start >= 0, "integer too small (minimum 0)", "facets.index.byteStart")
    _require(isinstance(end, int) and end >= 0, "integer too small (minimum 0)", "facets.index.byteEnd")
    for feature in facet["features"]:
        match feature["$type"].partition("#")[2]:
            case "link":
                _require(_is(_URI, feature["uri"]), "Invalid URI", "facets.features.uri")
            case "mention":
                _require(feature["did"].startswith("did:"), "Invalid DID", "facets.features.did")
            case "tag":
                _require(graphemes(feature["tag"]) <= 64, "grapheme too big (maximum 64)", "facets.features.tag")


def _check_embed(embed: Any) -> None:
    match embed:
        case None:
            return
        case {"$type": "app.bsky.embed.images", "images": list(images)}:
            _at_most(images, 4, "embed.images")
            for image in images:
                _require(isinstance(image.get("alt"), str), 'Missing required key "alt"', "embed.images.alt")
                _check_blob(image.get("image"), IMAGE_LIMIT, "embed.images.image")
        case {"$type": "app.bsky.embed.external", "external": dict(external)}:
            for name in ("uri", "title", "description"):
                there = isinstance(external.get(name), str)
                _require(there, f'Missing required key "{name}"', f"embed.external.{name}")
            _require(_is(_URI, external["uri"]), "Invalid URI", "embed.external.uri")
            if "thumb" in external:
                _check_blob(external["thumb"], THUMB_LIMIT, "embed.external.thumb")
        case _:
            raise _invalid("Expected one of the known embeds", "embed")


def _check_blob(blob: Any, limit: int, where: str) -> None:
    sound = isinstance(blob, dict) and blob.get("$type") == "blob" and type(blob.get("size")) is int
    _require(sound and isinstance(blob.get("ref", {}).get("$link"), str), "Expected blob value type", where)
    _require(str(blob.get("mimeType")).startswith("image/"), "Unexpected mime type (expected image/*)", where)
    _require(blob["size"] <= limit, f"blob too big (maximum {limit}, got {blob['size']})", where)


def blobs_in(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    embed = record.get("embed") or {}
    yield from (image["image"] for image in embed.get("images", ()))
    thumb = embed.get("external", {}).get("thumb")
    if thumb:
        yield thumb


def slices(record: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each facet with the words that it covers; broken ones show as replacement characters."""
    text = record["text"].encode()
    return [
        {
            "text": text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(errors="replace"),
            "kind": feature["$type"].partition("#")[2],
            "target": str(feature.get("uri") or feature.get("tag") or feature.get("did")),
        }
        for facet in record.get("facets", ())
        for feature in facet["features"]
    ]


def flaws(record: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the facets of a record that a server lets pass."""
    text, end = record["text"].encode(), 0
    for facet, part in zip(record.get("facets", ()), slices(record), strict=False):
        start, stop = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        if not end <= start < stop <= len(text):
            yield f"{start}–{stop} of {len(text)} bytes: outside, inverted, or over another facet"
        elif "\ufffd" in part["text"] or part["text"].strip() != part["text"]:
            yield f"{start}–{stop}: cuts a character or takes a space along: {part['text']!r}"
        elif part["kind"] == "tag" and part["text"] not in (f"#{part['target']}", f"＃{part['target']}"):
            yield f"{start}–{stop}: {part['text']!r} is not the tag {part['target']!r}"
        end = stop


def graphemes(text: str) -> int:
    """Grapheme clusters, near enough to UAX 29 for what people write."""
    return sum(_begins(text, position) for position in range(len(text)))


def _begins(text: str, at: int) -> bool:
    """Whether a new cluster begins at this code point."""
    here = text[at]
    if at == 0 or unicodedata.category(text[at - 1]) in ("Cc", "Zl", "Zp"):
        return not (here == "\n" and at > 0 and text[at - 1] == "\r")
    before = text[at - 1]
    if _extends(here):
        return False
    if before == "\u200d" and _is_pictograph(here):
        return not _is_pictograph(text[:at].rstrip(_BETWEEN_PICTOGRAPHS)[-1:])
    if _is_flag_half(here) and _is_flag_half(before):
        halves = len(text[:at]) - len(text[:at].rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
        return halves % 2 == 0
    return (_jamo(before), _jamo(here)) not in _JOINED


def _extends(letter: str) -> bool:
    # UAX 29 has the joiners extend, and the am of Thai and Lao.
    if unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter in "\u200c\u200d\u0e33\u0eb3":
        return True
    return "\U0001f3fb" <= letter <= "\U0001f3ff" or 0xE0020 <= ord(letter) <= 0xE007F


def _is_pictograph(letter: str) -> bool:
    return bool(letter) and (unicodedata.category(letter) == "So" or letter in "↔↕♀♂⚕©®‼⁉")


def _is_flag_half(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


_BETWEEN_PICTOGRAPHS = "\u200d\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_JOINED = {
    *(("L", after) for after in ("L", "V", "LV", "LVT")),
    *((before, after) for before in ("V", "LV") for after in ("V", "T")),
    *((before, "T") for before in ("T", "LVT")),
}


def _jamo(letter: str) -> str:
    point = ord(letter)
    if 0xAC00 <= point <= 0xD7A3:
        return "LV" if (point - 0xAC00) % 28 == 0 else "LVT"
    ranges = {"L": range(0x1100, 0x1160), "V": range(0x1160, 0x11A8), "T": range(0x11A8, 0x1200)}
    return next((kind for kind, points in ranges.items() if point in points), "")


def _is(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _at_most(values: list[Any], limit: int, where: str) -> None:
    _require(len(values) <= limit, f"array too big (maximum {limit}, got {len(values)})", where)


def _require(holds: bool, message: str, where: str) -> None:
    if not holds:
        raise _invalid(message, where)


def _invalid(message: str, where: str) -> Problem:
    return Problem(400, "InvalidRequest", f"Invalid app.bsky.feed.post record: {message} at $.record.{where}")
