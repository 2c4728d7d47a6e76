"""Claims due rows and calls connectors, one seat per network.

Enters: what the ledger says is due. Leaves: Outcomes, committed. This is where the three rules are kept: no publishing
byte before the row is durably `sending` (R1), no way out of `sending` without an answer but `unknown` (R2), no resend
out of `unknown` without the proof that `unknown.py` asks for (R3). It decides neither when to try again (`backoff.py`)
nor what an answer means (`outcome.py`), and leaves doubts to `settle.py`.
"""

import threading
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from syndicator import backoff, handoff, health, outcome, pages, slots
from syndicator.config.models import NetworkConfig
from syndicator.connector import (
    CanFind,
    CanPrepare,
    Capabilities,
    Connector,
    Identity,
    Proof,
    Receipt,
    Rejected,
    Rendering,
    Scope,
)
from syndicator.errors import Withheld
from syndicator.feed.page import as_page_says
from syndicator.host import Host
from syndicator.lateness import in_time
from syndicator.ledger.moves import MOVE_FOR
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import THREADLESS, Delivery
from syndicator.ledger.states import State
from syndicator.material import Material
from syndicator.outcome import Kind, Outcome
from syndicator.rendering import Made, make, own_hosts
from syndicator.report import PassReport
from syndicator.seat import Errand, SeatTimeout, Work, drive, giving
from syndicator.settle import Settling, give_up
from syndicator.telling import Telling

if TYPE_CHECKING:
    from syndicator.ledger.rows import PostRow

Step = Generator[Work, Any, bool]  # False: this network is done for this Pass


def deliver(
    host: Host,
    networks: Iterable[NetworkConfig],
    report: PassReport,
    *,
    by_hand: bool,
    more: Callable[[Collection[str]], Iterable[NetworkConfig]] | None = None,
) -> None:
    """Do all that is due for `networks`. `by_hand`: somebody waits, so a service that was down is looked at now. `more`
    says which networks have work by now, other than those that it is told."""
    halt = threading.Event()  # set when one of them fails: this Pass is over, and the program may go on
    with Material(host.http, own_hosts(host.config)) as material:

        def errands(networks: Iterable[NetworkConfig], *, by_hand: bool) -> dict[str, Errand]:
            return {each.name: _Agenda(host, each, report, material, halt, by_hand=by_hand).walk() for each in networks}

        later = None if more is None else lambda busy: errands(more(busy), by_hand=False)
        drive(errands(networks, by_hand=by_hand), host.clock, beat=host.beat, stop=halt, more=later)


