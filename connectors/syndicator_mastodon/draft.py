"""A rendering in the server's words. Pure: a rendering, settings and a server in, the fields of a request out."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syndicator.connector import Attachment, Json, Rendering
from syndicator_mastodon import parents
from syndicator_mastodon.length import cut
from syndicator_mastodon.server import Server
from syndicator_mastodon.settings import MastodonSettings

_WRITTEN_APART = frozenset({"zh-cn", "zh-hk", "zh-tw"})  # languages of their own to Mastodon, unlike other regions
# Addresses, handles and hashtags stay as they are. snac takes a hashtag even when an invisible joiner follows the '#'.
_MARKUP = re.compile(r"(https?://\S+|(?<![\w/])@\w[\w.-]*@[\w.-]+)|[&<>*`~\[]|_(?=_)|(?<=_)_|#(?!\w)")


def of(rendering: Rendering, settings: MastodonSettings, server: Server) -> dict[str, Any]:
    """Keyword arguments for `Mastodon.status_post`, without the key."""
    fields: dict[str, Any] = {
        "status": words(rendering.text, server),
        "media_ids": media_ids(rendering) or None,
        "spoiler_text": warning(rendering, server),
        "sensitive": is_sensitive(rendering),
        "visibility": visibility(rendering, settings),
        "in_reply_to_id": parents.id_of(rendering),
        "language": language(rendering.language),
    }
    if settings.quotes is not None and server.at_least(4, 5, 0):
        fields["quote_approval_policy"] = settings.quotes
    return fields


def replacement(rendering: Rendering, server: Server, media: Sequence[tuple[str, str]]) -> dict[str, Json]:
    """The body of an edit. Whatever is left out of one is taken from the post, so nothing is left out.

    `media`: id and alt text of every image.
    """
    body: dict[str, Json] = {
        "status": words(rendering.text, server),
        "media_ids": [media_id for media_id, _ in media],
        "media_attributes": [{"id": media_id, "description": alt} for media_id, alt in media],
        "spoiler_text": warning(rendering, server),
        "sensitive": is_sensitive(rendering),
    }
    named = language(rendering.language)
    return body if named is None else {**body, "language": named}


def visibility(rendering: Rendering, settings: MastodonSettings) -> str:
    return rendering.visibility or settings.visibility


def words(text: str, server: Server) -> str:
    """`text` so that readers see every character of it, also where the server would take some for mark-up."""
    if not server.traits.reads_markup:
        return text
    return _MARKUP.sub(lambda found: found[1] or f"&#{ord(found[0])};", text)


def media_of(prepared: Mapping[str, Json] | None) -> list[dict[str, str]]:
    """What `prepare` uploaded: id and sha256 of each image."""
    return list((prepared or {}).get("media") or [])


def media_ids(rendering: Rendering) -> list[str]:
    return [medium["id"] for medium in media_of(rendering.prepared)]


def allowed_mentions(rendering: Rendering) -> tuple[str, ...]:
    """The ids of those who may be mentioned: nobody, unless `prepare` has found somebody."""
    return tuple((rendering.prepared or {}).get("mentions") or ())


def uploaded_at(rendering: Rendering) -> datetime | None:
    """When the server took the first image; None without images."""
    stated = (rendering.prepared or {}).get("uploaded")
    return datetime.fromisoformat(stated) if stated else None


def images(rendering: Rendering, server: Server) -> tuple[Attachment, ...]:
    return rendering.images[: server.max_images]


def warning(rendering: Rendering, server: Server) -> str:
    limit = server.traits.max_warning
    return rendering.content_warning if limit is None else cut(rendering.content_warning, limit)


def is_sensitive(rendering: Rendering) -> bool:
    """Mastodon hides the images of a post with a content warning anyway; the others are told."""
    return rendering.sensitive or bool(rendering.content_warning)


def language(tag: str | None) -> str | None:
    """The two or three letters of ISO 639 in a BCP 47 tag; some servers refuse a region."""
    if not tag:
        return None
    parts = tag.replace("_", "-").split("-")
    regional = f"{parts[0]}-{parts[-1]}".lower()
    return f"zh-{parts[-1].upper()}" if regional in _WRITTEN_APART else parts[0].lower()
