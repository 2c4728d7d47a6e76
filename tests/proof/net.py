"""The wire of the simulation: carries requests to pretend services in this process, and goes wrong where it is told to.

Enters: prepared requests, from the real guarded session. Leaves: responses, or what a broken connection raises. It
opens no socket. Before a publishing request is carried, it looks into the ledger's file: rule R1 is checked there.
"""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from urllib3 import HTTPResponse

from syndicator.clock import ManualClock
from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator.wire import GuardedAdapter

TAKES = timedelta(milliseconds=200)  # a request that goes well
LATE = 45.0  # seconds after which a request is processed although its connection is long gone
DEADLINE = timedelta(seconds=60)


class Fault(StrEnum):
    REFUSED = "refused"  # no connection
    RESET = "reset"  # read, not processed, connection reset
    LOST = "lost"  # processed, connection reset
    SILENT = "silent"  # processed, and nothing said until the deadline
    LATE = "late"  # connection reset, processed 45 s later
    FAILED = "failed"  # 500, not processed
    DONE_503 = "done-503"  # processed, 503
    LIMITED = "limited"  # 429 with Retry-After
    CUT = "cut"  # processed, the answer's body cut
    PORTAL = "portal"  # 200 and somebody else's HTML, not processed


class Saw(StrEnum):
    """What the client can know of a publishing request by its answer."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


@dataclass(slots=True)
class Sent:
    """A publishing request, and what its sender saw of it."""

    at: float
    saw: Saw = Saw.NOTHING
    delivery: int = 0  # whose it is; 0: its sender did not say


@dataclass(slots=True)
class Net:
    """`step` is told of every point at which the process may die; `guard` is called before a publishing request."""

    clock: ManualClock
    services: dict[str, PretendService] = field(default_factory=dict)  # network location → who answers there
    publishing: str = ""
    reading: str = ""
    faults: list[Fault | None] = field(default_factory=list)  # from the first publishing request on, for it and reads
    anywhere: dict[int, Fault] = field(default_factory=dict)  # number of a request to a service → its fault
    step: Callable[[str], None] = lambda name: None
    durable: Callable[[], None] = lambda: None
    guard: Callable[[], None] = lambda: None
    met: Callable[[], None] = lambda: None  # told of every request that a fault of `faults` could meet
    log: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    late: list[tuple[float, str, Request]] = field(default_factory=list)
    number: int = 0
    observed: int = 0  # requests that a fault of `faults` could have met
    others: dict[str, "Net"] = field(default_factory=dict)  # the plans and records of several networks, by location
    polls: list[Fault | None] = field(default_factory=list)  # faults of the next requests for the feed
    skew: timedelta = timedelta(0)  # by how much our clock is ahead of everybody else's
    sending: int = 0  # the delivery whose publishing request is to leave, as `guard` has found it

    def true_now(self) -> datetime:
        return self.clock.now() - self.skew

    def kept(self) -> tuple[int, int, list[Sent], list[tuple[float, str, Request]]]:
        """What this network's part of the wire has seen, and what is still to be done."""
        return self.number, self.observed, [replace(one) for one in self.sent], list(self.late)

    def put_back(self, kept: tuple[int, int, list[Sent], list[tuple[float, str, Request]]]) -> None:
        self.number, self.observed, sent, late = kept
        self.sent, self.late = [replace(one) for one in sent], list(late)

    def carry(self, adapter: "Wire", request: requests.PreparedRequest) -> requests.Response:
        place, asked = _asked(request)
        self.clock.advance(TAKES)
        self.work_late()
        service = self.services[place]
        line = f"{asked.method} {asked.path}"
        plan = self.others.get(place, self)
        is_publishing = bool(plan.publishing and place != BLOG and re.search(plan.publishing, line))
        fault = self._fault_of_blog(line) if place == BLOG else plan._fault(line, is_publishing)
        if is_publishing:
            plan.guard()
            saw = Saw.NO if fault is Fault.REFUSED else Saw.NOTHING
            plan.sent.append(Sent(self.clock.now().timestamp(), saw, plan.sending))
        self.step(f"before {line}")
        answer = self._happen(adapter, service, asked, fault, is_publishing, place)
        self._note(line, fault, answer)
        self.step(f"after {line}")
        if isinstance(answer, Exception):
            raise answer
        if is_publishing:
            plan.sent[-1].saw = _seen(answer.status_code)
        return answer

    def work_late(self) -> None:
        """What services do after the connection is gone, at the time at which they do it."""
        now = self.true_now().timestamp()
        due = [one for one in self.late if one[0] <= now]
        self.late = [one for one in self.late if one[0] > now]
        here = self.clock._now
        for at, place, asked in sorted(due, key=lambda one: one[0]):
            # Signatures and tokens are judged by that time as well.
            self.clock._now = datetime.fromtimestamp(at, UTC) + self.skew
            reply = _answered(self.services[place], asked)
            self.log.append(f"{self._time()} late {asked.method} {asked.path} {reply.status}")
        self.clock._now = here

    def _fault_of_blog(self, line: str) -> Fault | None:
        return self.polls.pop(0) if self.polls and line == "GET /feed.xml" else None

    def _fault(self, line: str, is_publishing: bool) -> Fault | None:
        self.number += 1
        if (fault := self.anywhere.pop(self.number, None)) is not None:
            return fault
        if not is_publishing and not (self.sent and self.reading and re.search(self.reading, line)):
            return None
        self.observed += 1
        self.met()
        return self.faults.pop(0) if self.faults else None

    def _happen(
        self, adapter: "Wire", service: PretendService, asked: Request, fault: Fault | None, publishes: bool, place: str
    ) -> requests.Response | Exception:
        match fault:
            case Fault.REFUSED:
                return ConnectionRefusedError(111, "Connection refused")
            case Fault.PORTAL:
                page = Reply(200, b"<!doctype html><p>Please log in to this network</p>", {"Content-Type": "text/html"})
                return adapter.response(asked, page, self.clock)
            case Fault.FAILED:
                return adapter.response(asked, Reply(500, {"error": "Internal Server Error"}), self.clock)
            case Fault.LIMITED:
                limit = Reply(429, {"error": "Too many requests"}, {"Retry-After": "120"})
                return adapter.response(asked, limit, self.clock)
        adapter.leaves()
        if fault is Fault.RESET:
            return ConnectionResetError(104, "Connection reset by peer")
        if fault is Fault.LATE:
            self.late.append((self.true_now().timestamp() + LATE, place, asked))
            return ConnectionResetError(104, "Connection reset by peer")
        reply = _answered(service, asked)
        if asked.method != "GET":
            self.durable()
            self.step(f"within {asked.method} {asked.path}")
        match fault:
            case Fault.LOST:
                return ConnectionResetError(104, "Connection reset by peer")
            case Fault.SILENT:
                self.clock.advance(DEADLINE)
                return TimeoutError("timed out")
            case Fault.DONE_503:
                return adapter.response(asked, Reply(503, {"error": "Service Unavailable"}), self.clock)
        return adapter.response(asked, reply, self.clock, cut=fault is Fault.CUT)

    def _note(self, line: str, fault: Fault | None, answer: requests.Response | Exception) -> None:
        said = type(answer).__name__ if isinstance(answer, Exception) else str(answer.status_code)
        self.log.append(f"{self._time()} {line} {fault or 'ok'} {said}")

    def _time(self) -> str:
        return self.clock.now().strftime("%d %H:%M:%S.%f")


