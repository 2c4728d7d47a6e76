"""Postcard: a short text, a link in it, up to two pictures."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar, Self

import requests
from pydantic import BaseModel

from syndicator.clock import Clock, SystemClock
from syndicator.connector import (
    API,
    Attachment,
    Capabilities,
    ConnectorError,
    Identity,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rendering,
    Resend,
    Retryable,
    TokenStore,
)
from syndicator.http import Http, NotSent, ReplyLost, from_transport, is_cut, judge

from .settings import PostcardSettings

CAPABILITIES = Capabilities(
    max_length=280,  # in the units of `measure`
    max_images=2,
    max_image_bytes=1_000_000,
    image_types=frozenset({"image/jpeg", "image/png"}),
    max_alt=500,
    resend=Resend.LOOKUP,
)


class PostcardConnector:
    kind: ClassVar[str] = "postcard"
    api: ClassVar[int] = API
    Settings: ClassVar[type[BaseModel]] = PostcardSettings
    sandbox: ClassVar[str | None] = "syndicator_postcard.sandbox:PretendPostcard"
    clock: Clock = SystemClock()

    def __init__(self, settings: PostcardSettings, http: Http) -> None:
        self._server = settings.server
        self._session = http.allowing(settings.server).session()
        self._session.headers["Authorization"] = f"Bearer {settings.access_token.get_secret_value()}"

    @classmethod
    def open(cls, settings: PostcardSettings, http: Http, tokens: TokenStore) -> Self:
        return cls(settings, http)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def measure(self, text: str) -> int:
        return len(text)

    def whoami(self) -> Identity:
        me = _object(self._accepted(self._ask("GET", "/api/me")))
        if not me.get("id"):
            raise Retryable("the service did not say who we are")
        return Identity(str(me["id"]), str(me.get("name")))

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        """Upload the pictures. Nobody sees them before a card shows them."""
        pictures = [{"id": self._upload(image), "alt": image.alt} for image in rendering.images[:2]]
        return replace(rendering, prepared={"pictures": pictures})

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        try:
            response = self._session.post(f"{self._server}/api/cards", json=self._body(rendering))
        except (NotSent, ReplyLost) as error:
            raise from_transport(error) from error
        return self._receipt(response)

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        """All our cards since then; the service cuts no list short, so absence is a proof."""
        cards = _json(self._accepted(self._ask("GET", "/api/cards", params={"since": since.timestamp()})))
        if not isinstance(cards, list):
            raise Retryable("the list of cards cannot be read")
        ours = next((card for card in cards if card.get("text") == rendering.text), None)
        return None if ours is None else Receipt(ours["id"], ours["url"], Proof.READ_BACK)

    def delete(self, receipt: Receipt) -> None:
        response = self._ask("DELETE", f"/api/cards/{receipt.remote_id}")
        if response.status_code != 404:
            self._accepted(response)

    def close(self) -> None:
        self._session.close()

    def _body(self, rendering: Rendering) -> dict[str, Any]:
        pictures = (rendering.prepared or {}).get("pictures", [])
        return {"text": rendering.text, "language": rendering.language, "pictures": pictures}

    def _receipt(self, response: requests.Response) -> Receipt:
        error = judge(response, self.clock.now())  # what a status means when nobody knows better
        if error is not None:
            raise error
        card = _object(response)
        if not card.get("id") and not is_cut(response):
            raise OutcomeUnknown("the service said yes and did not name the card")
        return Receipt(str(card.get("id", "")), card.get("url"))

    def _upload(self, image: Attachment) -> str:
        headers = {"Content-Type": image.mime}
        response = self._accepted(self._ask("POST", "/api/pictures", data=image.data, headers=headers))
        return str(_object(response).get("id"))

    def _ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """For whatever publishes nothing: a lost answer is no doubt, it can be asked again."""
        try:
            return self._session.request(method, f"{self._server}{path}", **more)
        except (NotSent, ReplyLost) as error:
            raise Retryable(f"no answer: {error}") from error

    def _accepted(self, response: requests.Response) -> requests.Response:
        error = judge(response, self.clock.now())
        if error is not None:
            raise _harmless(error)
        return response


def _harmless(error: ConnectorError) -> ConnectorError:
    return Retryable(error.reason) if isinstance(error, OutcomeUnknown) else error


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _object(response: requests.Response) -> Mapping[str, Any]:
    found = _json(response)
    return found if isinstance(found, dict) else {}
