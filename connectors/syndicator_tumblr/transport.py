"""What pytumblr sends its requests through, in place of its own `request` object.

Enters: paths and parameters in the library's words. Leaves: the `response` member of Tumblr's envelope, or Refused,
Cut, NotSent or ReplyLost. The library's own object has no deadline, hides statuses and headers, and takes a page of
HTML for a failing server; this one signs, sends once, follows no redirect, and reads the status.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from syndicator.clock import Clock
from syndicator.connector import Json
from syndicator.errors import ConfigError
from syndicator.http import HOME, GuardedSession, ReplyLost, is_cut

AGENT = f"syndicator (+{HOME})"  # Tumblr wants one that never changes, so no version stands in it
NEEDS = ("pytumblr", "requests_oauthlib")
MISSING = "posting to Tumblr needs pytumblr, which is not installed"
INSTALL = "pip install 'syndicator[tumblr]' (or: pipx inject syndicator pytumblr)"
SHOWN = 300  # characters of a remote sentence that are worth showing

TALKATIVE = ("oauthlib", "requests_oauthlib")  # at debug level they write down tokens and verifiers

Part = tuple[str, str, bytes, str]  # identifier, file name, data, type


class Refused(Exception):
    """Tumblr, or something before it, answered with no success.

    `spoke`: the answer was Tumblr's own envelope, and says the same as the status around it. What contradicts itself
    proves nothing.
    """

    def __init__(self, response: requests.Response, envelope: Mapping[str, Json] | None) -> None:
        meta = _object((envelope or {}).get("meta"))
        error = _first_error(envelope)
        self.response = response
        self.spoke = _status(envelope) == response.status_code
        self.status = response.status_code
        self.code = error.get("code") if isinstance(error.get("code"), int) else None
        words = dict.fromkeys(str(w) for w in (error.get("title"), error.get("detail"), meta.get("msg")) if w)
        self.words = ": ".join(words)[:SHOWN]
        super().__init__(f"{self.status} {self.words}".strip())


class Cut(ReplyLost):
    """A yes whose details were lost on the way."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a request is signed with. Without a token it stands for the application alone."""

    consumer_key: str
    consumer_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)

    def signature(self, clock: Clock, **more: str) -> Any:
        """A requests auth object for one request: OAuth 1.0a, HMAC-SHA1, on our clock."""
        from requests_oauthlib import OAuth1

        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        moment = str(int(clock.now().timestamp()))
        return OAuth1(
            self.consumer_key,
            client_secret=self.consumer_secret,
            resource_owner_key=self.token or None,
            resource_owner_secret=self.token_secret or None,
            timestamp=moment,
            **more,
        )


class Transport:
    """`signed=False` is for reading with the consumer key alone, which needs no library."""

    def __init__(self, session: GuardedSession, host: str, keys: Keys, clock: Clock, *, signed: bool = True) -> None:
        session.headers["User-Agent"] = AGENT
        self.host = host
        self.consumer_key = keys.consumer_key
        self._session, self._keys, self._clock, self._signed = session, keys, clock, signed

    # What pytumblr calls

    def get(self, url: str, params: Mapping[str, Any] | None = None) -> dict[str, Json]:
        return self._send("GET", url, params=dict(params or {}))

    def post(self, url: str, params: Mapping[str, Any] | None = None, files: Any = None) -> dict[str, Json]:
        """Blocks go as JSON, anything else as a form; files never come this way."""
        if files:
            raise ValueError("pictures are sent by `upload`")
        if params is not None and "content" in params:
            return self._send("POST", url, data=as_bytes(params), headers={"Content-Type": "application/json"})
        return self._send("POST", url, data={k: str(v) for k, v in (params or {}).items()})

    # What it has no words for

    def put(self, url: str, body: Mapping[str, Json]) -> dict[str, Json]:
        return self._send("PUT", url, data=as_bytes(body), headers={"Content-Type": "application/json"})

    def upload(self, url: str, body: Mapping[str, Json], parts: Sequence[Part], boundary: str) -> dict[str, Json]:
        """A new post with its pictures. A given boundary makes a resend the same to the byte."""
        from urllib3.fields import RequestField
        from urllib3.filepost import encode_multipart_formdata

        fields = [RequestField("json", as_bytes(body), headers=_head("json", None, "application/json"))]
        fields += [RequestField(name, data, headers=_head(name, file, mime)) for name, file, data, mime in parts]
        data, kind = encode_multipart_formdata(fields, boundary)
        return self._send("POST", url, data=data, headers={"Content-Type": kind})

    def _send(self, method: str, url: str, **request: Any) -> dict[str, Json]:
        auth = self._keys.signature(self._clock) if self._signed else None
        return answer(self._session.request(method, self.host + url, auth=auth, allow_redirects=False, **request))


def client_class() -> Any:
    """pytumblr's client. Raises ConfigError when the library, or what it stands on, is not installed."""
    try:
        from pytumblr import TumblrRestClient
    except ImportError as error:
        raise ConfigError(MISSING, hint=INSTALL) from error
    return TumblrRestClient


def lacks() -> str:
    """What is to be installed before anything can be posted; empty when all is there. Imports none of it."""
    from importlib.util import find_spec

    return "" if all(find_spec(name) for name in NEEDS) else f"{MISSING}: {INSTALL}"


def answer(response: requests.Response) -> dict[str, Json]:
    """The `response` member of a success. Raises Refused, Cut or ReplyLost."""
    if is_cut(response):
        if response.status_code == 201:
            raise Cut("Tumblr said yes, and the rest of its answer was lost")
        raise ReplyLost("the end of Tumblr's answer was lost")
    envelope = _envelope(response)
    if envelope is None and response.status_code == 201:
        raise Cut("Tumblr said yes, in words that cannot be read")
    if envelope is None or not (_is_yes(response.status_code) and _is_yes(_status(envelope))):
        raise Refused(response, envelope)
    return _object(envelope.get("response"))


def as_bytes(body: Mapping[str, Json]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _head(name: str, file: str | None, mime: str) -> dict[str, str]:
    disposition = f'form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
    return {"Content-Disposition": disposition, "Content-Type": mime}


def _envelope(response: requests.Response) -> dict[str, Json] | None:
    """The body, if it is Tumblr's: an object with a status in `meta`."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and _status(body) is not None else None


def _status(envelope: Mapping[str, Json] | None) -> int | None:
    status = _object((envelope or {}).get("meta")).get("status")
    return status if isinstance(status, int) and not isinstance(status, bool) else None


def _is_yes(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _first_error(envelope: Mapping[str, Json] | None) -> dict[str, Json]:
    errors = (envelope or {}).get("errors")
    return _object(errors[0]) if isinstance(errors, list) and errors else {}


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
