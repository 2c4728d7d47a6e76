"""Which of a post's images a copy carries, and fitting each into what the network takes.

Enters: the post and the network's limits; the bytes of one image. Leaves: the chosen images; new bytes without
metadata. The same bytes give the same bytes: a resend must be the same record. It fetches nothing.
"""

import hashlib
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicator.connector import Attachment, Capabilities
from syndicator.post import Image, Kind, Post
from syndicator.render import gif
from syndicator.render.header import GIF, JPEG, PNG, BadImage, Header, read_header

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000

_QUALITIES = (88, 80, 72, 64, 56, 50)  # JPEG; below 50 blocks show, and fewer pixels look better
_SMALLEST = 64  # pixels of the longer side; what does not fit at that size never will
_SUFFIX = {JPEG: "jpg", PNG: "png", GIF: "gif"}

__all__ = ["BadImage", "Encoded", "attachment", "choose", "encode"]


@dataclass(frozen=True, slots=True)
class Encoded:
    data: bytes
    mime: str
    width: int
    height: int


def choose(post: Post, can: Capabilities, policy: str) -> tuple[Image, ...]:
    """The images to attach, lead images first. An article's pictures are for its page: its preview shows one, and only
    a copy that is the whole post has them all."""
    distinct: dict[str, Image] = {}
    for image in post.images:
        distinct.setdefault(image.url, image)
    ordered = sorted(distinct.values(), key=lambda image: not image.lead)
    return tuple(ordered[: can.max_images]) if _wanted(post, can, policy, len(ordered)) else ()


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


def encode(
    data: bytes, *, max_bytes: int, max_pixels: int | None, types: Collection[str], max_side: int | None = None
) -> Encoded:
    """`data` upright, without metadata, within the limits, in one of `types`. Raises BadImage."""
    header = read_header(data)
    _refuse_bombs(data, header)
    if header.mime == GIF and GIF in types:
        moving = _moving(data, header, max_bytes, max_pixels)
        if moving is not None:
            return moving
    picture = _decoded(data, header, max_side)
    size = _target(picture.size, max_pixels, max_side)
    return _fitted(picture, size, max_bytes, types, lossless_source=header.mime in {PNG, GIF})


def _refuse_bombs(data: bytes, header: Header) -> None:
    if len(data) > MAX_BYTES:
        raise BadImage(f"it has {len(data):,} bytes; {MAX_BYTES:,} are the limit")
    if header.width * header.height > MAX_PIXELS:
        raise BadImage(f"it claims {header.width} × {header.height} pixels; {MAX_PIXELS:,} are the limit")


def _moving(data: bytes, header: Header, max_bytes: int, max_pixels: int | None) -> Encoded | None:
    """An animation as it is, when it fits as it is; otherwise its first frame goes the way of all images."""
    stripped, frames = gif.strip(data)
    if frames < 2 or len(stripped) > max_bytes or header.width * header.height > (max_pixels or MAX_PIXELS):
        return None
    return Encoded(stripped, GIF, header.width, header.height)


def _decoded(data: bytes, header: Header, max_side: int | None) -> "Picture":
    from PIL import Image as Pillow
    from PIL import ImageOps

    kind = header.mime.removeprefix("image/").upper()
    try:
        with Pillow.open(io.BytesIO(data), formats=[kind]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise BadImage(f"it has {opened.width} × {opened.height} pixels; {MAX_PIXELS:,} are the limit")
            if max_side:
                opened.draft(None, (max_side, max_side))  # a large JPEG is decoded at half or a quarter of its size
            opened.load()
            ImageOps.exif_transpose(opened, in_place=True)
            return _plain(opened)
    except BadImage:
        raise
    except Exception as error:  # Pillow's plug-ins raise whatever a damaged file makes them raise
        raise BadImage(f"it cannot be decoded ({type(error).__name__})") from error


def _plain(picture: "Picture") -> "Picture":
    """RGB in the colours of the web, RGBA where something really shines through."""
    if picture.mode.startswith("I"):  # 16 bits of grey; converting at once would make all of it white
        picture = picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    transparent = "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info
    coloured = _in_srgb(picture)
    plain = coloured.convert("RGBA" if transparent else "RGB")
    if transparent and plain.getchannel("A").getextrema() == (255, 255):
        plain = plain.convert("RGB")
    plain.info = {}
    return plain


def _in_srgb(picture: "Picture") -> "Picture":
    """Phones photograph in wider colour spaces; without its profile such a picture would look dull."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "CMYK"}:
        return picture
    from PIL import ImageCms

    try:
        mode = "RGBA" if picture.mode == "RGBA" else "RGB"
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _target(size: tuple[int, int], max_pixels: int | None, max_side: int | None) -> tuple[int, int]:
    by_pixels = (max_pixels / (size[0] * size[1])) ** 0.5 if max_pixels else 1.0
    by_side = max_side / max(size) if max_side else 1.0
    return _scaled(size, min(1.0, by_pixels, by_side))


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return (max(1, int(size[0] * factor)), max(1, int(size[1] * factor))) if factor < 1 else size


def _fitted(
    picture: "Picture", size: tuple[int, int], max_bytes: int, types: Collection[str], *, lossless_source: bool
) -> Encoded:
    if PNG in types and (lossless_source or picture.mode == "RGBA"):
        drawn = _saved(_resized(picture, size), PNG)
        if len(drawn.data) <= max_bytes:
            return drawn
    best = JPEG if JPEG in types else PNG if PNG in types else ""
    if not best:
        raise BadImage("the network takes neither JPEG nor PNG")
    flat = _on_white(picture) if best == JPEG else picture
    for encoded in _ever_smaller(flat, size, max_bytes, best):
        if len(encoded.data) <= max_bytes:
            return encoded
    raise BadImage(f"it cannot be made smaller than {max_bytes:,} bytes")


def _ever_smaller(picture: "Picture", size: tuple[int, int], max_bytes: int, mime: str) -> Iterator[Encoded]:
    while True:
        small, weight = _resized(picture, size), 0
        for quality in _QUALITIES if mime == JPEG else _QUALITIES[:1]:
            encoded = _saved(small, mime, quality)
            weight = len(encoded.data)
            yield encoded
            if weight > 3 * max_bytes:  # quality 50 takes about a third of what 88 does
                break
        if max(size) <= _SMALLEST:
            return
        size = _scaled(size, max(0.5, min(0.85, (max_bytes / weight) ** 0.5)))


def _resized(picture: "Picture", size: tuple[int, int]) -> "Picture":
    from PIL.Image import Resampling

    return picture if picture.size == size else picture.resize(size, Resampling.LANCZOS)


def _on_white(picture: "Picture") -> "Picture":
    from PIL import Image as Pillow

    if picture.mode != "RGBA":
        return picture
    ground = Pillow.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _saved(picture: "Picture", mime: str, quality: int = 88) -> Encoded:
    out = io.BytesIO()
    if mime == JPEG:
        picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    else:
        picture.save(out, "PNG", optimize=True)
    return Encoded(out.getvalue(), mime, *picture.size)
