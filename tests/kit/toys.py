"""Well-behaved connectors for what the example of the document does not have: keys, repeats, edits, handing over.

Each stands on the document's example; its pretend service knows one rule more.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import requests

from syndicator.connector import (
    Capabilities,
    HandOff,
    Hashtags,
    Identity,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    SpanKind,
)
from syndicator.sandbox.service import Reply, Request
from tests.kit.syndicator_postcard.connector import CAPABILITIES, PostcardConnector
from tests.kit.syndicator_postcard.sandbox import PretendPostcard

DUPLICATE = "duplicate of "
LOST = "the card that is answered is gone"


class PretendKeyed(PretendPostcard):
    """Answers a key that it knows with the card it made then."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[str, Reply] = {}

    def answer(self, request: Request) -> Reply:
        key = request.headers.get("idempotency-key", "")
        if key not in self.keys:
            reply = super().answer(request)
            if not key:
                return reply
            self.keys[key] = reply
        return self.keys[key]


class KeyedConnector(PostcardConnector):
    sandbox: ClassVar[str | None] = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, resend=Resend.KEY, key_window=timedelta(hours=1))

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        self._session.headers["Idempotency-Key"] = self.sent_as(key)
        try:
            return super().deliver(rendering, key)
        finally:
            del self._session.headers["Idempotency-Key"]

    def sent_as(self, key: str) -> str:
        return key


class PretendProud(PretendPostcard):
    """Refuses the same words a second time, and names the card that has them. Makes links of what is said to be one."""

    def _publish(self, given: dict[str, Any]) -> Reply:
        twin = next((card for card in self.cards.values() if card["text"] == given["text"]), None)
        if twin is not None:
            return Reply(422, {"error": f"{DUPLICATE}{twin['id']}"})
        return super()._publish(given)

    def _shown(self, card: dict[str, Any]) -> dict[str, Any]:
        """Addresses are alive where the sender says so."""
        alive = re.split("(" + "|".join(map(re.escape, card["links"])) + ")" if card["links"] else "(?!)", card["text"])
        pieces = [{"text": part, "href": part} if part in card["links"] else {"text": part} for part in alive]
        return {**super()._shown(card), "pieces": pieces}


class ProudConnector(PostcardConnector):
    sandbox: ClassVar[str | None] = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, resend=Resend.REPEAT, key_window=timedelta(minutes=10))

    def _body(self, rendering: Rendering) -> dict[str, Any]:
        links = [span.target for span in rendering.spans if span.kind is SpanKind.LINK]
        return {**super()._body(rendering), "links": links}

    def _receipt(self, response: requests.Response) -> Receipt:
        found = response.json().get("error", "") if response.status_code == 422 else ""
        if found.startswith(DUPLICATE):
            return Receipt(found.removeprefix(DUPLICATE), proof=Proof.DUPLICATE_ERROR)
        return super()._receipt(response)


class PretendSlate(PretendPostcard):
    """Cards can be written anew, may have a warning and a link card, and belong to whoever is there."""

    def become_another(self) -> None:
        self.account = {"id": "8", "name": "Other"}

    def answer(self, request: Request) -> Reply:
        reply = self._answer(request)
        if request.path == "/api/me" and reply.status == 200:
            return Reply(200, getattr(self, "account", reply.body))
        return reply

    def _answer(self, request: Request) -> Reply:
        if request.method == "PUT" and request.path.startswith("/api/cards/"):
            card = self.cards.get(request.path.rpartition("/")[2])
            if card is None:
                return Reply(404, {"error": "no such card"})
            card |= request.json()
            return Reply(200, card)
        return super().answer(request)

    def _shown(self, card: dict[str, Any]) -> dict[str, Any]:
        return {**super()._shown(card), "content_warning": card["warning"], "tags": card["tags"], "card": card["card"]}


class SlateConnector(PostcardConnector):
    """Edits, warns, and sends tags of their own."""

    sandbox: ClassVar[str | None] = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, edit=True, content_warning=True, hashtags=Hashtags.NONE, card=True)

    def edit(self, receipt: Receipt, rendering: Rendering) -> Receipt:
        self._accepted(self._ask("PUT", f"/api/cards/{receipt.remote_id}", json=self._body(rendering)))
        return receipt

    def _body(self, rendering: Rendering) -> dict[str, Any]:
        card = rendering.card and {"url": rendering.card.url, "title": rendering.card.title}
        told = {"warning": rendering.content_warning, "tags": list(rendering.tags), "card": card}
        return {**super()._body(rendering), **told}


class PretendTalk(PretendPostcard):
    """Cards may answer each other, be for some only, and call people who are named beside the words."""

    mentionable = ("@ada", "ada")

    def _publish(self, given: dict[str, Any]) -> Reply:
        if given["answers"] and given["answers"] not in self.cards:
            return Reply(422, {"error": LOST})
        return super()._publish(given)

    def _shown(self, card: dict[str, Any]) -> dict[str, Any]:
        answered = self.cards.get(card["answers"], {})
        names = "|".join(map(re.escape, card["mentions"])) or "(?!)"
        pieces = [
            {"text": part, "href": f"{self.url}/people"} if part in card["mentions"] else {"text": part}
            for part in re.split(f"({names})", card["text"])
        ]
        asked = {name: card[name] for name in ("visibility", "replies")}
        called = {"pieces": pieces} if card["mentions"] else {}
        return {**super()._shown(card), **asked, **called, "reply_to": answered.get("url")}


class TalkConnector(PostcardConnector):
    """Answers, narrows, limits and mentions."""

    sandbox: ClassVar[str | None] = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, visibilities=("open", "friends"), replies=("all", "none"), thread=True)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        if super().find(rendering, key, since) is None:  # nobody has said these words
            return None
        cards = self._accepted(self._ask("GET", "/api/cards", params={"since": since.timestamp()})).json()
        place = answered(rendering)
        ours = [card for card in cards if card["text"] == rendering.text and card["answers"] == place]
        return Receipt(ours[0]["id"], ours[0]["url"], Proof.READ_BACK) if ours else None

    def _body(self, rendering: Rendering) -> dict[str, Any]:
        spans = [span for span in rendering.spans if span.kind is SpanKind.MENTION]
        told = {
            "visibility": rendering.visibility or "open",
            "replies": rendering.replies or "all",
            "answers": answered(rendering),
            "mentions": [rendering.text[span.start : span.end] for span in spans],
        }
        return {**super()._body(rendering), **told}


def answered(rendering: Rendering) -> str:
    return rendering.reply_to.parent.remote_id if rendering.reply_to else ""


class ByHandConnector:
    """Publishes nothing: a person does."""

    kind: ClassVar[str] = "by-hand"
    api: ClassVar[int] = PostcardConnector.api
    Settings = PostcardConnector.Settings
    sandbox: ClassVar[str | None] = None

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    @classmethod
    def open(cls, settings: Any, http: Any, tokens: Any) -> Any:
        return cls(http.allowing(settings.server).session())

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(max_length=1000, by_hand=True)

    def whoami(self) -> Identity:
        return Identity("", "by hand")

    def measure(self, text: str) -> int:
        return len(text)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        raise Rejected("a person publishes here")

    def hand_off(self, rendering: Rendering) -> HandOff:
        return HandOff("https://postcard.example/write", ("Open the page.", "Paste the text.", "Press “Send”."))

    def close(self) -> None:
        self._session.close()
