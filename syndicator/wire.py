"""The wire under `http.py`: checked addresses, one clock per request, and whether a byte may have left.

Enters: a prepared request. Leaves: a response whose body is still to be read, or whatever the libraries raise; the
`Exchange` then knows the two facts by which `verdict.py` decides. It never retries, asks no proxy, and connects to no
address that was not checked.
"""

import contextlib
import http.client
import socket
import threading
from types import TracebackType
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager

from syndicator.address import Address, Resolver, first_private
from syndicator.clock import SystemClock
from syndicator.verdict import BlockedAddress, NotSent, said_by_system

_LONGEST_HEAD = 65_536  # bytes, interim answers included
_clock = SystemClock()  # sockets keep real time, whatever the rest of the program is told


class Exchange:
    """One request and its redirects: the clock they share, and the wire to cut when time is up.

    urllib3 counts time-outs from byte to byte, so a server that sends one now and then holds a client for ever. The
    watchdog shuts the connection down instead; it holds a duplicate of the descriptor, because the original changes
    hands when TLS begins, and numbers of closed ones are used again.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.may_have_left = False
        self.expired = False
        self._ends = _clock.monotonic() + seconds
        self._lock = threading.Lock()
        self._wire: socket.socket | None = None
        self._watchdog = threading.Timer(seconds, self._cut)
        self._watchdog.daemon = True
        self._watchdog.name = "request"

    def __enter__(self) -> Self:
        try:
            self._watchdog.start()
        except RuntimeError as error:  # a limit of the system; nothing has left yet
            raise NotSent("no thread can be started to keep the time of a request") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._watchdog.cancel()
        with self._lock:
            self._let_go()

    def remaining(self) -> float:
        return max(0.001, self._ends - _clock.monotonic())

    @property
    def late(self) -> bool:
        """Whether the deadline passed: the watchdog said so, or a socket's own time-out was a hair quicker."""
        return self.expired or _clock.monotonic() >= self._ends

    def hold(self, wire: socket.socket) -> None:
        with self._lock:
            self._let_go()
            self._wire = socket.socket(wire.family, wire.type, wire.proto, fileno=_duplicate(wire))
            if self.expired:
                self._shut()

    def _cut(self) -> None:
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        if self._wire is not None:
            with contextlib.suppress(OSError):  # not connected yet, which `remaining` bounds, or no longer
                self._wire.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def _duplicate(wire: socket.socket) -> int:
    return socket.dup(wire.fileno())


class Gate:
    """Where a session may go, and the exchange it is in."""

    def __init__(self, allowed: frozenset[str], connect: float, resolve: Resolver) -> None:
        self.allowed = allowed
        self.connect_seconds = connect
        self.resolve = resolve
        self.exchange: Exchange | None = None

    def open(self, host: str, port: int) -> socket.socket:
        """A connected socket to a checked address. Raises NotSent."""
        exchange = self._current()
        error: OSError | None = None
        for address in self._checked(host, port, exchange):
            try:
                return _connect(address, min(self.connect_seconds, exchange.remaining()))
            except OSError as refusal:
                error = refusal
        raise NotSent(f"{host}: {said_by_system(error)}") from error

    def watch(self, wire: socket.socket) -> None:
        self._current().hold(wire)

    def before_sending(self) -> float:
        """Note that a byte may leave now; how long sending may take."""
        exchange = self._current()
        exchange.may_have_left = True
        return exchange.remaining()

    def _checked(self, host: str, port: int, exchange: Exchange) -> list[Address]:
        try:
            addresses = self.resolve(host, port, min(self.connect_seconds, exchange.remaining()))
        except (OSError, UnicodeError) as error:
            raise NotSent(f"{host}: the name cannot be looked up: {said_by_system(error)}") from error
        private = None if host.strip("[]").rstrip(".").lower() in self.allowed else first_private(addresses)
        if private is not None:
            raise BlockedAddress(
                f"{host}: leads to {private.ip}, which is not a public address; "
                f'if it is yours, add "{host}" to allow_private under [http] in config.toml'
            )
        return addresses

    def _current(self) -> Exchange:
        if self.exchange is None:
            raise NotSent("requests go through GuardedSession.send, which keeps their time")
        return self.exchange


def _connect(address: Address, seconds: float) -> socket.socket:
    wire = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        wire.settimeout(seconds)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.connect(address.sockaddr)
    except BaseException:
        wire.close()
        raise
    return wire


class _Head:
    """Reads the lines before a body, and knows when they stop short or do not stop."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = _LONGEST_HEAD
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._stream.readline(limit)
        self.last = line
        self._left -= len(line)
        if self._left < 0:
            raise http.client.LineTooLong("the head of the answer")
        return line

    def close(self) -> None:
        self._stream.close()


class _Reply(http.client.HTTPResponse):
    """Two things that http.client lets pass: it takes a head that breaks off for a whole one, and (in 3.11) a 102 or
    103 for the final answer, so that the real one would stand in the pooled connection as the reply to the next."""

    fp: Any

    def begin(self) -> None:
        stream, head = self.fp, _Head(self.fp)
        self.fp = head
        try:
            super().begin()
            if not head.last:
                raise http.client.RemoteDisconnected("the answer broke off in its headers")
        finally:
            self.fp = stream if self.fp is head else None  # None: closed on the way

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        while 100 < status < 200 and status != http.HTTPStatus.SWITCHING_PROTOCOLS:
            http.client.parse_headers(self.fp)
            version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, status, reason


class _Guarded(HTTPConnection):
    gate: Gate
    response_class = _Reply

    def _new_conn(self) -> socket.socket:
        wire = self.gate.open(self._dns_host, int(self.port))
        self.gate.watch(wire)
        return wire

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # from the pool, or through TLS
            self.gate.watch(self.sock)
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        seconds = self.gate.before_sending()
        if self.sock is not None:
            self.sock.settimeout(seconds)  # urllib3 would give a whole upload no more than the time to connect
        super().send(data)


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    gate: Gate
    ConnectionCls = _Guarded

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        connection.gate = self.gate  # type: ignore[attr-defined]
        return connection


class _HTTPSPool(HTTPSConnectionPool):
    gate: Gate
    ConnectionCls = _GuardedHTTPS

    def _new_conn(self) -> Any:
        connection = super()._new_conn()
        connection.gate = self.gate  # type: ignore[attr-defined]
        return connection


class _Pools(PoolManager):
    def __init__(self, gate: Gate, **options: Any) -> None:
        super().__init__(**options)
        self.gate = gate
        self.pool_classes_by_scheme = {"http": _Pool, "https": _HTTPSPool}

    def _new_pool(self, *args: Any, **kwargs: Any) -> Any:
        pool = super()._new_pool(*args, **kwargs)
        pool.gate = self.gate  # type: ignore[attr-defined]
        return pool


class GuardedAdapter(HTTPAdapter):
    """requests' adapter over guarded connections. Its default of no retries at all is kept."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        self.poolmanager = _Pools(self._gate, num_pools=connections, maxsize=maxsize, block=block, **options)
