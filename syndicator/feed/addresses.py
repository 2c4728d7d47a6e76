"""Addresses in the form in which they are compared (`nurl`): never shown and never sent. Pure."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urljoin, urlsplit

LONGEST_URL = 4_096  # characters; what is longer was built to be
TRACKING = r"(?:utm_|at_|mc_|pk_|mtm_|_hs).*|fbclid|gclid|cmpid|ncid|ocid|xtor|igshid"
_NOT_COMPARED = re.compile(rf"{TRACKING}|ref|source|src", re.IGNORECASE)
_INDEX = re.compile(r"(?<=/)(?:index\.(?:html?|php)|default\.[a-z]+)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.html?$", re.IGNORECASE)
_DEFAULT_PORTS = {80, 443}  # the scheme is dropped, so both count
_PLAIN = "/!$&'()*+,;=:@-._~"  # stays as it is in a path or fragment


@lru_cache(maxsize=16_384)
def nurl(url: str, base: str | None = None) -> str | None:
    """The address in the form that is compared: `//host/path?query#fragment`; None for what is not on the web.

    Scheme, `www.`, default port, index files, `.html`, final slashes and tracking parameters do not count; fragments
    do, because day pages name their notes by them.
    """
    if len(url) > LONGEST_URL:
        return None
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        host = _host(parts.hostname or "")
        if parts.scheme not in ("http", "https", "") or not host:
            return None
        port = f":{parts.port}" if parts.port and parts.port not in _DEFAULT_PORTS else ""
        query, fragment = _query(parts.query), _recode(parts.fragment)
        place = f"//{host}{port}{_path(parts.path)}"
    except ValueError:
        return None
    return place + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def is_home(address: str) -> bool:
    """Feeds without pages per post link every entry to the front page."""
    return "/" not in address[2:] and "?" not in address and "#" not in address


def _host(host: str) -> str:
    host = host.rstrip(".")
    if ":" in host:
        return f"[{host}]"
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = unicodedata.normalize("NFKC", host).lower()
    host = host.rstrip(".")  # once more: other characters than the dot have become one
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host if host.isprintable() and " " not in host else ""


def _path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", _recode(path))
    while (shorter := _SUFFIX.sub("", _INDEX.sub("", path)).rstrip("/")) != path:
        path = shorter
    return path


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    kept = sorted((name, value) for name, value in pairs if not _NOT_COMPARED.fullmatch(name))
    return urlencode(kept, errors="surrogateescape")


def _recode(part: str) -> str:
    """One spelling for each percent-encoding; bytes that are not UTF-8 keep their difference."""
    raw = unquote_to_bytes(part)
    try:
        return quote(unicodedata.normalize("NFC", raw.decode()), safe=_PLAIN)
    except UnicodeDecodeError:
        return quote(raw, safe=_PLAIN)
