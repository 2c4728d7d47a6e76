"""A feed's URL and what we remember of it → new bytes, "unchanged", or why there is nothing. One conditional request.

Validators go back byte for byte and are replaced on every full answer, header missing or not: keeping an old one makes
all later requests useless. Raises nothing that a server can cause; parses nothing.
"""

import gzip
import hashlib
import re
import ssl
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import requests
from urllib3.exceptions import HTTPError

from syndicator.feed.hints import LIMITED, absence, freshness, ttl
from syndicator.feed.redirects import Downgrade, Trail, follow, public
from syndicator.feed.schedule import Trouble
from syndicator.feed.text import as_h_feed, decode, is_web_page
from syndicator.feed.walls import LET_IN, wall
from syndicator.http import RATIO, GuardedSession, TooLarge, is_bomb
from syndicator.verdict import chain_of

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
ACCEPT_PAGES = "text/mf2+html, text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
ENCODINGS = "gzip, deflate, br"
LARGEST = 10_000_000  # bytes, after decompression
DEADLINE = 30.0  # seconds, redirects included
_H_ENTRY = re.compile(rb"\bh-?entry\b")
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_LONGEST_VALIDATOR = 4_000  # characters; no server takes a longer header back
_CONTROLS = re.compile(r"[\0-\x08\x0a-\x1f\x7f]")
_DOCUMENT = {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION, HTTPStatus.IM_USED}
_FIND_FEED = "open the address in a browser; `syndicate init URL` looks for the feed of a blog"
_READ_PAGE = 'its posts are marked up as h-entry; `format = "h-feed"` has them read from the page itself'
_SHORTEN = "a feed needs no more than its latest posts; shorten it"
_ADVICE = {
    HTTPStatus.UNAUTHORIZED: "the feed needs a password: put one in the address, https://user:password@host/…",
    HTTPStatus.FORBIDDEN: "the server refuses us; a firewall in front of the blog may have to let feed readers in",
    HTTPStatus.NOT_FOUND: _FIND_FEED,
    HTTPStatus.GONE: "it is not asked for again; write its new address into config.toml, remove it there, or have it "
    "looked at once with `syndicate run --feed NAME`",
    HTTPStatus.TOO_MANY_REQUESTS: "the server wants fewer requests and gets them; a longer `every` keeps it content",
}


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server at `url` gave us to ask "still the same?" with, exactly as it was spelled.

    They go back to that address only; `url` None means whichever is asked.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


NOTHING = Validators()


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
    asked: Validators = NOTHING  # the conditions that the question came with
    ttl: timedelta | None = None  # how long the document calls itself fresh
    retry_after: timedelta | None = None  # wished for by a redirect on the way
    partial: bool = False  # 226: only what is new, although nobody asked for that


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The document is the one we know; `repeated`: it was sent whole all the same."""

    validators: Validators
    hint: timedelta | None
    moved_to: str | None = None
    asked: Validators = NOTHING
    retry_after: timedelta | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nothing to read. `hint_text` says what the owner can do, `trouble` how soon asking again makes sense."""

    reason: str
    hint_text: str | None = None
    retry_after: timedelta | None = None
    trouble: Trouble = Trouble.PASSING


def fetch(
    url: str,
    known: Validators,
    session: GuardedSession,
    now: datetime,
    *,
    sha256: str | None = None,
    seconds: float = DEADLINE,
    pages: bool = False,
) -> Fetched | Unchanged | Unavailable:
    """Ask once. The session brings size limit and address checks. `sha256`: of the document that was read last.
    `pages`: a web page is wanted, to be read for its h-entry mark-up."""
    try:
        trail = follow(
            url,
            lambda hop: _headers(known, hop, ACCEPT_PAGES if pages else ACCEPT),
            lambda hop: absence(hop, now),
            session,
            seconds,
        )
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        return _lost(error)
    if trail.response.status_code == HTTPStatus.NOT_MODIFIED:
        return _unchanged(trail, known, now)
    if trail.response.status_code in _DOCUMENT:
        answer = _document(trail, known, now, pages=pages)
        return _repeated(answer) if isinstance(answer, Fetched) and answer.sha256 == sha256 else answer
    return _refused(trail.response, now)


def _conditions(known: Validators, url: str) -> Validators:
    return known if known.url in (None, url) else NOTHING


def _headers(known: Validators, url: str, accept: str) -> dict[str, str]:
    asked = {"Accept": accept, "Accept-Encoding": ENCODINGS}
    conditions = _conditions(known, url)
    if conditions.etag:
        asked["If-None-Match"] = conditions.etag
    if conditions.last_modified:
        asked["If-Modified-Since"] = conditions.last_modified
    return asked


def _validators(response: requests.Response, known: Validators = NOTHING) -> Validators:
    headers = response.headers
    return Validators(
        _usable(headers.get("ETag")) or known.etag,
        _usable(headers.get("Last-Modified")) or known.last_modified,
        public(response.url),
    )


