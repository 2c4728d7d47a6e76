"""Settles unknown outcomes: the doing to the deciding of `unknown.py`.

Enters: a delivery whose answer was lost, and its open connector. Leaves: the delivery found, ready to be sent again
with proof that this is harmless, waiting, or asked about. It publishes nothing.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from syndicator import health, outcome
from syndicator.connector import CanFind, Capabilities, Connector, Proof, Receipt, Rendering, Resend, Scope
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery
from syndicator.outcome import Kind, Outcome
from syndicator.seat import Work, giving
from syndicator.telling import Telling
from syndicator.unknown import Action, Doubt, Step, next_step

CLOCKS_DIFFER = timedelta(days=1)
"""A copy is dated by the service's clock. Of a list that begins too late it would be missing, and be sent again."""

MOST_AHEAD = timedelta(days=7)  # that a clock of ours is allowed for, back to the post's own date; each day costs pages

Steps = Generator[Work, Any, None]


@dataclass(frozen=True, slots=True)
class Settling:
    """One network's doubts in one Pass, after the pre-flight has said which account we are."""

    tell: Telling
    connector: Connector
    can: Capabilities
    account: str | None

    def settle(self, delivery: Delivery) -> Steps:
        """Take one unknown a step further. Where the owner was faster, what they decided holds."""
        with suppress(Stale):
            yield from self._settle(delivery)

    def still_proven(self, delivery: Delivery) -> bool:
        """Whether one that was to be sent again still may be: some proofs age, and another account proves nothing."""
        if not delivery.doubted:
            return True
        if self._is_of_another_account(delivery):
            return False
        ages = delivery.negative_reads or self.can.resend is Resend.REPEAT
        return not ages or self._step(delivery).action is Action.RESEND

    def begin(self, delivery: Delivery) -> Steps:
        """One whose answer was lost just now: most rest before anything is done; who can only be asked is asked now."""
        if self._step(delivery).action is not Action.WAIT:
            yield from self.settle(delivery)

    def rests_until(self, delivery: Delivery, answer: Outcome) -> datetime | None:
        """When there is something to do about an answer that was lost just now; None: at once."""
        return self._step(replace(delivery, negative_reads=0, last_read_at=None, rest=answer.after)).at

    def doubt_again(self, delivery: Delivery, cause: str) -> Steps:
        """Take one that was to be sent again back to unknown, and a step further."""
        with suppress(Stale):
            moved = self.tell.host.ledger.move(delivery, "doubt_again", cause=cause)
            self.tell.moved(moved, "delivery_unknown", cause)
            yield from self._settle(moved)

    def _settle(self, delivery: Delivery) -> Steps:
        step, ledger = self._step(delivery), self.tell.host.ledger
        match step.action:
            case Action.RESEND:
                moved = ledger.move(delivery, "resend", cause=step.why, due_at=self.tell.host.clock.now())
                self.tell.host.tell("delivery_resent", network=self.tell.network, delivery=moved.id, reason=step.why)
            case Action.ASK:
                _ask(self.tell, delivery, step.why)
            case Action.LOOK:
                yield from self._look(delivery)
            case Action.WAIT:
                self.tell.moved(ledger.wait(delivery, until=step.at), None, step.why)

    def _look(self, delivery: Delivery) -> Steps:
        ledger = self.tell.host.ledger
        rendering = ledger.rendering(delivery.id)
        if rendering is None:  # its words were never frozen here: the ledger was put back to a time before
            _ask(self.tell, delivery, "what was sent is not known here, so it cannot be looked for")
            return
        try:
            look = partial(_find, self.connector, rendering, delivery, self._since(delivery))
            receipt = yield giving((Receipt, type(None)), look)
        except Exception as error:
            self._could_not_look(delivery, outcome.from_harmless(error))
            return
        if receipt is not None and self._is_of_another_post(delivery, receipt):
            self._could_not_look(delivery, Outcome(Kind.DEFERRED, "what looks like it is the copy of another post"))
            return
        read = ledger.read_back(delivery, found=receipt is not None, conclusive=True, reason="")
        if receipt is not None:
            found = Outcome(Kind.DELIVERED, receipt=replace(receipt, proof=Proof.READ_BACK))
            self.tell.moved(ledger.finish(read, "found", outcome=found), "delivery_found")
        else:
            yield from self._settle(read)

    def _is_of_another_post(self, delivery: Delivery, receipt: Receipt) -> bool:
        """Two posts of one day may say the same; then nothing shows whether this one is there too."""
        other = self.tell.host.ledger.delivery_of_copy(self.tell.network, receipt.remote_id)
        return bool(receipt.remote_id) and other is not None and other.id != delivery.id

    def _could_not_look(self, delivery: Delivery, answer: Outcome) -> None:
        """It tells nothing of the copy. A service that says when to come back is left alone until then."""
        read = self.tell.host.ledger.read_back(delivery, found=False, conclusive=False, reason=answer.reason)
        self.tell.moved(read, None, answer.reason)
        if answer.after is not None and answer.scope is Scope.NETWORK:
            health.suspend(self.tell, answer)

    def _since(self, delivery: Delivery) -> datetime:
        """From when on the copy may be there. The service dates it by its own clock, and ours may have been ahead when
        it was sent: then it seems to be older than the request that made it. It is hardly older than its post."""
        sent, published = _sent(delivery), self.tell.host.ledger.post(delivery.post_id).post.published
        earliest = min(sent, self.tell.host.clock.now()) - CLOCKS_DIFFER
        return earliest if published is None else min(earliest, max(published, sent - MOST_AHEAD))

    def _step(self, delivery: Delivery) -> Step:
        if self._is_of_another_account(delivery):
            return Step(Action.ASK, "it was sent as another account than the network is now")
        findable = isinstance(self.connector, CanFind)
        return next_step(_doubt(delivery), self.can, findable=findable, now=self.tell.host.clock.now())

    def _is_of_another_account(self, delivery: Delivery) -> bool:
        return delivery.account is not None and delivery.account != self.account


def give_up(tell: Telling, delivery: Delivery) -> None:
    """One that was to be sent again, could not be for as long as it may be tried, and may be out from before."""
    with suppress(Stale):
        _ask(tell, tell.host.ledger.move(delivery, "doubt_again", cause="gave-up"), "gave-up")


def _ask(tell: Telling, delivery: Delivery, why: str) -> None:
    tell.moved(tell.host.ledger.move(delivery, "ask", cause=why), "delivery_asked", why)


def _find(connector: Any, rendering: Rendering, delivery: Delivery, since: datetime) -> Receipt | None:
    found: Receipt | None = connector.find(rendering, delivery.key, since)
    return found


def _sent(delivery: Delivery) -> datetime:
    return delivery.first_sent_at or _bug(f"delivery {delivery.id} is unknown, yet was never sent")


def _doubt(delivery: Delivery) -> Doubt:
    if delivery.first_sent_at is None or delivery.last_sent_at is None:
        _bug(f"delivery {delivery.id} is unknown, yet was never sent")
    return Doubt(
        first_sent=delivery.first_sent_at,
        last_sent=delivery.last_sent_at,
        negative_reads=delivery.negative_reads,
        last_read=delivery.last_read_at,
        rest=delivery.rest,
        restored=delivery.restored,
    )


def _bug(message: str) -> NoReturn:
    raise AssertionError(message)
