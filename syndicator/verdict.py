"""What a transport error means: was the request sent? Exceptions and two facts in, NotSent or ReplyLost out. Pure.

The exception classes of requests cannot tell. A reset during the TLS handshake, a reset after the request, and an
answer that is not HTTP are all `ConnectionError`; so the connection notes the moment before its first byte, and that
note decides. tests/unit/test_http_faults.py runs every row of the table.
"""

import http.client
import ssl
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError

from syndicator import log

LIBRARY_ERRORS = (requests.RequestException, HTTPError, http.client.HTTPException, OSError, ValueError)


class NotSent(requests.RequestException):
    """Definitely no request reached the service."""


class BlockedAddress(NotSent):
    """The name leads to an address, or the address to a kind of service, that we do not go to."""


class ReplyLost(requests.RequestException):
    """The request may have been processed; its answer did not arrive, or not whole."""


class TooLarge(ReplyLost):
    """The answer is larger than we read."""


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, what that came from … as a traceback would show it."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def cause_of(error: BaseException) -> NotSent | ReplyLost | None:
    """Our verdict about the transport under an exception of a library. A lost reply anywhere outweighs the rest."""
    ours = [link for link in chain_of(error) if isinstance(link, NotSent | ReplyLost)]
    return next((link for link in ours if isinstance(link, ReplyLost)), ours[0] if ours else None)


def meaning_of(error: BaseException, *, host: str, may_have_left: bool, late: float | None) -> NotSent | ReplyLost:
    """What a transport error means, from the two facts that matter. `late`: the deadline in seconds, if it passed."""
    ours = cause_of(error)
    if ours is not None and may_have_left is isinstance(ours, ReplyLost):
        return ours
    why = f"no answer within {late:g} s" if late is not None else _reason(error)
    return ReplyLost(f"{host}: {why}") if may_have_left else NotSent(f"{host}: {why}")


def _reason(error: BaseException) -> str:
    links = list(chain_of(error))
    for link in reversed(links):  # the deepest is the system's own, the outer ones wrap it
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {link.verify_message}"
        if isinstance(link, ssl.SSLError):
            return f"no encrypted connection: {link.reason or link}"
        if isinstance(link, OSError | http.client.HTTPException) and not isinstance(link, requests.RequestException):
            return said_by_system(link)
    return said_by_system(links[0])


def said_by_system(error: BaseException | None) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return log.escape(log.redact(said))[:200]
