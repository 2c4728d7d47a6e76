"""What an HTTP answer means when no connector knows better. Response in, a ConnectorError or a wait out. Pure.

A connector looks first for what only it can know (a duplicate named in a 422, say) and asks here about the rest.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests

from syndicator import log
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=24)  # whoever asks for more is asked again tomorrow
BOT_WALL = timedelta(hours=1)  # an address that a CDN distrusts is not trusted again in minutes

# RFC 9110, 6585, 7725: the server says that it did not process the request. The rest of 4xx makes no such promise.
_REFUSED = frozenset({400, 404, 405, 410, 411, 413, 414, 415, 422, 431, 451})
_EPOCH = 1_000_000_000  # a larger number is a moment, a smaller one a wait (GoToSocial, Bluesky / the IETF draft)
_TEXT = 200
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,9})?")
_ERROR_KEYS = ("error", "meta", "errors", "title", "message", "msg", "error_description", "detail", "reason")


def judge(response: requests.Response, now: datetime) -> ConnectorError | None:
    """The general meaning of a status; None for success."""
    status = response.status_code
    if 200 <= status < 300:
        return None
    reason = _sentence(response)
    if 300 <= status < 400:
        moved_to = log.escape(log.redact(response.headers.get("Location", "another address")))[:_TEXT]
        return Rejected(f"{reason}; the service points to {moved_to}; configure its real address")
    if status in _REFUSED:
        return Rejected(reason)
    if status in (401, 403):
        return _about_the_account(response, reason, now)
    if status in (425, 429):
        return Retryable(reason, after=retry_after(response, now), scope=Scope.NETWORK)
    return OutcomeUnknown(reason)


def _about_the_account(response: requests.Response, reason: str, now: datetime) -> ConnectorError:
    """401 speaks of the token. 403 does too when the service itself speaks; a page is some wall in front of it."""
    if response.status_code == HTTPStatus.UNAUTHORIZED or _json_of(response) is not None:
        return AuthRequired(reason)
    wish = retry_after(response, now) or BOT_WALL
    return Retryable(f"{reason} (not the service's own words)", after=max(wish, BOT_WALL), scope=Scope.NETWORK)


def retry_after(response: requests.Response, now: datetime) -> timedelta | None:
    """How long the service asks us to stay away, between a second and a day; None when it says nothing readable."""
    headers = response.headers
    waits = (
        _wait(headers.get("Retry-After", ""), now, moments=False),
        _wait(headers.get("RateLimit-Reset", ""), now, moments=True),
        _wait(headers.get("X-RateLimit-Reset", ""), now, moments=True),
    )
    wait = next((w for w in waits if w is not None), None)
    return None if wait is None else min(max(wait, SHORTEST), LONGEST)


def _wait(value: str, now: datetime, *, moments: bool) -> timedelta | None:
    value = value.strip()
    if _NUMBER.fullmatch(value):
        number = float(value)
        seconds = number - now.timestamp() if moments and number >= _EPOCH else number
        return timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds()))
    moment = _moment(value)
    return None if moment is None else moment - now


def _moment(value: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def said(response: requests.Response) -> str:
    """What the service wrote, as one short, redacted, printable line; empty when it wrote nothing."""
    words = ": ".join(dict.fromkeys(_words(_json_of(response)))) or _plain(response)
    line = log.escape(log.redact(words)).strip()
    return line if len(line) <= _TEXT else f"{line[: _TEXT - 1].rstrip()}…"


def _sentence(response: requests.Response) -> str:
    try:
        phrase = HTTPStatus(response.status_code).phrase
    except ValueError:
        phrase = "unheard-of status"
    words = said(response)
    return f"HTTP {response.status_code} {phrase}" + (f": {words}" if words else "")


def _json_of(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):  # RecursionError: a body of nothing but brackets
        return None


def _words(body: Any, depth: int = 4) -> list[str]:
    """The telling strings of an error body, as deep as services put them."""
    if isinstance(body, str):
        return [body]
    if depth and isinstance(body, dict):
        return [word for key in _ERROR_KEYS if key in body for word in _words(body[key], depth - 1)]
    if depth and isinstance(body, list):
        return [word for part in body[:3] for word in _words(part, depth - 1)]
    return []


def _plain(response: requests.Response) -> str:
    """The words of a page, without its markup; at most the beginning is looked at."""
    text = response.content[:20_000].decode("utf-8", "replace")
    return " ".join(re.sub(r"<[^<>]*>", " ", text).split())
