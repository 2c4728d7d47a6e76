"""The address of a server that an owner writes down: scheme, host and port. For the settings of connectors. Pure.

Plain http carries secrets in the open, so it is taken only where nobody else is on the way.
"""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

# Names that are reserved for a network of one's own (RFC 6761, 6762, 8375), or used as if they were.
HOME = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")


def is_at_home(host: str) -> bool:
    """Whether `host` can only be this machine or its own network, where plain http gives nothing away."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(HOME)
    return address.is_private or address.is_loopback


def origin(example: str, *, plain: str) -> Callable[[str], str]:
    """A validator: the address without a path; `plain` says why http will not do. Raises ValueError."""

    def checked(value: str) -> str:
        url = urlsplit(value.strip())
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"not a web address; write it as {example}")
        if url.username or url.query or url.fragment or url.path not in ("", "/"):
            raise ValueError(f"only scheme, host and port belong here, as in {example}")
        if url.scheme == "http" and not is_at_home(url.hostname):
            raise ValueError(plain)
        return f"{url.scheme}://{url.netloc}"

    return checked
