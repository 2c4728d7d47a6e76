"""The one way out: every request of the project, and of the libraries it stands on, goes through here.

Enters: requests. Leaves: responses whose bodies have been read, or NotSent or ReplyLost, which say whether the service
can have seen the request. Each request has a deadline for all of it, a cap on its body and checked addresses; nothing
comes from the environment (proxies, netrc), no cookie is kept, and nothing is sent twice.
"""

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from syndicator import __version__, address, log
from syndicator.clock import SystemClock
from syndicator.connector import ConnectorError, OutcomeUnknown, Retryable, Scope
from syndicator.reply import judge, retry_after, said
from syndicator.verdict import LIBRARY_ERRORS, BlockedAddress, NotSent, ReplyLost, TooLarge, cause_of, meaning_of
from syndicator.wire import Exchange, Gate, GuardedAdapter

__all__ = [
    "RATIO",
    "BlockedAddress",
    "GuardedSession",
    "Http",
    "NotSent",
    "ReplyLost",
    "TooLarge",
    "cause_of",
    "from_transport",
    "is_bomb",
    "is_cut",
    "judge",
    "retry_after",
    "said",
    "user_agent",
]

HOME = "https://github.com/syndicator/syndicator"
_REDIRECTS = 5
_CHUNK = 65_536
_SUSPICIOUS = 1_000_000  # bytes; below it, decompression is not worth counting
RATIO = 100  # of decompressed to compressed; long documents stay below 20
_TRUSTED_IDLE = 15.0  # seconds; a pooled connection idle for longer may be dead, and only a lost request would show it
_CUT = "is_cut"
_clock = SystemClock()  # sockets keep real time, whatever the rest of the program is told


def user_agent(contact: str | None = None) -> str:
    """How we introduce ourselves; `contact` lets the owner of a service reach the owner of this blog."""
    return f"syndicator/{__version__} (+{HOME}{f'; {contact}' if contact else ''})"


class GuardedSession(requests.Session):
    """A requests session that libraries can be given. Used by one thread at a time."""

    def __init__(
        self, gate: Gate, *, agent: str, deadline: float, max_body: int, adapter: type[GuardedAdapter] = GuardedAdapter
    ) -> None:
        super().__init__()
        self.last: requests.Response | None = None
        self.trust_env = False
        self.headers.update({"User-Agent": agent, "Accept-Encoding": "gzip, deflate"})
        self.mount("https://", adapter(gate))
        self.mount("http://", adapter(gate))
        self._gate = gate
        self._deadline = deadline
        self._max_body = max_body
        self._used = 0.0

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As in requests; raises NotSent for what cannot be a request, such as a URL without a host."""
        try:
            return super().prepare_request(request)
        except (requests.RequestException, HTTPError, ValueError) as error:
            raise NotSent(f"not a request that can be sent: {_short(error)}") from error

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send once. A caller's `timeout` can only shorten the deadline; `verify` can name a CA file, not be False.

        Raises NotSent or ReplyLost, of which BlockedAddress and TooLarge are kinds.
        """
        self.last = None
        if _clock.monotonic() - self._used > _TRUSTED_IDLE:
            self.close()
        asked = kwargs.get("timeout")
        seconds = min(self._deadline, asked) if isinstance(asked, int | float) else self._deadline
        with Exchange(seconds) as exchange:
            self._gate.exchange = exchange
            try:
                response = self._hop(request, exchange, kwargs)
                if kwargs.get("allow_redirects", True) and request.method in ("GET", "HEAD"):
                    response = self._follow(response, exchange, kwargs)
                return response
            finally:
                self._gate.exchange = None
                self._used = _clock.monotonic()

    def _follow(self, response: requests.Response, exchange: Exchange, kwargs: dict[str, Any]) -> requests.Response:
        history: list[requests.Response] = []
        while (hop := self._next_hop(response)) is not None:
            history.append(response)
            if len(history) > _REDIRECTS:
                raise ReplyLost(f"{_host(response.url)}: more than {_REDIRECTS} redirects")
            response = self._hop(hop, exchange, kwargs)
            response.history = list(history)
        return response

    def _next_hop(self, response: requests.Response) -> requests.PreparedRequest | None:
        try:
            location = self.get_redirect_target(response)
            if location is None:
                return None
            hop = response.request.copy()
            hop.prepare_url(urljoin(response.url, location), None)
        except (requests.RequestException, HTTPError, ValueError) as error:
            raise ReplyLost(f"{_host(response.url)}: redirects to no usable address: {_short(error)}") from error
        self.rebuild_auth(hop, response)  # type: ignore[no-untyped-call]  # drops Authorization for any other scheme, host or port
        hop.headers.pop("Cookie", None)
        return hop

    def _hop(self, request: requests.PreparedRequest, exchange: Exchange, kwargs: dict[str, Any]) -> requests.Response:
        exchange.may_have_left = False
        try:
            response = self._adapter_for(request).send(
                request,
                stream=True,
                timeout=(exchange.remaining(), exchange.remaining()),
                verify=kwargs.get("verify") or self.verify or True,
                proxies={},
            )
        except LIBRARY_ERRORS as error:
            raise self._verdict(error, request, exchange) from error
        self.last = response
        self._take_body(response, exchange)
        return response

    def _adapter_for(self, request: requests.PreparedRequest) -> GuardedAdapter:
        adapter = self.adapters.get(f"{urlsplit(request.url or '').scheme.lower()}://")
        if not isinstance(adapter, GuardedAdapter):
            raise BlockedAddress(f"{_short(request.url)}: only http and https are spoken here")
        return adapter

    def _take_body(self, response: requests.Response, exchange: Exchange) -> None:
        body, error = self._read(response, exchange)
        response.raw = io.BytesIO(body)
        response.content  # noqa: B018 - requests takes the body from `raw` when it is first asked for
        if error is None:
            return
        if response.request.method == "POST" and 200 <= response.status_code < 300:
            vars(response)[_CUT] = True  # the service said yes; that counts more than what followed
            return
        raise self._verdict(error, response.request, exchange) from error

    def _read(self, response: requests.Response, exchange: Exchange) -> tuple[bytes, Exception | None]:
        """The body, decompressed, up to the cap; and what kept us from the rest of it."""
        raw, body = response.raw, bytearray()
        try:
            if "," in raw.headers.get("Content-Encoding", ""):
                raise ReplyLost(f"{_host(response.url)}: the answer is compressed more than once")
            while chunk := raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > self._max_body:
                    raise TooLarge(f"{_host(response.url)}: the answer is larger than {self._max_body:,} bytes")
                if is_bomb(len(body), raw.tell()):
                    raise TooLarge(f"{_host(response.url)}: the answer unpacks to over {RATIO} times its size")
            if exchange.expired:  # a connection that we cut looks like one that ended
                raise TimeoutError("the deadline passed")
        except LIBRARY_ERRORS as error:
            raw.close()
            return bytes(body[: self._max_body]), error
        return bytes(body), None

    def _verdict(
        self, error: BaseException, request: requests.PreparedRequest, exchange: Exchange
    ) -> NotSent | ReplyLost:
        verdict = meaning_of(
            error,
            host=_host(request.url),
            may_have_left=exchange.may_have_left,
            late=exchange.seconds if exchange.late else None,
        )
        verdict.request = request
        return verdict


