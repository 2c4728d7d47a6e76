"""What the pretend Tumblr remembers: blogs, posts, pictures, and how each looks as JSON. No HTTP here.

Envelopes, names of fields and codes as Tumblr's documentation and its clients' issues show them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from syndicator.sandbox.service import Reply

MESSAGES = {
    200: "OK",
    201: "Created",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Limit Exceeded",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
STUMBLED = "Something flubbed. Try again."  # in ever new words (tumblr/docs #88)


def envelope(status: int, response: Any = None, *, code: int | None = None, title: str = "", detail: str = "") -> Any:
    """What stands around every answer. Failures have an empty list for a response."""
    meta = {"status": status, "msg": MESSAGES.get(status, "Error")}
    if status < 400:
        return {"meta": meta, "response": {} if response is None else response}
    error = {
        "title": title or meta["msg"],
        "code": 0 if code is None else code,
        **({"detail": detail} if detail else {}),
    }
    return {"meta": meta, "response": [], "errors": [error]}


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: int | None = None, title: str = "", detail: str = "", **headers: str) -> None:
        super().__init__(title or detail)
        self.status, self.code, self.title, self.detail, self.headers = status, code, title, detail, headers

    def reply(self) -> Reply:
        body = envelope(self.status, code=self.code, title=self.title, detail=self.detail)
        return Reply(self.status, body, {name.replace("_", "-"): value for name, value in self.headers.items()})


@dataclass(slots=True)
class Blog:
    uuid: str
    name: str
    title: str = ""
    primary: bool = True

    @property
    def host(self) -> str:
        return f"{self.name}.tumblr.com"

    def json(self) -> dict[str, Any]:
        about = {"name": self.name, "uuid": self.uuid, "url": f"https://{self.host}/", "title": self.title or self.name}
        return {**about, "primary": self.primary}


@dataclass(frozen=True, slots=True)
class Media:
    url: str
    data: bytes
    mime: str
    width: int
    height: int

    def json(self) -> dict[str, Any]:
        return {"type": self.mime, "url": self.url, "width": self.width, "height": self.height}


@dataclass(slots=True)
class Post:
    id: int
    blog: Blog
    content: list[dict[str, Any]]
    layout: list[dict[str, Any]]
    state: str
    tags: list[str]
    slug: str
    source_url: str
    timestamp: float  # what lists go by; the author may have set it
    appeared: float  # when it came into the list that it is in
    publish_on: float | None = None
    genesis: int | None = None
    pinned: bool = False
    media: list[Media] = field(default_factory=list)

    def json(self, base: str, *, npf: bool, owner: bool, wrapped: bool) -> dict[str, Any]:
        body: dict[str, Any] = {
            "object_type": "post",
            "blog_name": self.blog.name,
            "blog": self.blog.json(),
            "id": self.id,
            "id_string": str(self.id),
            "post_url": self.url(base) + (f"/{self.slug}" if self.slug else ""),
            "slug": self.slug,
            "date": datetime.fromtimestamp(self.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S GMT"),
            "timestamp": int(self.timestamp),
            "state": "queued" if self.state == "queue" else self.state,
            "tags": list(self.tags),
            "is_blocks_post_format": True,
        }
        if self.source_url:
            body |= {"source_url": wrap(self.source_url) if wrapped else self.source_url}
        if self.pinned:
            body["is_pinned"] = True
        if owner and self.genesis is not None:
            body["genesis_post_id"] = str(self.genesis)
        if not npf:
            return {**body, "type": "text", "format": "html", "body": ""}
        content = [_wrapped(block) for block in self.content] if wrapped else self.content
        return {**body, "type": "blocks", "content": content, "layout": self.layout}

    def url(self, base: str) -> str:
        return f"{base}/{self.blog.name}/{self.id}"


def wrap(url: str) -> str:
    """How addresses come back in places: through a counter of Tumblr's."""
    return f"https://t.umblr.com/redirect?z={quote(url, safe='')}&t=YTBjOWQ5"


def _wrapped(block: Mapping[str, Any]) -> dict[str, Any]:
    done = dict(block)
    if block.get("type") == "link":
        done |= {"url": wrap(block["url"]), "display_url": wrap(block["url"])}
    if block.get("formatting"):
        done["formatting"] = [{**one, "url": wrap(one["url"])} if "url" in one else one for one in block["formatting"]]
    return done
