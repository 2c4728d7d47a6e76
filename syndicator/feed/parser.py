"""The seam between a Pass and the reading of documents: asked here, read in a process of its own.

Enters: bytes of strangers. Leaves: a Document, or NotAFeed. The process is started with the first document, serves
those that follow, is replaced when it was killed or has served for long, and ends with this object. A Pass that reads
nothing starts nothing and imports nothing.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from syndicator.clock import SystemClock
from syndicator.feed.document import Document, NotAFeed
from syndicator.guarded.keeper import Keeper, NoAnswer, may_come

if TYPE_CHECKING:
    from syndicator.feed.child import Child

LARGEST = 10_000_000  # bytes
MOST_DOCUMENTS = 200  # that one process reads
_UNPROTECTED = "the document was read without the protection of a process of its own: none can be started here"


class Parser(Keeper["Child"]):
    """Safe to use from several threads; they wait for each other."""

    def __init__(self) -> None:
        super().__init__(_start, thing="document", most=lambda: MOST_DOCUMENTS)

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
        """Read the document that was found at `url`. Raises NotAFeed, for what the limits cut too."""
        if len(body) > LARGEST:
            raise NotAFeed(f"the document is larger than {LARGEST // 1_000_000} MB")
        moment = now or SystemClock().now()
        try:
            return self.ask(lambda child: child.read(body, content_type, url, moment))
        except NoAnswer as error:
            raise NotAFeed(error.reason) from error
        except OSError as error:
            return _without_process(error, body, content_type, url, now)


def _start() -> "Child":
    from syndicator.feed.child import Child

    return Child()


def _without_process(error: OSError, body: bytes, content_type: str, url: str, now: datetime | None) -> Document:
    """Reading it here is better than never reading it; but what may be over in a minute is waited for."""
    if may_come(error):
        raise NotAFeed(f"no process could be started to read the document: {error.strerror}") from error
    from syndicator.feed.parse import parse

    document = parse(body, content_type, url, now)
    return replace(document, remarks=(*document.remarks, _UNPROTECTED))
