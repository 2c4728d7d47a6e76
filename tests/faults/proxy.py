"""A proxy between the program and a pretend service, which does to single requests what networks do to them.

Enters: connections of the real program, over real sockets. Leaves: what the service answers, or what the armed toxic
makes of it. A toxic is a function of one `Talk`; `toxics.py` has them all. Nothing here knows what a request means.
"""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

Toxic = Callable[["Talk"], None]
PATIENCE = 20.0  # seconds until a socket that nobody serves is given up, so that no test hangs


class Over(Exception):
    """The client has left, or this connection is to end."""


@dataclass(slots=True)
class Talk:
    """One request: `line` is its "METHOD /path", known before anything has been read from the socket."""

    proxy: "Proxy"
    client: socket.socket
    line: str
    request: bytes = b""

    def read(self) -> bytes:
        """The whole request."""
        if not self.request:
            self.request = _whole_request(self.client)
            self.proxy.requests.append(self.request)
        return self.request

    def forward(self) -> bytes:
        """Let the service do the work; its answer as it came."""
        return self.proxy.pass_on(self.read())

    def send(self, data: bytes) -> None:
        try:
            self.client.sendall(data)
        except OSError as error:
            raise Over from error

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than this proxy is there."""
        if self.proxy.closing.wait(seconds):
            raise Over

    def hang(self) -> None:
        """Say nothing until the client has gone."""
        with suppress(OSError):
            self.client.settimeout(PATIENCE)
            while self.client.recv(65_536):
                pass
        raise Over

    def close(self) -> None:
        raise Over

    def reset(self) -> None:
        """What a crashing kernel says."""
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Over


@dataclass(slots=True)
class _Armed:
    pattern: str
    toxic: Toxic
    left: int


@dataclass(slots=True)
class Proxy:
    """Use as a context manager. `toxics`: for requests by pattern; `greetings`: for whole connections, before TLS."""

    upstream: tuple[str, int] = ("127.0.0.1", 9)
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    lines: list[str] = field(default_factory=list)  # of every request that came
    requests: list[bytes] = field(default_factory=list)  # of those that were read
    kept: list[bytes] = field(default_factory=list)  # requests that are to be passed on later
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    _armed: list[_Armed] = field(default_factory=list)
    _greetings: list[Toxic] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0), backlog=64))
    _port: int = 0

    def __enter__(self) -> Self:
        self._port = self._listener.getsockname()[1]
        self._listen(self._listener)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.closing.set()
        _stop(self._listener)

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}"

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1]) if not self._port else self._port

    # What is to go wrong

    def arm(self, toxic: Toxic, pattern: str = "", times: int = 1) -> None:
        """For the next requests whose "METHOD /path" matches `pattern`."""
        with self._lock:
            self._armed.append(_Armed(pattern, toxic, times))

    def greet(self, toxic: Toxic, times: int = 1) -> None:
        """For the next connections, before a byte is read."""
        with self._lock:
            self._greetings += [toxic] * times

    def calm(self) -> None:
        with self._lock:
            self._armed.clear()
            self._greetings.clear()

    @property
    def armed(self) -> bool:
        return bool(self._armed or self._greetings)

    def is_armed(self, line: str) -> bool:
        with self._lock:
            return bool(self._greetings) or any(re.search(one.pattern, line) for one in self._armed)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens at this address for a while."""
        _stop(self._listener)
        try:
            yield
        finally:
            self._listener = socket.create_server(("127.0.0.1", self._port), backlog=64)
            self._listen(self._listener)

    def release(self) -> None:
        """Pass on what was kept: the service does its work late, and nobody hears of it."""
        with self._lock:
            kept, self.kept[:] = list(self.kept), []
        for request in kept:
            self.pass_on(request)

    def seen(self, pattern: str) -> list[str]:
        with self._lock:
            return [line for line in self.lines if re.search(pattern, line)]

    # The work

    def pass_on(self, request: bytes) -> bytes:
        with socket.create_connection(self.upstream, timeout=PATIENCE) as service:
            service.sendall(re.sub(rb"(?im)^Connection:.*$", b"Connection: close", request, count=1))
            answer = bytearray()
            while chunk := service.recv(65_536):
                answer += chunk
        return bytes(answer)

    def _listen(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(PATIENCE)
        try:
            if greeting := self._greeting():
                greeting(Talk(self, client, ""))
            if self.tls is not None:
                client = self.tls.wrap_socket(client, server_side=True)
            while True:
                self._one(client)
        except (Over, OSError):
            pass
        finally:
            client.close()

    def _one(self, client: socket.socket) -> None:
        talk = Talk(self, client, "")
        if self.tls is None:
            talk.line = _line_of(_peeked(client))
        else:  # through TLS nothing can be looked at without reading it
            talk.line = _line_of(talk.read())
        with self._lock:
            self.lines.append(talk.line)
            toxic = self._toxic_for(talk.line)
        (toxic or passing)(talk)

    def _greeting(self) -> Toxic | None:
        with self._lock:
            return self._greetings.pop(0) if self._greetings else None

    def _toxic_for(self, line: str) -> Toxic | None:
        for one in self._armed:
            if re.search(one.pattern, line):
                one.left -= 1
                if not one.left:
                    self._armed.remove(one)
                return one.toxic
        return None


def passing(talk: Talk) -> None:
    """Nothing goes wrong; what the service itself breaks off is broken off here."""
    answer = talk.forward()
    if not answer:
        talk.reset()
    talk.send(answer)


def _stop(listener: socket.socket) -> None:
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts; closing alone does not
    listener.close()


def _peeked(client: socket.socket) -> bytes:
    """The beginning of a request, left in the socket."""
    while True:
        data = client.recv(4096, socket.MSG_PEEK)
        if not data:
            raise Over
        if b"\r\n" in data:
            return data


def _line_of(request: bytes) -> str:
    method, _, rest = request.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    return f"{method} {rest.partition(' ')[0].partition('?')[0]}"


def _whole_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(client)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    chunked = re.search(rb"(?im)^transfer-encoding: *chunked", head)
    while (length and len(body) < int(length[1])) or (chunked and not body.endswith(b"0\r\n\r\n")):
        body += _more(client)
    return head + b"\r\n\r\n" + body


def _more(client: socket.socket) -> bytes:
    if not (chunk := client.recv(65_536)):
        raise Over
    return chunk
