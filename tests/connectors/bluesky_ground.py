"""A pretend Bluesky, a clock and a connector that stand on each other; shared by the tests of the connector."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from pydantic import SecretStr

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Card, Receipt, Rendering, Span, SpanKind
from syndicator.http import Http
from syndicator_bluesky.connector import BlueskyConnector
from syndicator_bluesky.sandbox import PretendBluesky
from syndicator_bluesky.sandbox_repo import put
from syndicator_bluesky.settings import BlueskySettings

NOW = datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)
KEY = hashlib.sha256(b"one delivery").hexdigest()
LINK = "https://blog.example.org/2026/11/grüße/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
PUT = "POST /xrpc/com.atproto.repo.putRecord"
LOGIN = "POST /xrpc/com.atproto.server.createSession"
REFRESH = "POST /xrpc/com.atproto.server.refreshSession"
UPLOAD = "POST /xrpc/com.atproto.repo.uploadBlob"
GET = "GET /xrpc/com.atproto.repo.getRecord"


RKEY = "3n2r4fzg7k222"
POST = {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-11-20T10:00:00.000Z"}
COLLECTION = "app.bsky.feed.post"


class Tokens:
    """A token store that forgets, and leaves the log's redactor alone."""

    def __init__(self) -> None:
        self.text = "{}"

    def load(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.text)
        return loaded

    def save(self, tokens: Mapping[str, Any]) -> None:
        self.text = json.dumps(tokens)


class Ground:
    """`ahead` makes the server's clock run before ours, so that tokens end unforeseen."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.ahead = timedelta(0)
        self.tokens = Tokens()
        self.service = PretendBluesky(self.server_time)

    def server_time(self) -> float:
        return (self.clock.now() + self.ahead).timestamp()

    def connector(self, **chosen: Any) -> BlueskyConnector:
        values = {**self.service.settings(), **chosen}
        values["app_password"] = SecretStr(values["app_password"])
        settings = BlueskySettings(**{k: v for k, v in values.items() if v is not None})
        return BlueskyConnector(settings, Http(deadline=5), self.tokens, self.clock)

    def by_directory(self, **chosen: Any) -> BlueskyConnector:
        """A connector that has to look its server up."""
        return self.connector(pds=None, resolver=self.service.url, plc=self.service.url, **chosen)

    def publish(self, rendering: Rendering, key: str = KEY) -> Receipt:
        connector = self.connector()
        return connector.deliver(connector.prepare(rendering, key), key)


def rendering(**changes: Any) -> Rendering:
    text = f"Grüße 👋 {LINK} #self-hosting"
    plain = Rendering(
        text=text,
        spans=(
            Span(8, 8 + len(LINK), SpanKind.LINK, LINK),
            Span(len(text) - 13, len(text), SpanKind.TAG, "self-hosting"),
        ),
        link=LINK,
        link_in_text=True,
        language="de",
        published=NOW - timedelta(hours=1),
        composed=NOW,
    )
    return replace(plain, **changes)


def picture(data: bytes = PNG, **changes: Any) -> Attachment:
    plain = Attachment(
        data, hashlib.sha256(data).hexdigest(), "image/png", 800, 600, "A harbour at dawn", "harbour.png"
    )
    return replace(plain, **changes)


def card(image: Attachment | None = None) -> Card:
    return Card(LINK, "Grüße", "About greetings", image)


def carded(image: Attachment | None = None) -> Rendering:
    return rendering(text="Grüße", spans=(), link_in_text=False, card=card(image))


def foreign_record(ground: Ground, rkey: str, **changes: Any) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "Somebody else's", "createdAt": "2026-11-20T09:00:00Z", **changes}
    put(ground.service.account, {"rkey": rkey, "record": record}, [])


class Caller:
    """Plain XRPC, without anything of the connector."""

    def __init__(self, ground: Ground) -> None:
        self.service = ground.service
        self.http = requests.Session()
        self.http.trust_env = False
        login = self.login().json()
        self.access, self.refresh = login["accessJwt"], login["refreshJwt"]

    def login(self, password: str = "") -> requests.Response:
        body = {"identifier": self.service.account.handle, "password": password or self.service.password}
        return self.post("com.atproto.server.createSession", json=body, token="")

    def post(self, method: str, token: str | None = None, **request: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.access if token is None else token}"} if token != "" else {}
        return self.http.post(
            f"{self.service.url}/xrpc/{method}", headers=headers | request.pop("headers", {}), **request
        )

    def get(self, method: str, **params: Any) -> requests.Response:
        return self.http.get(f"{self.service.url}/xrpc/{method}", params=params)

    def put(self, record: Any, rkey: str = RKEY, **more: Any) -> requests.Response:
        body = {"repo": self.service.account.did, "collection": COLLECTION, "rkey": rkey, "record": record, **more}
        return self.post("com.atproto.repo.putRecord", json=body)

    def upload(self, data: bytes = PNG, mime: str = "image/png") -> Any:
        return self.post("com.atproto.repo.uploadBlob", data=data, headers={"Content-Type": mime}).json()["blob"]


def refusal(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]
