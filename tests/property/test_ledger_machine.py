"""Any verbs in any order, with crashes in between: the table of moves holds, and the log tells the whole story."""

import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from syndicator.clock import ManualClock
from syndicator.connector import Receipt, Rendering
from syndicator.errors import LedgerError
from syndicator.feed.identify import Alias
from syndicator.ledger import epoch
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import RenderingChanged, Stale
from syndicator.ledger.rows import AttemptRow, Delivery, EventRow, FeedMemory, NewPost, Owed, Recording
from syndicator.ledger.states import MOVES, IllegalMove, State
from syndicator.outcome import Kind, Outcome
from syndicator.post import Post

ANSWERS = {
    "delivered": Outcome(Kind.DELIVERED, receipt=Receipt("7", "https://social.example/7")),
    "found": Outcome(Kind.DELIVERED, receipt=Receipt("7", "https://social.example/7")),
    "deferred": Outcome(Kind.DEFERRED, "503"),
    "rejected": Outcome(Kind.REJECTED, "422"),
    "blocked": Outcome(Kind.BLOCKED, "401"),
    "doubtful": Outcome(Kind.UNKNOWN, "reset"),
}
WORDS = [Rendering("hello"), Rendering("hello", prepared={"media": "1"}), Rendering("other words")]
ROWS = st.integers(0, 3)


@cache
def template() -> Path:
    """A small ledger, made once and copied for every example: four deliveries in two states."""
    home = Path(tempfile.mkdtemp(prefix="ledger-machine"))
    clock = ManualClock()
    owed = (Owed("mastodon", State.READY, "new"), Owed("bluesky", State.HELD, "burst"))
    new = tuple(NewPost(Post(f"g{n}", None, title="x"), (Alias("guid", f"g{n}"),), clock.now(), owed) for n in range(2))
    with Ledger.create(f"sqlite://{home}/ledger.db", home, clock) as ledger:
        ledger.record(Recording(FeedMemory("blog", "https://blog.example/"), new, (), clock.now()))
    return home


class LedgerMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ledger-machine"))
        shutil.copytree(template(), self.home, dirs_exist_ok=True)
        self.clock = ManualClock()
        self.ledger = self.opened()
        self.seen: dict[int, Delivery] = {row.id: row for row in self.ledger.deliveries()}
        self.closed: dict[int, AttemptRow] = {}
        self.old = list(self.seen.values())

    def opened(self) -> Ledger:
        return Ledger.open(f"sqlite://{self.home}/ledger.db", self.home, self.clock)

    def row(self, number: int) -> Delivery:
        return self.ledger.delivery(sorted(self.seen)[number])

    @rule(number=ROWS, name=st.sampled_from([*MOVES, "sent_again"]))
    def move(self, number: int, name: str) -> None:
        row = self.row(number)
        legal = name in MOVES and name != "start" and row.state in MOVES[name].sources
        try:
            moved = self.ledger.move(row, name, cause="any", due_at=self.clock.now())
        except IllegalMove:
            assert not legal
            assert self.row(number) == row
        else:
            assert legal
            assert moved == self.row(number)

    @rule(number=ROWS, rendering=st.sampled_from(WORDS))
    def start(self, number: int, rendering: Rendering) -> None:
        row, frozen = self.row(number), self.ledger.rendering(self.row(number).id)
        try:
            self.ledger.start(row, rendering, account="42")
        except LedgerError:
            assert self.ledger.bars(row.network)
            assert self.row(number) == row
        except IllegalMove:
            assert row.state is not State.READY
        except RenderingChanged:
            assert row.doubted
            assert frozen not in (None, rendering)
            assert self.row(number) == row
        else:
            assert not self.ledger.bars(row.network)
            assert not row.doubted or frozen in (None, rendering, replace(rendering, prepared=None))

    @rule(number=ROWS, name=st.sampled_from([*ANSWERS, "hold"]))
    def finish(self, number: int, name: str) -> None:
        row = self.row(number)
        try:
            self.ledger.finish(row, name, outcome=ANSWERS.get(name, ANSWERS["blocked"]), due_at=self.clock.now())
        except IllegalMove:
            assert name == "hold" or row.state not in MOVES[name].sources
            assert self.row(number) == row

    @rule(number=ROWS, found=st.booleans(), conclusive=st.booleans())
    def read_back(self, number: int, found: bool, conclusive: bool) -> None:
        row = self.row(number)
        try:
            read = self.ledger.read_back(row, found=found, conclusive=conclusive, reason="")
        except IllegalMove:
            assert row.state is not State.UNKNOWN
        else:
            assert read.negative_reads - row.negative_reads == (conclusive and not found)

    @rule(number=ROWS)
    def thaw(self, number: int) -> None:
        self.ledger.thaw(self.row(number))

    @rule(number=ROWS, minutes=st.integers(0, 99))
    def wait(self, number: int, minutes: int) -> None:
        self.ledger.wait(self.row(number), until=self.clock.now() + timedelta(minutes=minutes))

    @rule(choice=st.integers(0, 999), name=st.sampled_from([*MOVES]))
    def act_on_old_news(self, choice: int, name: str) -> None:
        """A process that slept: it may act only if nothing has happened since it looked."""
        row = self.old[choice % len(self.old)]
        before = self.ledger.delivery(row.id)
        try:
            self.ledger.move(row, name, cause="late", due_at=self.clock.now())
        except (Stale, IllegalMove):
            assert self.ledger.delivery(row.id) == before
        else:
            assert row.version == before.version

    @rule(minutes=st.sampled_from([1, 60, 100_000, -500_000]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        self.ledger.wake(self.clock.now())

    @rule(recover=st.booleans())
    def crash(self, recover: bool) -> None:
        self.ledger.close()
        self.ledger = self.opened()
        if recover:
            self.ledger.orphans()
            assert self.ledger.deliveries(states=(State.SENDING,)) == []

    @rule()
    def the_ledger_is_put_back(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.adopt(f"sqlite://{self.home}/ledger.db", self.home, self.clock)
        assert self.ledger.deliveries(states=(State.READY, State.DEFERRED, State.SENDING)) == []

    @rule(network=st.sampled_from(["mastodon", "bluesky"]))
    def a_network_is_read_back(self, network: str) -> None:
        self.ledger.read_back_from(network, ["mastodon", "bluesky"])
        assert not self.ledger.bars(network)

    @invariant()
    def the_log_tells_every_state(self) -> None:
        for row in self.ledger.deliveries():
            events = self.ledger.events(row.id)
            assert replayed(events) == row.state
            assert all(e.move == "blocked" for e in events if (e.source, e.target) == (State.SENDING, State.READY))

    @invariant()
    def versions_only_grow(self) -> None:
        for row in self.ledger.deliveries():
            before = self.seen[row.id]
            # Time in which a network was barred is taken off the age of its rows, which is no move.
            assert replace(row, owed_since=before.owed_since) == before or row.version > before.version
            if row != before:
                self.old.append(row)
            self.seen[row.id] = row

    @invariant()
    def whoever_is_sending_has_words_and_an_open_attempt(self) -> None:
        for row in self.ledger.deliveries():
            unfinished = [a for a in self.ledger.attempts(row.id) if a.finished_at is None]
            assert len(unfinished) == (row.state is State.SENDING)
            assert row.frozen == (self.ledger.rendering(row.id) is not None)
            assert row.frozen or row.state is not State.SENDING

    @invariant()
    def attempts_are_written_once(self) -> None:
        now = {a.id: a for row in self.seen for a in self.ledger.attempts(row) if a.finished_at is not None}
        assert {number: now.get(number) for number in self.closed} == self.closed
        self.closed = now

    @invariant()
    def the_epoch_is_never_ahead(self) -> None:
        witness = epoch.read(self.home)
        sends = [a.id for row in self.seen for a in self.ledger.attempts(row) if a.kind == "send"]
        assert witness is not None
        assert max(sends, default=0) <= witness.attempts <= max(self.all_attempts(), default=0)

    def all_attempts(self) -> list[int]:
        return [a.id for row in self.seen for a in self.ledger.attempts(row)]

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            shutil.rmtree(self.home)


def replayed(events: list[EventRow]) -> State:
    """Where the log leads, checking each step against the table of moves."""
    first, *later = events
    assert (first.move, first.source) == ("owed", None)
    state = first.target
    for event in later:
        assert event.source is state
        assert event.source in MOVES[event.move].sources
        assert event.target is MOVES[event.move].target
        state = event.target
    return state


TestLedgerMachine: Any = LedgerMachine.TestCase
TestLedgerMachine.settings = settings(
    max_examples=14, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module", autouse=True)
def _clean_up() -> Any:
    yield
    shutil.rmtree(template())
