"""One installation whose networks are reached through fault proxies; the Pass, its HTTP and its sockets are real.

Enters: a directory and names of networks. Leaves: a `Faulty` ground. A request that meets a fault has `HURRIED` seconds
in place of a minute, all others are given time, so that a busy machine changes nothing.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from syndicator import address
from syndicator.clock import ManualClock
from syndicator.host import Host
from syndicator.http import GuardedSession, Http
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.service import PretendService
from syndicator.sandbox.stage import pretend_classes, stage
from tests.faults.proxy import Proxy, Toxic
from tests.system.pass_ground import DAY, PUBLISHING, Blog, Ground, _drawn_once
from tests.unit.feed_ground import ParserHere

HURRIED, PATIENT = 0.35, 20.0  # seconds that a request may take
ENDED = (State.DELIVERED, State.ASK, State.FAILED, State.SKIPPED, State.HELD)
SECOND = timedelta(seconds=1)
IDENTITY = {kind: cls.identity for kind, cls in pretend_classes().items() if issubclass(cls, PretendService)}

Meets = Callable[[requests.PreparedRequest], bool]


class Hasty(Http):
    """The program's own Http, whose patience ends early where a fault is waiting."""

    def __init__(
        self, meets: Meets, hosts: tuple[str, ...] = (), resolve: address.Resolver = address.resolve, **options: Any
    ) -> None:
        super().__init__(allow_private=hosts, connect=5.0, resolve=resolve, **options)
        self._meets, self._hosts, self._given, self._options = meets, hosts, resolve, options

    def allowing(self, *hosts_or_urls: str) -> "Hasty":
        return Hasty(self._meets, (*self._hosts, *hosts_or_urls), self._given, **self._options)

    def session(self, *, deadline: float | None = None, max_body: int | None = None) -> GuardedSession:
        session = super().session(deadline=deadline, max_body=max_body)
        send = session.send

        def hurried(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            return send(request, **{**kwargs, "timeout": HURRIED if self._meets(request) else PATIENT})

        vars(session)["send"] = hurried
        return session


@dataclass(slots=True)
class Faulty(Ground):
    proxies: dict[str, Proxy] = field(default_factory=dict)
    resolve: address.Resolver = address.resolve
    door: Proxy | None = None  # of the blog
    friends: tuple[str, ...] = ()  # hosts that may be reached on private addresses
    hurries: bool = True
    kept: Host | None = None  # the one process that makes all Passes, as the daemon does

    @contextmanager
    def host(self, **changes: Any) -> Iterator[Host]:
        ours = {"http": Hasty(self._meets, self.friends, self.resolve), "parser": ParserHere(), **changes}
        if self.kept is not None:
            yield replace(self.kept, **ours)
            return
        with Ground.host(self, **ours) as host:
            yield host

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        if self.kept is not None:
            yield self.kept.ledger
            return
        with Ground.ledger(self) as ledger:
            yield ledger

    def _meets(self, request: requests.PreparedRequest) -> bool:
        url = urlsplit(str(request.url))
        line = f"{request.method} {url.path}"
        return self.hurries and any(url.port == one.port and one.is_armed(line) for one in self._doors())

    def _doors(self) -> list[Proxy]:
        return [*self.proxies.values(), *([self.door] if self.door else [])]

    def spoil(self, network: str, toxic: Toxic, pattern: str | None = None, times: int = 1) -> None:
        """Arm a toxic, for the publishing request unless said otherwise."""
        self.proxies[network].arm(toxic, PUBLISHING[network] if pattern is None else pattern, times)

    def settle(self, network: str, name: str) -> State:
        """Pass after Pass, each at the time when there is something to do, until nothing more happens by itself."""
        for _ in range(60):
            state = self.delivery(network, name).state
            if state in ENDED:
                return state
            with self.ledger() as ledger:
                due = ledger.next_due([network]) or self.clock.now()
            self.later(max(due - self.clock.now(), SECOND))
            self.walk(by_hand=False, networks=frozenset({network}))
        raise AssertionError(f"{network}: {self.delivery(network, name)}")

    def copies_of(self, network: str, name: str) -> int:
        """How many live copies of one post readers see."""
        return len(self.shown(network, name))

    def shown(self, network: str, name: str) -> list[dict[str, Any]]:
        """The live copies of one post, as readers see them."""
        marks = f"/{name}/", f"Words of {name} and"
        return [copy for copy in self.copies(network) if any(m in json.dumps(copy, default=str) for m in marks)]

    def asked(self, network: str) -> int:
        return len(self.proxies[network].lines)

    def told_of(self, network: str, since: int = 0) -> list[str]:
        """The sentences that the log has about a network."""
        told = [facts for _, facts in self.events.told[since:] if facts.get("network") == network]
        return [str(facts["reason"]) for facts in told if facts.get("reason")]


@contextmanager
def faulty(
    directory: Path,
    *networks: str,
    more: dict[str, Any] | None = None,
    stays: bool = True,
    tls: ssl.SSLContext | None = None,
    defaults: dict[str, Any] | None = None,
    door: bool = False,
) -> Iterator[Faulty]:
    """After the first Pass. Each service believes that the proxy's address is its own. `more`: its habits; `stays`:
    whether one process makes all Passes, under the configuration as it is at the beginning; `door`: whether the blog
    stands behind a proxy as well."""
    clock = ManualClock(datetime.now(UTC).replace(microsecond=0))
    old = Entry("old", "Old", "<p>Older than syndicator.</p>", clock.now() - 30 * DAY)
    with ExitStack() as stack:
        proxies = {network: stack.enter_context(Proxy(tls=tls)) for network in networks}
        cast = {network: _behind(proxies[network], pretend_classes()[network], **(more or {})) for network in networks}
        front = stack.enter_context(Proxy()) if door else None
        blog = _behind(front, Blog, [old]) if front else Blog([old])
        scene = stack.enter_context(stage(directory, blog, cast=cast, defaults=defaults))
        for service in cast.values():
            service.now = lambda: clock.now().timestamp()
        scene.blog.draw = _drawn_once
        made = Faulty(scene, clock, proxies=proxies, door=front)
        made.walk()
        made.kept = stack.enter_context(Ground.host(made)) if stays else None
        yield made


def _behind(proxy: Proxy, kind: type[Any], *what: Any, **habits: Any) -> Any:
    """A pretend service that readers, the program and it itself know under the proxy's address."""
    made = type(f"{kind.__name__}BehindAProxy", (kind,), {"url": property(lambda self: proxy.url)})(*what, **habits)
    proxy.upstream = made._server.server_address
    return made


def mostly_in_soak(faults: Iterable[str], *usual: str) -> list[Any]:
    """Cases for `parametrize`: the `usual` ones in every run, the others in `make soak`."""
    return [pytest.param(fault, marks=() if fault in usual else pytest.mark.slow) for fault in faults]


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()
