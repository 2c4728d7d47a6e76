"""Which addresses a request may go to. Host name in, socket addresses out, and a verdict about each.

The text of a host name is never judged (`0x7f.1`, `2130706433` and `①②⑦.0.0.1` are all loopback): it is resolved, and
what comes back is judged. Nothing here connects.
"""

import errno
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any


@dataclass(frozen=True, slots=True)
class Address:
    """One answer of the resolver, ready for `socket.connect`."""

    family: int
    sockaddr: tuple[Any, ...]

    @property
    def ip(self) -> str:
        return str(self.sockaddr[0])


Resolver = Callable[[str, int, float], list[Address]]

# `is_global` of Python 3.11 takes several of these for global, and its opinion changes between releases.
_REFUSED_4 = tuple(
    IPv4Network(net)
    for net in (
        "192.0.0.0/24",  # IETF protocol assignments, DS-Lite among them
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",  # multicast
    )
)
_UNICAST_6 = IPv6Network("2000::/3")  # all that IANA has given out for global unicast
_REFUSED_6 = tuple(
    IPv6Network(net)
    for net in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address, loopback included
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # what DNS64 gives an IPv6-only machine for an IPv4 host (RFC 6052)


def is_public(ip: str) -> bool:
    """Whether an address belongs to the public Internet, after unwrapping an IPv4 address carried inside IPv6."""
    address = _unwrapped(ip_address(ip.partition("%")[0]))
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in net for net in _REFUSED_4)
    return address in _UNICAST_6 and not any(address in net for net in _REFUSED_6)


def first_private(addresses: Iterable[Address]) -> Address | None:
    """The first address that is not public. One is enough to refuse a name: mixed answers are how rebinding works."""
    return next((a for a in addresses if not is_public(a.ip)), None)


def _ask(host: str, port: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]


def resolve(host: str, port: int, seconds: float, ask: Callable[[str, int], list[Address]] = _ask) -> list[Address]:
    """Every address of `host`. Raises OSError (TimeoutError after `seconds`) or UnicodeError.

    The C resolver cannot be interrupted, so it runs in a thread that is left behind when it takes too long.
    """
    answers: list[list[Address] | Exception] = []

    def work() -> None:
        try:
            answers.append(ask(host, port))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=work, name="resolve", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # a limit of the system
        raise OSError(errno.EAGAIN, "no thread can be started to ask for it") from error
    thread.join(seconds)
    if not answers:
        raise TimeoutError
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
