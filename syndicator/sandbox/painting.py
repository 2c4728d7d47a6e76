"""Landscapes for the demonstration's blog: hills behind hills in the colours of one hour of the day.

Enters: a name. Leaves: a PNG, the same for the same name. Names that begin with "lake" have water in front.
"""

import hashlib
import io
import math
from functools import cache
from typing import Any

SIZE = (1200, 630)
_WAVES = 3
_HOURS = (  # sky above, sky at the horizon, the furthest hill, the nearest one
    ((38, 70, 112), (250, 214, 178), (158, 152, 170), (24, 38, 58)),
    ((92, 142, 190), (236, 240, 232), (146, 178, 186), (28, 66, 70)),
    ((72, 46, 96), (247, 168, 122), (176, 110, 122), (46, 26, 54)),
    ((120, 168, 176), (250, 236, 204), (178, 190, 152), (44, 74, 52)),
)
_Colour = tuple[int, int, int]


@cache
def painting(name: str) -> bytes:
    seed = hashlib.sha256(name.encode()).digest()
    image = _hills(seed, _HOURS[0] if name.startswith("lake") else _HOURS[seed[0] % len(_HOURS)])
    if name.startswith("lake"):
        image = _with_water(image)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4)
    return file.getvalue()


def _hills(seed: bytes, hour: tuple[_Colour, _Colour, _Colour, _Colour]) -> Any:
    from PIL import Image, ImageDraw, ImageFilter

    above, horizon, far, near = hour
    width, height = SIZE
    fade = Image.new("L", SIZE, 255)
    fade.paste(Image.linear_gradient("L").resize((width, 380)), (0, 0))
    image = Image.composite(Image.new("RGB", SIZE, horizon), Image.new("RGB", SIZE, above), fade)
    sun = Image.new("L", SIZE)
    x, y = 250 + seed[1] * 3, 190 + seed[2] // 3
    ImageDraw.Draw(sun).ellipse((x - 48, y - 48, x + 48, y + 48), fill=255)
    glow = sun.resize((120, 63)).filter(ImageFilter.GaussianBlur(7)).resize(SIZE).point(lambda value: value * 2)
    image.paste((255, 244, 224), mask=glow)
    image.paste((255, 250, 238), mask=sun)
    for layer in range(5):
        share = layer / 4
        colour = tuple(round(a + (b - a) * share) for a, b in zip(far, near, strict=True))
        ridge = [(at, _ridge(seed, layer, at)) for at in range(0, width + 8, 8)]
        ImageDraw.Draw(image).polygon([*ridge, (width, height), (0, height)], fill=colour)
    return image


def _ridge(seed: bytes, layer: int, at: int) -> float:
    height = 300 + layer * 62 + seed[layer + 3] / 8
    for wave in range(_WAVES):
        byte = seed[3 + layer * _WAVES + wave]
        height += (34 - layer * 3) / (wave + 1) * math.sin(at / (190 - layer * 14) * (wave + 0.7) + byte / 20)
    return height


def _with_water(image: Any) -> Any:
    """The upper part, mirrored below a line of mist, and a jetty that leads into it."""
    from PIL import Image, ImageDraw, ImageFilter, ImageOps

    width, height = SIZE
    shore = 400
    mirrored = ImageOps.flip(image.crop((0, 2 * shore - height, width, shore))).filter(ImageFilter.GaussianBlur(5))
    water = Image.blend(mirrored, Image.new("RGB", mirrored.size, (60, 86, 118)), 0.28)
    image.paste(water, (0, shore))
    mist = Image.new("L", SIZE)
    ImageDraw.Draw(mist).rectangle((0, shore - 26, width, shore + 14), fill=150)
    image.paste((252, 236, 220), mask=mist.filter(ImageFilter.GaussianBlur(22)))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 588), (430, 486), (474, 492), (90, height), (0, height)], fill=(44, 36, 40))
    for step in range(9):
        x, y = 60 + step * 46, 592 - step * 12
        draw.line((x, y - 34 + step * 2, x, y + 30), fill=(30, 24, 30), width=max(3, 9 - step))
    return image
