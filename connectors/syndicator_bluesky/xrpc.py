"""One XRPC call: method and arguments in, the JSON answer out. Never repeats a call, never interprets an error."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from syndicator.clock import Clock
from syndicator.connector import Json
from syndicator.http import BlockedAddress, GuardedSession, NotSent, ReplyLost, is_cut
from syndicator.log import redact

T = TypeVar("T")

POST_COLLECTION = "app.bsky.feed.post"
STALE = frozenset({"ExpiredToken", "InvalidToken"})  # the reference PDS says these with 400, not 401
SHOWN = 300  # characters of a remote sentence that are worth showing


class Refused(Exception):
    """The server answered, and not with the JSON of a success. `error` is empty when it did not speak XRPC."""

    def __init__(self, response: requests.Response, error: str, message: str) -> None:
        super().__init__(f"{response.status_code} {error} {message}".strip())
        self.response = response
        self.status = response.status_code
        self.error = error
        self.message = message[:SHOWN]

    @property
    def stale(self) -> bool:
        return self.status in (400, 401) and self.error in STALE


class Cut(ReplyLost):
    """A yes whose details were lost on the way."""


@dataclass(frozen=True, slots=True)
class Xrpc:
    """Calls on any server; `host` is an origin such as https://pds.example.org."""

    session: GuardedSession

    def query(self, host: str, method: str, token: str | None = None, **parameters: str | int) -> dict[str, Json]:
        return self.get(f"{host}/xrpc/{method}", token, parameters)

    def get(self, url: str, token: str | None = None, parameters: Mapping[str, Any] | None = None) -> dict[str, Json]:
        return answer(self.session.get(url, params=parameters, headers=_headers(token)))

    def call(self, host: str, method: str, token: str | None = None, body: Json = None) -> dict[str, Json]:
        return answer(self.session.post(f"{host}/xrpc/{method}", json=body, headers=_headers(token)))

    def upload(self, host: str, token: str, data: bytes, mime: str) -> dict[str, Json]:
        headers = {**_headers(token), "Content-Type": mime}
        return answer(self.session.post(f"{host}/xrpc/com.atproto.repo.uploadBlob", data=data, headers=headers))


def answer(response: requests.Response) -> dict[str, Json]:
    """The JSON object of a success. Raises Refused or Cut."""
    body = _object(response)
    if not response.ok or response.is_redirect:
        raise Refused(response, _text(body, "error"), _text(body, "message"))
    if is_cut(response):
        raise Cut("the server said yes, and the rest of its answer was lost")
    if body is None:
        raise Refused(response, "", "the answer is no JSON object")
    return body


def patiently(work: Callable[[], T], clock: Clock) -> T:
    """Do harmless work, once more after a hiccup. Never for a call that publishes."""
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_fixed

    again = Retrying(
        stop=stop_after_attempt(2),
        wait=wait_fixed(1),
        retry=retry_if_exception(_is_hiccup),
        sleep=clock.sleep,
        reraise=True,
    )
    return again(work)


def _is_hiccup(error: BaseException) -> bool:
    if isinstance(error, Refused):
        return error.status >= 500
    return isinstance(error, (NotSent, ReplyLost)) and not isinstance(error, BlockedAddress)


def _headers(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _object(response: requests.Response) -> dict[str, Json] | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _text(body: Mapping[str, Json] | None, name: str) -> str:
    value = (body or {}).get(name)
    return redact(value) if isinstance(value, str) else ""  # some servers repeat what they were sent
