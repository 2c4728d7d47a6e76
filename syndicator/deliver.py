"""Claims due rows and calls connectors, one seat per network.

Enters: what the ledger says is due. Leaves: Outcomes, committed. This is where the three rules are kept: no publishing
byte before the row is durably `sending` (R1), no way out of `sending` without an answer but `unknown` (R2), no resend
out of `unknown` without the proof that `unknown.py` asks for (R3). It decides neither when to try again (`backoff.py`)
nor what an answer means (`outcome.py`).
"""

from collections.abc import Generator, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from syndicator import backoff, outcome
from syndicator.config.models import NetworkConfig
from syndicator.connector import CanFind, CanPrepare, Connector, Proof, Receipt, Rendering, Retryable, Scope
from syndicator.errors import ConfigError, UserError
from syndicator.host import Host
from syndicator.ledger.rows import Delivery, HealthName
from syndicator.ledger.states import State
from syndicator.outcome import Kind, Outcome
from syndicator.rendering import Made, make
from syndicator.report import DeliveryReport, PassReport
from syndicator.seat import Errand, SeatTimeout, Work, drive
from syndicator.unknown import Action, Doubt, next_step

if TYPE_CHECKING:
    from syndicator.ledger.rows import PostRow

MOVE_FOR = {
    Kind.DELIVERED: "delivered",
    Kind.DEFERRED: "deferred",
    Kind.REJECTED: "rejected",
    Kind.BLOCKED: "blocked",
    Kind.UNKNOWN: "doubtful",
}
"""How an Outcome moves a row out of `sending`."""

LOOK_AGAIN = timedelta(minutes=15)  # at most this long until a service that is down is looked at again

Step = Generator[Work, Any, bool]  # False: this network is done for this Pass


def deliver(host: Host, networks: Iterable[NetworkConfig], report: PassReport, *, by_hand: bool) -> None:
    """Do all that is due for `networks`. `by_hand`: somebody is waiting, so services that were down are looked at now."""
    errands = {network.name: _Agenda(host, network, report, by_hand=by_hand).walk() for network in networks}
    drive(errands, host.clock, beat=host.beat)


