"""One call of Medium's API: path in, what stands under `data` out. Never repeats a call, never interprets an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from syndicator.connector import AuthRequired, Json
from syndicator.http import GuardedSession, ReplyLost
from syndicator.log import escape, redact

SHOWN = 300  # characters of a remote sentence that are worth showing
CREATED = 201
_BEARER = re.compile(r"[!-~]+")  # what a header can carry as one word


class Refused(Exception):
    """Medium, or something in front of it, answered, and not with a success in Medium's envelope."""

    def __init__(self, response: requests.Response, errors: list[Mapping[str, Json]] | None) -> None:
        told = [str(error.get("message") or "").strip() for error in errors or ()]
        self.response = response
        self.status = response.status_code
        self.speaks = errors is not None  # the body is JSON, so it was not a page of the wall
        self.codes = frozenset(error["code"] for error in errors or () if isinstance(error.get("code"), int))
        # Whoever prints this exception prints what a stranger wrote, perhaps with our token in it.
        self.message = escape(redact("; ".join(filter(None, told))))[:SHOWN]
        super().__init__(f"{self.status} {self.message}".strip())


class Cut(ReplyLost):
    """A yes whose details were lost on the way."""


@dataclass(frozen=True, slots=True)
class Api:
    session: GuardedSession
    base: str

    def get(self, path: str, bearer: str) -> Json:
        return _data_of(self.session.get(f"{self.base}/v1{path}", headers=_headers(bearer)))

    def post(self, path: str, bearer: str, body: str) -> Json:
        headers = {**_headers(bearer), "Content-Type": "application/json; charset=utf-8"}
        return _made(self.session.post(f"{self.base}/v1{path}", data=body.encode(), headers=headers))


def _data_of(response: requests.Response) -> Json:
    """What a success is wrapped in. Raises Refused."""
    body = _object(response)
    if response.ok and not response.is_redirect and body is not None and "data" in body:
        return body["data"]
    raise Refused(response, _errors(body))


def _made(response: requests.Response) -> Json:
    """What Medium tells of what it made. Only “201 Created” says that it did, or an id. Raises Refused or Cut."""
    body = _object(response)
    data = body.get("data") if response.ok and body is not None else None
    if isinstance(data, dict) and data.get("id"):
        return data
    if response.status_code == CREATED and not _errors(body):
        raise Cut("Medium said yes, and the rest of its answer was lost")
    raise Refused(response, _errors(body))


def _headers(bearer: str) -> dict[str, str]:
    """Raises AuthRequired before anything is sent."""
    if not _BEARER.fullmatch(bearer):
        raise AuthRequired("this cannot be an integration token: it is one word of letters and digits; copy it anew")
    return {"Authorization": f"Bearer {bearer}", "Accept": "application/json", "Accept-Charset": "utf-8"}


def _object(response: requests.Response) -> dict[str, Json] | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):  # RecursionError: a body of nothing but brackets
        return None
    return body if isinstance(body, dict) else None


def _errors(body: dict[str, Json] | None) -> list[Mapping[str, Json]] | None:
    """The errors of the envelope; None when the body is not JSON at all."""
    if body is None:
        return None
    errors = body.get("errors")
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
