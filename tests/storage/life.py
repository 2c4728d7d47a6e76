"""One life of the program: a process that is forked, does what the command line would, and tells how it ended.

Enters: a configuration, and what is to go wrong with the disk. Leaves: an Ending, over a pipe; or nothing, when the
process was killed. Everything of the program is real. The services live with whoever forked it, and so they outlive it.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.cli.hosting import open_or_create
from syndicator.clock import ManualClock
from syndicator.config.models import Config
from syndicator.errors import UserError
from syndicator.feed.document import Document
from syndicator.feed.parse import parse
from syndicator.feed.parser import Parser
from syndicator.host import Host
from syndicator.http import Http
from syndicator.ledger.lock import hold
from syndicator.registry import Registry
from syndicator.run import Scope, make_pass
from syndicator.sandbox.service import Reply, Request
from tests.proof.net import Net, wire_over
from tests.storage.shim import Disk, How

AT_LEAST = timedelta(seconds=1)
LONGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Fault:
    """What the disk does in one life: `number` counts the calls that change files; `room` the bytes that are left."""

    how: How | None = None
    number: int = 0
    error: int = 0
    room: int | None = None
    from_request: int | None = None  # it begins only after this many publishing requests
    without_ballast: bool = False  # somebody else has taken the room that it kept
    seed: str = ""  # a mistake of `seeds.py`
    passes: int = 60  # after which a life ends in any case


@dataclass(frozen=True, slots=True)
class Ending:
    """How a life ended, in the terms of the command line."""

    code: int
    message: str = ""
    hint: str = ""
    fired: bool = False
    calls: int = 0
    out: list[str] = field(default_factory=list)  # notes that were added to the error


class Remote:
    """A service, as the process sees it: it answers as long as the process lives."""

    def __init__(self, place: str, ask: Callable[[str, Request], Reply]) -> None:
        self._place, self._ask = place, ask

    def answer(self, request: Request) -> Reply:
        return self._ask(self._place, request)


class _Here(Parser):
    """Reads documents in this process: starting another takes longer than everything else."""

    def parse(self, body: bytes, content_type: str, url: str, now: datetime | None = None) -> Document:
        return parse(body, content_type, url, now)


class Life:
    def __init__(
        self, config: Config, registry: Registry, clock: ManualClock, pipe: Any, fault: Fault, record: Path | None
    ) -> None:
        self.config, self.registry, self.clock, self.pipe, self.fault = config, registry, clock, pipe, fault
        self.disk = Disk()
        self.record = record
        self.published = 0

    def live(self, home: Path, places: list[str]) -> None:
        """Never returns; nothing of the parent's runs at the end."""
        try:
            self._arm(home)
            ending = self._ended(places)
            self.pipe.send(("end", self.clock.now(), ending))
        finally:
            os._exit(0)

    def _arm(self, home: Path) -> None:
        fault = self.fault
        self.disk.watch(home)
        if self.record is not None:
            self.disk.record(os.open(self.record, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        if fault.from_request is None:
            self._fail()

    def _fail(self) -> None:
        fault = self.fault
        if fault.how is not None:
            self.disk.arm(fault.how, fault.number, fault.error)
        if fault.without_ballast:
            (self.config.state_dir / "syndicator.ballast").unlink()
        if fault.room is not None:
            self.disk.limit(fault.room)

    def _ended(self, places: list[str]) -> Ending:
        from tests.storage.seeds import SEEDS

        code, message, hint = 0, "", ""
        notes: list[str] = []
        try:
            with ExitStack() as stack:
                if self.fault.seed:
                    stack.enter_context(SEEDS[self.fault.seed]())
                code = self.run(places)
        except UserError as error:
            code, message, hint = int(error.exit_code), error.message, error.hint or ""
            notes = getattr(error, "__notes__", [])
        except Exception:
            import traceback

            code, message = 70, traceback.format_exc()
        return Ending(code, message, hint, self.disk.has_fired, self.disk.count, notes)

    def run(self, places: list[str]) -> int:
        with self._hosted({place: Remote(place, self._ask) for place in places}) as host:
            for _ in range(self.fault.passes):
                code = int(make_pass(host, Scope()).exit_code)
                self._tell("passed")
                due = host.ledger.next_due()
                if due is not None and due - self.clock.now() > LONGEST:
                    return code
                if due is None and self._is_done():
                    return code
                self.clock.advance(max(due - self.clock.now(), AT_LEAST) if due else AT_LEAST)
        return code

    def _is_done(self) -> bool:
        return bool(self._tell("done?"))

    @contextmanager
    def _hosted(self, services: dict[str, Any]) -> Iterator[Host]:
        config = self.config
        http = Http(adapter=wire_over(Net(self.clock, services=services)))
        with hold(config.state_dir, config.ledger.url) as held:
            ledger, _ = open_or_create(config, clock=self.clock)
            with ledger:
                ledger.hold = held
                yield Host(config, ledger, self.clock, http, self.registry, _Log(self), parser=_Here())

    def _ask(self, place: str, request: Request) -> Reply:
        self.disk.mark(json.dumps({"request": f"{request.method} {request.path}"}))
        self.pipe.send(("ask", self.clock.now(), (place, request)))
        reply, publishes = self.pipe.recv()
        self.published += publishes
        if publishes and self.published == self.fault.from_request:
            self._fail()
        self.disk.mark(json.dumps({"answered": place, "publishes": publishes}))
        assert isinstance(reply, Reply)
        return reply

    def _tell(self, what: str) -> Any:
        self.pipe.send((what, self.clock.now(), None))
        return self.pipe.recv()


class _Log:
    """Takes the place of the log: what was told, was told."""

    def __init__(self, life: Life) -> None:
        self._life = life

    def _write(self, event: str, **facts: Any) -> None:
        if event in ("delivery_delivered", "delivery_found"):
            self._life.disk.mark(json.dumps({"told": event, "network": facts["network"], "post": facts["post"]}))

    debug = info = warning = error = _write