class _Agenda:
    """One network's work in one Pass."""

    def __init__(self, host: Host, network: NetworkConfig, report: PassReport, *, by_hand: bool) -> None:
        self.host = host
        self.ledger = host.ledger
        self.network = network
        self.report = report
        self.by_hand = by_hand
        self.account: str | None = None
        self.last_composed: datetime | None = None

    def walk(self) -> Errand:
        """Everything for this network, in order: what is in doubt first, then what is due, oldest first."""
        if not self._may_be_called():
            return
        self._expire()
        if not self._has_work():
            return
        try:
            connector: Connector = yield partial(self.host.connect, self.network)
        except Exception as error:
            self._suspend(_meaning_of_opening(error))
            return
        try:
            yield from self._with(connector)
        except SeatTimeout as error:
            self._suspend(Outcome(Kind.DEFERRED, str(error), scope=Scope.NETWORK))
        finally:
            connector.close()

    def _with(self, connector: Connector) -> Generator[Work, Any, None]:
        if not (yield from self._introduce(connector)):
            return
        for delivery in self.ledger.deliveries(network=self.network.name, states=(State.UNKNOWN,)):
            yield from self._settle(connector, delivery)
        while not self.host.stop.is_set():
            due = self.ledger.due(self.network.name, self.host.clock.now(), limit=1)
            if not due or not (yield from self._send(connector, due[0])):
                return

    # Before anything is sent

    def _may_be_called(self) -> bool:
        row = self.ledger.network(self.network.name)
        self.report.networks[self.network.name] = row.health
        if row.health in ("paused", "auth_broken"):
            return False
        waits = row.until is not None and row.until > self.host.clock.now()
        return not waits or (row.health == "down" and self.by_hand)

    def _has_work(self) -> bool:
        due = self.ledger.due(self.network.name, self.host.clock.now(), limit=1)
        return bool(due or self.ledger.deliveries(network=self.network.name, states=(State.UNKNOWN,), limit=1))

    def _introduce(self, connector: Connector) -> Step:
        """The pre-flight: one cheap authenticated request that proves service, token and account."""
        try:
            identity = yield connector.whoami
        except Exception as error:
            self._suspend(outcome.from_harmless(error))
            return False
        row = self.ledger.network(self.network.name)
        if row.account is not None and row.account != identity.id:
            reason = (
                f"the token now belongs to {identity.name} ({identity.id}), not to {row.account_name or row.account}"
            )
            self._suspend(Outcome(Kind.BLOCKED, reason, scope=Scope.NETWORK))
            return False
        for warning in identity.warnings:
            self.host.tell("network_warned", network=self.network.name, reason=warning)
        self.account = identity.id
        if row.health != "ok" or row.account is None:
            self.ledger.set_network(
                self.network.name,
                "ok",
                account=identity.id,
                account_name=identity.name,
                connector=self.network.connector,
            )
        if row.health != "ok":
            self.host.tell("network_recovered", network=self.network.name)
        self.report.networks[self.network.name] = "ok"
        return True

    def _expire(self) -> None:
        """End what has been tried for as long as it may be, and hold what would now be announced too late."""
        now, config = self.host.clock.now(), self.host.config.defaults
        best_before = self.network.best_before if self.network.best_before is not None else config.best_before
        for delivery in self.ledger.due(self.network.name, now, limit=1000):
            if config.give_up is not None and backoff.is_over(now, delivery.owed_since, config.give_up):
                self._moved(self.ledger.move(delivery, "expired", cause="gave-up"), "delivery_failed")
            elif best_before is not None and backoff.is_over(now, delivery.owed_since, best_before):
                self._moved(self.ledger.move(delivery, "hold", cause="stale"), "delivery_held")

    def _suspend(self, answer: Outcome) -> None:
        """The whole network waits; its rows stay as they are and lose no attempt."""
        health, until = self._health_after(answer)
        self.ledger.set_network(self.network.name, health, until=until, reason=answer.reason)
        self.report.networks[self.network.name] = health
        event = "network_blocked" if health == "auth_broken" else "network_down"
        self.host.tell(event, network=self.network.name, reason=answer.reason, until=until)

    def _health_after(self, answer: Outcome) -> tuple[HealthName, datetime | None]:
        now = self.host.clock.now()
        if answer.kind in (Kind.BLOCKED, Kind.REJECTED):
            return "auth_broken", None
        if answer.after is not None:
            return "cooling", now + min(answer.after, backoff.LONGEST_WISH)
        row = self.ledger.network(self.network.name)
        down_for = now - row.since if row.health == "down" and row.since is not None else timedelta(0)
        return "down", now + min(max(backoff.FIRST, down_for), LOOK_AGAIN)

    # Sending

    def _send(self, connector: Connector, delivery: Delivery) -> Step:
        post = self.ledger.post(delivery.post_id)
        try:
            rendering = yield from self._rendering(connector, delivery, post)
        except Exception as error:
            return self._unprepared(delivery, error)
        if self.host.stop.is_set():
            return False
        delivery = self.ledger.start(delivery, rendering, account=self.account)
        try:
            receipt: Receipt = yield partial(connector.deliver, rendering, delivery.key)
            answer = outcome.delivered(receipt)
        except (Exception, SystemExit, SeatTimeout) as error:  # whatever a connector raises, the row must be settled
            answer = outcome.from_deliver(error)
        return self._record(delivery, answer)

    def _rendering(self, connector: Connector, delivery: Delivery, post: "PostRow") -> Generator[Work, Any, Rendering]:
        """The frozen rendering, or a new one; prepared, so that only the publishing request is left to make."""
        rendering = self.ledger.rendering(delivery.id)
        if rendering is None:
            work = partial(
                make,
                post.post,
                post.feed,
                self.network,
                self.host.config,
                connector,
                self.host.http,
                self._compose_time(),
            )
            made: Made = yield work
            self._warn(post, made.warnings)
            rendering = replace(made.rendering, published=made.rendering.published or post.first_seen)
        if rendering.prepared is None and isinstance(connector, CanPrepare):
            rendering = yield partial(connector.prepare, rendering, delivery.key)
        return rendering

    def _compose_time(self) -> datetime:
        """Now, and later than the rendering before: one service hides posts with equal times (atproto #2199)."""
        now = self.host.clock.now()
        if self.last_composed is not None:
            now = max(now, self.last_composed + timedelta(milliseconds=1))
        self.last_composed = now
        return now

    def _unprepared(self, delivery: Delivery, error: Exception) -> bool:
        """Nothing was sent, so nothing is in doubt: wait, or say that this post does not fit this network."""
        answer = _meaning_of_preparing(error)
        if answer.kind is Kind.REJECTED:
            self._moved(self.ledger.move(delivery, "unfit", cause=answer.reason), "delivery_failed", answer.reason)
            return True
        if answer.scope is Scope.NETWORK:
            self._suspend(answer)
            return False
        at = backoff.next_try(self.host.clock.now(), delivery.attempts + 1, delivery.key, answer.after)
        moved = self.ledger.move(delivery, "postponed", cause=answer.reason, due_at=at, attempts=delivery.attempts + 1)
        self._moved(moved, "delivery_deferred", answer.reason)
        return True

    def _record(self, delivery: Delivery, answer: Outcome) -> bool:
        """Commit what became of it. False when the whole network has to wait."""
        due_at = self._due_after(delivery, answer)
        moved = self.ledger.finish(delivery, MOVE_FOR[answer.kind], outcome=answer, due_at=due_at)
        if answer.prepare_again:
            moved = self.ledger.thaw(moved)
        self._moved(moved, f"delivery_{moved.state}" if answer.kind is not Kind.BLOCKED else None, answer.reason)
        if answer.receipt is not None:
            self._warn(self.ledger.post(delivery.post_id), answer.receipt.warnings)
        if answer.scope is Scope.NETWORK:
            self._suspend(answer)
            return False
        return answer.kind is not Kind.UNKNOWN

    def _due_after(self, delivery: Delivery, answer: Outcome) -> datetime | None:
        now = self.host.clock.now()
        if answer.kind is Kind.DEFERRED:
            return backoff.next_try(now, delivery.attempts, delivery.key, answer.after)
        return now if answer.kind is Kind.BLOCKED else None

    # Settling doubt

    def _settle(self, connector: Connector, delivery: Delivery) -> Step:
        """Take one unknown a step further: found, proven absent, waiting, or asked about."""
        step = next_step(
            _doubt(delivery), connector.capabilities, findable=isinstance(connector, CanFind), now=self.host.clock.now()
        )
        match step.action:
            case Action.RESEND:
                moved = self.ledger.move(delivery, "resend", cause=step.why, due_at=self.host.clock.now())
                self.host.tell("delivery_resent", network=self.network.name, delivery=moved.id, reason=step.why)
            case Action.ASK:
                self._moved(self.ledger.move(delivery, "ask", cause=step.why), "delivery_asked", step.why)
            case Action.LOOK:
                yield from self._look(connector, delivery)
            case Action.WAIT:
                self._moved(self.ledger.wait(delivery, until=step.at), None, step.why)
        return True

    def _look(self, connector: Any, delivery: Delivery) -> Generator[Work, Any, None]:
        rendering = self.ledger.rendering(delivery.id)
        try:
            if rendering is None:
                raise Retryable("its frozen rendering is missing")
            receipt = yield partial(connector.find, rendering, delivery.key, delivery.first_sent_at)
        except Exception as error:
            self.ledger.read_back(delivery, found=False, conclusive=False, reason=outcome.from_harmless(error).reason)
            return
        read = self.ledger.read_back(delivery, found=receipt is not None, conclusive=True, reason="")
        if receipt is not None:
            found = Outcome(Kind.DELIVERED, receipt=replace(receipt, proof=Proof.READ_BACK))
            self._moved(self.ledger.finish(read, "found", outcome=found), "delivery_found")
        else:
            yield from self._settle(connector, read)

    # Telling

    def _moved(self, delivery: Delivery, event: str | None, reason: str = "") -> None:
        post = self.ledger.post(delivery.post_id).post
        self.report.deliveries.append(
            DeliveryReport(
                network=delivery.network,
                post=post.link or post.guid or "",
                title=post.title,
                result=delivery.state.value,
                url=delivery.url,
                reason=reason or delivery.cause or None,
                next_at=delivery.due_at.isoformat() if delivery.due_at else None,
            )
        )
        if event is not None:
            facts = {"url": delivery.url} if delivery.url else {"reason": reason or delivery.cause}
            self.host.tell(event, network=delivery.network, post=post.link or post.guid, **facts)

    def _warn(self, post: "PostRow", warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.host.tell("copy_warned", network=self.network.name, post=post.post.link, reason=warning)


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


def _meaning_of_opening(error: Exception) -> Outcome:
    if isinstance(error, UserError):
        return Outcome(Kind.BLOCKED, error.message, scope=Scope.NETWORK)
    return outcome.from_harmless(error)


def _meaning_of_preparing(error: Exception) -> Outcome:
    """A template that cannot be rendered is the owner's to mend and waits for that; the rest as the contract says."""
    if isinstance(error, ConfigError):
        return Outcome(Kind.REJECTED, error.message)
    return outcome.from_harmless(error)


def _bug(message: str) -> NoReturn:
    raise AssertionError(message)
