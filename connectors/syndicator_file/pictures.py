"""Which pictures a copy keeps, and what their files are called.

Enters: the attachments of a Rendering. Leaves: pairs of attachment and file name, and a sentence for each that stays
out. The names are numbers: the ones that came along are strangers' words.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from syndicator.connector import Attachment, Capabilities

ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


@dataclass(frozen=True, slots=True)
class Kept:
    image: Attachment
    file: str


def kept_of(images: Sequence[Attachment], can: Capabilities) -> tuple[tuple[Kept, ...], tuple[str, ...]]:
    """Numbered as they stand in the post, so that a missing one can be seen."""
    kept: list[Kept] = []
    warnings: list[str] = []
    for number, image in enumerate(images, 1):
        reason = _refusal(image, can.max_image_bytes) or ("one too many" if len(kept) >= can.max_images else "")
        if reason:
            warnings.append(f"picture {number} was left out: {reason}")
        else:
            kept.append(Kept(image, f"picture-{number}.{ENDINGS[image.mime]}"))
    return tuple(kept), tuple(warnings)


def card_picture(image: Attachment | None, can: Capabilities) -> tuple[Kept | None, tuple[str, ...]]:
    if image is None:
        return None, ()
    reason = _refusal(image, can.max_card_image_bytes)
    return (None, (f"the card’s picture was left out: {reason}",)) if reason else (_of_card(image), ())


def _of_card(image: Attachment) -> Kept:
    return Kept(image, f"card.{ENDINGS[image.mime]}")


def _refusal(image: Attachment, most_bytes: int) -> str:
    if image.mime not in ENDINGS:
        return "it is of no type that is kept here"
    return f"it has more than {most_bytes} bytes" if len(image.data) > most_bytes else ""
