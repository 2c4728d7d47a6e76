"""Reading back what stands on a blog: published posts, drafts, the queue; complete, or not at all.

Enters: a way to ask. Leaves: posts as Tumblr shows them. A list that may have a hole raises Retryable, so that what is
not found in it is not there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syndicator.connector import Json, Retryable
from syndicator_tumblr.transport import Refused

PAGE = 20  # the most that Tumblr gives
MOST_PAGES = 60

Get = Callable[[str, dict[str, Any]], dict[str, Json]]
Post = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Reading:
    """`account`: the blog's uuid, if known; a list of another blog is no list."""

    get: Get
    blog: str
    account: str = ""

    def published(self, since: int) -> list[Post]:
        """Everything published at or after `since`, in seconds of Unix time. Ordered by the time that posts show."""
        return list(self._published(since))

    def newest(self, pages: int) -> Iterator[Post]:
        """The newest few pages, without a promise."""
        seen = set[str]()
        for page in range(pages):
            fresh = [post for post in self._page("", offset=page * PAGE) if id_of(post) not in seen]
            seen |= {id_of(post) for post in fresh}
            yield from fresh
            if not fresh:
                return

    def queue(self) -> list[Post]:
        seen: dict[str, Post] = {}
        for page in range(MOST_PAGES):
            fresh = self._fresh(self._page("/queue", offset=page * PAGE), seen)
            if not fresh:
                return list(seen.values())
        raise _endless("the queue")

    def drafts(self) -> list[Post]:
        seen: dict[str, Post] = {}
        more: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            fresh = self._fresh(self._page("/draft", **more), seen)
            if not fresh:
                return list(seen.values())
            more = {"before_id": min(int(id_of(post)) for post in fresh)}
        raise _endless("the drafts")

    def newest_drafts(self) -> list[Post]:
        return self._page("/draft")

    def one(self, post_id: str) -> Post | None:
        """The post, draft or queued post of that id; None when Tumblr says that there is none."""
        try:
            return self.get(f"/v2/blog/{self.blog}/posts/{post_id}", {"post_format": "npf"})
        except Refused as refused:
            if refused.spoke and refused.status == 404:
                return None
            raise

    def _published(self, since: int) -> Iterator[Post]:
        """By time rather than by number, because a post that appears meanwhile moves the numbers. A second is read
        twice, so that posts of one second are not torn apart."""
        seen: dict[str, Post] = {}
        more: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            page = self._page("", **more)
            if not all(time_of(post) for post in page):
                raise Retryable("the list of posts shows no times; it cannot be read to its end")
            fresh = self._fresh(page, seen)
            yield from (post for post in fresh if time_of(post) >= since)
            if not page or time_of(page[-1]) < since:
                return
            if not fresh and len(page) < PAGE:
                return
            if not fresh:
                raise Retryable("the list of posts comes back the same again; it cannot be read to its end")
            more = {"before": time_of(page[-1]) + 1}
        raise _endless("the list of posts")

    def _fresh(self, page: list[Post], seen: dict[str, Post]) -> list[Post]:
        fresh = [post for post in page if id_of(post) not in seen]
        seen.update({id_of(post): post for post in fresh})
        return fresh

    def _page(self, which: str, **more: Any) -> list[Post]:
        answer = self.get(f"/v2/blog/{self.blog}/posts{which}", {"npf": "true", "limit": PAGE, **more})
        posts = answer.get("posts")
        if not isinstance(posts, list) or not all(isinstance(p, dict) and _is_whole(p) for p in posts):
            raise Retryable("the list of posts came back unreadable")
        blog = answer.get("blog")
        uuid = blog.get("uuid") if isinstance(blog, dict) else None
        if self.account and uuid and uuid != self.account:
            raise Retryable("the list is of another blog than the one that the post was sent to")
        return posts


def id_of(post: Post) -> str:
    return str(post.get("id_string") or post.get("id") or "")


def time_of(post: Post) -> int:
    value = post.get("timestamp")
    return value if isinstance(value, int) else 0


def _is_whole(post: Post) -> bool:
    return id_of(post).isdigit() and isinstance(post.get("timestamp", 0), int)


def _endless(what: str) -> Retryable:
    return Retryable(f"{what} is longer than {MOST_PAGES * PAGE} posts; it cannot be read to its end")
