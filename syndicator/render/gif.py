"""Passing an animated GIF on without decoding it.

Enters: a GIF. Leaves: the same frames, without comments, application data and whatever was hung on behind the end; or
BadImage. Decoding and encoding anew would cost minutes and spoil the picture.
"""

from syndicator.render.header import BadImage

MOST_FRAMES = 1_000

_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPING = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def strip(data: bytes) -> tuple[bytes, int]:
    """The cleaned file and how many frames it has."""
    try:
        return _strip(data)
    except IndexError:
        raise BadImage("the GIF is cut off") from None


def _strip(data: bytes) -> tuple[bytes, int]:
    at = 13 + _table(data[10])
    kept, frames = [data[:at]], 0
    while data[at] != 0x3B:
        start, kind = at, data[at]
        if kind == 0x2C:
            frames += 1
            at = _blocks(data, at + 11 + _table(data[at + 9]))
        elif kind == 0x21:
            at = _blocks(data, at + 2)
        else:
            raise BadImage("the GIF is damaged")
        if kind == 0x2C or _moves(data, start):
            kept.append(data[start:at])
        if frames > MOST_FRAMES:
            raise BadImage(f"the GIF has more than {MOST_FRAMES} frames")
    return b"".join([*kept, b"\x3b"]), frames


def _moves(data: bytes, at: int) -> bool:
    """Whether an extension is about timing or repeating."""
    label = data[at + 1]
    return label == _GRAPHIC_CONTROL or (label == _APPLICATION and data[at + 3 : at + 14] in _LOOPING)


def _table(flags: int) -> int:
    """Bytes of the colour table that `flags` announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1
