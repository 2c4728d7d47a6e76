"""The ledger: what was seen, what is owed, what became of it. The only module that talks to a database.

Every method is one transaction, durable when it returns. One thread uses a Ledger. Who may send what, and poll what, is
said by the claims (claims.py); all else is safe beside other processes, because every move is compare-and-set.
What a method takes and gives are the values of `rows.py`; what can go wrong with a disk or a database is a LedgerError.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine

from syndicator.clock import Clock
from syndicator.connector import Rendering
from syndicator.errors import LedgerError
from syndicator.feed.identify import Alias
from syndicator.ledger import (
    changes,
    claims,
    deliveries,
    feeds,
    freeze,
    identity,
    moves,
    opening,
    owing,
    posts,
    recognising,
    turns,
    withdrawing,
)
from syndicator.ledger.answers import Answers
from syndicator.ledger.changes import Changes
from syndicator.ledger.claims import Claims, Everything
from syndicator.ledger.journal import Answer
from syndicator.ledger.leaving import Leaving
from syndicator.ledger.looking import Looking
from syndicator.ledger.losses import Losses, ensure_read
from syndicator.ledger.networks import Networks
from syndicator.ledger.opening import OnLoss
from syndicator.ledger.pages import Pages
from syndicator.ledger.recognising import Recognising
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import (
    Delivery,
    FeedMemory,
    Health,
    Owed,
    PostRow,
    Recording,
)
from syndicator.ledger.serving import Serving
from syndicator.ledger.slots import Slots
from syndicator.ledger.states import IllegalMove, State, target
from syndicator.ledger.transactions import Transactions
from syndicator.outcome import Outcome


class Ledger(Networks, Looking, Losses, Pages, Slots, Recognising, Changes, Serving, Leaving):
    """Made by `create`, `open` or `adopt`."""

    noticed: str | None = None  # why it is in doubt, when opening it has just noted that

    def __init__(self, url: str, state_dir: Path, clock: Clock, engine: Engine, *, read_only: bool) -> None:
        self._state_dir, self._clock = state_dir, clock
        self._transactions = Transactions(url, engine)
        self._answers = Answers(self._transactions, state_dir)
        self.hold: Claims = Everything()  # replaced by whoever sends; re-checked before a row becomes `sending`
        with self._transactions.reading() as connection:
            self._witnessed = identity.describe(connection)
            self.uuid = self._witnessed.ledger
        if not read_only:
            self._answers.journal.prepare()

    # Opening and closing

    @classmethod
    def create(cls, url: str, state_dir: Path, clock: Clock) -> Self:
        """Make a new one. Raises LedgerError when there is one, or was one."""
        opening.create(url, state_dir)
        return cls.open(url, state_dir, clock)

    @classmethod
    def open(
        cls, url: str, state_dir: Path, clock: Clock, *, read_only: bool = False, on_loss: OnLoss = OnLoss.REFUSE
    ) -> Self:
        """Raises LedgerMissing when there is none and never was, LedgerError for everything else that forbids it.

        `read_only` works while others write and on a read-only file system; it does not ask whose ledger it is.
        """
        engine, noticed = opening.open_engine(url, state_dir, clock.now(), read_only=read_only, on_loss=on_loss)
        try:
            made = cls(url, state_dir, clock, engine, read_only=read_only)
        except BaseException:
            engine.dispose()
            raise
        made.noticed = noticed
        return made

    @classmethod
    def adopt(cls, url: str, state_dir: Path, clock: Clock, since: datetime | None = None) -> Self:
        """Its owner says that it was put back, or that it is theirs: all that was open in it becomes `unknown`."""
        opening.adopt(url, state_dir, clock.now(), since)
        return cls.open(url, state_dir, clock)

    @staticmethod
    def exists(url: str) -> bool:
        return opening.exists(url)

    def close(self) -> None:
        self._transactions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    # Feeds and posts

    def feed(self, name: str) -> FeedMemory:
        """A blank memory for a feed never heard of."""
        with self._transactions.reading() as connection:
            return feeds.one_feed(connection, name)

    def feeds(self) -> list[FeedMemory]:
        with self._transactions.reading() as connection:
            return feeds.all_feeds(connection)

    def remember_feed(self, memory: FeedMemory) -> None:
        with self._transactions.writing() as connection:
            feeds.remember_feed(connection, memory)
            self.hold.ensure(claims.feed(memory.name))

    def known(self, aliases: Iterable[Alias], *, feed: str | None = None) -> dict[Alias, int]:
        """Which names belong to which post. Give the `feed`: a guid means nothing in another one."""
        with self._transactions.reading() as connection:
            return posts.known(connection, aliases, feed)

    def record(self, recording: Recording) -> list[int]:
        """Store posts, names, deliveries and the feed's validators together; gives the new posts' ids in order. Raises
        Stale when another host has recorded posts since this was decided."""
        with self._transactions.writing() as connection:
            turns.take(connection, recording.since)
            ids = posts.record(connection, recording)
            recognising.note(connection, recording, ids)
            withdrawing.note(connection, recording)
            changes.note(connection, recording)
            self.hold.ensure(claims.feed(recording.feed.name))
            return ids

    def post(self, post_id: int) -> PostRow:
        """Raises LookupError."""
        with self._transactions.reading() as connection:
            return posts.one(connection, post_id)

    def find_posts(self, url_or_guid: str) -> list[PostRow]:
        with self._transactions.reading() as connection:
            return posts.named(connection, url_or_guid)

    def posts(self, feed: str | None = None, since: datetime | None = None, last: int | None = None) -> list[PostRow]:
        """By their own date, oldest first; `last`: only the newest so many."""
        with self._transactions.reading() as connection:
            return posts.several(connection, feed, since, last)

    # Deliveries

    def owe(self, post_id: int, owed: Owed, *, actor: str, cause: str) -> Delivery:
        """A delivery more; one that exists comes back unchanged. Raises LookupError for an unknown post."""
        with self._transactions.writing() as connection:
            return owing.owe(connection, post_id, owed, self._clock.now(), actor=actor, cause=cause)

    def due(self, network: str, now: datetime, limit: int = 50) -> list[Delivery]:
        """Ready and due, in the order of the blog."""
        with self._transactions.reading() as connection:
            return deliveries.due(connection, network, now, limit)

    def delivery(self, delivery_id: int) -> Delivery:
        """Raises LookupError."""
        with self._transactions.reading() as connection:
            return deliveries.one(connection, delivery_id)

    def delivery_of_copy(self, network: str, remote_id: str) -> Delivery | None:
        """Whose copy the service knows by this id. Looks at every delivery there is: for rare questions."""
        with self._transactions.reading() as connection:
            return deliveries.of_copy(connection, network, remote_id)

    def deliveries(
        self,
        *,
        network: str | None = None,
        states: Sequence[State] = (),
        post_id: int | None = None,
        cause: str | None = None,
        limit: int | None = None,
    ) -> list[Delivery]:
        """Oldest post first. No `states`: any."""
        with self._transactions.reading() as connection:
            return deliveries.several(connection, network, states, post_id, cause, limit)

    def open_work(self, now: datetime) -> dict[str, int]:
        """Network → rows to be sent or looked at now."""
        with self._transactions.reading() as connection:
            return deliveries.open_work(connection, now)

    def next_due(self, networks: Iterable[str] | None = None) -> datetime | None:
        """When there will be something to do for `networks` (None: all); None: not by itself."""
        with self._transactions.reading() as connection:
            return deliveries.next_due(connection, feeds.all_networks(connection), networks)

    def wake(self, now: datetime) -> int:
        """T15: what was deferred until now is ready, on the networks served here; what a clock that was set back has
        put off is due."""
        with self._transactions.writing() as connection:
            woken = [row for row in deliveries.deferred_due(connection, now) if self.serves(row.network)]
            for row in woken:
                with suppress(Stale):
                    moves.move(connection, row, "due", now, cause=row.cause, actor="syndicator")
            for row in deliveries.planned_by_another_clock(connection, now):
                with suppress(Stale):
                    moves.wait(connection, row, now)
            return len(woken)

    def move(
        self, delivery: Delivery, move: str, *, cause: str, actor: str = "syndicator", said: str = "", **changes: Any
    ) -> Delivery:
        """`changes` are fields of Delivery; `said` stands in the event. Raises IllegalMove, or Stale when the row has
        moved since it was read."""
        if move == "start":
            raise IllegalMove("start: nothing is sent without a frozen rendering; that is what Ledger.start is for")
        with self._transactions.writing() as connection:
            at = self._clock.now()
            return moves.move(connection, delivery, move, at, cause=cause, actor=actor, said=said, **changes)

    def start(self, delivery: Delivery, rendering: Rendering, *, account: str | None) -> Delivery:
        """T3: freeze and intend, durably. Only when this has returned may a publishing byte leave. Raises Stale when
        somebody else moves the row, and waits for nobody."""
        self._answers.journal.ensure_room()
        with self._transactions.writing() as connection:
            deliveries.take(connection, delivery)
            ensure_read(connection, delivery.network)
            moved = moves.start(connection, delivery, rendering, self._clock.now(), account=account)
            self.hold.ensure(claims.network(delivery.network))
            known = identity.describe(connection)
        try:
            self._witness(known)
        except LedgerError as error:
            self._answers.nothing_was_sent(moved, self._clock.now(), error)
            raise
        return moved

    def hand_off(
        self, delivery: Delivery, rendering: Rendering, *, due_at: datetime | None, facts: Mapping[str, Any]
    ) -> Delivery:
        """Freeze, and leave it to a person. `facts` stay with the delivery until they are done with it."""
        with self._transactions.writing() as connection:
            ensure_read(connection, delivery.network)
            moved = moves.hand_off(connection, delivery, rendering, self._clock.now(), due_at=due_at, facts=facts)
            known = identity.describe(connection)
        self._witness(known)
        return moved

    def handed_off(self, network: str, now: datetime) -> list[Delivery]:
        """Left to a person, and due to be looked after."""
        with self._transactions.reading() as connection:
            return deliveries.handed_off_due(connection, network, now)

    def looked_after(self, delivery: Delivery, *, due_at: datetime | None, trouble: str = "") -> Delivery:
        """Come back at `due_at` to one that was handed off; None: never again by itself."""
        with self._transactions.writing() as connection:
            return moves.looked_after(connection, delivery, self._clock.now(), due_at=due_at, trouble=trouble)

    def finish(
        self,
        delivery: Delivery,
        move: str,
        *,
        outcome: Outcome,
        due_at: datetime | None = None,
        health: Health | tuple[Any, ...] | None = None,
        **changes: Any,
    ) -> Delivery:
        """Record the service's answer, and with it the network's health where that is the same news.

        A LedgerError means that the answer is kept for the next start: send nothing more.
        """
        target(move, delivery.state)
        answer = Answer(delivery.id, delivery.version, move, self._clock.now(), due_at, outcome)
        return self._answers.record(delivery, answer, Health(*health) if health is not None else None, changes)

    def read_back(
        self,
        delivery: Delivery,
        *,
        found: bool,
        conclusive: bool,
        reason: str,
        due_at: datetime | None = None,
    ) -> Delivery:
        """Note a read-back; it moves nothing. `due_at`: when to look again, if not a minute from now."""
        with self._transactions.writing() as connection:
            return moves.read_back(
                connection,
                delivery,
                self._clock.now(),
                found=found,
                conclusive=conclusive,
                reason=reason,
                due_at=due_at,
            )

    def wait(self, delivery: Delivery, *, until: datetime | None) -> Delivery:
        """Come back to it at `until`; its state stays."""
        with self._transactions.writing() as connection:
            return moves.wait(connection, delivery, until)

    def rendering(self, delivery_id: int) -> Rendering | None:
        """The frozen one; attachments of finished deliveries have lost their data."""
        with self._transactions.reading() as connection:
            return freeze.load(connection, delivery_id)

    def thaw(self, delivery: Delivery) -> Delivery:
        """Drop what `prepare` made; the words stay frozen."""
        with self._transactions.writing() as connection:
            return moves.thaw(connection, delivery)

    def orphans(self) -> list[Delivery]:
        """T8, by whoever holds the claim: answers that could not be committed are merged, whatever is still `sending`
        on a network that nobody else serves becomes `unknown` and is returned."""
        kept = self._answers.journal.answers()
        with self._transactions.writing() as connection:
            self._answers.merge(connection, kept)
            doubted = self._doubt(connection, deliveries.in_state(connection, State.SENDING), self._clock.now())
        if kept:
            self._answers.journal.clear()
        return doubted

    def note_reminder(self, newest: int, at: datetime) -> None:
        """The log has told of everything up to `newest` that waits for a person."""
        with self._transactions.writing() as connection:
            identity.note_reminder(connection, newest, at)
