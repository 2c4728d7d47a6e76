"""Versions of a feed over time → what syndicator would have done with them, told in the order in which it happened.

The real path walks over them with a clock that is moved: real Passes, a real ledger in a directory of its own, real
connectors against pretend services on this machine. The feed and its pages come from memory: every page is taken to be
there, and no request leaves the machine.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from syndicator.cli.hosting import host_of
from syndicator.clock import ManualClock
from syndicator.config.files import load
from syndicator.host import Host
from syndicator.http import Http
from syndicator.ledger.lock import hold
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import picture
from syndicator.sandbox.stage import pretend_services, write_config
from syndicator.sandbox.web import Remembered, remembering

HOUR = timedelta(hours=1)
AFTERWARDS = timedelta(days=2)  # how long it goes on after the last version
MOST_PASSES = 60  # between two versions; a feed that is edited every minute is not worth more


@dataclass(frozen=True, slots=True)
class Version:
    """What the feed was at one time."""

    name: str
    at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of `events.py`, when it happened."""

    at: datetime
    event: str
    facts: Mapping[str, Any]


@dataclass(slots=True)
class _Log:
    """Takes the place of the log, and remembers."""

    clock: ManualClock
    told: list[Happening] = field(default_factory=list)

    def _write(self, event: str, **facts: Any) -> None:
        self.told.append(Happening(self.clock.now(), event, facts))

    debug = info = warning = error = _write


@dataclass(slots=True)
class _Feed:
    """The feed as its server would give it out, validators included; and any page or picture of the blog."""

    url: str
    body: bytes = b""

    def __call__(self, request: requests.PreparedRequest) -> Remembered:
        if request.url == self.url:
            return self._document(request)
        if "image" in request.headers.get("Accept", ""):
            return Remembered(200, picture(request.url or ""), {"Content-Type": "image/png"})
        return Remembered(200, b"<!doctype html><title>A page</title>", {"Content-Type": "text/html"})

    def _document(self, request: requests.PreparedRequest) -> Remembered:
        tag = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == tag:
            return Remembered(304, headers={"ETag": tag})
        return Remembered(200, self.body, {"Content-Type": "application/octet-stream", "ETag": tag})


def replay(
    directory: Path, versions: Sequence[Version], url: str, *, networks: Sequence[str] = (), settle: str = "5m"
) -> Iterator[Happening]:
    """Walk over `versions`, which are in the order of their times. `networks`: kinds of connectors; none for all."""
    clock, feed = ManualClock(versions[0].at), _Feed(url)
    log = _Log(clock)
    with ExitStack() as stack:
        services = {kind: stack.enter_context(service) for kind, service in pretend_services(*networks).items()}
        for service in services.values():
            service.now = lambda: clock.now().timestamp()
        write_config(directory, url, services, directory / "syndication.json", settle=settle)
        for version, end in zip(versions, _ends(versions), strict=True):
            feed.body = version.body
            clock.advance(max(version.at - clock.now(), timedelta(0)))
            yield Happening(clock.now(), "version", {"name": version.name})
            for _ in _walk(directory, clock, log, feed, end):
                yield from log.told
                log.told.clear()


def _ends(versions: Sequence[Version]) -> list[datetime]:
    return [*(version.at for version in versions[1:]), versions[-1].at + AFTERWARDS]


def _walk(directory: Path, clock: ManualClock, log: _Log, feed: _Feed, end: datetime) -> Iterator[None]:
    """One Pass for the version, one an hour later, and one whenever something is due before `end`."""
    config = load(directory / "config.toml")
    http = Http(allow_private=config.http.allow_private, adapter=remembering(feed))
    with hold(config.state_dir, config.ledger.url), host_of(config, level="critical", clock=clock) as plain:
        host = replace(plain, log=log, http=http)
        again: datetime | None = clock.now() + HOUR
        make_pass(host, Scope())
        yield
        for _ in range(MOST_PASSES):
            due = _next(host, again)
            if due is None or due >= end:
                return
            clock.advance(max(due - clock.now(), timedelta(seconds=1)))
            polls = again is not None and due >= again
            again = None if polls else again
            make_pass(host, Scope(by_hand=polls))
            yield


def _next(host: Host, again: datetime | None) -> datetime | None:
    return min((at for at in (host.ledger.next_due(), again) if at is not None), default=None)
