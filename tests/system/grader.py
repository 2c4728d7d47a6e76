"""A server of feeds that keeps an eye on who asks, and gives marks for what a good reader does not do.

It judges as the public feed-reader scores do: by the requests alone, knowing what it answered and when. The time is the
test's. The marks are facts about requests; nothing in it knows who wrote the client.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT_ONCE = timedelta(seconds=30)
SOONEST_AFTER_ERROR = timedelta(minutes=5)
LONGEST_FRESHNESS = timedelta(hours=5)  # nobody expects a reader to believe more
UNCONDITIONAL = timedelta(days=7)  # one whole document a week heals what validators have spoilt
UNNAMED = ("cookie", "referer", "cache-control", "pragma", "authorization", "a-im")


@dataclass(frozen=True, slots=True)
class Given:
    """One answer of a feed: what the reader may use, and what it has to keep."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def offers(self) -> tuple[str | None, str | None]:
        return self.headers.get("ETag"), self.headers.get("Last-Modified")


@dataclass(frozen=True, slots=True)
class Visit:
    at: datetime
    target: str  # as it stood in the request line
    headers: Mapping[str, str]  # names in lower case
    given: Given

    @property
    def conditions(self) -> tuple[str | None, str | None]:
        return self.headers.get("if-none-match"), self.headers.get("if-modified-since")

    @property
    def is_conditional(self) -> bool:
        return self.conditions != (None, None)


Feed = Callable[[datetime, Mapping[str, str]], Given]


class Grader:
    """Serves `feeds`, each under its path, to whoever asks, and judges afterwards."""

    def __init__(self, feeds: Mapping[str, Feed], now: Callable[[], datetime]) -> None:
        self.visits: list[Visit] = []
        self.together = 0  # the most requests that were under way at one time
        self._feeds = feeds
        self.now = now
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._under_way = 0
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def visited(self, target: str, headers: Mapping[str, str]) -> Given:
        with self._lock:
            self._under_way += 1
            self.together = max(self.together, self._under_way)
            now, path = self.now(), target.partition("?")[0].partition("#")[0]
            feed = self._feeds.get(path)
            given = feed(now, headers) if feed else Given(404)
            self.visits.append(Visit(now, target, headers, given))
            return given

    def served(self) -> None:
        with self._lock:
            self._under_way -= 1

    def marks(self) -> set[tuple[str, str]]:
        """(mark, path), each once however often it was earned."""
        found = {(mark, visit.target) for visit in self.visits for mark in _of_one(visit, self._feeds)}
        for path in self._feeds:
            visits = [visit for visit in self.visits if visit.target.partition("?")[0].partition("#")[0] == path]
            found |= {(mark, path) for mark in _of_all(visits)}
        return found | ({("several at a time", "")} if self.together > 1 else set())


def _of_one(visit: Visit, feeds: Mapping[str, Feed]) -> Iterator[str]:
    if "?" in visit.target:
        yield "query parameters"
    if "#" in visit.target or " " in visit.target:
        yield "fragments"
    if visit.target.partition("?")[0].partition("#")[0] not in feeds:
        yield "asks for other things"
    yield from (f"sends {name}" for name in UNNAMED if name in visit.headers)
    if "gzip" not in visit.headers.get("accept-encoding", ""):
        yield "takes no compression"
    if "+http" not in visit.headers.get("user-agent", ""):
        yield "says not who it is"


def _of_all(visits: list[Visit]) -> Iterator[str]:
    offered: tuple[str | None, str | None] = (None, None)
    whole: datetime | None = None  # when we last gave the whole document to a question without conditions
    for index, visit in enumerate(visits):
        before = visits[index - 1] if index else None
        yield from _of_conditions(visit, offered, whole)
        if before is not None:
            yield from _of_pace(before, visit, _limits_in_a_row(visits[:index]))
        if visit.given.status == 200:
            offered = visit.given.offers
            whole = visit.at if not visit.is_conditional else whole
        if visit.given.status == 304:
            offered = tuple(new or old for new, old in zip(visit.given.offers, offered, strict=True))  # type: ignore[assignment]


def _of_conditions(visit: Visit, offered: tuple[str | None, str | None], whole: datetime | None) -> Iterator[str]:
    if any(said is not None and said != known for said, known in zip(visit.conditions, offered, strict=True)):
        yield "wrong or invented validators"
    if visit.is_conditional or offered == (None, None):
        return
    if whole is None or visit.at - whole < UNCONDITIONAL:
        yield "unconditional again"


def _of_pace(before: Visit, visit: Visit, limits: int) -> Iterator[str]:
    gap = visit.at - before.at
    if gap < AT_ONCE:
        yield "twice at once"
    status, headers = before.given.status, before.given.headers
    if gap < _wished(before):
        yield "comes before Retry-After"
    if status in (200, 304) and gap < min(_fresh(headers), LONGEST_FRESHNESS):
        yield "ignores Cache-Control"
    if status < 400 and gap < (2 * HOUR if status == 200 and before.given.offers == (None, None) else HOUR):
        yield "too often"
    if status == 429 and "Retry-After" not in headers and gap < min(HOUR * 2 ** (limits - 1), DAY):
        yield "does not slow down"
    if status == 404 and gap < HOUR:
        yield "does not slow down"
    if status >= 500 and gap < SOONEST_AFTER_ERROR:
        yield "does not slow down"
    if status == 410:
        yield "asks for what is gone"


def _limits_in_a_row(visits: list[Visit]) -> int:
    count = 0
    for visit in reversed(visits):
        if visit.given.status != 429:
            break
        count += 1
    return count


def _wished(visit: Visit) -> timedelta:
    value = visit.given.headers.get("Retry-After", "")
    if value.isdecimal():
        return timedelta(seconds=int(value))
    if not value or visit.given.status not in (429, 503):
        return timedelta(0)
    return parsedate_to_datetime(value) - visit.at


def _fresh(headers: Mapping[str, str]) -> timedelta:
    _, said, seconds = headers.get("Cache-Control", "").partition("max-age=")
    return timedelta(seconds=int(seconds)) if said else timedelta(0)


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def _handler_for(grader: Grader) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            given = grader.visited(self.path, {name.lower(): value for name, value in self.headers.items()})
            self.send_response_only(given.status)
            self.send_header("Date", http_date(grader.now()))
            for name, value in given.headers.items():
                self.send_header(name, value)
            if given.status != 304:
                self.send_header("Content-Length", str(len(given.body)))
            grader.served()
            self.end_headers()
            if given.status != 304:
                self.wfile.write(given.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            pass

    return Handler
