"""A thread under everything that can happen to it: no part twice, none before its turn, none lost.

A service that publishes what it is sent, or not, and answers, or not; a program that is killed at any moment; a ledger
that is put back to an earlier time; an owner who tells the truth. Nothing of the ledger is replaced.
"""

import shutil
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syndicator.clock import ManualClock
from syndicator.connector import Part, Receipt, Rendering
from syndicator.feed.identify import Alias
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Delivery, FeedMemory, NewPost, Owed, Recording
from syndicator.ledger.states import State
from syndicator.outcome import Kind, Outcome, delivered
from syndicator.post import Post

WORDS = ("one", "two", "three", "four")
PUBLISHED = ("answered", "nameless", "lost", "killed after")
NOT_PUBLISHED = ("refused", "rejected", "lost on the way", "killed before")
FATES = st.sampled_from((*["answered"] * 4, *PUBLISHED, *NOT_PUBLISHED))
LOST = Outcome(Kind.UNKNOWN, "reset")


@cache
def template() -> Path:
    home = Path(tempfile.mkdtemp(prefix="thread-machine"))
    clock = ManualClock()
    owed = (Owed("mastodon", State.READY, "new"),)
    new = (NewPost(Post("g", None, title="x"), (Alias("guid", "g"),), clock.now(), owed),)
    with Ledger.create(f"sqlite://{home}/ledger.db", home, clock) as ledger:
        ledger.record(Recording(FeedMemory("blog", "https://blog.example/"), new, (), clock.now()))
    return home


