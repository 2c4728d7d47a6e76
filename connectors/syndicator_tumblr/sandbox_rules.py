"""What the pretend Tumblr takes for a post: its own reading of the NPF specification, independent of the connector.

Enters: a body and the uploads beside it. Leaves: nothing, or a Refusal with Tumblr's code. A picture is told by its
first bytes. Whether an upload may be the picture of a link is not documented, so that can be switched.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from syndicator_tumblr.sandbox_state import Refusal

STATES = ("published", "queue", "draft", "private")
_SUBTYPES = (
    "heading1 heading2 quirky quote indented chat ordered-list-item unordered-list-item".split()  # noqa: SIM905
)
_NESTED = ("indented", "ordered-list-item", "unordered-list-item")
_FORMATS = ("bold", "italic", "strikethrough", "small", "link", "mention", "color")
_MAGIC = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n", "image/gif": b"GIF8"}
_TEXT, _BLOCKS, _LINKS, _IMAGES, _INLINE_LINKS, _MENTIONS = 4096, 1000, 10, 30, 100, 50
_POST_BYTES, _IMAGE_BYTES = 1_000_000, 10_000_000


def check(body: Any, uploads: Mapping[str, tuple[bytes, str]], hosted: Sequence[str], now: float, **how: bool) -> None:
    """`uploads`: identifier → bytes and type; `hosted`: addresses of pictures that are here already."""
    if not isinstance(body, dict):
        _bad("the request body must be an object")
    content = body.get("content")
    if not isinstance(content, list):
        _bad("'content' must be an array")
    if not any(block != {"type": "text", "text": ""} for block in content):
        _bad("'content' must not be empty")
    _counts(content, body)
    for block in content:
        _block(block, uploads, hosted, posters=how.get("posters", True))
    _settings(body, now)
    _layout(body.get("layout", []), content)


def _bad(title: str) -> NoReturn:
    raise Refusal(400, 8001, title)


def _counts(content: list[Any], body: Mapping[str, Any]) -> None:
    kinds = [block.get("type") if isinstance(block, dict) else None for block in content]
    formats = [
        one.get("type")
        for block in content
        if isinstance(block, dict)
        for one in block.get("formatting") or ()
        if isinstance(one, dict)
    ]
    for what, count, most in (
        ("blocks", len(content), _BLOCKS),
        ("link blocks", kinds.count("link"), _LINKS),
        ("image blocks", kinds.count("image"), _IMAGES),
        ("inline links", formats.count("link"), _INLINE_LINKS),
        ("mentions", formats.count("mention"), _MENTIONS),
        ("bytes", len(json.dumps(body, ensure_ascii=False).encode()), _POST_BYTES),
    ):
        if count > most:
            _bad(f"too many {what}: {count}, at most {most}")


def _block(block: Any, uploads: Mapping[str, tuple[bytes, str]], hosted: Sequence[str], *, posters: bool) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text":
        _text(block)
    elif kind == "image":
        _image(block, uploads, hosted)
    elif kind == "link":
        _address(block.get("url"), "link")
        for medium in block.get("poster") or ():
            if not posters and "identifier" in medium:
                _bad("'poster' is not a valid media object")
            _medium(medium, uploads, hosted)
    else:
        _bad(f"unknown content block type: {kind!r}")


def _text(block: Mapping[str, Any]) -> None:
    text, subtype, indent = block.get("text"), block.get("subtype"), block.get("indent_level", 0)
    if not isinstance(text, str):
        _bad("'text' must be a string")
    if sum(1 for _ in text) > _TEXT:
        _bad(f"text blocks hold at most {_TEXT} characters")
    if subtype is not None and subtype not in _SUBTYPES:
        _bad(f"unknown text subtype: {subtype!r}")
    if not isinstance(indent, int) or not 0 <= indent <= 7 or (indent and subtype not in _NESTED):
        _bad("invalid 'indent_level'")
    ends: dict[str, int] = {}
    for one in sorted(block.get("formatting") or (), key=lambda r: (r["start"], r["end"])):
        _range(one, len(text))
        if one["start"] < ends.get(one["type"], 0):
            _bad(f"overlapping {one['type']} ranges")
        ends[one["type"]] = one["end"]


def _range(one: Mapping[str, Any], length: int) -> None:
    if one.get("type") not in _FORMATS:
        _bad(f"unknown formatting type: {one.get('type')!r}")
    if not 0 <= one["start"] < one["end"] <= length:
        _bad("formatting range outside of the text")
    if one["type"] == "link":
        _address(one.get("url"), "formatting")
    if one["type"] == "mention" and not str((one.get("blog") or {}).get("uuid") or "").startswith("t:"):
        _bad("a mention needs the 'uuid' of a blog")


def _address(url: Any, where: str) -> None:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        _bad(f"a {where} needs a valid 'url'")


def _image(block: Mapping[str, Any], uploads: Mapping[str, tuple[bytes, str]], hosted: Sequence[str]) -> None:
    media = block.get("media")
    if not isinstance(media, list) or not media:
        _bad("'media' must be an array")
    for medium in media:
        _medium(medium, uploads, hosted)
    for name in ("alt_text", "caption"):
        if not isinstance(block.get(name, ""), str) or len(block.get(name, "")) > _TEXT:
            _bad(f"'{name}' is too long")
    attribution = block.get("attribution")
    if attribution is not None:
        _address(attribution.get("url"), "link attribution")


def _medium(medium: Mapping[str, Any], uploads: Mapping[str, tuple[bytes, str]], hosted: Sequence[str]) -> None:
    if "identifier" not in medium:
        if medium.get("url") not in hosted:
            _bad("media needs an 'identifier' or a known 'url'")
        return
    if medium["identifier"] not in uploads:
        _bad(f"no upload with the identifier {medium['identifier']!r}")
    data, mime = uploads[medium["identifier"]]
    magic = _MAGIC.get(mime)
    if magic is None or not data.startswith(magic) or len(data) > _IMAGE_BYTES or mime != medium.get("type"):
        raise Refusal(400, 8005, "The uploaded media is in a format that cannot be accepted")


def _settings(body: Mapping[str, Any], now: float) -> None:
    if body.get("state", "published") not in STATES:
        _bad("invalid 'state'")
    for name in ("tags", "slug", "source_url"):
        if not isinstance(body.get(name, ""), str):
            _bad(f"'{name}' must be a string")
    moment = body.get("publish_on")
    if moment is not None and body.get("state") == "queue" and datetime.fromisoformat(moment).timestamp() <= now:
        _bad("'publish_on' must be in the future")


def _layout(layout: Any, content: Sequence[Any]) -> None:
    if not isinstance(layout, list):
        _bad("'layout' must be an array")
    for one in layout:
        if one.get("type") != "rows":
            _bad("unknown layout type")
        rows = [row["blocks"] for row in one["display"]]
        if sorted(at for row in rows for at in row) != list(range(len(content))):
            _bad("a rows layout must mention every block once")
        if any(len(row) > 1 and any(content[at]["type"] != "image" for at in row) for row in rows):
            _bad("only images share a row")


def cut_after(layout: Sequence[Mapping[str, Any]], count: int) -> int | None:
    """The index of the last block above “Keep reading”; an invalid one is ignored, as Tumblr does."""
    found = next((one.get("truncate_after") for one in layout if one.get("type") == "rows"), None)
    return found if isinstance(found, int) and -1 <= found < count - 1 else None
