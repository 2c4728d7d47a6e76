"""A pretend Mastodon, a clock and a connector that stand on each other; shared by the tests of the connector."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Receipt, Rendering
from syndicator.http import Http
from syndicator.tokens import MemoryTokens
from syndicator_mastodon.connector import MastodonConnector
from syndicator_mastodon.sandbox import PretendMastodon
from syndicator_mastodon.settings import MastodonSettings

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KEY = hashlib.sha256(b"one delivery").hexdigest()
OTHER_KEY = hashlib.sha256(b"another delivery").hexdigest()
LINK = "https://blog.example.org/2026/11/gruesse/?a=1&b=2"
POST = "POST /api/v1/statuses"
LIST = "GET /api/v1/accounts/.*/statuses"
UPLOAD = "POST /api/v2/media"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60


class Ground:
    """The service's clock stands still and can be moved; `service` is started by `with`."""

    def __init__(self, flavour: str = "mastodon", **how: Any) -> None:
        self.clock = ManualClock(NOW)
        self.waits = ManualClock(NOW)
        self.service = PretendMastodon(lambda: self.clock.now().timestamp(), flavour=flavour, **how)

    def __enter__(self) -> "Ground":
        # A reply is written in two parts; Nagle's algorithm would hold the second one back for 40 ms.
        self.service.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.__exit__(None, None, None)

    def connector(self, *, deadline: float = 5, **chosen: Any) -> MastodonConnector:
        settings = MastodonSettings(**{**self.service.settings(), **chosen})
        connector = MastodonConnector.open(settings, Http(deadline=deadline), MemoryTokens())
        connector.clock = self.waits
        return connector

    def publish(self, sent: Rendering, key: str = KEY, **chosen: Any) -> Receipt:
        connector = self.connector(**chosen)
        return connector.deliver(connector.prepare(sent, key), key)

    def pass_time(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


def rendering(text: str = f"Grüße 👋\n\n{LINK}\n\n#SelfHosting", **changes: Any) -> Rendering:
    return replace(Rendering(text=text, link=LINK, link_in_text=LINK in text, language="de-AT"), **changes)


def image(alt: str = "a cat", data: bytes = PNG) -> Attachment:
    return Attachment(data, hashlib.sha256(data).hexdigest(), "image/png", 8, 8, alt=alt)