class Http:
    """Where sessions come from: the owner's policy about addresses, names and time."""

    def __init__(
        self,
        *,
        allow_private: Iterable[str] = (),
        user_agent: str = user_agent(),
        deadline: float = 60.0,
        connect: float = 10.0,
        max_body: int = 5_000_000,
        resolve: address.Resolver = address.resolve,
        adapter: type[GuardedAdapter] = GuardedAdapter,
    ) -> None:
        self._allowed = frozenset(_host_named(text) for text in allow_private)
        self._agent = user_agent
        self._deadline = deadline
        self._connect = connect
        self._max_body = max_body
        self._resolve = resolve
        self._adapter = adapter

    def allowing(self, *hosts_or_urls: str) -> "Http":
        """A copy that may also reach these hosts, named by the owner, on private addresses."""
        return Http(
            allow_private=self._allowed | {_host_named(text) for text in hosts_or_urls},
            user_agent=self._agent,
            deadline=self._deadline,
            connect=self._connect,
            max_body=self._max_body,
            resolve=self._resolve,
            adapter=self._adapter,
        )

    def session(self, *, deadline: float | None = None, max_body: int | None = None) -> GuardedSession:
        """A new session. `deadline` in seconds for a whole request, `max_body` in bytes after decompression."""
        return GuardedSession(
            Gate(self._allowed, self._connect, self._resolve),
            agent=self._agent,
            deadline=self._deadline if deadline is None else deadline,
            max_body=self._max_body if max_body is None else max_body,
            adapter=self._adapter,
        )


def is_bomb(unpacked: int, packed: int) -> bool:
    """Whether that many bytes cannot honestly have come out of so few."""
    return unpacked > max(_SUSPICIOUS, RATIO * packed)


def is_cut(response: requests.Response) -> bool:
    """Whether a POST was answered with success and the body of the answer was lost: status known, id not."""
    return bool(vars(response).get(_CUT, False))


def from_transport(error: NotSent | ReplyLost) -> ConnectorError:
    """The connector's answer for a transport error. What keeps one delivery from a host keeps all of them."""
    reason = _short(error)
    return Retryable(reason, scope=Scope.NETWORK) if isinstance(error, NotSent) else OutcomeUnknown(reason)


def _host_named(text: str) -> str:
    """The host in what an owner writes (host, host:port, URL), in the spelling that requests will use for it."""
    if "://" not in text:
        text = f"http://[{text}]" if text.count(":") > 1 and "[" not in text else f"http://{text}"
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(text, None)
    except (requests.RequestException, HTTPError, ValueError):
        return text
    return _host(prepared.url)


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "?").rstrip(".")
    except ValueError:
        return "?"


def _short(what: object) -> str:
    return log.escape(log.redact(str(what)))[:300]
