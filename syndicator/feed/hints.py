"""What a server asks of those who come back: how long its answer stays fresh, how long to keep away. Pure.

Enters: an answer. Leaves: durations, bounded, or None where nothing readable was said.
"""

import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import requests

from syndicator.feed.schedule import LONGEST_HINT
from syndicator.http import retry_after
from syndicator.reply import SHORTEST

LONGEST_ABSENCE = timedelta(days=7)  # whoever asks for more is asked again after a week
LIMITED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_TTL = re.compile(rb"<ttl>\s*(\d{1,7})\s*</ttl>", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:item|entry)[\s>]", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,12}")


def freshness(response: requests.Response, now: datetime) -> timedelta | None:
    """What is left of `max-age` or `Expires`, between nothing and five hours."""
    headers = response.headers
    age = headers.get("Age", "").strip()
    given = _MAX_AGE.search(headers.get("Cache-Control", ""))
    if given is not None:
        seconds = float(given[1]) - (float(age) if _SECONDS.fullmatch(age) else 0.0)
        return timedelta(seconds=min(max(seconds, 0.0), LONGEST_HINT.total_seconds()))
    left = _until(headers.get("Expires"), response, now)
    return None if left is None or left <= timedelta(0) else min(left, LONGEST_HINT)


def ttl(document: bytes) -> timedelta | None:
    """The minutes that an RSS channel asks for. Looked for in the bytes before its first item; nothing is parsed."""
    head = document[:20_000]
    first = _ITEM.search(head)
    given = _TTL.search(head[: first.start()] if first else head)
    return min(timedelta(minutes=int(given[1])), LONGEST_HINT) if given else None


def absence(response: requests.Response, now: datetime) -> timedelta | None:
    """`Retry-After` in either form, on whatever answer. On an answer that limits us, the headers that count requests
    say it too; on any other they only count."""
    value = response.headers.get("Retry-After", "").strip()
    wish = timedelta(seconds=float(value)) if _SECONDS.fullmatch(value) else _until(value, response, now)
    if wish is None and response.status_code in LIMITED:
        wish = retry_after(response, now)
    return min(wish, LONGEST_ABSENCE) if wish is not None and wish > SHORTEST else None


def _until(date: str | None, response: requests.Response, now: datetime) -> timedelta | None:
    """Both ends by the server's clock, where it tells its time."""
    moment = _moment(date)
    return None if moment is None else moment - (_moment(response.headers.get("Date")) or now)


def _moment(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else None
