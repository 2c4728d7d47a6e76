"""A Rendering as JSON: everything in it that a person or a program of theirs may want.

Enters: a Rendering, and its pictures with the names of their files. Leaves: UTF-8 bytes, the same for the same
rendering: nothing of the moment is in them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from syndicator.connector import Rendering, ReplyTo

from .pictures import Kept

FORMAT = 1  # of this file; a later one that reads otherwise counts on


def record(rendering: Rendering, key: str, kept: Sequence[Kept], card_picture: Kept | None) -> bytes:
    whole = {
        "format": FORMAT,
        "key": key,
        "title": rendering.title,
        "text": rendering.text,
        "spans": [
            {"start": span.start, "end": span.end, "kind": span.kind.value, "target": span.target}
            for span in rendering.spans
        ],
        "html": rendering.html,
        "link": rendering.link,
        "tags": list(rendering.tags),
        "language": rendering.language,
        "content_warning": rendering.content_warning,
        "sensitive": rendering.sensitive,
        "visibility": rendering.visibility,
        "replies": rendering.replies,
        "reply_to": _thread(rendering.reply_to),
        "published": _time(rendering.published),
        "composed": _time(rendering.composed),
        "images": [_picture(one) for one in kept],
        "card": _card(rendering, card_picture),
    }
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode(errors="replace")


def key_of(written: bytes) -> str | None:
    """Whose copy this is; None where the file is none of ours."""
    try:
        found = json.loads(written)
    except (ValueError, RecursionError):
        return None
    key = found.get("key") if isinstance(found, Mapping) else None
    return key if isinstance(key, str) else None


def _picture(one: Kept) -> dict[str, Any]:
    image = one.image
    told = {"file": one.file, "alt": image.alt, "mime": image.mime, "width": image.width, "height": image.height}
    return {**told, "sha256": image.sha256, "source": image.source}


def _card(rendering: Rendering, picture: Kept | None) -> dict[str, Any] | None:
    card = rendering.card
    if card is None:
        return None
    image = None if picture is None else _picture(picture)
    return {"url": card.url, "title": card.title, "description": card.description, "image": image}


def _thread(to: ReplyTo | None) -> dict[str, str] | None:
    """The directories of the copies that it belongs to."""
    return None if to is None else {"root": to.root.remote_id, "parent": to.parent.remote_id}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
