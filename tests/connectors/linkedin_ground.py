"""A connector and its pretend LinkedIn, with time under control; shared by the tests of the connector."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from pydantic import SecretStr

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Card, Receipt, Rendering, Span, SpanKind
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator.tokens import MemoryTokens
from syndicator_linkedin.connector import LinkedInConnector
from syndicator_linkedin.sandbox import PretendLinkedIn
from syndicator_linkedin.settings import LinkedInSettings

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KEY = hashlib.sha256(b"one delivery").hexdigest()
OTHER_KEY = hashlib.sha256(b"another delivery").hexdigest()
LINK = "https://blog.example.org/2026/11/gr%C3%BC%C3%9Fe/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
JPEG = b"\xff\xd8\xff" + b"\1" * 60
REDIRECT = "http://localhost:8765/callback"

POST = r"POST /rest/posts$"
UPLOAD = r"POST /rest/images$"
PUT = r"PUT /dms-uploads/"
COMMENT = r"POST /rest/socialActions/.*/comments$"
WHO = r"GET /v2/userinfo$"
PROBE = r"GET /rest/posts$"
INTROSPECT = r"POST /oauth/v2/introspectToken$"
TOKEN = r"POST /oauth/v2/accessToken$"
_SECRETS = ("access_token", "client_secret")


class Ground:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.tokens = MemoryTokens()
        self.service = PretendLinkedIn(lambda: self.clock.now().timestamp())

    def settings(self, **chosen: Any) -> LinkedInSettings:
        values = {**self.service.settings(), **chosen}
        written = {n: SecretStr(v) if n in _SECRETS and v else v for n, v in values.items()}
        return LinkedInSettings.model_validate({n: v for n, v in written.items() if v is not None})

    def connector(self, **chosen: Any) -> LinkedInConnector:
        return LinkedInConnector(self.settings(**chosen), Http(deadline=5), self.tokens, self.clock)

    def for_page(self, **chosen: Any) -> LinkedInConnector:
        return self.connector(access_token=self.service.page_token, organisation=self.service.page, **chosen)

    def with_app(self, **chosen: Any) -> LinkedInConnector:
        app = self.service.app
        return self.connector(client_id=app.client_id, client_secret=app.secret, **chosen)

    def publish(self, rendering: Rendering, key: str = KEY, **chosen: Any) -> Receipt:
        connector = self.connector(**chosen)
        return connector.deliver(connector.prepare(rendering, key), key)

    def sent(self, pattern: str = POST) -> list[Any]:
        return [request.json() for request in self.service.seen(pattern)]


class Person:
    """Somebody at a terminal, whose browser goes where LinkedIn sends it, over real HTTP."""

    def __init__(self, *answers: str, secrets: tuple[str, ...] = ()) -> None:
        self.answers, self.secrets = list(answers), list(secrets)
        self.asked: list[str] = []
        self.shown: list[str] = []
        self.pages: list[str] = []
        self.redirect = REDIRECT
        self.listens = True
        self.lingers = timedelta(0)
        self.clock: ManualClock | None = None

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)

    def ask_secret(self, question: str) -> str:
        self.asked.append(question)
        return self.secrets.pop(0)

    def show(self, text: str) -> None:
        self.shown.append(text)

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        self.pages.append(page)
        with requests.Session() as browser:
            browser.trust_env = False
            seen = browser.get(page, allow_redirects=False)
        if seen.status_code != 302:
            raise UsageError("nobody came back from the browser within five minutes")
        if self.clock is not None:
            self.clock.advance(self.lingers)
        home = dict(parse_qsl(urlsplit(seen.headers["Location"]).query))
        assert home[proof[0]] == proof[1]
        return home


def rendering(**changes: Any) -> Rendering:
    text = "Grüße (aus dem Norden) 👋 #Wetter"
    plain = Rendering(
        text=text,
        spans=(Span(len(text) - 7, len(text), SpanKind.TAG, "Wetter"),),
        link=LINK,
        title="Grüße",
        language="de",
        published=NOW - timedelta(hours=1),
        composed=NOW,
    )
    return replace(plain, **changes)


def picture(data: bytes = PNG, **changes: Any) -> Attachment:
    plain = Attachment(data, hashlib.sha256(data).hexdigest(), "image/png", 800, 600, "A harbour (at dawn)", "dawn.png")
    return replace(plain, **changes)


def carded(image: Attachment | None = None, **changes: Any) -> Rendering:
    card = Card(LINK, "Grüße (1) * & <2>", "About [greetings] #north", image)
    return rendering(**{"card": card, **changes})