class ThreadMachine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="thread-machine"))
        shutil.copytree(template(), self.home, dirs_exist_ok=True)
        self.clock = ManualClock()
        self.ledger = Ledger.open(self.url, self.home, self.clock)
        self.there: list[tuple[str, str | None]] = []  # the words, and what they answer, in the order they came
        self.put_back = self.unnamed = False

    @property
    def url(self) -> str:
        return f"sqlite://{self.home}/ledger.db"

    def last(self) -> Delivery:
        return self.ledger.deliveries()[-1]

    def publish(self, said: Rendering) -> None:
        assert said.text not in [text for text, _ in self.there], "doubled"
        self.there.append((said.text, None if said.reply_to is None else said.reply_to.parent.remote_id))

    @rule(fate=FATES, copied=st.booleans())
    def make_pass(self, fate: str, copied: bool) -> None:
        """`copied`: a copy of the ledger is made while the request is on its way."""
        self.settle()
        self.clock.advance(timedelta(hours=7))
        self.ledger.wake(self.clock.now())
        for row in self.ledger.due("mastodon", self.clock.now(), limit=1):
            said = self.ledger.rendering(row.id) if row.part or row.doubted else None
            if said is None:
                said = Rendering(WORDS[0], rest=tuple(map(Part, WORDS[1:])), composed=self.clock.now())
            started = self.ledger.start(row, said, account="42")
            if copied:
                self.a_copy_is_made()
            self.answer(started, said, fate)

    def answer(self, row: Delivery, said: Rendering, fate: str) -> None:
        if fate in PUBLISHED:
            self.publish(said)
        match fate:
            case "answered":
                self.ledger.finish(row, "delivered", outcome=delivered(Receipt(said.text)))
            case "nameless":
                self.unnamed = True
                self.ledger.finish(row, "delivered", outcome=delivered(Receipt("")))
            case "lost" | "lost on the way":
                self.ledger.finish(row, "doubtful", outcome=LOST)
            case "refused":
                self.ledger.finish(row, "deferred", outcome=Outcome(Kind.DEFERRED, "503"), due_at=self.clock.now())
            case "rejected":
                self.ledger.finish(row, "rejected", outcome=Outcome(Kind.REJECTED, "422"))
            case _:
                self.crash()

    def crash(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.url, self.home, self.clock)
        self.ledger.orphans()

    def settle(self) -> None:
        """By reading back where the words are known, else by asking the owner."""
        row = self.last()
        if row.state is not State.UNKNOWN:
            return
        said, names = self.ledger.rendering(row.id), [text for text, _ in self.there]
        if said is None:
            word = "posted" if WORDS[row.part] in names else "not_posted"
            self.unnamed |= word == "posted"
            self.ledger.move(row, word, cause="owner", actor="owner", url=None)
        elif said.text in names:
            self.ledger.finish(row, "found", outcome=delivered(Receipt(said.text)))
        else:
            self.ledger.move(row, "resend", cause="proof", due_at=self.clock.now())

    def the_owner_goes_on(self) -> None:
        row = self.last()
        if row.state is State.HELD and not (self.put_back and WORDS[row.part] in [text for text, _ in self.there]):
            self.ledger.move(row, "release", cause="owner", actor="owner")
        if row.state in (State.FAILED, State.SKIPPED):
            self.ledger.move(row, "requeue", cause="owner", actor="owner")

    @rule(skips=st.booleans())
    def the_owner_decides(self, skips: bool) -> None:
        row = self.last()
        if skips and not row.doubted and row.state in (State.HELD, State.READY, State.DEFERRED, State.FAILED):
            self.ledger.move(row, "skip", cause="owner", actor="owner")
        else:
            self.the_owner_goes_on()

    def a_copy_is_made(self) -> None:
        (self.home / "backup").unlink(missing_ok=True)
        self.ledger.backup(self.home / "backup")

    @precondition(lambda self: (self.home / "backup").exists())
    @rule()
    def the_copy_is_put_back(self) -> None:
        self.ledger.close()
        for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
            (self.home / name).unlink(missing_ok=True)
        shutil.copy(self.home / "backup", self.home / "ledger.db")
        self.ledger = Ledger.adopt(self.url, self.home, self.clock)
        self.ledger.read_back_from("mastodon", ["mastodon"])
        self.put_back = True
        assert self.ledger.due("mastodon", self.clock.now() + timedelta(days=9)) == []

    @invariant()
    def parts_come_in_their_order(self) -> None:
        assert [text for text, _ in self.there] == list(WORDS[: len(self.there)])

    @invariant()
    def each_answers_the_one_before(self) -> None:
        if not self.unnamed:
            assert [to for _, to in self.there] == [None, *WORDS][: len(self.there)]

    @invariant()
    def what_follows_is_owed_exactly_when_the_part_before_is_out(self) -> None:
        *earlier, last = self.ledger.deliveries()
        assert [row.part for row in (*earlier, last)] == list(range(len(earlier) + 1))
        assert {row.state for row in earlier} <= {State.DELIVERED}
        whole = self.ledger.rendering(last.id)
        assert last.state is not State.DELIVERED or whole is None or not whole.rest

    def teardown(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for _ in range(5 * len(WORDS)):
            if self.last().state is State.DELIVERED:
                break
            self.the_owner_goes_on()
            self.make_pass("answered", copied=False)
        if not self.put_back:
            assert [text for text, _ in self.there] == list(WORDS)
        self.ledger.close()
        shutil.rmtree(self.home)


TestThreadMachine: Any = ThreadMachine.TestCase
TestThreadMachine.settings = settings(
    max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.parametrize("fate", ["answered", "lost", "killed after"])
@pytest.mark.parametrize(("copied", "more"), [(0, 1), (0, 2), (1, 1), (2, 1)])
def test_a_ledger_put_back_in_the_middle_of_a_thread_doubles_nothing(copied: int, more: int, fate: str) -> None:
    """A copy made while part `copied` is on its way comes back when `more` parts have followed."""
    machine = ThreadMachine()
    machine.begin()
    for part in range(copied + more + 1):
        machine.make_pass(fate, copied=part == copied)
    machine.the_copy_is_put_back()
    for _ in WORDS:
        machine.make_pass("answered", copied=False)
    assert [text for text, _ in machine.there] == list(WORDS)
    machine.teardown()


@pytest.fixture(scope="module", autouse=True)
def _clean_up() -> Any:
    yield
    shutil.rmtree(template())
