"""The seam between a Pass and the reading of documents: asked here, read in a process of its own.

Enters: bytes of strangers. Leaves: a Document, or NotAFeed. The process is started with the first document, serves
those that follow, is replaced when it was killed or has served for long, and ends with this object. A Pass that reads
nothing starts nothing and imports nothing.
"""

import errno
import sys
import threading
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from syndicator.clock import SystemClock
from syndicator.feed.document import Document, NotAFeed

if TYPE_CHECKING:
    from syndicator.feed.child import Child

LARGEST = 10_000_000  # bytes
MOST_DOCUMENTS = 200  # that one process reads
_NEVER = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOENT)  # this system does not let us start any process
_UNPROTECTED = "the document was read without the protection of a process of its own: none can be started here"


class Parser:
    """Safe to use from several threads; they wait for each other."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._served = 0
        self._lock = threading.Lock()

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
        """Read the document that was found at `url`. Raises NotAFeed, for what the limits cut too."""
        if len(body) > LARGEST:
            raise NotAFeed(f"the document is larger than {LARGEST // 1_000_000} MB")
        with self._lock:
            try:
                return self._read(body, content_type, url, now or SystemClock().now())
            except OSError as error:
                return _without_process(error, body, content_type, url, now)

    def close(self) -> None:
        """End the process, if there is one. The next document would start another."""
        with self._lock:
            self._dismiss()

    def __del__(self) -> None:
        self._dismiss()

    def _read(self, body: bytes, content_type: str, url: str, now: datetime) -> Document:
        from syndicator.feed.child import Left

        for _ in range(2):
            child = self._ready()
            try:
                return child.read(body, content_type, url, now)
            except Left:
                continue
            finally:
                if not child.fit:
                    self._dismiss()
        raise NotAFeed("the process that reads documents ended twice without a word")

    def _ready(self) -> "Child":
        from syndicator.feed.child import Child

        if self._served >= MOST_DOCUMENTS:
            self._dismiss()
        if self._child is None:
            self._child, self._served = Child(), 0
        self._served += 1
        return self._child

    def _dismiss(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()


def _without_process(error: OSError, body: bytes, content_type: str, url: str, now: datetime | None) -> Document:
    """Reading it here is better than never reading it; but what may be over in a minute is waited for."""
    if error.errno not in _NEVER and sys.executable:
        raise NotAFeed(f"no process could be started to read the document: {error.strerror}") from error
    from syndicator.feed.parse import parse

    document = parse(body, content_type, url, now)
    return replace(document, remarks=(*document.remarks, _UNPROTECTED))
