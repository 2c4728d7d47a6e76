"""One question, carried through redirects. A URL and what we know of the answer go in, the last answer comes out.

Each validator goes only to the address that it came from. Encryption is never given up on the way, a password never
leaves its host, and whether an address may be reached is checked anew for each hop (`http.py`). It parses nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests

from syndicator.clock import SystemClock
from syndicator.http import GuardedSession, ReplyLost

HOPS = 5
_PERMANENT = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT}
_clock = SystemClock()  # sockets keep real time, whatever the rest of the program is told


class Downgrade(requests.RequestException):
    """A redirect away from encryption. Not followed: whoever stands in between could write the feed."""


@dataclass(frozen=True, slots=True)
class Trail:
    """`moved_to`: where it ended, if every redirect on the way is for good. One temporary hop makes all temporary."""

    response: requests.Response
    moved_to: str | None
    pause: timedelta | None  # the longest wish of a redirect on the way


def follow(
    url: str,
    headers_for: Callable[[str], Mapping[str, str]],
    pause_of: Callable[[requests.Response], timedelta | None],
    session: GuardedSession,
    seconds: float,
) -> Trail:
    """Ask, at most five redirects long and `seconds` in all. `headers_for` is given each address without its password.

    Raises requests.RequestException, HTTPError, OSError or ValueError.
    """
    ends = _clock.monotonic() + seconds
    passed: list[requests.Response] = []
    while True:
        question = session.prepare_request(requests.Request("GET", url))
        question.headers.update(headers_for(public(question.url or "")))
        left = max(ends - _clock.monotonic(), 0.001)
        response = session.send(question, timeout=ceil(left * 10) / 10, allow_redirects=False)
        target = _target(session, response)
        if target is None:
            return Trail(response, _moved_to(passed, response), _longest(pause_of(hop) for hop in passed))
        passed.append(response)
        if len(passed) > HOPS:
            raise ReplyLost(f"{urlsplit(response.url).hostname}: more than {HOPS} redirects")
        url = target


def public(url: str) -> str:
    """Without the password that a private feed's address may hold, and without a fragment, which no server sees."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def with_login(url: str, login_of: str, session: requests.Session) -> str:
    """`url` with the name and password of `login_of`, if they are meant for the same server; without any otherwise."""
    login, at, _ = urlsplit(login_of).netloc.rpartition("@")
    if not at or session.should_strip_auth(login_of, url):  # type: ignore[no-untyped-call]
        return public(url)
    parts = urlsplit(public(url))
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def _target(session: GuardedSession, response: requests.Response) -> str | None:
    location = session.get_redirect_target(response)
    if location is None:
        return None
    try:
        target = urljoin(response.url, location)
        scheme = urlsplit(target).scheme.lower()
        target = with_login(target, response.url, session)
    except ValueError as error:
        raise ReplyLost(f"{urlsplit(response.url).hostname}: redirects to no usable address") from error
    if scheme == "http" and response.url.lower().startswith("https:"):
        raise Downgrade(f"{urlsplit(response.url).hostname}: redirects from https to http, which we do not follow")
    return target


def _moved_to(passed: list[requests.Response], response: requests.Response) -> str | None:
    if not passed or any(hop.status_code not in _PERMANENT for hop in passed):
        return None
    final = public(response.url)
    return final if final != public(passed[0].url) else None


def _longest(pauses: Iterable[timedelta | None]) -> timedelta | None:
    return max((pause for pause in pauses if pause is not None), default=None)
