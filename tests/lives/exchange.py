"""The telephone exchange: each request of the program goes to the wire of its place, which has faults of its own.

Enters: places with their pretend services, and what is to go wrong. Leaves: answers, and a Call for every publishing
request: whose it was by the ledger's file, and what its sender saw of it. Rule R1 is asked here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from syndicator.clock import ManualClock
from tests.lives.journal import Journal
from tests.proof.cast import Part
from tests.proof.net import Fault, Net, Saw
from tests.proof.oracle import looked_into, sending_in

NAMED = re.compile(r"\b(?:post|old)\d+")
_BEGUN = (
    "SELECT max(event.id), rendering.body FROM event JOIN rendering USING (delivery_id)"
    " WHERE delivery_id = ? AND event.move = 'start'"
)


@dataclass(slots=True)
class Call:
    """A publishing request: the delivery that said `sending`, the event by which it did, what its sender saw."""

    network: str
    delivery: int
    event: int
    saw: Saw = Saw.NOTHING


@dataclass(slots=True)
class Line:
    """The wire of one service, or of the blog. `down`: nobody answers, until told otherwise."""

    net: Net
    down: bool = False


@dataclass(slots=True)
class Exchange:
    """Stands where a Net would stand (`net.wire_over`)."""

    clock: ManualClock
    blog: Journal
    file: Path
    step: Callable[[str], None]
    durable: Callable[[], None]
    lines: dict[str, Line] = field(default_factory=dict)  # network → its line; "": the blog's
    places: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def connect(self, name: str, part: Part | None, service: Any) -> None:
        """A line without any faults, to be had under the service's own address."""
        place = urlsplit(service.url).netloc
        net = Net(self.clock, {place: service})
        if part is not None:
            net.publishing, net.reading = part.publishing, part.reading
        net.step, net.durable = self.step, self.durable
        self.lines[name], self.places[place] = Line(net), name

    def carry(self, adapter: Any, request: requests.PreparedRequest) -> requests.Response:
        url = urlsplit(str(request.url))
        name = self.places[url.netloc]
        line, calls = self.lines[name], len(self.calls)
        self.blog.asked_by = url.scheme
        if line.down:
            line.net.anywhere[line.net.number + 1] = Fault.REFUSED
        line.net.guard = lambda: self._guard(name, request)
        try:
            return line.net.carry(adapter, request)
        finally:
            if len(self.calls) > calls:
                self.calls[-1].saw = line.net.sent[-1].saw

    def _guard(self, network: str, request: requests.PreparedRequest) -> None:
        """R1, asked of the file: one row says `sending`, and what is frozen beside it is what is sent."""
        sending = sending_in(self.file, network)
        if len(sending) != 1:
            self.broken.append(f"R1: {network}: a publishing request while {len(sending)} rows say sending")
            return
        file = looked_into(self.file)
        event, frozen = file.execute(_BEGUN, sending).fetchone()
        file.close()
        body = request.body.encode() if isinstance(request.body, str) else bytes(request.body or b"")
        if set(NAMED.findall(body.decode(errors="replace"))) - set(NAMED.findall(frozen)):
            self.broken.append(f"R1: {network}: what is sent is not what is frozen")
        self.calls.append(Call(network, sending[0], event))

    def process_late(self) -> None:
        """What services still have to do, now that its time has come."""
        for line in self.lines.values():
            line.net.work_late()

    def mend(self) -> None:
        """No more faults."""
        self.blog.is_cut = False
        for line in self.lines.values():
            line.down = False
            line.net.faults.clear()
            line.net.anywhere.clear()
