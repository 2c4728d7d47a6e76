"""Renderings as they lie in the ledger: words as JSON, attachments by content.

Enters: a Rendering about to be sent. Leaves: the same Rendering, byte for byte, for every later try. Attachments are
kept only while an unfinished delivery needs them; the words stay. Nothing is ever rendered here.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from syndicator.connector import Attachment, Card, Part, Proof, Receipt, Rendering, ReplyTo, Span, SpanKind
from syndicator.ledger.connect import alone
from syndicator.ledger.refusals import RenderingChanged
from syndicator.ledger.tables import attachment, enclosure
from syndicator.ledger.tables import rendering as table
from syndicator.ledger.upsert import insert_missing, upsert


def store(connection: Connection, delivery_id: int, rendering: Rendering, *, doubted: bool) -> None:
    """Freeze. Raises RenderingChanged when an unsettled send of this delivery had other words."""
    body = pack(rendering)
    pictures = {a.sha256: a for a in _attachments(rendering)}
    if pictures:
        alone(connection, "attachments")
    if doubted:
        _compare(delivery_id, body, _body(connection, delivery_id))
    drop_attachments(connection, delivery_id)
    upsert(connection, table, {"delivery_id": delivery_id, "body": body})
    insert_missing(connection, attachment, [{"sha256": _checked(a), "data": a.data} for a in pictures.values()])
    if pictures:
        connection.execute(insert(enclosure), [{"delivery_id": delivery_id, "sha256": s} for s in pictures])


def load(connection: Connection, delivery_id: int) -> Rendering | None:
    """As it was frozen; once the delivery is finished, attachments have no data any more."""
    body = _body(connection, delivery_id)
    if body is None:
        return None
    pictures = attachment.join(enclosure, attachment.c.sha256 == enclosure.c.sha256)
    wanted = select(attachment).select_from(pictures).where(enclosure.c.delivery_id == delivery_id)
    return unpack(body, {row.sha256: row.data for row in connection.execute(wanted)})


def words(connection: Connection, delivery_id: int) -> Rendering | None:
    """As `load`, with attachments that have no data."""
    body = _body(connection, delivery_id)
    return None if body is None else unpack(body, {})


def drop_prepared(connection: Connection, delivery_id: int) -> None:
    """Forget what `prepare` made and keep the words."""
    body = _body(connection, delivery_id)
    if body is not None:
        upsert(connection, table, {"delivery_id": delivery_id, "body": _unprepared(body)})


def drop_attachments(connection: Connection, delivery_id: int) -> None:
    """Let go of the pictures, and delete those that no other delivery needs."""
    mine = enclosure.c.delivery_id == delivery_id
    if connection.execute(select(enclosure.c.sha256).where(mine).limit(1)).first() is None:
        return
    alone(connection, "attachments")  # another host may be keeping the same picture for its own network
    digests = connection.execute(delete(enclosure).where(mine).returning(enclosure.c.sha256)).scalars().all()
    used = select(enclosure.c.sha256).where(enclosure.c.sha256 == attachment.c.sha256)
    connection.execute(delete(attachment).where(attachment.c.sha256.in_(digests), ~used.exists()))


def drop(connection: Connection, delivery_id: int) -> None:
    """Forget the rendering altogether: certainly nothing was published, and the next try may say it otherwise."""
    drop_attachments(connection, delivery_id)
    connection.execute(delete(table).where(table.c.delivery_id == delivery_id))


def pack(rendering: Rendering) -> str:
    """The words as JSON, attachments without their data. Equal renderings give equal text."""
    found = asdict(replace(rendering, prepared=None))
    found["prepared"] = rendering.prepared and dict(rendering.prepared)
    for picture in _pictures(found):
        del picture["data"]
    return json.dumps(found, default=datetime.isoformat, sort_keys=True)


def unpack(body: str, data: dict[str, bytes]) -> Rendering:
    found = json.loads(body)
    card = found["card"]
    return Rendering(
        **{
            **found,
            "spans": _spans(found["spans"]),
            "tags": tuple(found["tags"]),
            "images": tuple(_attachment(image, data) for image in found["images"]),
            "card": card and Card(**{**card, "image": card["image"] and _attachment(card["image"], data)}),
            "reply_to": _reply_to(found.get("reply_to")),
            "rest": tuple(Part(part["text"], _spans(part["spans"])) for part in found.get("rest", ())),
            "published": _moment(found["published"]),
            "composed": _moment(found["composed"]),
        }
    )


def _compare(delivery_id: int, new: str, frozen: str | None) -> None:
    """`prepared` may be made anew where it was dropped; everything else has to be the same."""
    if frozen is None:
        return
    thawed = json.loads(frozen)["prepared"] is None
    known = pack(unpack(frozen, {}))  # with the fields that have come since it was frozen
    if (_unprepared(new) if thawed else new) != known:
        raise RenderingChanged(f"delivery {delivery_id} may have been published with other words already")


def _unprepared(body: str) -> str:
    return json.dumps({**json.loads(body), "prepared": None})


def _body(connection: Connection, delivery_id: int) -> str | None:
    return connection.execute(select(table.c.body).where(table.c.delivery_id == delivery_id)).scalar()


def _attachments(rendering: Rendering) -> Iterator[Attachment]:
    yield from rendering.images
    if rendering.card is not None and rendering.card.image is not None:
        yield rendering.card.image


def _pictures(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from found["images"]
    if found["card"] and found["card"]["image"]:
        yield found["card"]["image"]


def _spans(found: list[dict[str, Any]]) -> tuple[Span, ...]:
    return tuple(Span(**{**span, "kind": SpanKind(span["kind"])}) for span in found)


def _reply_to(found: dict[str, Any] | None) -> ReplyTo | None:
    return ReplyTo(**{name: _receipt(receipt) for name, receipt in found.items()}) if found else None


def _receipt(found: dict[str, Any]) -> Receipt:
    return Receipt(**{**found, "proof": Proof(found["proof"]), "warnings": tuple(found["warnings"])})


def _attachment(found: dict[str, Any], data: dict[str, bytes]) -> Attachment:
    return Attachment(data=data.get(found["sha256"], b""), **found)


def _checked(picture: Attachment) -> str:
    """Another picture under the same digest would be sent in its place."""
    if hashlib.sha256(picture.data).hexdigest() != picture.sha256:
        raise ValueError(f"the attachment {picture.name or picture.sha256} is not what its digest says")
    return picture.sha256


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
