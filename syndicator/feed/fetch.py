"""A feed's URL and what we remember of it → new bytes, "unchanged", or why there is nothing. One conditional request.

Validators go back byte for byte and are replaced on every full answer, header missing or not: keeping an old one makes
all later requests useless. Raises nothing that a server can cause; parses nothing.
"""

import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit, urlunsplit

import requests
from urllib3.exceptions import HTTPError

from syndicator.feed.schedule import LONGEST_HINT
from syndicator.feed.text import decode, is_web_page
from syndicator.http import GuardedSession, TooLarge, retry_after

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
LARGEST = 10_000_000  # bytes, of a body whose compression only its first bytes show
_GZIP = b"\x1f\x8b"
_PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_DOCUMENT = {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.IM_USED}
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_CHALLENGE = re.compile(rb"<title>\s*(?:just a moment|attention required|ddos-guard|one moment, please)", re.IGNORECASE)
_FIND_FEED = "open the address in a browser; `syndicate init URL` looks for the feed of a blog"
_LET_IN = "exempt the feed's path from the bot protection, which no feed reader can pass"
_ADVICE = {
    HTTPStatus.UNAUTHORIZED: "the feed needs a password: put one in the address, https://user:password@host/…",
    HTTPStatus.FORBIDDEN: "the server refuses us; a firewall in front of the blog may have to let feed readers in",
    HTTPStatus.NOT_FOUND: _FIND_FEED,
    HTTPStatus.GONE: "the feed was taken down for good; configure its new address, or remove it",
}


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave us to ask "still the same?" with, exactly as it was spelled."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document. `url` is where it was in the end; `moved_to` the same when every redirect on the way is for good."""

    body: bytes
    content_type: str
    url: str
    validators: Validators
    hint: timedelta | None  # how long the server calls it fresh
    sha256: str
    moved_to: str | None


@dataclass(frozen=True, slots=True)
class Unchanged:
    validators: Validators
    hint: timedelta | None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing to read. `hint_text` says what the owner can do; `gone` that asking again is pointless."""

    reason: str
    hint_text: str | None
    retry_after: timedelta | None
    gone: bool


def fetch(
    url: str, validators: Validators, session: GuardedSession, now: datetime
) -> Fetched | Unchanged | Unavailable:
    """Ask once. The session brings deadline, size limit and address checks."""
    try:
        response = session.get(url, headers=_conditions(validators))
    except TooLarge as error:
        return _nothing(str(error), "a feed needs no more than its latest posts; shorten it")
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return _nothing(str(error) or type(error).__name__)
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return Unchanged(_validators(response, validators), freshness(response, now))
    if response.status_code in _DOCUMENT:
        return _document(response, now)
    return _refused(response, now)


def freshness(response: requests.Response, now: datetime) -> timedelta | None:
    """What is left of `max-age` or `Expires`, between nothing and five hours; None when the server does not say."""
    headers = response.headers
    age = headers.get("Age", "").strip()
    given = _MAX_AGE.search(headers.get("Cache-Control", ""))
    if given is not None:
        seconds = float(given[1]) - (float(age) if age.isdecimal() and len(age) < 13 else 0.0)
        return timedelta(seconds=min(max(seconds, 0.0), LONGEST_HINT.total_seconds()))
    expires = _moment(headers.get("Expires"))
    if expires is None:
        return None
    left = expires - (_moment(headers.get("Date")) or now)
    return min(left, LONGEST_HINT) if left > timedelta(0) else None


def _conditions(validators: Validators) -> dict[str, str]:
    asked = {"Accept": ACCEPT}
    if validators.etag:
        asked["If-None-Match"] = validators.etag
    if validators.last_modified:
        asked["If-Modified-Since"] = validators.last_modified
    return asked


def _validators(response: requests.Response, known: Validators = Validators(None, None)) -> Validators:
    headers = response.headers
    return Validators(headers.get("ETag") or known.etag, headers.get("Last-Modified") or known.last_modified)


def _document(response: requests.Response, now: datetime) -> Fetched | Unavailable:
    try:
        body = _unpacked(response.content)
    except (OSError, EOFError, zlib.error):
        return _nothing("the answer is compressed, and the compression is damaged")
    if body is None:
        return _nothing(f"the answer unpacks to more than {LARGEST:,} bytes")
    if not body.strip():
        return _nothing("the answer is empty")
    content_type = response.headers.get("Content-Type", "")
    if is_web_page(decode(body[:20_000], content_type)):
        return _challenge(response, now) or _nothing("the answer is a web page, not a feed", _FIND_FEED)
    return Fetched(
        body=body,
        content_type=content_type,
        url=_public(response.url),
        validators=_validators(response),
        hint=freshness(response, now),
        sha256=hashlib.sha256(body).hexdigest(),
        moved_to=_moved_to(response),
    )


def _refused(response: requests.Response, now: datetime) -> Unavailable:
    challenge = _challenge(response, now)
    if challenge is not None:
        return challenge
    status = response.status_code
    phrase = next((known.phrase for known in HTTPStatus if known == status), "an unheard-of status")
    return Unavailable(
        reason=f"HTTP {status} {phrase}",
        hint_text=next((advice for known, advice in _ADVICE.items() if known == status), None),
        retry_after=_wish(response, now),
        gone=status == HTTPStatus.GONE,
    )


def _challenge(response: requests.Response, now: datetime) -> Unavailable | None:
    """A page that wants to see a browser run its scripts, in place of the feed."""
    named = response.headers.get("cf-mitigated", "").lower() == "challenge"
    if not named and not _CHALLENGE.search(response.content[:5000]):
        return None
    reason = f"HTTP {response.status_code}: a bot challenge stands in front of the feed"
    return Unavailable(reason, _LET_IN, _wish(response, now), gone=False)


def _wish(response: requests.Response, now: datetime) -> timedelta | None:
    """Limits are counted in headers on many answers; only these statuses mean that one was reached."""
    limited = response.status_code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    return retry_after(response, now) if limited or "Retry-After" in response.headers else None


def _nothing(reason: str, hint_text: str | None = None) -> Unavailable:
    return Unavailable(reason, hint_text, None, gone=False)


def _unpacked(body: bytes) -> bytes | None:
    """Some servers send .gz files without saying so. None when it grows beyond all measure."""
    if not body.startswith(_GZIP):
        return body
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    unpacked = unpacking.decompress(body, LARGEST + 1)
    if len(unpacked) > LARGEST:
        return None
    if not unpacking.eof:
        raise gzip.BadGzipFile
    return unpacked


def _moved_to(response: requests.Response) -> str | None:
    """One temporary hop makes the whole way temporary; and we do not advise anyone to give up encryption."""
    hops = response.history
    if not hops or any(hop.status_code not in _PERMANENT for hop in hops):
        return None
    final = _public(response.url)
    downgraded = hops[0].url.startswith("https:") and final.startswith("http:")
    return None if downgraded else final


def _public(url: str) -> str:
    """Without the password that a private feed's address may hold."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
