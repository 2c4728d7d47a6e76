"""The power goes, at every moment of a recorded life: what had been acknowledged is there, and the story ends well.

Enters: a Ground, and the fault of the life that is recorded, if any. Leaves: Cuts. Acknowledged is what the world has
seen: a publishing request has left, or it was told that a copy is out.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof.oracle import looked_into
from tests.storage.ground import Ground, Moment
from tests.storage.life import Ending, Fault
from tests.storage.power import Event, Kind, Left, Remains, events_of


@dataclass(frozen=True, slots=True)
class Cut:
    """`number`: how many events had happened; `way`: how the disk came back."""

    number: int
    way: str
    left: Left
    moment: Moment
    told: Counter[str] = field(default_factory=Counter)  # network → copies that were told of

    @property
    def fingerprint(self) -> str:
        made = hashlib.sha256(f"{self.moment.requests} {self.moment.clock} {sorted(self.told.items())}".encode())
        for name, content in self.left.items():
            if not name.endswith((".ballast", "-shm")):
                made.update(name.encode() + b"\0" + hashlib.sha256(content or b"").digest())
        return made.hexdigest()


def recorded(
    ground: Ground, fault: Fault, *, from_nothing: bool
) -> tuple[list[Event], Remains, list[Moment], Ending | None]:
    ground.begin(from_nothing=from_nothing)
    log = ground.outside / "log"
    remains, first = Remains(ground.state, ground.home / "blog"), ground.moment()
    ending = ground.live(fault, record=log)
    return list(events_of(log)), remains, [first, *ground.story.moments], ending


def cuts(events: list[Event], remains: Remains, moments: list[Moment], every: int = 1, first: int = 1) -> Iterator[Cut]:
    """Each state once in which the world and the disk can be, at each `every`-th event from the `first` on."""
    seen: set[str] = set()
    answered, told = 0, Counter[str]()
    for number, event in enumerate(events, 1):
        if event.kind is Kind.MARK:
            answered += "answered" in event.said
            told[event.said.get("network", "")] += "told" in event.said
        else:
            remains.take(event)
        for way, left in remains.left() if number >= first and (number - first) % every == 0 else ():
            cut = Cut(number, way, left, moments[answered], +told)
            if cut.fingerprint not in seen:
                seen.add(cut.fingerprint)
                yield cut


def judged(ground: Ground, cut: Cut) -> list[str]:
    ground.return_to(cut.moment)
    ground.lay(cut.left)
    broken = [*_forgotten(ground, cut), *ground.settle()]
    return [f"cut {cut.number}, {cut.way}: {sentence}" for sentence in broken]


def _forgotten(ground: Ground, cut: Cut) -> list[str]:
    """Asked of a copy, so that the next life finds everything as the power left it."""
    copy = ground.outside / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for path in ground.state.glob("ledger.db*") if ground.state.exists() else []:
        shutil.copy(path, copy / path.name)
    sends, out = _known(copy / "ledger.db")
    broken = [
        f"forgotten: {network} had {many} copies, and the ledger knows {out[network]}"
        for network, many in cut.told.items()
        if out[network] < many
    ]
    if sends < cut.moment.requests:
        broken.append(f"forgotten: {cut.moment.requests} requests had left, and the ledger knows {sends}")
    return broken


def _known(path: Path) -> tuple[int, Counter[str]]:
    if not path.exists():
        return 0, Counter()
    file = looked_into(path)
    try:
        (sends,) = file.execute("SELECT count(*) FROM attempt WHERE kind = 'send'").fetchone()
        rows = file.execute("SELECT network, count(*) FROM delivery WHERE state = 'delivered' GROUP BY network")
        return sends, Counter(dict(rows.fetchall()))
    finally:
        file.close()
