"""A pretend Tumblr, a clock and a connector that stand on each other; shared by the tests of the connector."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Card, Receipt, Rendering, Span, SpanKind
from syndicator.http import Http
from syndicator_tumblr.connector import TumblrConnector
from syndicator_tumblr.sandbox import PretendTumblr
from syndicator_tumblr.settings import TumblrSettings

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KEY = hashlib.sha256(b"one delivery").hexdigest()
OTHER_KEY = hashlib.sha256(b"another delivery").hexdigest()
LINK = "https://blog.example.org/2026/11/gr%C3%BC%C3%9Fe/?a=1&b=2"
CREATE = "POST /v2/blog/[^/]+/posts$"
CHANGE = r"PUT /v2/blog/[^/]+/posts/\d+$"
LIST = "GET /v2/blog/[^/]+/posts$"
LIMITS = "GET /v2/user/limits"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


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
    """`ahead` makes our clock run before the service's; `service` is started by `with`."""

    def __init__(self, **how: Any) -> None:
        self.clock = ManualClock(NOW)
        self.ahead = timedelta(0)
        self.tokens = Tokens()
        self.service = PretendTumblr(self.service_time, **how)

    def service_time(self) -> float:
        return (self.clock.now() - self.ahead).timestamp()

    def __enter__(self) -> "Ground":
        self.service.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.__exit__(None, None, None)

    def settings(self, **chosen: Any) -> TumblrSettings:
        values = {**self.service.settings(), **chosen}
        return TumblrSettings(**{name: value for name, value in values.items() if value is not None})

    def connector(self, *, deadline: float = 5, **chosen: Any) -> TumblrConnector:
        return TumblrConnector(self.settings(**chosen), Http(deadline=deadline), self.tokens, self.clock)

    def prepared(self, sent: Rendering, key: str = KEY, **chosen: Any) -> Rendering:
        """Prepared, stored as JSON, and read again, as the host does it."""
        connector = self.connector(**chosen)
        made = connector.prepare(sent, key)
        connector.close()
        return replace(made, prepared=json.loads(json.dumps(made.prepared)))

    def publish(self, sent: Rendering, key: str = KEY, **chosen: Any) -> Receipt:
        connector = self.connector(**chosen)
        try:
            return connector.deliver(self.prepared(sent, key, **chosen), key)
        finally:
            connector.close()

    def find(self, sent: Rendering, key: str = KEY, since: datetime = NOW, **chosen: Any) -> Receipt | None:
        connector = self.connector(**chosen)
        try:
            return connector.find(sent, key, since)
        finally:
            connector.close()

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))

    @property
    def posts(self) -> list[Any]:
        """Everything there is, drafts included, in the order of its numbers."""
        return [post for _, post in sorted(self.service.posts.all.items())]


def rendering(text: str = "Grüße 👋\n\nEin Satz über Grüße.", **changes: Any) -> Rendering:
    plain = Rendering(text=text, link=LINK, title="Grüße 👋", tags=("Web Log", "Grüße"), card=card(), composed=NOW)
    return replace(plain, **changes)


def linked(text: str = f"Mehr: {LINK} – bald", **changes: Any) -> Rendering:
    """The address stands in the text, and there is no card."""
    at = text.index(LINK)
    spans = (Span(at, at + len(LINK), SpanKind.LINK, LINK),)
    return rendering(text, **{"spans": spans, "link_in_text": True, "card": None, **changes})


def card(image: Attachment | None = None) -> Card:
    return Card(LINK, "Grüße 👋", "Ein Satz über Grüße.", image)


def image(alt: str = "a cat", data: bytes = PNG, source: str = "", mime: str = "image/png") -> Attachment:
    return Attachment(data, hashlib.sha256(data).hexdigest(), mime, 80, 60, alt=alt, source=source)


def refusal(status: int, code: int | None = None, **more: str) -> dict[str, Any]:
    """A fault's details: Tumblr's own refusal."""
    from syndicator_tumblr.sandbox_state import envelope

    return {"status": status, "body": envelope(status, code=code, **more)}
