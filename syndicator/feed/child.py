"""The process that reads documents, seen from outside: what it is asked, and what is believed of its answer.

Enters: bytes of strangers. Leaves: a Document, or NotAFeed with a sentence. Nothing of the document is looked at in
this process, and nothing that comes back is believed before `transcript` has checked it.
"""

from dataclasses import replace
from datetime import datetime

from syndicator import log
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.transcript import Unfit, understood, written
from syndicator.feed.worker import LIMITS, Head, Order
from syndicator.guarded import child as guarded
from syndicator.guarded.keeper import NoAnswer
from syndicator.post import Post

WALL = 8.0  # seconds for one document
PROGRAM = "from syndicator.feed.worker import main; main()"


class Child(guarded.Child):
    def __init__(self, *, wall: float = WALL) -> None:
        """Raises OSError when no process can be started."""
        super().__init__(PROGRAM, LIMITS, thing="document", wall=wall)

    def read(self, body: bytes, content_type: str, url: str, now: datetime) -> Document:
        """Raises NotAFeed; and Left when nothing has been read. After anything but an answer it is closed."""
        try:
            head, document = self.ask(written(Order(content_type, url, now)), body, self._answer)
        except NoAnswer as error:
            raise NotAFeed(error.reason) from error
        if document is None:
            raise NotAFeed(log.escape(head.refused or ""))
        return document

    def _answer(self) -> tuple[Head, Document | None]:
        most = LIMITS.answer
        head = understood(Head, self.take(most))
        if head.refused is not None:
            return head, None
        document = understood(Document, self.take(most))
        posts = []
        for _ in range(head.posts):
            frame = self.take(most)
            most -= len(frame)
            posts.append(_checked(understood(Post, frame)))
        return head, replace(document, posts=tuple(posts))


def _checked(post: Post) -> Post:
    """Raises Unfit for addresses that are not on the web, which no parser of ours hands out."""
    addresses = (post.link, post.external_link, *(image.url for image in post.images))
    if any(address is not None and not address.startswith(("http://", "https://")) for address in addresses):
        raise Unfit("an address that is not on the web")
    return post
