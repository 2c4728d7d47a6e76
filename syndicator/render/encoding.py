"""One picture, made to fit what a network takes.

Enters: the bytes of one image, a network's limits. Leaves: new bytes without metadata, or BadImage. The same bytes give
the same bytes: a resend must be the same record. Bytes of strangers are given to it only in a process of its own
(`pictures/`).
"""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicator.render import gif
from syndicator.render.header import GIF, JPEG, PNG, BadImage, Header, read_header

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.Image import Transpose

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000

_QUALITIES = (88, 80, 72, 64, 56, 50)  # JPEG; below 50 blocks show, and fewer pixels look better
_SMALLEST = 64  # pixels of the longer side; what does not fit at that size never will


@dataclass(frozen=True, slots=True)
class Encoded:
    data: bytes
    mime: str
    width: int
    height: int
    source: tuple[int, int] = (0, 0)  # width and height as they came


def encode(
    data: bytes, *, max_bytes: int, max_pixels: int | None, types: Collection[str], max_side: int | None = None
) -> Encoded:
    """`data` upright, without metadata, within the limits, in one of `types`. Raises BadImage."""
    header = read_header(data)
    _refuse_bombs(data, header)
    source = (header.width, header.height)
    if header.mime == GIF and GIF in types:
        moving = _moving(data, header, max_bytes, max_pixels)
        if moving is not None:
            return replace(moving, source=source)
    picture = _decoded(data, header, max_pixels, max_side)
    return replace(_fitted(picture, max_bytes, types, lossless_source=header.mime in {PNG, GIF}), source=source)


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
    _decoded(data, header, None, 64)  # what no decoder takes, no network takes either
    return Encoded(stripped, GIF, header.width, header.height)


def _decoded(data: bytes, header: Header, max_pixels: int | None, max_side: int | None) -> "Picture":
    """Small first, upright and in the right colours afterwards: each of these makes a copy of the whole."""
    from PIL import Image as Pillow

    kind = header.mime.removeprefix("image/").upper()
    try:
        with Pillow.open(io.BytesIO(data), formats=[kind]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise BadImage(f"it has {opened.width} × {opened.height} pixels; {MAX_PIXELS:,} are the limit")
            if max_side:
                opened.draft(None, (max_side, max_side))  # a large JPEG is decoded at half or a quarter of its size
            opened.load()
            size, turn, profile = opened.size, _turn(opened), opened.info.get("icc_profile")
            smooth = _smooth(opened)
        small = _resized(smooth, _target(size, max_pixels, max_side))
        return _plain(small.transpose(turn) if turn is not None else small, profile)
    except (BadImage, MemoryError):
        raise
    except Exception as error:  # Pillow's plug-ins raise whatever a damaged file makes them raise
        raise BadImage(f"it cannot be decoded ({type(error).__name__})") from error


def _smooth(picture: "Picture") -> "Picture":
    """In a mode that can be made smaller without seams: no palette, no sixteen bits."""
    if picture.mode.startswith("I"):  # converting at once would make all of it white
        return picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    if picture.mode in {"RGB", "RGBA", "L", "CMYK"} and "transparency" not in picture.info:
        return picture
    transparent = "A" in picture.mode or "a" in picture.mode or "transparency" in picture.info
    return picture.convert("RGBA" if transparent else "RGB")


def _turn(picture: "Picture") -> "Transpose | None":
    """How a camera was held."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    try:
        return turns.get(picture.getexif().get(0x0112, 1))
    except MemoryError:
        raise
    except Exception:  # what is said about a picture may be damaged where the picture is not
        return None


def _plain(picture: "Picture", profile: bytes | None) -> "Picture":
    """RGB in the colours of the web, RGBA where something really shines through."""
    plain = _in_srgb(picture, profile)
    if plain.mode == "RGBA" and plain.getchannel("A").getextrema() == (255, 255):
        plain = plain.convert("RGB")
    plain = plain if plain.mode == "RGBA" else plain.convert("RGB")
    plain.info = {}
    return plain


def _in_srgb(picture: "Picture", profile: bytes | None) -> "Picture":
    """Phones photograph in wider colour spaces; without its profile such a picture would look dull."""
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
    w, h = (max(1, int(side * factor + 1e-6)) for side in size)  # 2048 of 7300 is not 2047
    return (w, h) if factor < 1 else size


def _fitted(picture: "Picture", max_bytes: int, types: Collection[str], *, lossless_source: bool) -> Encoded:
    if PNG in types and (lossless_source or picture.mode == "RGBA"):
        drawn = _saved(picture, PNG)
        if len(drawn.data) <= max_bytes:
            return drawn
    best = JPEG if JPEG in types else PNG if PNG in types else ""
    if not best:
        raise BadImage("the network takes neither JPEG nor PNG")
    flat = _on_white(picture) if best == JPEG else picture
    for encoded in _ever_smaller(flat, max_bytes, best):
        if len(encoded.data) <= max_bytes:
            return encoded
    raise BadImage(f"it cannot be made smaller than {max_bytes:,} bytes")


def _ever_smaller(picture: "Picture", max_bytes: int, mime: str) -> Iterator[Encoded]:
    size = picture.size
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
        picture.save(out, "PNG", compress_level=6)  # 9 takes three times as long for a fortieth
    return Encoded(out.getvalue(), mime, *picture.size)
