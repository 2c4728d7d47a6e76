"""Posts of the pretend LinkedIn: what it checks, what it takes for a repeat, what it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from syndicator_linkedin.sandbox_images import Images
from syndicator_linkedin.sandbox_little import Reading, read, utf16
from syndicator_linkedin.sandbox_oauth import Problem

LONGEST = 3000
_FIELDS = ("author", "commentary", "visibility", "distribution", "lifecycleState")
_KINDS = frozenset({"article", "media", "multiImage", "poll"})


@dataclass(slots=True)
class Post:
    urn: str
    author: str
    body: Mapping[str, Any]
    made_at: float
    shown: bool = True  # False: made on an image that was not ready
    gone: bool = False
    comments: list[str] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        return read(self.body["commentary"])


class Posts:
    """`window`: seconds for which a repeat is refused; documented are ten minutes, seen were up to two days [U].

    `names`: whether the refusal names the post, only its author, or nothing. A deleted post is remembered all the same.
    """

    def __init__(self, images: Images) -> None:
        self.kept: dict[str, Post] = {}
        self.images = images
        self.window = 600.0
        self.names = "post"
        self.names_posts_made = True  # False: 201 without the header
        self.counter = 7_130_000_000_000_000_000

    def make(self, body: Mapping[str, Any], now: float) -> Post:
        _check_fields(body)
        _check_commentary(body["commentary"])
        shown = self._check_content(body.get("content"), body["author"], now)
        self._check_repeat(body, now)
        self.counter += 1
        kind = "ugcPost" if "multiImage" in (body.get("content") or {}) else "share"
        post = Post(f"urn:li:{kind}:{self.counter}", body["author"], body, now, shown)
        self.kept[post.urn] = post
        return post

    def _check_content(self, content: Any, author: str, now: float) -> bool:
        if content is None:
            return True
        if not isinstance(content, dict) or len(content) != 1 or set(content) - _KINDS:
            raise Problem(422, "UNPROCESSABLE_ENTITY", "ERROR :: /content :: union type must have exactly one member")
        if "article" in content:
            _check_article(content["article"])
        ready = [self.images.check(urn, author, now) for urn in _images_in(content)]  # each is looked at
        return all(ready)

    def _check_repeat(self, body: Mapping[str, Any], now: float) -> None:
        for post in self.kept.values():
            if post.author == body["author"] and now - post.made_at < self.window and _same(post.body, body):
                named = {"post": post.urn, "author": post.author}.get(self.names, "another one")
                words = f"Content is a duplicate of {named}"
                details = {"inputErrors": [{"code": "DUPLICATE_POST", "description": words}]}
                raise Problem(422, "UNPROCESSABLE_ENTITY", words, details)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """[U] What LinkedIn compares is not known; other images make another post here, as a stricter reading has it."""
    return one["commentary"] == other["commentary"] and one.get("content") == other.get("content")


def _check_fields(body: Mapping[str, Any]) -> None:
    for name in _FIELDS:
        if name not in body:
            raise Problem(400, "MISSING_FIELD", f"{name} is required")
    if body["visibility"] not in ("PUBLIC", "CONNECTIONS", "LOGGED_IN", "CONTAINER"):
        raise Problem(400, "INVALID_VALUE_FOR_FIELD", "visibility")
    if body["lifecycleState"] != "PUBLISHED":
        raise Problem(400, "INVALID_VALUE_FOR_FIELD", "lifecycleState")


def _check_commentary(commentary: Any) -> None:
    if not isinstance(commentary, str) or not commentary.strip():
        raise Problem(400, "INVALID_VALUE_BLANK_FIELD", "commentary must not be blank")
    if utf16(commentary) > LONGEST:
        raise Problem(400, "FIELD_LENGTH_TOO_LONG", f"commentary: {utf16(commentary)} is more than {LONGEST}")


def _check_article(article: Any) -> None:
    if article.get("title") is None:
        words = "ERROR :: /content/article/title :: null cannot be coerced to String"
        raise Problem(422, "UNPROCESSABLE_ENTITY", words)
    if urlsplit(str(article.get("source"))).scheme not in ("http", "https"):
        raise Problem(400, "INVALID_VALUE_FOR_FIELD", "source")


def _images_in(content: Mapping[str, Any]) -> list[Any]:
    if "multiImage" in content:
        images = content["multiImage"].get("images", [])
        if not 2 <= len(images) <= 20:
            raise Problem(422, "UNPROCESSABLE_ENTITY", "ERROR :: /content/multiImage/images :: 2 to 20 are needed")
        return [image.get("id") for image in images]
    if "media" in content:
        return [content["media"].get("id")]
    article = content.get("article", {})
    return [article["thumbnail"]] if "thumbnail" in article else []
