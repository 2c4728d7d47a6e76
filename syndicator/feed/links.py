"""URLs as feeds write them → absolute ones for people to follow. Pure.

These are sent and shown. For the form that is compared see `addresses.nurl`.
"""

import re
from urllib.parse import unquote_plus, urljoin, urlsplit, urlunsplit

from syndicator.feed.addresses import LONGEST_URL, TRACKING

_TRACKING = re.compile(TRACKING, re.IGNORECASE)
_UNSENDABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_SOURCE = re.compile(r"(?:ref|source|src)=(?:rss|feed|atom)[\w-]*", re.IGNORECASE)  # Medium, Pelican


def absolute(url: str | None, base: str | None) -> str | None:
    """The http(s) URL that is meant, with percent signs for spaces; None when there is none."""
    text = _UNSENDABLE.sub("", url or "").strip().replace(" ", "%20")
    if not text or len(text) > LONGEST_URL:
        return None
    try:
        joined = urljoin(base, text) if base else text
        parts = urlsplit(joined)
        is_web = parts.scheme in ("http", "https") and parts.hostname and len(joined) <= LONGEST_URL
        return joined if is_web else None
    except ValueError:
        return None


def for_readers(url: str | None, base: str | None) -> str | None:
    """The absolute URL without parameters that only count clicks; unknown ones stay, spelled as they were."""
    found = absolute(url, base)
    if found is None:
        return None
    parts = urlsplit(found)
    kept = [pair for pair in parts.query.split("&") if pair and not _counts_clicks(pair)]
    return urlunsplit(parts._replace(query="&".join(kept)))


def page_base(link: str | None, feed_url: str) -> str:
    """What relative addresses in a body start from when no xml:base says so: the page, as engines write them."""
    if link is None:
        return feed_url
    parts = urlsplit(link)
    last = parts.path.rsplit("/", 1)[-1]
    path = parts.path if not last or "." in last else parts.path + "/"
    return urlunsplit((parts.scheme, parts.netloc, path or "/", "", ""))


def _counts_clicks(pair: str) -> bool:
    name = unquote_plus(pair.split("=", 1)[0])
    return bool(_TRACKING.fullmatch(name) or _SOURCE.fullmatch(pair))