BLOG = "127.0.0.1:4000"
SERVICE = "127.0.0.1:5000"


class Wire(GuardedAdapter):
    """In place of the adapter that connects."""

    net: Net

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._request = request
        return self.net.carry(self, request)

    def leaves(self) -> None:
        """From here on a byte may have left, as far as the session can tell."""
        self._gate.before_sending()

    def response(self, asked: Request, reply: Reply, clock: ManualClock, *, cut: bool = False) -> requests.Response:
        self.leaves()
        body = reply.body if isinstance(reply.body, bytes) else _as_json(reply.body)
        headers = {"Content-Length": str(len(body)), "Date": formatdate(clock.now().timestamp(), usegmt=True)}
        if reply.body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        headers |= {"-".join(part.capitalize() for part in k.split("-")): v for k, v in reply.headers.items()}
        stream = _Cut(body[: len(body) // 2]) if cut else io.BytesIO(body)
        raw = HTTPResponse(stream, headers=headers, status=reply.status, preload_content=False)
        return self.build_response(self._request, raw)


class _Cut(io.BytesIO):
    """A body that breaks off."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(size) or self._broken()

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(size) or self._broken()

    def _broken(self) -> bytes:
        raise ConnectionResetError(104, "Connection reset by peer")


def wire_over(net: Net) -> type[Wire]:
    """An adapter for `Http(adapter=…)`."""
    return type("WireOver", (Wire,), {"net": net})


def _asked(request: requests.PreparedRequest) -> tuple[str, Request]:
    url = urlsplit(str(request.url))
    body = request.body
    if hasattr(body, "read"):
        body = body.read()  # type: ignore[union-attr]
    if isinstance(body, str):
        body = body.encode()
    headers = {k.lower(): v if isinstance(v, str) else v.decode() for k, v in request.headers.items()}
    return url.netloc, Request(str(request.method), url.path, parse_qs(url.query), headers, bytes(body or b""))


def _answered(service: PretendService, asked: Request) -> Reply:
    try:
        return service.answer(asked)
    except Exception as error:  # what the real handler of a pretend service does
        return Reply(500, {"error": f"{type(error).__name__}: {error}"})


def _seen(status: int) -> Saw:
    if 200 <= status < 300:
        return Saw.YES
    return Saw.NOTHING if status in (408, 409) or status >= 500 else Saw.NO


def _as_json(body: Any) -> bytes:
    return b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
