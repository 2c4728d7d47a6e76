"""Addresses: which of them work in a copy, and when two of them mean the same page. Pure."""

import re
from urllib.parse import parse_qsl, quote, unquote, urldefrag, urlencode, urlsplit

WEB = ("http", "https")
_EMBEDDED = (
    (
        re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+).*"),
        r"https://www.youtube.com/watch?v=\1",
    ),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+).*"), r"https://vimeo.com/\1"),
)


def scheme(address: str) -> str:
    try:
        return urlsplit(address.strip()).scheme.lower()
    except ValueError:
        return ""


def in_a_copy(href: str, page: str) -> str:
    """The address, if it leads somewhere from a copy as well; empty for places within `page` and for no address."""
    href = href.strip()
    if scheme(href) not in (*WEB, "mailto"):
        return ""
    base, fragment = urldefrag(href)
    return "" if fragment and href != page and base == urldefrag(page).url else href


def page_of_player(address: str) -> str:
    """The page on which a person would watch what is embedded."""
    for embedded, page in _EMBEDDED:
        address = embedded.sub(page, address)
    return address


def host_of(address: str) -> str:
    """As people write it: without `www.`, in its own letters."""
    try:
        name = (urlsplit(address).hostname or "").rstrip(".").removeprefix("www.")
    except ValueError:
        return ""
    try:
        return name.encode("ascii").decode("idna")
    except UnicodeError:  # in its own letters already, or not decodable
        return name


def same_page(address: str) -> str:
    """The form in which addresses are compared; empty for what is none.

    Medium writes letters as percent signs, and hides some addresses behind a page of its own that sends readers on.
    """
    try:
        url = urlsplit(_unwrapped(address.strip()))
        port = f":{url.port}" if url.port not in (None, 80, 443) else ""
    except ValueError:
        return ""
    host = host_of(url.geturl()).lower()
    if url.scheme.lower() not in WEB or not host:
        return ""
    path = quote(unquote(url.path), safe="/").rstrip("/")
    asked = [(name, value) for name, value in parse_qsl(url.query, True) if not _is_tracking(name, value)]
    fragment = f"#{url.fragment}" if url.fragment else ""
    return f"{host}{port}{path}" + (f"?{urlencode(sorted(asked))}" if asked else "") + fragment


def _unwrapped(address: str) -> str:
    url = urlsplit(address)
    if url.path.rstrip("/") == "/r" and (url.hostname or "").endswith("medium.com"):
        return next((value for name, value in parse_qsl(url.query) if name == "url"), address)
    return address


def _is_tracking(name: str, value: str) -> bool:
    return name.startswith("utm_") or (name == "source" and value.startswith("rss"))
