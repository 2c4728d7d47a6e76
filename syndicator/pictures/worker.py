"""What the process that reads pictures does with each of them: nothing else decodes the bytes of strangers.

Enters: an order (JSON) and a picture. Leaves: a picture made to fit, or why it is refused. Of other people's code it
imports Pillow only. Limits and manners are those of `guarded.worker`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from syndicator.feed.transcript import understood, written
from syndicator.guarded.worker import Limits, Task, serve
from syndicator.render.encoding import encode
from syndicator.render.header import BadImage

# A picture of 40 million pixels with transparency takes 160 MB, and once more while it is made smaller.
LIMITS = Limits(cpu=20.0, memory=512_000_000, answer=12_000_000)
NO_MEMORY = f"the picture needs more than {LIMITS.memory // 1_000_000} MB of memory to read"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a network takes."""

    max_bytes: int
    types: tuple[str, ...]  # media types
    max_pixels: int | None = None  # width × height
    max_side: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with: what the picture that follows is, or why there is none."""

    mime: str = ""
    width: int = 0
    height: int = 0
    source: tuple[int, int] = (0, 0)
    refused: str | None = None


def main() -> None:
    """Started by `child`, never by hand."""
    serve(Task(_load, _frames, _excuse), LIMITS)


def _load() -> None:
    from PIL import GifImagePlugin, Image, ImageCms, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401


def _frames(order: bytes, body: bytes) -> Iterator[bytes]:
    fit = understood(Bounds, order)
    made = encode(body, max_bytes=fit.max_bytes, max_pixels=fit.max_pixels, types=fit.types, max_side=fit.max_side)
    yield written(Head(made.mime, made.width, made.height, made.source))
    yield made.data


def _excuse(error: Exception) -> tuple[bytes, bool]:
    if isinstance(error, BadImage):
        return written(Head(refused=error.reason)), True
    reason = NO_MEMORY if isinstance(error, MemoryError) else f"it cannot be made to fit ({type(error).__name__})"
    return written(Head(refused=reason)), False
