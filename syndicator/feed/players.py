"""What plays inside a page → the address of a page that shows it. Pure.

Copies are words and pictures. A film, a recording or a map that is embedded cannot come along, but must not vanish
without a trace either: a link stands in its place.
"""

import re
from urllib.parse import parse_qs, quote, urlsplit

from syndicator.feed.images import counts_or_shares, is_dot
from syndicator.feed.links import absolute

EMBEDDING = {"iframe", "video", "audio", "object", "embed"}
INSIDE = EMBEDDING | {"source"}  # may hold the address where the embedding element does not
_NO_PAGE = re.compile(  # advertisements, and what no browser plays any more
    r"//(?:[\w-]+\.)*(?:googletagmanager\.com|googlesyndication\.com|amazon-adsystem\.com|"
    r"facebook\.com/plugins/(?:like|share)|platform\.twitter\.com/widgets)|\.swf(?:\?|$)",
    re.IGNORECASE,
)
# Players' addresses, and the pages behind them.
_PAGES = (
    (r"//(?:www\.)?youtube(?:-nocookie)?\.com/embed/videoseries", "https://www.youtube.com/playlist?list={list}"),
    (r"//(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/([\w-]+)", "https://www.youtube.com/watch?v={0}"),
    (r"//player\.vimeo\.com/video/(\d+)", "https://vimeo.com/{0}"),
    (r"//(?:www\.)?dailymotion\.com/embed/video/(\w+)", "https://www.dailymotion.com/video/{0}"),
    (r"//open\.spotify\.com/embed/(\w+/\w+)", "https://open.spotify.com/{0}"),
    (r"//(?:www\.)?archive\.org/embed/([\w.-]+)", "https://archive.org/details/{0}"),
    (r"//([\w.-]+/videos)/embed/([\w-]+)", "https://{0}/watch/{1}"),  # PeerTube
)
_PATTERNS = tuple((re.compile(rf"https?:{player}", re.IGNORECASE), page) for player, page in _PAGES)


def page_of(attributes: dict[str, str], base: str) -> str | None:
    """Where a reader can see what an element embeds; None for counters, advertisements and what is not on the web."""
    address = absolute(attributes.get("src") or attributes.get("data") or attributes.get("data-src"), base)
    if address is None or is_dot(attributes) or counts_or_shares(address) or _NO_PAGE.search(address):
        return None
    return _shown(address)


def _shown(address: str) -> str:
    for pattern, page in _PATTERNS:
        if found := pattern.match(address):
            return page.format(*found.groups(), list=_listed(address))
    return address


def _listed(address: str) -> str:
    return quote(parse_qs(urlsplit(address).query[:2_000]).get("list", [""])[0])