class _Agenda:
    """One network's work in one Pass."""

    def __init__(
        self,
        host: Host,
        network: NetworkConfig,
        report: PassReport,
        material: Material,
        halt: threading.Event,
        *,
        by_hand: bool,
    ) -> None:
        self.host = host
        self.halt = halt
        self.material = material
        self.ledger = host.ledger
        self.network = network
        self.tell = Telling(host, report, network.name)
        self.by_hand = by_hand
        self.last_composed: datetime | None = None

    def walk(self) -> Errand:
        """Everything for this network, in order: what is in doubt first, then what is due, oldest first."""
        if not health.may_be_called(self.tell, by_hand=self.by_hand):
            return
        self._expire()
        slots.let_wait(self.host, self.network)
        handoff.remind(self.tell)
        if not self._has_work():
            return
        try:
            connector: Connector = yield partial(self.host.connect, self.network)
        except (Exception, SeatTimeout) as error:
            health.suspend(self.tell, outcome.from_opening(error))
            return
        try:
            yield from self._with(connector)
        except SeatTimeout as error:
            health.suspend(self.tell, Outcome(Kind.DEFERRED, str(error), scope=Scope.NETWORK))
            return
        with suppress(Exception):  # all that mattered has been committed
            yield lambda: connector.close()  # noqa: PLW0108 - even to ask for it is the connector's business

    def _with(self, connector: Connector) -> Generator[Work, Any, None]:
        doubts = yield from self._introduce(connector)
        if doubts is None:
            return
        for delivery in self.ledger.deliveries(network=self.network.name, states=(State.UNKNOWN,)):
            if health.rests(self.tell):
                return
            yield from doubts.settle(delivery)
        for delivery in self.ledger.handed_off(self.network.name, self.host.clock.now()):
            yield from handoff.look_after(self.tell, connector, delivery)
        while not self._is_stopped and not health.rests(self.tell):
            due = self.ledger.due(self.network.name, self.host.clock.now(), limit=1)
            if not due or not (yield from self._send(doubts, due[0])):
                return

    @property
    def _is_stopped(self) -> bool:
        return self.halt.is_set() or self.host.stop.is_set()

    # Before anything is sent

    def _has_work(self) -> bool:
        name, now = self.network.name, self.host.clock.now()
        if self.ledger.due(name, now, limit=1) or self.ledger.handed_off(name, now):
            return True
        return bool(self.ledger.deliveries(network=name, states=(State.UNKNOWN,), limit=1))

    def _introduce(self, connector: Connector) -> Generator[Work, Any, Settling | None]:
        """The pre-flight: one cheap authenticated request that proves service, token and account."""
        try:
            identity = yield giving(Identity, lambda: connector.whoami())  # noqa: PLW0108 - asked for on its own seat
            can = yield giving(Capabilities, lambda: connector.capabilities)
        except Exception as error:
            health.suspend(self.tell, outcome.from_opening(error))
            return None
        if not health.greet(self.tell, identity, self.network.connector):
            return None
        return Settling(self.tell, connector, can, identity.id or None)

    def _expire(self) -> None:
        """End what has been tried for as long as it may be, and hold what would now be announced too late."""
        defaults = self.host.config.defaults
        best_before = self.network.best_before if self.network.best_before is not None else defaults.best_before
        now = health.counts_until(self.tell)
        for delivery in self.ledger.due(self.network.name, self.host.clock.now(), limit=1000):
            if delivery.doubted:  # it may be out: then it can be neither failed nor too late
                if self._is_over(delivery, defaults.give_up, now):
                    give_up(self.tell, delivery)
            elif delivery.attempts and self._is_over(delivery, defaults.give_up, now):
                self._move(delivery, "expired", "delivery_failed", cause="gave-up")
            elif not delivery.part and self._is_over(delivery, best_before, now):  # what has begun goes on
                self._move(delivery, "hold", "delivery_held", cause="stale")

    def _is_over(self, delivery: Delivery, limit: timedelta | None, now: datetime) -> bool:
        """A post dated ahead is owed from its date on, however long before that it was seen."""
        if limit is None or not backoff.is_over(now, delivery.owed_since, limit):
            return False
        published = self.ledger.post(delivery.post_id).post.published
        return published is None or backoff.is_over(now, max(delivery.owed_since, published), limit)

    # Sending

    def _send(self, doubts: Settling, delivery: Delivery) -> Step:
        if not doubts.still_proven(delivery):
            yield from doubts.doubt_again(delivery, "the proof that sending again is harmless has grown old")
            return True
        if slots.waits_for_slot(self.host, self.network, delivery):
            return True
        if delivery.part and not doubts.can.thread:
            self._move(delivery, "hold", "delivery_held", cause=THREADLESS)
            return True
        post = self.ledger.post(delivery.post_id)
        if pages.is_unseen(self.host, delivery, post):
            self._leave_for_next_pass(delivery)
            return True
        if doubts.can.by_hand:
            return (yield from self._hand_off(doubts, delivery, post))
        try:
            rendering = yield from self._rendering(doubts, delivery, post)
        except Exception as error:
            return self._unprepared(delivery, error)
        if self._is_stopped:
            return False
        try:
            started = self.ledger.start(delivery, rendering, account=doubts.account)
        except Stale:  # the owner moved it meanwhile, and what they decided holds
            return True
        return (yield from self._publish(doubts, started, rendering))

    def _leave_for_next_pass(self, delivery: Delivery) -> None:
        """It became due while this Pass went on, or there were too many pages for one: it was not looked for yet."""
        with suppress(Stale):
            self.ledger.wait(delivery, until=self.host.clock.now() + pages.NEXT_TURN)

    def _hand_off(self, doubts: Settling, delivery: Delivery, post: "PostRow") -> Step:
        """A person publishes here: everything is laid ready for them, and nothing is sent."""
        try:
            rendering = yield from self._rendering(doubts, delivery, post)
            folder, page = yield from handoff.prepare(self.tell, doubts.connector, delivery, rendering)
        except Exception as error:
            return self._unprepared(delivery, error)
        handoff.leave(self.tell, doubts.connector, delivery, rendering, folder, page)
        return True

    def _publish(self, doubts: Settling, delivery: Delivery, rendering: Rendering) -> Step:
        """The row is durably `sending`: the one publishing request, and what became of it."""
        connector = doubts.connector
        try:
            request = giving(Receipt, partial(connector.deliver, rendering, delivery.key))
            receipt: Receipt = yield partial(in_time, self.host.clock, delivery.last_sent_at, request)
            if rendering.rest and not receipt.remote_id:
                receipt = yield partial(_named, connector, rendering, delivery, receipt)
            answer = self._unless_of_another(delivery, outcome.delivered(receipt))
        except (Exception, SeatTimeout) as error:  # whatever a connector raises, the row must be settled
            answer = outcome.from_deliver(error)
        moved = self._record(doubts, delivery, answer)
        if moved is None:
            return False
        if answer.kind is Kind.UNKNOWN:
            yield from doubts.begin(moved)
        return answer.kind is not Kind.UNKNOWN and answer.scope is not Scope.NETWORK

    def _rendering(self, doubts: Settling, delivery: Delivery, post: "PostRow") -> Generator[Work, Any, Rendering]:
        """What to send, prepared, so that only the publishing request is left to make: after doubt the frozen bytes, of
        a thread the words it began with, otherwise the post as it reads now."""
        connector = doubts.connector
        rendering = self.ledger.rendering(delivery.id) if delivery.doubted or delivery.part else None
        if rendering is not None and not delivery.doubted:
            rendering = replace(rendering, composed=self._compose_time(rendering.composed), prepared=None)
        if rendering is None and delivery.part:
            raise Rejected("the words of this part of the thread are lost")
        if rendering is None:
            work = partial(
                make,
                as_page_says(post.post, post.canonical, post.page_language),
                post.feed,
                self.network,
                self.host.config,
                connector,
                self.host.http,
                self._compose_time(),
                first_seen=post.first_seen,
                released=self.ledger.was_withheld_and_released(delivery.id),
                pages=self.material,
            )
            made: Made = yield work
            self.tell.warned(post, made.warnings)
            rendering = made.rendering
        if rendering.prepared is None and isinstance(connector, CanPrepare) and not doubts.can.by_hand:
            rendering = yield giving(Rendering, partial(connector.prepare, rendering, delivery.key))
        return rendering

    def _compose_time(self, earliest: datetime | None = None) -> datetime:
        """Now, and later than the rendering before: one service hides posts with equal times (atproto #2199)."""
        times = [self.host.clock.now()]
        if self.last_composed is not None:
            times.append(self.last_composed + timedelta(milliseconds=1))
        if earliest is not None:
            times.append(earliest)
        self.last_composed = max(times)
        return self.last_composed

    def _unprepared(self, delivery: Delivery, error: Exception) -> bool:
        """Nothing was sent, so nothing is in doubt: wait, or say that this post does not fit this network."""
        if isinstance(error, Withheld):
            self._move(delivery, "withhold", "delivery_held", cause=error.cause, said=error.sentence)
            return True
        answer = outcome.from_preparing(error)
        if answer.kind is Kind.REJECTED:
            self._move(delivery, "unfit", "delivery_failed", cause=answer.reason)
            return True
        if answer.scope is Scope.NETWORK:
            health.suspend(self.tell, answer)
            return False
        tries = delivery.attempts + 1
        at = backoff.next_try(self.host.clock.now(), tries, delivery.key, answer.after)
        self._move(delivery, "postponed", "delivery_deferred", cause=answer.reason, due_at=at, attempts=tries)
        return True

    def _unless_of_another(self, delivery: Delivery, answer: Outcome) -> Outcome:
        """A service that takes two posts for one names the copy of the first; the second is not out then."""
        receipt = answer.receipt
        if receipt is None or receipt.proof is not Proof.DUPLICATE_ERROR or not receipt.remote_id:
            return answer
        other = self.ledger.delivery_of_copy(self.network.name, receipt.remote_id)
        if other is None or other.id == delivery.id:
            return answer
        named = receipt.url or receipt.remote_id
        return Outcome(Kind.REJECTED, f"the service takes it for the copy of another post: {named}")

    def _record(self, doubts: Settling, delivery: Delivery, answer: Outcome) -> Delivery | None:
        """Commit what became of it, and what it means for the whole network. None: it is another host's by now."""
        due_at = self._due_after(doubts, delivery, answer)
        try:
            moved = self.ledger.finish(delivery, MOVE_FOR[answer.kind], outcome=answer, due_at=due_at)
        except Stale:
            if not self.ledger.is_shared:  # nobody else could have moved it
                raise
            # We stood still, and another host has taken us for dead; what it finds out counts.
            said = answer.receipt.url if answer.receipt is not None else answer.reason
            facts = {"delivery": delivery.id, "outcome": answer.kind, "said": said}
            self.host.tell("answer_late", network=self.network.name, **facts)
            return None
        if answer.prepare_again:
            moved = self.ledger.thaw(moved)
        self.tell.moved(moved, f"delivery_{moved.state}" if answer.kind is not Kind.BLOCKED else None, answer.reason)
        if answer.receipt is not None:
            self.tell.warned(self.ledger.post(delivery.post_id), answer.receipt.warnings)
        if answer.scope is Scope.NETWORK:
            health.suspend(self.tell, answer)
        return moved

    def _due_after(self, doubts: Settling, delivery: Delivery, answer: Outcome) -> datetime | None:
        now = self.host.clock.now()
        match answer.kind:
            case Kind.DEFERRED:
                return backoff.next_try(now, delivery.attempts, delivery.key, answer.after)
            case Kind.UNKNOWN:
                return doubts.rests_until(delivery, answer)
        return now if answer.kind is Kind.BLOCKED else None

    def _move(self, delivery: Delivery, move: str, event: str, *, cause: str, said: str = "", **changes: Any) -> None:
        """Move and tell. Where the owner was faster, what they decided holds."""
        with suppress(Stale):
            self.tell.moved(self.ledger.move(delivery, move, cause=cause, said=said, **changes), event, said or cause)


def _named(connector: Connector, rendering: Rendering, delivery: Delivery, receipt: Receipt) -> Receipt:
    """The service said yes, and the rest of its answer was lost: a thread goes on from what it calls the copy."""
    found = None
    if isinstance(connector, CanFind) and delivery.first_sent_at is not None:
        with suppress(Exception):
            found = connector.find(rendering, delivery.key, delivery.first_sent_at)
    return receipt if found is None else replace(found, proof=receipt.proof, warnings=receipt.warnings)
