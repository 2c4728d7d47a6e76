"""What the process that reads documents does with each of them.

Enters: an order (JSON) and a document. Leaves: what the document holds, or why it is refused, as JSON. Limits and
manners are those of `guarded.worker`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from syndicator.feed.transcript import understood, written
from syndicator.guarded.worker import Limits, Task, serve

LIMITS = Limits(cpu=5.0, memory=384_000_000, answer=16_000_000)  # for one document
NO_MEMORY = f"the document needs more than {LIMITS.memory // 1_000_000} MB of memory to read"


@dataclass(frozen=True, slots=True)
class Order:
    """What is said about a document before it is handed over."""

    content_type: str
    url: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with: how many posts follow the document, or why there is none."""

    posts: int = 0
    refused: str | None = None


def main() -> None:
    """Started by `child`, never by hand."""
    serve(Task(_load, _frames, _excuse), LIMITS)


def _load() -> None:
    import feedparser  # noqa: F401
    import nh3  # noqa: F401

    from syndicator.feed import jsonfeed, parse, xmlfeed  # noqa: F401
    from syndicator.render import plain  # noqa: F401


def _frames(order: bytes, body: bytes) -> Iterator[bytes]:
    from syndicator.feed.document import NotAFeed
    from syndicator.feed.parse import parse

    said = understood(Order, order)
    document = parse(body, said.content_type, said.url, said.now)
    yield written(Head(len(document.posts)))
    yield written(replace(document, posts=()))
    size = 0
    for post in document.posts:
        frame = written(post)
        size += len(frame)
        if size > LIMITS.answer:
            raise NotAFeed(f"its posts are larger than {LIMITS.answer // 1_000_000} MB together; shorten the feed")
        yield frame


def _excuse(error: Exception) -> tuple[bytes, bool]:
    from syndicator.feed.document import NotAFeed

    if isinstance(error, NotAFeed):
        return written(Head(refused=error.reason)), True
    reason = NO_MEMORY if isinstance(error, MemoryError) else f"the document could not be parsed ({_name(error)})"
    return written(Head(refused=reason)), False


def _name(error: Exception) -> str:
    return type(error).__name__
