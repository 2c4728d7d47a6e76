"""The seam between a Pass and the decoding of pictures: asked here, done in a process of its own.

Enters: bytes of strangers, what a network takes. Leaves: a picture made to fit, or BadImage. The process is started
with the first picture, serves those that follow, is replaced when it was killed or has served for long, and ends with
this object. A Pass without pictures starts nothing.
"""

from typing import TYPE_CHECKING

from syndicator.guarded.keeper import Keeper, NoAnswer, may_come
from syndicator.render.encoding import MAX_BYTES, MAX_PIXELS, Encoded, encode
from syndicator.render.header import BadImage

if TYPE_CHECKING:
    from syndicator.pictures.child import Child
    from syndicator.pictures.worker import Bounds

MOST_PICTURES = 500  # that one process decodes


class Decoder(Keeper["Child"]):
    """Safe to use from several threads; they wait for each other."""

    def __init__(self) -> None:
        super().__init__(_start, thing="picture", most=lambda: MOST_PICTURES)

    def fit_into(self, bounds: "Bounds", data: bytes) -> Encoded:
        """Raises BadImage, for what the limits cut too."""
        if len(data) > MAX_BYTES:
            raise BadImage(f"it has {len(data):,} bytes; {MAX_BYTES:,} are the limit")
        try:
            return self.ask(lambda child: child.fit_into(bounds, data))
        except NoAnswer as error:
            raise BadImage(error.reason) from error
        except OSError as error:
            return _without_process(error, bounds, data)


def bounds_of(max_bytes: int, types: frozenset[str], *, max_pixels: int | None, max_side: int) -> "Bounds":
    """As plain data; what a service would take beyond our own limits does not matter."""
    from syndicator.pictures.worker import Bounds

    return Bounds(
        max_bytes=min(max_bytes or MAX_BYTES, MAX_BYTES),
        types=tuple(sorted(types)),
        max_pixels=min(max_pixels, MAX_PIXELS) if max_pixels else None,
        max_side=max_side,
    )


def _start() -> "Child":
    from syndicator.pictures.child import Child

    return Child()


def _without_process(error: OSError, bounds: "Bounds", data: bytes) -> Encoded:
    """Decoding it here is better than never having pictures; but what may be over in a minute is waited for."""
    if may_come(error):
        raise BadImage(f"no process could be started to read it: {error.strerror}") from error
    try:
        return encode(
            data,
            max_bytes=bounds.max_bytes,
            max_pixels=bounds.max_pixels,
            types=bounds.types,
            max_side=bounds.max_side,
        )
    except MemoryError:
        raise BadImage("it needs more memory than there is") from None
