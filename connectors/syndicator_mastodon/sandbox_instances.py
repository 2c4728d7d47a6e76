"""How a pretend server describes itself. Enters: its row. Leaves: the two versions of the instance document. Pure."""

from typing import Any
from urllib.parse import urlsplit

from syndicator_mastodon.flavour import numbers_of
from syndicator_mastodon.sandbox_rows import Row

_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"]


def second(row: Row, flavour: str, base: str) -> dict[str, Any]:
    body: dict[str, Any] = {"domain": urlsplit(base).netloc, "version": row.version, "title": "Pretend"}
    if row.source_url:
        body["source_url"] = row.source_url
    if _is_mastodon(row, flavour, 4, 3):
        body["api_versions"] = {"mastodon": 7}
    return {**body, "configuration": _configuration(row, flavour)}


def first(row: Row, flavour: str, base: str) -> dict[str, Any]:
    body: dict[str, Any] = {"uri": urlsplit(base).netloc, "version": row.version, "title": "Pretend"}
    if flavour == "pleroma":
        limits = {"max_toot_chars": row.max_characters, "upload_limit": 16_000_000, "description_limit": 5000}
        return {**body, **limits}
    return {**body, "configuration": _configuration(row, flavour)}


def max_alt(row: Row, flavour: str) -> int:
    return 10_000 if _is_mastodon(row, flavour, 4, 6) else 1500


def _configuration(row: Row, flavour: str) -> dict[str, Any]:
    images = {"image_size_limit": 16_777_216, "image_matrix_limit": 33_177_600, "supported_mime_types": _TYPES}
    return {
        "statuses": {"max_characters": row.max_characters, "max_media_attachments": 4},
        "media_attachments": {**images, "description_limit": max_alt(row, flavour)},
    }


def _is_mastodon(row: Row, flavour: str, *least: int) -> bool:
    return flavour == "mastodon" and numbers_of(row.version) >= least
