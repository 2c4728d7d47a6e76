"""What the pretend service remembers: accounts, apps, media and statuses, and how each looks as JSON. No HTTP here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from syndicator.sandbox.service import Reply
from syndicator_mastodon.sandbox_rows import Voice
from syndicator_mastodon.sandbox_view import pieces

ALL_SCOPES = "profile read:accounts read:statuses write:statuses write:media"
SHOW_THE_CODE = "urn:ietf:wg:oauth:2.0:oob"  # an address that stands for none: the owner copies the code
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"RIFF", b"GIF8")


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, error: str = "", *, voice: Voice = Voice.JSON, **more: Any) -> None:
        super().__init__(error)
        self.status, self.error, self.voice, self.more = status, error, voice, more

    def reply(self) -> Reply:
        if self.voice is Voice.JSON:
            return Reply(self.status, {"error": self.error, **self.more})
        if self.voice is Voice.HTML:
            page = f"<!DOCTYPE html><title>{self.status}</title><h1>{self.error or 'Error'}</h1>".encode()
            return Reply(self.status, page, {"Content-Type": "text/html; charset=utf-8"})
        return Reply(self.status, self.error.encode(), {"Content-Type": "text/html; charset=utf-8"})


@dataclass(slots=True)
class Account:
    id: str
    username: str
    url: str
    limited: bool = False
    suspended: bool = False
    moved: Mapping[str, Any] | None = None
    attribution_domains: list[str] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        body = {"id": self.id, "username": self.username, "acct": self.username, "url": self.url, "moved": self.moved}
        source = {"privacy": "public", "attribution_domains": self.attribution_domains}
        return {**body, "limited": self.limited, "source": source}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be mentioned; `acct` has no host for those of the server itself."""

    id: str
    acct: str
    url: str

    def json(self) -> dict[str, Any]:
        return {"id": self.id, "username": self.acct.partition("@")[0], "acct": self.acct, "url": self.url}


@dataclass(slots=True)
class App:
    name: str
    client_id: str
    client_secret: str
    scopes: str
    redirects: tuple[str, ...] = (SHOW_THE_CODE,)


@dataclass(slots=True)
class Token:
    account: Account | None  # None: a token of the app itself
    app: App
    scopes: str

    def allows(self, scope: str) -> bool:
        granted = self.scopes.split()
        return scope in granted or scope.partition(":")[0] in granted


@dataclass(slots=True)
class Medium:
    id: str
    owner: str
    data: bytes
    mime: str
    name: str
    description: str
    at: float
    polls_left: int = 0
    broken: bool = False
    attached_to: str | None = None

    @property
    def is_image(self) -> bool:
        return self.data.startswith(_MAGIC)

    def json(self, base: str) -> dict[str, Any]:
        url = None if self.polls_left else f"{base}/media/{self.id}"
        return {"id": self.id, "type": "image", "url": url, "description": self.description or None}


@dataclass(slots=True)
class Status:
    id: str
    account: Account
    app: App
    text: str
    html: str
    at: float
    visibility: str
    language: str | None
    spoiler_text: str
    sensitive: bool
    media: list[Medium]
    url: str
    answers: str | None = None  # the id of another post
    mentions: list[Person] = field(default_factory=list)
    edited_at: float | None = None

    def json(self, base: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "uri": self.url,
            "url": self.url,
            "created_at": iso(self.at),
            "edited_at": None if self.edited_at is None else iso(self.edited_at),
            "in_reply_to_id": self.answers,
            "mentions": [person.json() for person in self.mentions],
            "visibility": self.visibility,
            "language": self.language,
            "spoiler_text": self.spoiler_text,
            "sensitive": self.sensitive,
            "content": self.html,
            "application": {"name": self.app.name, "website": None},
            "media_attachments": [medium.json(base) for medium in self.media],
            "account": self.account.json(),
            "card": None,  # a real server fetches the page later
            "reblog": None,
        }

    def copy(self, answered: str | None) -> dict[str, Any]:
        """What a demonstration shows of it. `answered`: the address of the post that it answers."""
        host = urlsplit(self.account.url).netloc
        return {
            "id": self.id,
            "url": self.url,
            "handle": f"@{self.account.username}@{host}",
            "text": self.text,
            "html": self.html,
            "pieces": pieces(self.html),
            "images": [{"alt": m.description, "data": m.data, "mime": m.mime} for m in self.media],
            "content_warning": self.spoiler_text,
            "sensitive": self.sensitive,
            "language": self.language,
            "visibility": self.visibility,
            "reply_to": answered,
            "notified": [person.acct for person in self.mentions],
            "created_at": iso(self.at),
        }


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
