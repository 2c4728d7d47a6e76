"""What hangs below the text: pictures or the link card, one of the two. Uploads what it needs.

Enters: a rendering and a way to upload. Leaves: the embed and what the owner should know. A picture that the server
will not have is left out; it never costs the post.
"""

from collections.abc import Callable
from dataclasses import dataclass

from syndicator.connector import Attachment, Card, Json, Rendering
from syndicator_bluesky.answers import refuses_the_picture
from syndicator_bluesky.record import card_embed, images_embed
from syndicator_bluesky.xrpc import Refused

MAX_IMAGES = 4
MAX_IMAGE_BYTES = 2_000_000  # the lexicon's limit since 2025; servers from before take 1,000,000
MAX_THUMB_BYTES = 1_000_000

Upload = Callable[[Attachment], Json]  # raises Refused


@dataclass(frozen=True, slots=True)
class Embed:
    embed: Json | None = None
    warnings: tuple[str, ...] = ()


def make(rendering: Rendering, upload: Upload, *, bare: bool) -> Embed:
    """Pictures when there are some and the link has another place; else the card; else nothing."""
    wanted = rendering.images if rendering.link_in_text or rendering.card is None else ()
    if bare:
        return _card_of(rendering, upload, bare=True, warnings=("posted without pictures: the server refused them",))
    pictures: list[tuple[Attachment, Json]] = []
    warnings: list[str] = []
    for image in wanted[:MAX_IMAGES]:
        blob, warning = _uploaded(image, upload, MAX_IMAGE_BYTES, cosmetic=False)
        pictures += [(image, blob)] if blob else []
        warnings += [f"posted without the picture {image.name or image.sha256[:8]}: {warning}"] if warning else []
    if pictures:
        return Embed(images_embed(pictures), tuple(warnings))
    return _card_of(rendering, upload, bare=False, warnings=tuple(warnings))


def _card_of(rendering: Rendering, upload: Upload, *, bare: bool, warnings: tuple[str, ...]) -> Embed:
    card: Card | None = rendering.card
    if card is None:
        return Embed(None, warnings)
    if card.image is None or bare:
        return Embed(card_embed(card, None), warnings)
    thumb, warning = _uploaded(card.image, upload, MAX_THUMB_BYTES, cosmetic=True)
    more = (f"the link card has no picture: {warning}",) if warning else ()
    return Embed(card_embed(card, thumb), warnings + more)


def _uploaded(image: Attachment, upload: Upload, limit: int, *, cosmetic: bool) -> tuple[Json | None, str]:
    """The blob, exactly as the server gave it, or why there is none."""
    if len(image.data) > limit:
        return None, f"{len(image.data):,} bytes, and Bluesky takes {limit:,}"
    try:
        return upload(image), ""
    except Refused as refused:
        if not refuses_the_picture(refused, cosmetic=cosmetic):
            raise
        return None, str(refused)
