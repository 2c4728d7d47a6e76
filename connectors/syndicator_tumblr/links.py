"""Addresses as Tumblr gives them back: unwrapped, and compared as pages rather than as spellings. Pure."""

from urllib.parse import parse_qs, quote, unquote, urlsplit

_WRAPPED_TWICE = 3
_PORTS = {"http": 80, "https": 443}


def unwrap(url: str) -> str:
    """The address inside Tumblr's redirects, `t.umblr.com/redirect?z=…` and `href.li/?…`; others as they are."""
    for _ in range(_WRAPPED_TWICE):
        inner = _inside(url)
        if not inner:
            return url
        url = inner
    return url


def _inside(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    if host == "t.umblr.com" and parts.path.rstrip("/") == "/redirect":
        return parse_qs(parts.query).get("z", [""])[0]
    if host in ("href.li", "www.href.li"):
        rest = url.strip().partition("?")[2]
        return rest if "://" in rest else unquote(rest)
    return ""


def same_page(one: str, other: str) -> bool:
    """Whether two spellings lead to one page: http or https, case of the host, escapes, final slash do not count."""
    return bool(one and other) and _page(one) == _page(other)


def _page(url: str) -> tuple[str, str, str, str]:
    try:
        parts = urlsplit(unwrap(url).strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return (url, "", "", "")
    if port is not None and port != _PORTS.get(parts.scheme.lower()):
        host = f"{host}:{port}"
    return (_ascii(host), quote(unquote(parts.path)).rstrip("/"), unquote(parts.query), unquote(parts.fragment))


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
