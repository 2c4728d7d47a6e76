"""The bench on which one check is made: a fresh pretend service, and connectors opened on it as the host opens them.

Enters: a Subject. Leaves: what its connector answered, how many publishing requests the service saw and how many copies
its readers see. In the checking thread nothing really sleeps: who asks to is written down.
"""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self
from unittest.mock import patch

import requests
from pydantic import ValidationError

from syndicator import redact
from syndicator.clock import SystemClock
from syndicator.connector import CanPrepare, Capabilities, Connector, Receipt, Rendering
from syndicator.http import GuardedSession, Http
from syndicator.sandbox.service import Fault, PretendService
from syndicator.testing.failing import Failed, Skipped, shown
from syndicator.testing.subject import Subject
from syndicator.tokens import MemoryTokens

PATIENT, HURRIED = 20.0, 0.3  # seconds that a request may take
LARGEST = 1_000_000  # bytes of an answer

clock = SystemClock()


@dataclass(slots=True)
class Pace:
    """How long a request may take at this moment, and whose connections there are."""

    longest: float = PATIENT
    sessions: list[GuardedSession] = field(default_factory=list)

    def cut(self) -> None:
        """End the idle connections."""
        for session in self.sessions:
            session.close()


class BenchHttp(Http):
    """The host's Http, with a deadline and a cap that no connector can widen."""

    def __init__(self, pace: Pace, hosts: tuple[str, ...] = ()) -> None:
        super().__init__(allow_private=hosts, deadline=PATIENT, max_body=LARGEST)
        self._pace, self._hosts = pace, hosts

    def allowing(self, *hosts_or_urls: str) -> "BenchHttp":
        return BenchHttp(self._pace, (*self._hosts, *hosts_or_urls))

    def session(self, *, deadline: float | None = None, max_body: int | None = None) -> GuardedSession:
        session = super().session(deadline=deadline, max_body=min(LARGEST, max_body or LARGEST))
        send, pace = session.send, self._pace

        def paced(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            asked = kwargs.get("timeout")
            seconds = min(asked, pace.longest) if isinstance(asked, int | float) else pace.longest
            return send(request, **{**kwargs, "timeout": seconds})

        vars(session)["send"] = paced  # a session of the host's own kind, so that libraries can be given it
        pace.sessions.append(session)
        return session


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the pretend service, ready to be planned."""

    fault: Fault
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tried:
    """One delivery: what was sent, what the connector said, and what the service saw meanwhile."""

    rendering: Rendering
    key: str
    answer: Receipt | Exception
    since: datetime
    requests: int  # publishing requests; 0 without HTTP
    copies: int  # new ones
    slept: tuple[float, ...]
    seconds: float

    @property
    def receipt(self) -> Receipt:
        """The Receipt. Raises Failed when there is none."""
        if isinstance(self.answer, Receipt):
            return self.answer
        raise Failed(f"expected a Receipt from a service in good health, got {shown(self.answer)}") from self.answer


class Bench:
    """Used as a context manager; everything that was opened on it is closed at its end."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.tokens = MemoryTokens()
        self.slept: list[float] = []
        self._pace = Pace()
        self._connector: Connector | None = None
        self._can: Capabilities | None = None
        self._stack = ExitStack()
        self._count = 0
        self._running = False

    def __enter__(self) -> Self:
        self._stack.enter_context(_written_down(self.slept))
        self._stack.enter_context(_own_secrets())
        self.service: Any = None if self.subject.service is None else self.subject.service()
        if self.service is not None:
            self.service.__enter__()
            self._running = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._connector is not None:
            self._connector.close()
        if self.over_http:  # its end takes 20 ms, which nobody has to wait for
            threading.Thread(target=self.stop, name="end of a pretend service").start()
        else:
            self.stop()
        self._stack.close()

    def stop(self) -> None:
        """The service goes away, and the connections to it with it."""
        self._pace.cut()
        if self._running:
            self._running = False
            self.service.__exit__(None, None, None)

    @contextmanager
    def beside(self) -> Iterator["Bench"]:
        """Another service of the same kind, with a bench of its own."""
        with Bench(self.subject) as other:
            yield other

    # What stands on it

    def written(self) -> dict[str, Any]:
        """What a network's file would say."""
        return dict(self.subject.settings(self.service))

    def settings(self, **changes: Any) -> Any:
        """Raises Skipped when nobody says what the settings of a connector without a pretend service may be."""
        try:
            return self.validated(**changes)
        except ValidationError as error:
            if self.service is None and not self.written():
                raise Skipped("without a pretend service nobody says what its settings may be") from error
            raise

    def validated(self, **changes: Any) -> Any:
        """Raises ValidationError."""
        return self.subject.connector.Settings(**{**self.written(), **changes})

    def connector(self) -> Any:
        """The connector, opened when it is first asked for."""
        if self._connector is None:
            self._connector = self.another()
        return self._connector

    def another(self) -> Any:
        """An instance with the same tokens, which the caller closes."""
        return self.subject.connector.open(self.settings(), BenchHttp(self._pace), self.tokens)

    def forgetful(self, **changes: Any) -> Any:
        """An instance without a stored login, for the settings with `changes`; the caller closes it."""
        return self.subject.connector.open(self.settings(**changes), BenchHttp(self._pace), MemoryTokens())

    @property
    def can(self) -> Capabilities:
        if self._can is None:
            self._can = self.connector().capabilities
        return self._can

    @property
    def over_http(self) -> bool:
        return isinstance(self.service, PretendService)

    def copies(self) -> list[dict[str, Any]]:
        return list(self.service.copies())

    def published(self) -> int:
        """How many publishing requests the service has seen."""
        return len(self.service.seen(self.service.publishing)) if self.over_http else 0

    def next_number(self) -> int:
        self._count += 1
        return self._count

    # Deliveries

    def key(self) -> str:
        return hashlib.sha256(f"{self.subject.kind} {self.next_number()}".encode()).hexdigest()

    def prepared(self, rendering: Rendering, key: str, connector: Any = None) -> Rendering:
        """As the host does it: prepared, stored as JSON, and read again."""
        connector = connector or self.connector()
        if rendering.prepared is not None or not isinstance(connector, CanPrepare):
            return rendering
        made = connector.prepare(rendering, key)
        return replace(made, prepared=json.loads(json.dumps(made.prepared)))

    def tried(
        self, rendering: Rendering, *, trouble: Trouble | None = None, longest: float = PATIENT, key: str | None = None
    ) -> Tried:
        """Prepare and deliver; `trouble` meets the publishing request, which may take `longest` seconds."""
        connector, key, since = self.connector(), key or self.key(), clock.now() - timedelta(seconds=2)
        connector.whoami()  # the host's pre-flight
        requests, copies = self.published(), len(self.copies())
        started = clock.monotonic()
        self.slept.clear()
        try:
            rendering = self.prepared(rendering, key, connector)
            self.slept.clear()  # waiting for an upload is not forbidden
            if trouble is not None:
                self.service.fail_next(trouble.fault, self.service.publishing, **trouble.details)
            started, self._pace.longest = clock.monotonic(), longest
            answer: Receipt | Exception = connector.deliver(rendering, key)
        except Exception as error:
            answer = error
        seconds, slept, self._pace.longest = clock.monotonic() - started, tuple(self.slept), PATIENT
        if trouble is not None:
            self.service.calm()
        return Tried(
            rendering, key, answer, since, self.published() - requests, len(self.copies()) - copies, slept, seconds
        )

    def again(self, tried: Tried) -> Tried:
        """The same bytes with the same key, as after a doubt."""
        return replace(self.tried(tried.rendering, key=tried.key), since=tried.since)


@contextmanager
def _own_secrets() -> Iterator[None]:
    """Pretend secrets are forgotten with their bench: hundreds of them would slow the redactor, and hide each other."""
    with patch.object(redact, "_secrets", type(redact._secrets)()):  # noqa: SLF001 - there is no reason to offer this
        yield


@contextmanager
def _written_down(slept: list[float]) -> Iterator[None]:
    """Sleeping in this thread is noted and takes no time; other threads, the service's among them, really sleep."""
    real, here = time.sleep, threading.get_ident()

    def sleep(seconds: float) -> None:
        if threading.get_ident() == here:
            slept.append(seconds)
        else:
            real(seconds)

    with patch.object(time, "sleep", sleep):
        yield
