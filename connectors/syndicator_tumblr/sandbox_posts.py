"""The posts of the pretend Tumblr: making, changing, publishing and listing them, and what a day allows.

A draft or queued post gets another number when it comes out; the old one leads nowhere then, and is shown to the owner
alone as `genesis_post_id`. The day begins at five in UTC, as the resets seen in winter do.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syndicator_tumblr.sandbox_state import Blog, Media, Post, Refusal

DAY = 86_400.0
MIDNIGHT = 5 * 3_600.0
WAITING = ("draft", "queue")

Uploads = Mapping[str, tuple[bytes, str]]


@dataclass(slots=True)
class Posts:
    base: str
    now: Callable[[], float]
    all: dict[int, Post] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)  # by address
    a_day: int = 250
    pictures_a_day: int = 250
    in_queue: int = 1000
    slug_length: int | None = None  # whether long slugs are cut is unconfirmed
    list_lag: float = 0.0  # seconds until a post stands in its list
    _last: int = 799_999_999_999_999_900  # larger than JavaScript can count
    _published: list[float] = field(default_factory=list)
    _uploaded: list[float] = field(default_factory=list)

    def create(self, blog: Blog, body: Mapping[str, Any], uploads: Uploads) -> Post:
        state = body.get("state", "published")
        used = _identifiers(body["content"])
        self._allow(blog, state, len(used))
        hosted = {name: self._host(*uploads[name]) for name in used}
        self._uploaded += [self.now()] * len(used)
        post = Post(
            id=self._next_id(),
            blog=blog,
            content=[_with_media(block, hosted) for block in _trimmed(body["content"])],
            layout=list(body.get("layout", [])),
            state=state,
            tags=_tags(body),
            slug=self._slug(body),
            source_url=body.get("source_url", ""),
            timestamp=self.now(),
            appeared=self.now(),
            publish_on=_moment(body),
        )
        self.all[post.id] = post
        if state not in WAITING:
            self._published.append(self.now())
        return post

    def change(self, post: Post, body: Mapping[str, Any]) -> Post:
        """The whole post is sent again. Coming out, it gets another number."""
        state = body.get("state", post.state)
        comes_out = post.state in WAITING and state not in WAITING
        if comes_out or state != post.state:
            self._allow(post.blog, state, 0)
        post.content, post.layout = list(_trimmed(body["content"])), list(body.get("layout", []))
        post.tags, post.slug, post.source_url = _tags(body), self._slug(body), body.get("source_url", "")
        post.publish_on = _moment(body)
        if comes_out:
            self.come_out(post, state)
        elif state != post.state:
            post.state, post.appeared = state, self.now()
        return post

    def come_out(self, post: Post, state: str = "published") -> None:
        del self.all[post.id]
        post.genesis, post.id, post.state = post.id, self._next_id(), state
        post.timestamp = post.appeared = self.now()
        self.all[post.id] = post
        self._published.append(self.now())

    def publish_queue(self) -> None:
        """Everything that waits in the queue and is due comes out, in its order."""
        for post in sorted(self.all.values(), key=lambda p: p.id):
            if post.state == "queue" and (post.publish_on or 0) <= self.now():
                self.come_out(post)

    def listed(self, blog: Blog, state: str, *, private: bool = False) -> list[Post]:
        """Newest first by the time that posts show, pinned ones before; drafts by their numbers."""
        states = (state, "private") if private else (state,)
        seen = self.now() - self.list_lag
        found = [p for p in self.all.values() if p.blog is blog and p.state in states and p.appeared <= seen]
        if state in WAITING:
            return sorted(found, key=lambda p: p.id, reverse=state == "draft")
        return sorted(found, key=lambda p: (p.pinned, p.timestamp, p.id), reverse=True)

    # What a day allows

    def limits(self) -> dict[str, dict[str, Any]]:
        reset = int(self._day_began() + DAY)
        photos = {"description": "the number of photos you can upload per day", "limit": self.pictures_a_day}
        posts = {"description": "the number of posts you can publish per day", "limit": self.a_day}
        follows = {"description": "the number of blogs you can follow per day", "limit": 200, "remaining": 200}
        return {
            "follows": {**follows, "reset_at": reset},
            "photos": {**photos, "remaining": self._left(self._uploaded, self.pictures_a_day), "reset_at": reset},
            "posts": {**posts, "remaining": self._left(self._published, self.a_day), "reset_at": reset},
        }

    def _allow(self, blog: Blog, state: str, pictures: int) -> None:
        if state == "queue" and len(self.listed(blog, "queue")) >= self.in_queue:
            raise Refusal(403, 8022, "The blog's queue limit has been reached")
        if state not in WAITING and not self._left(self._published, self.a_day):
            raise Refusal(403, 8023, "The blog's daily posting limit has been reached")
        if pictures > self._left(self._uploaded, self.pictures_a_day):
            raise Refusal(403, 8004, "You cannot upload more photos today")

    def _left(self, moments: Iterable[float], limit: int) -> int:
        return max(0, limit - sum(moment >= self._day_began() for moment in moments))

    def _day_began(self) -> float:
        return (self.now() - MIDNIGHT) // DAY * DAY + MIDNIGHT

    # Parts

    def _next_id(self) -> int:
        self._last += 7
        return self._last

    def _slug(self, body: Mapping[str, Any]) -> str:
        return str(body.get("slug", ""))[: self.slug_length]

    def _host(self, data: bytes, mime: str) -> Media:
        suffix = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}[mime]
        made = Media(f"{self.base}/media/{len(self.media)}.{suffix}", data, mime, 540, 405)
        self.media[made.url] = made
        return made


def _identifiers(content: Iterable[Mapping[str, Any]]) -> list[str]:
    media = [m for block in content for m in (*(block.get("media") or ()), *(block.get("poster") or ()))]
    return list(dict.fromkeys(m["identifier"] for m in media if "identifier" in m))


def _with_media(block: Mapping[str, Any], hosted: Mapping[str, Media]) -> dict[str, Any]:
    done = dict(block)
    for member in ("media", "poster"):
        if block.get(member):
            done[member] = [hosted[m["identifier"]].json() if "identifier" in m else m for m in block[member]]
    return done


def _trimmed(content: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Empty text blocks at both ends are dropped."""
    full = [at for at, block in enumerate(content) if not (block.get("type") == "text" and block.get("text") == "")]
    return content[full[0] : full[-1] + 1] if full else []


def _tags(body: Mapping[str, Any]) -> list[str]:
    return [tag.strip() for tag in body.get("tags", "").split(",") if tag.strip()]


def _moment(body: Mapping[str, Any]) -> float | None:
    from datetime import datetime

    stated = body.get("publish_on") if body.get("state") == "queue" else None
    return None if stated is None else datetime.fromisoformat(stated).timestamp()
