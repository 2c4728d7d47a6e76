"""A socket layer that writes down every address that somebody connects to, and name service made of answers in turn.

Connections to the one public address lead to a pretend server on loopback; all others are written down and refused, so
nothing leaves this machine whatever the program does.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from syndicator.sandbox.service import PretendService, Reply, Request

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"


class Names:
    """Takes the place of the resolver: name → answers, one for each question; the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Sequence[str]]] = {}
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *told: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        waiting = self.answers.get(name)
        if waiting is None:
            return self._real(host, port, *told, **more)
        ips = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [_info(ip, port) for ip in ips]


def _info(ip: str, port: int) -> tuple[Any, ...]:
    bare, _, zone = ip.partition("%")
    if ":" not in bare:
        return socket.AF_INET, socket.SOCK_STREAM, 6, "alias.example", (bare, port)
    return socket.AF_INET6, socket.SOCK_STREAM, 6, "alias.example", (bare, port, 0, 1 if zone else 0)


class Server(PretendService):
    """Sends everybody on to `location`, with `status`; without one it answers."""

    location: str | None = None
    status = 302

    def answer(self, request: Request) -> Reply:
        if self.location is None or request.path != "/from":
            return Reply(200, b"<html><title>here</title>", {"Content-Type": "text/html"})
        return Reply(self.status, b"", {"Location": self.location})


class Wires:
    """What was connected to, and the server behind the public address."""

    def __init__(self, server: Server, names: Names) -> None:
        self.server, self.names = server, names
        self.reached: list[str] = []


@contextmanager
def recorded(patch: pytest.MonkeyPatch) -> Iterator[Wires]:
    connect, names = socket.socket.connect, Names()
    with Server() as server:
        wires, here = Wires(server, names), ("127.0.0.1", int(server.url.rpartition(":")[2]))

        def watched(wire: socket.socket, address: Any) -> None:
            wires.reached.append(str(address[0]))
            if address[0] != PUBLIC:
                raise ConnectionRefusedError(111, "nobody goes there in a test")
            connect(wire, here)

        patch.setattr(socket.socket, "connect", watched)
        patch.setattr(socket, "getaddrinfo", names)
        yield wires
