"""A pretend Medium, a clock and a connector that stand on each other; shared by the tests of the connector."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import requests
from pydantic import SecretStr

from syndicator.clock import ManualClock
from syndicator.connector import Attachment, Card, Receipt, Rendering
from syndicator.http import Http
from syndicator_medium.connector import MediumConnector
from syndicator_medium.sandbox import PretendMedium
from syndicator_medium.settings import MediumSettings

NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
KEY = hashlib.sha256(b"one delivery").hexdigest()
LINK = "https://blog.example.org/2026/11/grüße/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
ME = "GET /v1/me"
POSTS = PretendMedium.publishing
FEED = "GET /feed/"
HTML = (
    '<p>Grüße aus dem <a href="https://other.example/">Norden</a>.</p><pre><code>if x:\n    y</code></pre>'
    '<figure><img src="https://blog.example.org/a.jpg" alt="A harbour at dawn"></figure>'
)


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
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.tokens = Tokens()
        self.service = PretendMedium(lambda: self.clock.now().timestamp())

    def connector(self, **chosen: Any) -> MediumConnector:
        return self._open({**self.service.settings(), **chosen})

    def by_hand(self, **chosen: Any) -> MediumConnector:
        return self._open({**self.service.settings_by_hand(), **chosen})

    def publish(self, rendering: Rendering, key: str = KEY, **chosen: Any) -> Receipt:
        connector = self.connector(**chosen)
        return connector.deliver(connector.prepare(rendering, key), key)

    def sent(self) -> dict[str, Any]:
        """The newest story that was sent, as it was sent."""
        body: dict[str, Any] = self.service.seen(POSTS)[-1].json()
        return body

    def _open(self, values: dict[str, Any]) -> MediumConnector:
        if "token" in values:
            values["token"] = SecretStr(values["token"])
        settings = MediumSettings(**{k: v for k, v in values.items() if v is not None})
        return MediumConnector(settings, Http(deadline=5), self.tokens, self.clock)


def rendering(**changes: Any) -> Rendering:
    plain = Rendering(
        text="Grüße aus dem Norden.",
        html=HTML,
        link=LINK,
        title="Grüße 👋",
        tags=("sqlite", "python", "self hosting", "posse"),
        language="de",
        published=NOW - timedelta(hours=1),
        composed=NOW,
    )
    return replace(plain, **changes)


def picture(**changes: Any) -> Attachment:
    plain = Attachment(PNG, hashlib.sha256(PNG).hexdigest(), "image/png", 800, 600, "A harbour at dawn", "harbour.png")
    return replace(plain, **changes)


def card(image: Attachment | None = None) -> Card:
    return Card(LINK, "Grüße", "About greetings", image)


class Caller:
    """Plain HTTP, without anything of the connector."""

    def __init__(self, service: PretendMedium) -> None:
        self.service = service
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = service.token

    def get(self, path: str, agent: str = "tests") -> requests.Response:
        headers = {"User-Agent": agent}
        if path.startswith("/v1/") and self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.http.get(self.service.url + path, headers=headers)

    def me(self) -> str:
        return str(self.get("/v1/me").json()["data"]["id"])

    def post(self, path: str = "", **changes: Any) -> requests.Response:
        body = {"title": "T", "contentFormat": "html", "content": "<h1>T</h1><p>x</p>", **changes}
        path = path or f"/users/{self.me()}/posts"
        return self.http.post(
            f"{self.service.url}/v1{path}", json=body, headers={"Authorization": f"Bearer {self.token}"}
        )

    def feed(self, user: str = "@ada") -> str:
        return self.get(f"/feed/{user}").text


def refusal(response: requests.Response) -> tuple[int, int]:
    return response.status_code, response.json()["errors"][0]["code"]


class Seen(HTMLParser):
    """What a strict reader finds in a story: elements, attributes, words; it complains about bad nesting."""

    VOID = frozenset({"br", "hr", "img"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def count(self, name: str) -> int:
        return sum(tag == name for tag, _ in self.elements)