def _usable(value: str | None) -> str | None:
    """A header that could not be sent back, such as one folded over two lines, would spoil every later request."""
    return value if value and len(value) <= _LONGEST_VALIDATOR and not _CONTROLS.search(value) else None


def _unchanged(trail: Trail, known: Validators, now: datetime) -> Unchanged | Unavailable:
    asked = _conditions(known, public(trail.response.url))
    if not asked.etag and not asked.last_modified:
        return Unavailable("the server says “not modified” to a question that set no conditions")
    hint = freshness(trail.response, now)
    return Unchanged(_validators(trail.response, asked), hint, trail.moved_to, asked, trail.pause)


def _repeated(answer: Fetched) -> Unchanged:
    hint = max((wish for wish in (answer.hint, answer.ttl) if wish is not None), default=None)
    return Unchanged(answer.validators, hint, answer.moved_to, answer.asked, answer.retry_after, repeated=True)


def _document(trail: Trail, known: Validators, now: datetime, *, pages: bool) -> Fetched | Unavailable:
    response = trail.response
    try:
        body = _unpacked(response.content)
    except (OSError, EOFError, zlib.error):
        return Unavailable("the answer is compressed, and the compression is damaged")
    if len(body) > LARGEST:
        return Unavailable(f"the answer unpacks to more than {LARGEST:,} bytes", _SHORTEN)
    if is_bomb(len(body), len(response.content)):
        return Unavailable(f"the answer unpacks to over {RATIO} times its size", _SHORTEN)
    if not body.strip():
        return Unavailable("the answer is empty")
    if body.startswith(_ZSTD):
        return Unavailable("the answer is compressed with zstd, which we did not offer to read")
    content_type = response.headers.get("Content-Type", "")
    marked = _H_ENTRY.search(body) is not None
    if is_web_page(decode(body[:20_000], content_type)) and not (pages and marked):
        return _challenge(response, now) or _no_feed(pages=pages, marked=marked)
    if pages:
        content_type = as_h_feed(body, content_type)
    return Fetched(
        body=body,
        content_type=content_type,
        url=public(response.url),
        validators=_validators(response),
        hint=freshness(response, now),
        sha256=hashlib.sha256(body).hexdigest(),
        moved_to=trail.moved_to,
        asked=_conditions(known, public(response.url)),
        ttl=ttl(body),
        retry_after=trail.pause,
        partial=response.status_code == HTTPStatus.IM_USED,
    )


def _no_feed(*, pages: bool, marked: bool) -> Unavailable:
    if pages:
        return Unavailable("the page holds no post that is marked up as h-entry", _FIND_FEED)
    return Unavailable("the answer is a web page, not a feed", _READ_PAGE if marked else _FIND_FEED)


def _refused(response: requests.Response, now: datetime) -> Unavailable:
    challenge = _challenge(response, now)
    if challenge is not None:
        return challenge
    status = response.status_code
    phrase = next((known.phrase for known in HTTPStatus if known == status), "an unheard-of status")
    return Unavailable(
        reason=f"HTTP {status} {phrase}",
        hint_text=next((advice for known, advice in _ADVICE.items() if known == status), None),
        retry_after=absence(response, now),
        trouble=_trouble(status),
    )


def _trouble(status: int) -> Trouble:
    if status == HTTPStatus.GONE:
        return Trouble.GONE
    if status in LIMITED:
        return Trouble.LIMITED
    return Trouble.REFUSED if 400 <= status < 500 else Trouble.PASSING


def _challenge(response: requests.Response, now: datetime) -> Unavailable | None:
    name = wall(response.headers, response.content)
    if name is None:
        return None
    reason = f"HTTP {response.status_code}: a bot challenge ({name}) stands in front of the feed"
    return Unavailable(reason, LET_IN, absence(response, now), Trouble.REFUSED)


def _lost(error: Exception) -> Unavailable:
    """No answer. What the owner can do about it depends on how far we came."""
    reason = str(error) or type(error).__name__
    if isinstance(error, TooLarge):
        return Unavailable(reason, _SHORTEN)
    if isinstance(error, Downgrade):
        return Unavailable(reason, "if that is meant, write the http address into config.toml", trouble=Trouble.REFUSED)
    if any(isinstance(link, ssl.SSLError) for link in chain_of(error)):
        return Unavailable(reason, "mend the certificate where the blog is hosted; a feed is never read without proof")
    return Unavailable(reason)


def _unpacked(body: bytes) -> bytes:
    """Some servers send .gz files without saying so. At most one byte more than is allowed."""
    if not body.startswith(_GZIP):
        return body
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    unpacked = unpacking.decompress(body, LARGEST + 1)
    if len(unpacked) <= LARGEST and not unpacking.eof:
        raise gzip.BadGzipFile
    return unpacked
