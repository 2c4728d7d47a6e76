"""Images: which are taken along, and how each is made to fit without giving its owner away."""

import io
import struct
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image as Pillow

from syndicator.connector import Capabilities
from syndicator.post import Image, Kind, Post
from syndicator.render import gif
from syndicator.render.images import BadImage, Encoded, attachment, choose, encode

BOTH = frozenset({"image/jpeg", "image/png"})
GALLERY = tuple(Image(f"https://blog.example/{n}.jpg", lead=n == 3) for n in range(6))
POST = Post(guid="1", link="https://blog.example/p", images=GALLERY)
FOUR = Capabilities(max_length=500, max_images=4)
FOUR_AND_CARD = replace(FOUR, card=True)


def drawn(mode: str = "RGB", size: tuple[int, int] = (120, 80), form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    Pillow.new(mode, size, options.pop("color", 0)).save(out, form, **options)
    return out.getvalue()


def noise(side: int, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.effect_noise((side, side), 90).convert("RGB").save(out, form)
    return out.getvalue()


def animated(frames: int = 3, side: int = 20) -> bytes:
    out = io.BytesIO()
    pictures = [Pillow.new("RGB", (side, side), (80 * n, 0, 0)) for n in range(frames)]
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], loop=0, comment=b"taken at home")
    return out.getvalue()


def opened(encoded: Encoded) -> Pillow.Image:
    return Pillow.open(io.BytesIO(encoded.data))


def fitted(data: bytes, max_bytes: int = 1_000_000, **options: Any) -> Encoded:
    given: dict[str, Any] = {"max_pixels": None, "types": BOTH, **options}
    return encode(data, max_bytes=max_bytes, **given)


@pytest.mark.parametrize(
    ("kind", "count", "can", "policy", "taken"),
    [
        (Kind.NOTE, 6, FOUR, "auto", 4),
        (Kind.LINK, 2, FOUR_AND_CARD, "auto", 2),
        (Kind.PHOTO, 1, FOUR_AND_CARD, "auto", 1),
        (Kind.ARTICLE, 4, FOUR, "auto", 4),
        (Kind.ARTICLE, 5, FOUR, "auto", 0),
        (Kind.ARTICLE, 1, FOUR_AND_CARD, "auto", 0),
        (Kind.ARTICLE, 1, replace(FOUR_AND_CARD, image_required=True), "auto", 1),
        (Kind.ARTICLE, 6, FOUR_AND_CARD, "always", 4),
        (Kind.NOTE, 6, FOUR, "never", 0),
        (Kind.NOTE, 6, replace(FOUR, max_images=0), "always", 0),
    ],
)
def test_how_many_images_come_along(kind: Kind, count: int, can: Capabilities, policy: str, taken: int) -> None:
    assert len(choose(replace(POST, kind=kind, images=GALLERY[:count]), can, policy)) == taken


def test_a_copy_that_is_the_whole_post_has_all_its_pictures() -> None:
    images = tuple(Image(f"https://blog.example/{n}.jpg") for n in range(3))
    article = Post("1", None, title="A title", images=images, kind=Kind.ARTICLE)
    whole = Capabilities(500, max_images=30, card=True, whole_post=True)
    assert choose(article, whole, "auto") == images
    assert choose(article, whole, "never") == ()


def test_the_lead_image_comes_first_and_none_comes_twice() -> None:
    chosen = choose(replace(POST, kind=Kind.NOTE, images=(*GALLERY[:4], GALLERY[0])), FOUR, "auto")
    assert chosen == (GALLERY[3], *GALLERY[:3])


@pytest.mark.parametrize(
    ("data", "mime", "mode"),
    [
        (drawn(form="JPEG"), "image/jpeg", "RGB"),
        (drawn("CMYK", form="JPEG"), "image/jpeg", "RGB"),
        (drawn("L", form="JPEG"), "image/jpeg", "RGB"),
        (drawn(), "image/png", "RGB"),
        (drawn("RGBA"), "image/png", "RGBA"),
        (drawn("LA"), "image/png", "RGBA"),
        (drawn("RGBA", color=(1, 2, 3, 255)), "image/png", "RGB"),
        (drawn("P", form="GIF"), "image/png", "RGB"),
        (drawn(form="WEBP"), "image/jpeg", "RGB"),
        (drawn("RGBA", form="WEBP"), "image/png", "RGBA"),
    ],
)
def test_every_usual_kind_of_image_becomes_one_that_networks_take(data: bytes, mime: str, mode: str) -> None:
    encoded = fitted(data)
    assert (encoded.mime, encoded.width, encoded.height) == (mime, 120, 80)
    assert (opened(encoded).mode, opened(encoded).size) == (mode, (120, 80))


def test_sixteen_bits_of_grey_stay_grey() -> None:
    assert opened(fitted(drawn("I;16", color=32_768))).getpixel((0, 0)) == (128, 128, 128)


def test_the_same_bytes_give_the_same_bytes() -> None:
    data = noise(300)
    assert fitted(data, 30_000) == fitted(data, 30_000)


