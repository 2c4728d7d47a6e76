"""The ground that pretend services stand on: a real HTTP server on loopback that misbehaves on demand.

A connector's `sandbox.py` subclasses `PretendService` and answers requests; faults are asked for by tests and by
`syndicate demo`, one per matching request, and happen where real ones do: before the work, or after it.
"""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit


class Fault(StrEnum):
    REFUSE = "refuse"  # answer `status` without doing the work
    LOSE_REPLY = "lose-reply"  # do the work, then reset the connection
    RESET = "reset"  # read the request, then reset without doing the work
    ERROR_AFTER = "error-after"  # do the work, then answer `status`
    STALL = "stall"  # do the work, then say nothing for `seconds`
    LATE = "late"  # answer `status` at once, do the work after `seconds`
    CUT_BODY = "cut-body"  # do the work, send headers and half of the body


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault waiting for the next request whose "METHOD /path" matches `pattern`."""

    fault: Fault
    pattern: str = ""
    status: int = 500
    seconds: float = 1.0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """`body`: bytes go out as they are, anything else as JSON, None as an empty body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class PretendService:
    """Subclass, override `answer`, use as a context manager. `requests` holds everything that came in.

    `publishing` and `identity` are regular expressions over "METHOD /path": the request that makes a copy public, and
    the one that proves the account. Faults and tests aim at them.
    """

    publishing: ClassVar[str] = ""
    identity: ClassVar[str] = ""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._faults: list[Planned] = []
        self._timers: list[threading.Timer] = []
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Reply:
        """Do the work of one request, under `self.lock`."""
        raise NotImplementedError

    def fail_next(self, fault: Fault, pattern: str = "", **details: Any) -> None:
        """Plan a fault for the next request matching `pattern`, a regular expression over "METHOD /path"."""
        with self.lock:
            self._faults.append(Planned(fault, pattern, **details))

    def calm(self) -> None:
        """Forget the faults that are still planned."""
        with self.lock:
            self._faults.clear()

    def seen(self, pattern: str) -> list[Request]:
        with self.lock:
            return [r for r in self.requests if re.search(pattern, f"{r.method} {r.path}")]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for timer in self._timers:
            timer.cancel()
        self._server.shutdown()
        self._server.server_close()

    def take(self, request: Request) -> tuple[Reply | None, Planned | None]:
        """Record and answer one request; a reply of None means that the connection is to be reset."""
        with self.lock:
            self.requests.append(request)
            planned = self._planned_for(request)
            if planned is None:
                return self._safe_answer(request), None
            return self._misbehave(request, planned), planned

    def _misbehave(self, request: Request, planned: Planned) -> Reply | None:
        spoiled = Reply(planned.status, planned.body, planned.headers)
        if planned.fault is Fault.REFUSE:
            return spoiled
        if planned.fault is Fault.RESET:
            return None
        if planned.fault is Fault.LATE:
            self._later(planned.seconds, request)
            return spoiled
        answer = self._safe_answer(request)
        if planned.fault is Fault.LOSE_REPLY:
            return None
        return spoiled if planned.fault is Fault.ERROR_AFTER else answer

    def _later(self, seconds: float, request: Request) -> None:
        def work() -> None:
            with self.lock:
                self._safe_answer(request)

        timer = threading.Timer(seconds, work)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def _planned_for(self, request: Request) -> Planned | None:
        for planned in self._faults:
            if re.search(planned.pattern, f"{request.method} {request.path}"):
                self._faults.remove(planned)
                return planned
        return None

    def _safe_answer(self, request: Request) -> Reply:
        try:
            return self.answer(request)
        except Exception as error:
            return Reply(500, {"error": f"{type(error).__name__}: {error}"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def shutdown_request(self, request: Any) -> None:
        """Close without the polite half-close of the base class, so that a reset stays a reset."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is everyday life here, not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    service: PretendService
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two writes, and a client may delay its ACK by 40 ms

    def _serve(self) -> None:
        request = self._request()
        if request is None:
            self.close_connection = True
            return
        reply, planned = self.service.take(request)
        if reply is None:
            self._reset()
            return
        if planned is not None and planned.fault is Fault.STALL:
            time.sleep(planned.seconds)
        self._send(reply, cut=planned is not None and planned.fault is Fault.CUT_BODY)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 - the base class looks for these names

    def _request(self) -> Request | None:
        """None for one whose body breaks off: no service works on half of a request."""
        url = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        headers = {k.lower(): v for k, v in self.headers.items()}
        body = self.rfile.read(length)
        return Request(self.command, url.path, parse_qs(url.query), headers, body) if len(body) == length else None

    def _send(self, reply: Reply, *, cut: bool) -> None:
        body = reply.body if isinstance(reply.body, bytes) else _as_json(reply.body)
        self.send_response(reply.status)
        kinds = {k.lower() for k in reply.headers}
        if "content-type" not in kinds and reply.body is not None:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and reply.status not in (204, 304):
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self._reset()

    def _reset(self) -> None:
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)  # close() then sends RST, as a crashing server's kernel does
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


def _handler_for(service: PretendService) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"service": service})


def _as_json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
