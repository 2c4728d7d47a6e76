"""Which of a post's images a copy carries, and what stands beside each.

Enters: the post and the network's limits; an image that has been made to fit. Leaves: the chosen images; attachments.
It decodes nothing and fetches nothing.
"""

import hashlib
from collections.abc import Iterable

from syndicator.connector import Attachment, Capabilities
from syndicator.post import Image, Kind, Post
from syndicator.render.encoding import Encoded, encode
from syndicator.render.header import GIF, JPEG, PNG, BadImage

_SUFFIX = {JPEG: "jpg", PNG: "png", GIF: "gif"}

__all__ = ["BadImage", "Encoded", "attachment", "choose", "encode", "in_order", "length_of_alt"]


def choose(post: Post, can: Capabilities, policy: str) -> tuple[Image, ...]:
    """The images to attach, lead images first. An article's pictures are for its page: its preview shows one, and only
    a copy that is the whole post has them all."""
    ordered = in_order(post.images)
    return ordered[: can.max_images] if _wanted(post, can, policy, len(ordered)) else ()


def in_order(images: Iterable[Image]) -> tuple[Image, ...]:
    """Each once, those first that the feed itself names."""
    distinct: dict[str, Image] = {}
    for image in images:
        distinct.setdefault(image.url, image)
    return tuple(sorted(distinct.values(), key=lambda image: not image.lead))


def _wanted(post: Post, can: Capabilities, policy: str, count: int) -> bool:
    if policy != "auto":
        return policy == "always"
    if can.image_required or can.whole_post or post.kind is not Kind.ARTICLE:
        return True
    return not can.card and count <= can.max_images


def attachment(encoded: Encoded, alt: str, max_alt: int) -> Attachment:
    """`max_alt` counts grapheme clusters; 0 means that the network has no alt texts."""
    digest = hashlib.sha256(encoded.data).hexdigest()
    return Attachment(
        data=encoded.data,
        sha256=digest,
        mime=encoded.mime,
        width=encoded.width,
        height=encoded.height,
        alt=_shortened(alt, max_alt),
        name=f"{digest[:24]}.{_SUFFIX[encoded.mime]}",
    )


def _shortened(alt: str, most: int) -> str:
    from syndicator.render.characters import clean
    from syndicator.render.cutting import graphemes
    from syndicator.render.pieces import Piece, Role
    from syndicator.render.shorten import fit

    return fit([Piece(Role.TITLE, clean(alt).strip())], graphemes, most)[0]


def length_of_alt(alt: str) -> int:
    """In grapheme clusters, as it would be sent."""
    from syndicator.render.characters import clean
    from syndicator.render.cutting import graphemes

    return graphemes(clean(alt).strip())
