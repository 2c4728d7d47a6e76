"""What an image file says of itself in its first bytes.

Enters: bytes of a stranger. Leaves: type and size, or BadImage. Nothing is decoded: a decoder may reserve memory for
the canvas that the header claims before anyone can ask how large it is.
"""

import struct
from dataclasses import dataclass

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"

_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # SOF0…SOF15; the three others are tables
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length


class BadImage(ValueError):
    """This image cannot go out; the message says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    mime: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """Raises BadImage for anything but JPEG, PNG, GIF and WebP with a size."""
    try:
        found = _sniff(data)
    except (struct.error, IndexError):
        raise BadImage("the file ends within its header") from None
    if found is None:
        raise BadImage(f"this is {_guess(data)}, not a JPEG, PNG, GIF or WebP image")
    if not found.width or not found.height:
        raise BadImage("its header gives no size")
    return found


def _sniff(data: bytes) -> Header | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Header(PNG, *struct.unpack_from(">II", data, 16))
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return Header(GIF, *struct.unpack_from("<HH", data, 6))
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _jpeg(data: bytes) -> Header:
    at = 2
    while True:
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 4)
            return Header(JPEG, width, height)
        at += 1 if marker in _JPEG_ALONE else 1 + struct.unpack_from(">H", data, at + 1)[0]


def _webp(data: bytes) -> Header:
    kind = data[12:16]
    if kind == b"VP8X":
        return Header(WEBP, 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header(WEBP, 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    width, height = struct.unpack_from("<HH", data, 26)
    return Header(WEBP, width & 0x3FFF, height & 0x3FFF)


def _guess(data: bytes) -> str:
    start = data[:300].lstrip().lower()
    if b"<svg" in start:
        return "an SVG drawing"
    if start.startswith((b"<!doctype", b"<html", b"<head")):
        return "a web page"
    if data[4:12] in {b"ftypavif", b"ftypheic", b"ftypmif1"}:
        return "an AVIF or HEIC image"
    return "a video" if data[4:8] == b"ftyp" else "something else" if data else "an empty file"
