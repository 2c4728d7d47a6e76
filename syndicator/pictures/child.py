"""The process that reads pictures, seen from outside: what it is asked, and what is believed of its answer.

Enters: bytes of strangers, what a network takes. Leaves: a picture made to fit, or BadImage with a sentence. Nothing is
decoded in this process; what comes back has to be of the type, the size and the weight that were asked for.
"""

from syndicator import log
from syndicator.feed.transcript import understood, written
from syndicator.guarded import child as guarded
from syndicator.guarded.keeper import NoAnswer
from syndicator.pictures.worker import LIMITS, Bounds, Head
from syndicator.render.encoding import Encoded
from syndicator.render.header import BadImage, read_header

WALL = 45.0  # seconds for one picture; a small machine is three times slower than its processor time says
PROGRAM = "from syndicator.pictures.worker import main; main()"


class Child(guarded.Child):
    def __init__(self, *, wall: float = WALL) -> None:
        """Raises OSError when no process can be started."""
        super().__init__(PROGRAM, LIMITS, thing="picture", wall=wall)

    def fit_into(self, bounds: Bounds, body: bytes) -> Encoded:
        """Raises BadImage; and Left when nothing has been read. After anything but an answer it is closed."""
        try:
            head, data = self.ask(written(bounds), body, lambda: self._answer(bounds))
        except NoAnswer as error:
            raise BadImage(error.reason) from error
        if head.refused is not None:
            raise BadImage(log.escape(head.refused))
        return Encoded(data, head.mime, head.width, head.height, head.source)

    def _answer(self, bounds: Bounds) -> tuple[Head, bytes]:
        head = understood(Head, self.take(LIMITS.answer))
        if head.refused is not None:
            return head, b""
        data = bytes(self.take(min(bounds.max_bytes, LIMITS.answer)))
        found = read_header(data[:_BEGINNING])
        if head.mime not in bounds.types or (found.mime, found.width, found.height) != _said(head):
            raise ValueError("another picture than was asked for")
        return head, data


_BEGINNING = 4_096  # bytes; what we encode ourselves says what it is at once


def _said(head: Head) -> tuple[str, int, int]:
    return head.mime, head.width, head.height
