"""Rendering → the post record, as JSON. Pure: the same rendering gives the same bytes.

Facets count bytes of the UTF-8 text, ours count code points; servers check no facet, so a wrong one would only be seen
as a broken link by readers.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from syndicator.connector import Attachment, Card, Json, Rendering, Span, SpanKind
from syndicator_bluesky.xrpc import POST_COLLECTION

FACET = "app.bsky.richtext.facet"
JOINED_ON = r"[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d][\p{M}\u200c\u200d]*+(?=\p{L})"  # the joint in a conjunct
MAX_TAG, MAX_TAG_BYTES = 64, 640
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def build(
    rendering: Rendering, embed: Json | None, labels: Sequence[str], created: datetime, reply: Json = None
) -> dict[str, Json]:
    """The record. `created` is when it was composed: sorting by the blog's own date would bury it."""
    record: dict[str, Json] = {"$type": POST_COLLECTION, "text": rendering.text, "createdAt": timestamp(created)}
    optional = {
        "langs": languages(rendering.language),
        "facets": facets(rendering.text, rendering.spans),
        "embed": embed,
        "labels": self_labels(labels),
        "reply": reply,
    }
    return record | {name: value for name, value in optional.items() if value}


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def languages(language: str | None) -> list[str]:
    """At most one; a tag that the server would refuse is left out rather than failing the post."""
    tag = (language or "").replace("_", "-")
    first, *rest = tag.split("-")
    tag = "-".join([first.lower(), *rest])
    return [tag] if _LANGUAGE.fullmatch(tag) else []


def facets(text: str, spans: Sequence[Span]) -> list[Json]:
    """Sorted, without overlaps; the first of two that overlap wins."""
    made: list[Json] = []
    end = 0
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        feature = _feature(span)
        if feature is None or not end <= span.start < span.end <= len(text):
            continue
        end = span.end
        index = {"byteStart": _bytes_before(text, span.start), "byteEnd": _bytes_before(text, span.end)}
        made.append({"index": index, "features": [feature]})
    return made


def _feature(span: Span) -> dict[str, Json] | None:
    if span.kind is SpanKind.LINK and span.target.lower().startswith(("https://", "http://")):
        return {"$type": f"{FACET}#link", "uri": span.target}
    if span.kind is SpanKind.TAG and _fits(tag := span.target.lstrip("#＃")):
        return {"$type": f"{FACET}#tag", "tag": tag}
    if span.kind is SpanKind.MENTION and span.target.startswith("did:"):
        return {"$type": f"{FACET}#mention", "did": span.target}
    return None


def _fits(tag: str) -> bool:
    return bool(tag) and graphemes(tag) <= MAX_TAG and len(tag.encode()) <= MAX_TAG_BYTES


def _bytes_before(text: str, position: int) -> int:
    return len(text[:position].encode())


def graphemes(text: str) -> int:
    """What a reader would call characters; that is what Bluesky counts, and never fewer.

    Newer tables take an Indic conjunct for one, older ones for two or more (Unicode 15.1, rule GB9c): each letter that
    a virama joins on counts by itself.
    """
    import regex

    return len(regex.findall(r"\X", text)) + len(regex.findall(JOINED_ON, text))


def self_labels(labels: Sequence[str]) -> Json | None:
    if not labels:
        return None
    return {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": label} for label in labels]}


def card_embed(card: Card, thumb: Json | None) -> Json:
    external: dict[str, Json] = {"uri": card.url, "title": card.title, "description": card.description}
    return {"$type": "app.bsky.embed.external", "external": external | ({"thumb": thumb} if thumb else {})}


def images_embed(images: Sequence[tuple[Attachment, Json]]) -> Json:
    return {"$type": "app.bsky.embed.images", "images": [_image(attachment, blob) for attachment, blob in images]}


def _image(attachment: Attachment, blob: Json) -> Json:
    shape: dict[str, Json] = {}
    if attachment.width > 0 and attachment.height > 0:
        shape["aspectRatio"] = {"width": attachment.width, "height": attachment.height}
    return {"alt": attachment.alt, "image": blob} | shape


def links_in(record: Mapping[str, Json]) -> Iterator[str]:
    """Every URL that a record points at: its card and its link facets. Survives records of any other client."""
    embed = record.get("embed")
    external = embed.get("external") if isinstance(embed, dict) else None
    if isinstance(external, dict) and isinstance(external.get("uri"), str):
        yield external["uri"]
    for facet in _dicts(record.get("facets")):
        for feature in _dicts(facet.get("features")):
            if isinstance(feature.get("uri"), str):
                yield feature["uri"]


def _dicts(value: Json) -> Iterator[dict[str, Json]]:
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def shows_link(rendering: Rendering) -> bool:
    """Whether a copy of this rendering leads to the original, so that the link can tell it from others."""
    card = rendering.card is not None and not (rendering.images and rendering.link_in_text)
    return rendering.link is not None and (card or rendering.link_in_text)


def leads_to(record: Mapping[str, Json], link: str | None) -> bool:
    return link is not None and any(_same_page(found, link) for found in links_in(record))


def is_copy(record: Json, rendering: Rendering) -> bool:
    """Whether any record of the account is a copy of this rendering."""
    if not isinstance(record, dict) or bool(record.get("reply")) is not (rendering.reply_to is not None):
        return False
    if rendering.reply_to is not None and answered(record) != rendering.reply_to.parent.remote_id:
        return False
    if shows_link(rendering):
        return leads_to(record, rendering.link)
    return bool(rendering.text) and record.get("text") == rendering.text


def answered(record: Json) -> str | None:
    """The address of the post that a record answers; None for one that begins a thread, or stands alone."""
    reply = record.get("reply") if isinstance(record, dict) else None
    parent = reply.get("parent") if isinstance(reply, dict) else None
    return str(parent["uri"]) if isinstance(parent, dict) and parent.get("uri") else None


def has_our_place(record: Json, rendering: Rendering, prepared: Json) -> bool:
    """Whether the record under our own key is ours. Its words are enough: the key was drawn from this delivery."""
    if not isinstance(record, dict):
        return False
    if record == prepared or leads_to(record, rendering.link):
        return True
    return bool(rendering.text) and record.get("text") == rendering.text


def _same_page(one: str, other: str) -> bool:
    return one.partition("#")[0].rstrip("/") == other.partition("#")[0].rstrip("/")
