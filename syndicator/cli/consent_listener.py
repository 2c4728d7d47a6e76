"""The address on this machine that a service sends the browser back to, for as long as one login takes.

Enters: connections from this machine. Leaves: the parameters of the one request that carries this login's proof. Every
client has a few seconds and a few kilobytes, so that none can keep the browser out; nothing that was asked is ever
repeated in an answer, and nothing listens on an address that other machines can reach.
"""

import contextlib
import errno
import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from syndicator.cli.consent_answer import PATH, Awaited
from syndicator.clock import Clock, SystemClock
from syndicator.errors import UsageError

PATIENCE = 5.0  # seconds for a request to arrive whole
LONGEST = 16 * 1024  # bytes of a request; browsers send one or two thousand
PLACES = 64  # connections at the same time; the next one ends the oldest, which has had its chance
_TLS = b"\x16"  # how a browser begins that tries https first; it must not wait for an answer in words
_NO_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL}
_clock = SystemClock()  # sockets keep real time, whatever the rest of the program is told

_HEAD = (
    "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\nConnection: close\r\n"
    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'\r\n"
    "\r\n"
)
_PAGE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    '<link rel="icon" href="data:,"><title>syndicator</title>'
    "<style>body{{font:1.2em/1.5 system-ui,sans-serif;max-width:28em;margin:15vh auto;padding:0 1em}}</style>"
    "<h1>{title}</h1><p>{words}</p>"
)


def _page(status: str, title: str, words: str) -> bytes:
    body = _PAGE.format(title=title, words=words).encode()
    return _HEAD.format(status=status, length=len(body)).encode() + body


_YES = _page("200 OK", "Thank you", "You can close this tab and go back to the terminal.")
_NO = _page("200 OK", "The service said no", "The terminal tells more. You can close this tab.")
_STRANGE = _page(
    "400 Bad Request",
    "Not the answer that is waited for",
    "It does not belong to this login. Open the address that stands in the terminal now, and no older one.",
)
_MISSING = _page("404 Not Found", "Nothing here", "The terminal says which page to open.")
_GARBLED = _page("400 Bad Request", "Not understood", "That was not a browser’s request.")
_READING_ONLY = _page("405 Method Not Allowed", "Not understood", "This page can only be looked at.")


class Listener:
    """Listens at `port` of 127.0.0.1 and, where there is IPv6, of [::1]: “localhost” may mean either."""

    def __init__(self, port: int, clock: Clock | None = None) -> None:
        self.port = port
        self.strangers = 0  # requests for our path that did not carry the proof
        self._clock = clock or SystemClock()
        self._servers: list[_Server] = []
        self._awaited: Awaited | None = None
        self._taken: dict[str, str] | None = None
        self._came = threading.Event()
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}{PATH}"

    def open(self) -> None:
        """Take the port, if that has not been done. Raises UsageError when somebody else has it."""
        if self._servers:
            return
        try:
            self._servers.append(_Server(self, socket.AF_INET, "127.0.0.1"))
            self.port = self._servers[0].server_address[1]
            self._add_ipv6()
        except OSError as error:
            self.close()
            raise self._refused(error) from error

    def wait(self, awaited: Awaited, seconds: float, meanwhile: Callable[[], object]) -> dict[str, str] | None:
        """The parameters that the browser came back with; None when the time passed without. Lets go of the port."""
        self.open()
        self._came.clear()
        self._awaited, self._taken = awaited, None
        try:
            for server in self._servers:
                server.start()
            meanwhile()
            self._clock.wait(self._came, seconds)
            return self._taken
        finally:
            self._awaited = None
            self.close()

    def close(self) -> None:
        for server in self._servers:
            server.stop()
        self._servers = []

    def answer(self, head: bytes) -> tuple[bytes, dict[str, str] | None]:
        """The page for a request, and its parameters if it is the one that is waited for."""
        words = head.partition(b"\n")[0].decode("latin-1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return _GARBLED, None
        if words[0] != "GET":
            return _READING_ONLY, None
        try:
            asked = urlsplit(words[1])
        except ValueError:
            return _GARBLED, None
        if asked.path != PATH:
            return _MISSING, None
        awaited = self._awaited
        found = None if awaited is None else awaited.taken(asked.query)
        if awaited is None or found is None:
            self.strangers += 1
            return _STRANGE, None
        return (_YES if found.get(awaited.answer) else _NO), found

    def enter(self, visitor: socket.socket) -> None:
        with self._lock:
            self._open.append(visitor)
            oldest = self._open.pop(0) if len(self._open) > PLACES else None
        if oldest is not None:
            with contextlib.suppress(OSError):  # it has just gone by itself
                oldest.shutdown(socket.SHUT_RDWR)

    def leave(self, visitor: socket.socket) -> None:
        with self._lock, contextlib.suppress(ValueError):
            self._open.remove(visitor)

    def take(self, found: dict[str, str]) -> None:
        """The first answer counts; a page that is loaded again changes nothing."""
        with self._lock:
            if self._taken is None:
                self._taken = found
        self._came.set()

    def _add_ipv6(self) -> None:
        """A port that somebody else holds on [::1] is taken as well: the browser might bring the code to them."""
        try:
            self._servers.append(_Server(self, socket.AF_INET6, "::1"))
        except OSError as error:
            if error.errno not in _NO_IPV6:
                raise

    def _refused(self, error: OSError) -> UsageError:
        why = "another program uses it" if error.errno == errno.EADDRINUSE else str(error.strerror or error)
        return UsageError(
            f"port {self.port} of this machine cannot be listened at: {why}",
            hint=f"the same command with --port {self.port + 1}; where you have registered {self.address} with an app "
            "of your own, register the new address there too",
        )


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True  # a login just before leaves the port in TIME_WAIT
    request_queue_size = 128

    def __init__(self, listener: Listener, family: socket.AddressFamily, host: str) -> None:
        self.address_family = family
        self.listener = listener
        self._thread: threading.Thread | None = None
        super().__init__((host, listener.port), _Visit)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()

    def start(self) -> None:
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self.shutdown()
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.listener.enter(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.listener.leave(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is everyday life, not worth a word on the terminal."""


class _Visit(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        head = self._head()
        if head is None:
            return
        page, found = self.server.listener.answer(head)
        try:
            self.request.sendall(page)
        finally:
            if found is not None:
                self.server.listener.take(found)

    def _head(self) -> bytes | None:
        """The request up to its empty line; None for one that does not come whole in time and size."""
        ends, head = _clock.monotonic() + PATIENCE, b""
        while b"\r\n\r\n" not in head and b"\n\n" not in head:
            left = ends - _clock.monotonic()
            if left <= 0 or len(head) > LONGEST:
                return None
            self.request.settimeout(left)
            more = self.request.recv(4096)
            if not more:
                return None
            head += more
            if head.startswith(_TLS):
                return None
        return head
