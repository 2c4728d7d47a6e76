"""What has to hold between any two things that happen, judged from the ledger's file and from the services.

Enters: a scene, what its owner has said, and by how much the clock was wrong when. Leaves: sentences; none when all is
well. Histories are judged by `oracle`, whose times are put right first; what came out of a lost ledger is judged here.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.lives.exchange import Call
from tests.lives.file import WAITS, Entry, entries, numbers, posts
from tests.lives.owner import Owner, Pair
from tests.lives.scene import Scene
from tests.proof.cast import Part
from tests.proof.net import Sent
from tests.proof.oracle import DAY, SECOND, Event, Row, faults_of, rows_of

OPEN = ("ready", "sending", "unknown", "deferred")
PROVEN = 60 * SECOND  # between two read-backs


@dataclass(frozen=True, slots=True)
class Era:
    """Up to this event and this attempt the clock was wrong by so much."""

    event: int
    attempt: int
    wrong: timedelta


@dataclass(slots=True)
class Judge:
    scene: Scene
    owner: Owner
    eras: list[Era] = field(default_factory=list)
    lost: set[Pair] = field(default_factory=set)  # out at a time that a ledger has lost

    def sentences(self) -> list[str]:
        here, copies = entries(self.scene.ledger_file), self.owner.copies()
        return [
            *self.scene.exchange.broken,
            *self._doubles(copies),
            *self._rows(here, copies),
            *self._histories(),
        ]

    def after_pass(self) -> list[str]:
        """The last Pass counted what waits for a person; and of a feed that could be read, nothing is left out."""
        report, path = self.scene.process.report, self.scene.ledger_file
        if report is None:
            return []
        waiting, well = sum(one.state in WAITS for one in entries(path)), {"read", "recorded", "unchanged"}
        missing = self.scene.blog.shown - posts(path) if any(feed.result in well for feed in report.feeds) else set()
        wrong = [f"the feed was read, and {name} is not in the ledger" for name in sorted(missing)]
        if report.waiting != waiting:
            wrong.append(f"{waiting} deliveries wait for a person, who was told of {report.waiting}")
        return wrong

    def at_the_end(self) -> list[str]:
        """After days without trouble: done, or waiting for somebody; and no secret has been told."""
        path = self.scene.ledger_file
        wrong = [f"{one.network}: {one.post} is {one.state} for ever" for one in entries(path) if one.state in OPEN]
        said = self.scene.logged.getvalue() + self.owner.said
        return [*wrong, *(f"a secret of {name} was told" for name, secret in self.scene.secrets() if secret in said)]

    def _doubles(self, copies: dict[str, Counter[str]]) -> Iterator[str]:
        for network, counted in copies.items():
            for post, many in counted.items():
                if post.startswith("old"):
                    yield f"{network}: {post} was there before the program, and went out"
                elif many > 1 and (network, post) not in self.owner.words.asked_again:
                    yield f"{network}: {post} doubled: {many} copies"

    def _rows(self, here: list[Entry], copies: dict[str, Counter[str]]) -> Iterator[str]:
        words = self.owner.words
        for one in here:
            out = copies[one.network][one.post]
            if one.state == "delivered" and not out and one.pair not in words.claimed | words.deleted:
                yield f"{one.network}: {one.post} lost: it counts as delivered, and no copy is there"
            if one.state == "failed" and out and one.pair not in self.lost | words.asked_again:
                yield f"{one.network}: {one.post} counts as definitely not published, and a copy is there"
            if one.state == "deferred" and one.due is None:
                yield f"{one.network}: {one.post} is deferred, and nothing will ever wake it"

    # Histories

    def _histories(self) -> Iterator[str]:
        path = self.scene.ledger_file
        rows = {row.id: row for row in rows_of(path)}
        events, attempts = numbers(path, "event"), numbers(path, "attempt")
        for row in rows.values():
            part, right = self.scene.parts[row.network], self._put_right(row, events[row.id], attempts.get(row.id, []))
            moves = [found for found in faults_of(row, part, []) if not found.startswith("R3")]
            resends = faults_of(row, part, []) != moves and faults_of(right, part, []) != moves
            wrong = [*moves, *(["R3: sent again without a right to"] if resends else [])]
            if not restored_well(row, part) and not restored_well(right, part):
                wrong.append("R3: sent again after the ledger had lost time, without a right to")
            yield from (f"{row.network}: delivery {row.id}: {found}" for found in wrong)
        yield from self._answers(rows, events)

    def _answers(self, rows: dict[int, Row], numbered: dict[int, list[int]]) -> Iterator[str]:
        """R2, one publishing request after the other; each is judged once it has had its consequence."""
        waiting: list[Call] = []
        for call in self.scene.exchange.calls:
            later = zip(numbered[call.delivery], rows[call.delivery].events, strict=True)
            after = next((event for number, event in later if number > call.event), None)
            if after is None:
                waiting.append(call)
                continue
            start = Event(0, "start", "", "", "", "")
            pair = replace(rows[call.delivery], events=(start, replace(after, at=1)), attempts=())
            found = faults_of(pair, self.scene.parts[call.network], [Sent(0.0, call.saw)])
            yield from (f"{call.network}: {one}" for one in found if one.startswith("R2"))
        self.scene.exchange.calls[:] = waiting

    def _put_right(self, row: Row, of_events: list[int], of_attempts: list[int]) -> Row:
        """With true times."""
        events = zip(of_events, row.events, strict=True)
        attempts = zip(of_attempts, row.attempts, strict=True)
        return replace(
            row,
            events=tuple(replace(event, at=event.at - self._wrong(n, "event")) for n, event in events),
            attempts=tuple(replace(one, started=one.started - self._wrong(n, "attempt")) for n, one in attempts),
        )

    def _wrong(self, number: int, kind: str) -> int:
        wrong = next((era.wrong for era in self.eras if number <= getattr(era, kind)), self.scene.clock.wrong)
        return int(wrong.total_seconds()) * SECOND


def restored_well(row: Row, part: Part) -> bool:
    """Whether what may have been sent in a lost time went out again only by proof, or because a person said so."""
    since: int | None = None
    for event in row.events:
        if event.move == "restored":
            since = event.at
        if event.actor != "syndicator" or event.move == "found":
            since = None
        if event.move == "start" and since is not None and part.policy != "record":
            rested = since + int(part.settle.total_seconds()) * SECOND
            reads = [one.started for one in row.attempts if (one.kind, one.outcome) == ("read", "absent")]
            reads = [at for at in reads if rested <= at <= event.at]
            if part.policy == "never" or len(reads) < 2 or reads[-1] - reads[0] < PROVEN or reads[-1] - since > DAY:
                return False
            since = None
    return True