def test_an_image_shrinks_until_it_fits() -> None:
    encoded = fitted(noise(500), 20_000)
    assert len(encoded.data) <= 20_000
    assert encoded.mime == "image/jpeg"
    assert opened(encoded).size == (encoded.width, encoded.height)


def test_quality_gives_way_before_size_does() -> None:
    data = noise(300)
    best = fitted(data, types={"image/jpeg"})
    smaller = fitted(data, len(best.data) * 2 // 3)
    assert (smaller.width, smaller.height) == (300, 300)
    assert len(smaller.data) < len(best.data)


@pytest.mark.parametrize(
    ("options", "size"),
    [({"max_side": 60}, (60, 40)), ({"max_pixels": 2_400}, (60, 40)), ({"max_side": 500}, (120, 80))],
)
def test_an_image_respects_sides_and_pixels(options: dict[str, Any], size: tuple[int, int]) -> None:
    assert opened(fitted(drawn(form="JPEG"), **options)).size == size


def test_what_shines_through_is_laid_on_white_when_png_is_too_heavy() -> None:
    out = io.BytesIO()
    picture = Pillow.effect_noise((200, 200), 90).convert("RGBA")
    picture.putalpha(Pillow.linear_gradient("L").resize((200, 200)))
    picture.save(out, "PNG")
    encoded = fitted(out.getvalue(), 15_000)
    corner = opened(encoded).getpixel((100, 0))
    assert encoded.mime == "image/jpeg"
    assert isinstance(corner, tuple)
    assert min(corner) > 230


def test_orientation_is_applied_and_metadata_is_gone() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # rotated by a quarter
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    encoded = fitted(drawn(form="JPEG", exif=exif, comment=b"SecretPlace"))
    assert (encoded.width, encoded.height) == (80, 120)
    assert not opened(encoded).getexif()
    assert b"Secret" not in encoded.data


def test_a_moving_gif_passes_as_it_moves_without_its_comment() -> None:
    encoded = fitted(animated() + b"PK\x03\x04 smuggled", types={*BOTH, "image/gif"})
    assert (encoded.mime, getattr(opened(encoded), "n_frames", 0)) == ("image/gif", 3)
    assert b"taken at home" not in encoded.data
    assert b"smuggled" not in encoded.data
    assert opened(encoded).info["loop"] == 0


@pytest.mark.parametrize("options", [{}, {"types": {*BOTH, "image/gif"}, "max_pixels": 100}])
def test_otherwise_the_first_frame_of_a_gif_stands_for_it(options: dict[str, Any]) -> None:
    assert fitted(animated(), **options).mime == "image/png"


def test_a_gif_of_countless_frames_is_refused() -> None:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    bomb = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0" * 6 + frame * 2_000 + b"\x3b"
    with pytest.raises(BadImage, match="frames"):
        gif.strip(bomb)


def png_claiming(width: int, height: int) -> bytes:
    small = drawn(size=(1, 1))
    return small[:16] + struct.pack(">II", width, height) + small[24:]


def webp_claiming(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + canvas


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png_claiming(60_000, 60_000), "60000 × 60000 pixels"),
        (webp_claiming(60_000, 60_000), "60000 × 60000 pixels"),
        (b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b"\x3b", "65535 × 65535 pixels"),
        (png_claiming(0, 1), "no size"),
        (png_claiming(10, 10), "cannot be decoded"),
        (noise(60)[:2_000], "cannot be decoded"),
        (noise(60, "JPEG")[:1_500], "cannot be decoded"),
        (drawn(form="JPEG")[:30], "within its header"),
        (animated()[:40], "cannot be decoded"),
        (drawn()[:20], "within its header"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!doctype html><title>404</title>", "a web page"),
        (b"\0\0\0\x20ftypisom", "a video"),
        (b"\0\0\0\x20ftypavif", "AVIF"),
        (b"", "an empty file"),
        (drawn() + b"\0" * 10_000_001, "10,000,000 are the limit"),
    ],
)
def test_bombs_wrecks_and_strangers_are_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadImage, match=reason):
        fitted(data)


def test_a_cut_off_gif_is_refused_where_gifs_pass() -> None:
    with pytest.raises(BadImage, match="cut off"):
        fitted(animated()[:60], types={"image/gif"})


@pytest.mark.parametrize(("max_bytes", "types"), [(200, BOTH), (1_000_000, {"image/webp"})])
def test_what_can_never_fit_is_refused(max_bytes: int, types: set[str]) -> None:
    with pytest.raises(BadImage):
        fitted(noise(100), max_bytes, types=types)


def test_an_attachment_is_named_by_its_content() -> None:
    first, second = (attachment(fitted(drawn(color=c)), "A cat", 1_500) for c in ("red", "blue"))
    assert first.sha256 != second.sha256
    assert first.name != second.name
    assert first.name.endswith(".png")
    assert first.alt == "A cat"


@pytest.mark.parametrize(("most", "alt"), [(100, "One two three"), (9, "One two…"), (0, "")])
def test_an_alt_text_is_as_long_as_the_network_takes(most: int, alt: str) -> None:
    assert attachment(fitted(drawn()), "One two three", most).alt == alt
