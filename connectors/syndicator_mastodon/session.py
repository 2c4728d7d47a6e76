"""The session under Mastodon.py: what the library sends goes through here, and what comes back stays here.

Enters: a request in the library's own words. Leaves: the same request as JSON with what the library has no argument
for, and the reply in `last`, where no library hides its status, headers or body. It never repeats a request.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from syndicator.connector import ConnectorError, Json, OutcomeUnknown, Retryable
from syndicator.http import GuardedSession, cause_of, from_transport

_TRUTHS = ("sensitive",)  # the library sends '1' and '0'; strict servers want a JSON boolean
_NEW_STATUS = "/api/v1/statuses"


@dataclass(slots=True)
class ApiSession:
    """Mastodon.py takes this for a `requests.Session`; we use `ask` to go under the library."""

    guarded: GuardedSession
    base: str
    token: str | None = field(default=None, repr=False)
    allowed_mentions: tuple[str, ...] | None = None  # ids; None: the server knows no such list
    last: requests.Response | None = None

    def request(self, method: str, url: str, **arguments: Any) -> requests.Response:
        arguments.pop("timeout", None)  # the guarded session keeps a deadline over the whole request
        if method in ("POST", "PUT") and url.startswith(f"{self.base}/api/") and not arguments.get("files"):
            arguments = self._as_json(method, url, arguments)
        arguments["headers"] = {**self._credentials(), **(arguments.get("headers") or {})}
        # Error texts come in the account's language otherwise, and a few have to be told apart by their words.
        arguments["params"] = {**(arguments.get("params") or {}), "lang": "en"}
        self.last = None
        self.last = self.guarded.request(method, url, **arguments)
        return self.last

    def ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """A request without the library, harmless to repeat. Raises Retryable for a broken connection."""
        return self.look(lambda: self.request(method, f"{self.base}{path}", **arguments))

    def ask_openly(self, path: str, **arguments: Any) -> requests.Response:
        """As `ask`, as somebody without a token."""
        token, self.token = self.token, None
        try:
            return self.ask("GET", path, **arguments)
        finally:
            self.token = token

    def look(self, call: Callable[[], object]) -> requests.Response:
        """As `reply_to`, for a call that is harmless to repeat: nothing is left unknown by it."""
        try:
            return self.reply_to(call)
        except ConnectorError as error:
            raise harmless(error) from error

    def reply_to(self, call: Callable[[], object]) -> requests.Response:
        """The reply that `call` got, whatever the library makes of it. Raises ConnectorError when there was none.

        The library raises for a refusal, for an unreadable yes and for a strange rate limit header alike, and its type
        conversion ends in a RecursionError on some servers' answers; the reply itself says which of these it was.
        """
        self.last = None
        try:
            call()
        except Exception as error:
            broken = cause_of(error)
            if broken is not None:
                raise from_transport(broken) from error
            if self.last is None:
                raise
        if self.last is None:
            raise AssertionError("the library made no request")
        return self.last

    def _credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _as_json(self, method: str, url: str, arguments: dict[str, Any]) -> dict[str, Any]:
        fields = arguments.pop("data", None) or arguments.pop("json", None) or {}
        body = {name.removesuffix("[]"): value for name, value in fields.items()}
        for name in _TRUTHS:
            if body.get(name) in ("0", "1"):
                body[name] = body[name] == "1"
        if self.allowed_mentions is not None and method == "POST" and url == f"{self.base}{_NEW_STATUS}":
            body["allowed_mentions"] = list(self.allowed_mentions)
        return {**arguments, "json": body}


def harmless(error: ConnectorError) -> ConnectorError:
    """The meaning of `error` for a request that publishes nothing: what is unknown may simply be asked again."""
    return Retryable(error.reason) if isinstance(error, OutcomeUnknown) else error


def object_in(response: requests.Response) -> Mapping[str, Json]:
    """The JSON object of a reply; empty when there is none."""
    body = json_in(response)
    return body if isinstance(body, dict) else {}


def json_in(response: requests.Response) -> Json:
    """The JSON of a reply, None when it has none. Deeply nested rubbish is none either."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
