"""Finding out what happened in a time that the ledger has lost: each network is read back, and nothing is sent.

Enters: a Host whose lock is held, and the loss. Leaves: copies that are there as `delivered`; what is not there, or
cannot be told, waiting for a person; networks that were read back, open again for new posts. Every step is a
transaction of its own and is not taken twice, so whoever dies in between starts again and goes on.

One look is enough, where a resend would want two: what is not found is proposed to a person and never sent by itself.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from syndicator import health, outbox, outcome
from syndicator.config.models import NetworkConfig
from syndicator.connector import CanFind, Connector, Proof, Receipt, Rendering, Resend, Scope
from syndicator.errors import Withheld
from syndicator.feed.page import as_page_says
from syndicator.host import Host
from syndicator.ledger.rows import RESTORED, Delivery, Gap, PostRow
from syndicator.ledger.states import State
from syndicator.material import Material
from syndicator.outcome import Kind, Outcome
from syndicator.plan import is_newer_than
from syndicator.rendering import make, own_hosts
from syndicator.report import PassReport
from syndicator.seat import Errand, SeatTimeout, Work, drive, giving
from syndicator.telling import Telling

# What was open may have been sent; what waits for a person may have been let go by them, in the time that was lost.
DOUBTFUL = (State.UNKNOWN, State.HELD, State.ASK, State.FAILED, State.HANDOFF)
MOMENT = 5.0  # seconds until a read that said nothing is tried once more
CANNOT_LOOK = "the service shows no program what is there"
NOT_ALL = "it is not there to be seen, but the service does not show everything"
NO_LONGER_HERE = "the network has no file any more, so nobody can look there"
ANOTHER = "it was sent as another account than the network is now"
WORDLESS = "its words are lost, so it cannot be looked for"

Looking = Generator[Work, Any, "Sight"]


@dataclass(frozen=True, slots=True)
class Sight:
    """What came of looking for one copy."""

    found: Receipt | None = None
    rendering: Rendering | None = None  # by which it was found
    trouble: str = ""  # why nothing can be said


@dataclass(frozen=True, slots=True)
class Verdict:
    """One delivery that was in doubt, as it is now."""

    delivery: Delivery
    post: PostRow
    sight: Sight


@dataclass(slots=True)
class Account:
    """What became of one network."""

    network: str
    verdicts: list[Verdict] = field(default_factory=list)
    trouble: str = ""  # why it could not be read; it stays barred
    health: str = "ok"


class _Unreachable(Exception):
    """The network as a whole cannot be read now."""

    def __init__(self, answer: Outcome) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def wanted(host: Host) -> list[str]:
    """The networks about which there is something to find out, those of the configuration first."""
    loss, gap = host.ledger.loss(), host.ledger.gap
    if gap is None:
        return []
    known = dict.fromkeys([*host.config.networks, *sorted(network for network, _ in host.ledger.counts())])
    held = {row.network for row in host.ledger.deliveries(states=(State.HELD,), cause=RESTORED) if _unread(row, gap)}
    return [name for name in known if name in held or (loss is not None and loss.bars(name))]


def reconcile(host: Host, names: Sequence[str]) -> list[Account]:
    """Read back from each of these networks. The feeds have been read since the loss, so what they hold is known."""
    gap = host.ledger.gap
    if gap is None:
        return []
    with Material(host.http, own_hosts(host.config)) as material:
        searches = [_Search(host, name, gap, material, Account(name)) for name in names]
        drive({search.account.network: search.walk() for search in searches}, host.clock, beat=host.beat)
    return [search.account for search in searches]


@dataclass(slots=True)
class _Search:
    host: Host
    name: str
    gap: Gap
    material: Material
    account: Account
    tell: Telling = field(init=False)

    def __post_init__(self) -> None:
        self.tell = Telling(self.host, PassReport(), self.name)

    def walk(self) -> Errand:
        network, rows = self.host.config.networks.get(self.name), list(self._rows())
        try:
            if network is None:
                for row in rows:
                    self._conclude(row, Sight(trouble=NO_LONGER_HERE))
            elif rows:
                yield from self._visit(network)
        except _Unreachable as stopped:
            self.account.trouble = stopped.answer.reason
        else:
            known = {*self.host.config.networks, *(row.network for row in self._all_rows())}
            self.host.ledger.read_back_from(self.name, known)

    # What is in doubt

    def _rows(self) -> Iterator[Delivery]:
        """In the order of the blog. One that was looked for since the loss is not looked for again."""
        for row in self.host.ledger.deliveries(network=self.name, states=DOUBTFUL):
            if row.state is State.UNKNOWN or (_unread(row, self.gap) and self._may_be_older(row)):
                yield row

    def _all_rows(self) -> list[Delivery]:
        return self.host.ledger.deliveries(states=DOUBTFUL)

    def _may_be_older(self, row: Delivery) -> bool:
        """Whether the time that was lost may have known the post."""
        if row.cause == RESTORED:
            return True
        post = self.host.ledger.post(row.post_id)
        return post.first_seen <= self.gap.end or not is_newer_than(post.post, self.gap, seen=post.first_seen)

    # Going there

    def _visit(self, network: NetworkConfig) -> Errand:
        if not network.enabled:
            raise _Unreachable(Outcome(Kind.BLOCKED, "it is switched off in its file"))
        if not health.may_be_called(self.tell, by_hand=True):
            raise _Unreachable(self._as_it_is())
        try:
            connector: Connector = yield partial(self.host.connect, network)
        except (Exception, SeatTimeout) as error:
            raise self._away(error) from error
        try:
            yield from self._look_around(network, connector)
        except SeatTimeout as error:
            raise self._away(error) from error
        finally:
            with suppress(Exception):  # all that mattered has been committed
                connector.close()

    def _look_around(self, network: NetworkConfig, connector: Connector) -> Errand:
        try:
            identity = yield connector.whoami
            can = yield lambda: connector.capabilities
        except Exception as error:
            raise self._away(error) from error
        if not health.greet(self.tell, identity, network.connector):
            raise _Unreachable(self._as_it_is())
        eye = _Eye(self.host, network, connector, self.material, identity.id or None, self.gap)
        if isinstance(connector, CanFind):
            yield partial(_rest_until, self.host, self.gap.end + can.settle)
        seen: set[int] = set()
        while rows := [row for row in self._rows() if row.id not in seen]:  # a part that is found owes the next one
            for row in rows:
                seen.add(row.id)
                self._conclude(row, (yield from self._seek(eye, row, complete=can.resend is not Resend.NEVER)))

    def _seek(self, eye: "_Eye", row: Delivery, *, complete: bool) -> Looking:
        """`complete`: the service shows all there is, so a no counts, and a read that says nothing is worth another."""
        try:
            sight = yield from eye.look(row)
            if sight.trouble and complete:
                yield partial(self.host.clock.sleep, MOMENT)
                sight = yield from eye.look(row)
        except _Unreachable as stopped:
            health.suspend(self.tell, stopped.answer)
            self.account.health = self.host.ledger.network(self.name).health
            raise
        is_proof = complete or sight.found is not None or sight.trouble
        return sight if is_proof else Sight(trouble=NOT_ALL)

    def _away(self, error: BaseException) -> _Unreachable:
        answer = outcome.from_opening(error)
        health.suspend(self.tell, answer)
        self.account.health = self.host.ledger.network(self.name).health
        return _Unreachable(answer)

    def _as_it_is(self) -> Outcome:
        row = self.host.ledger.network(self.name)
        self.account.health = row.health
        return Outcome(Kind.BLOCKED, row.reason or f"it is {row.health}")

    # What it means

    def _conclude(self, row: Delivery, sight: Sight) -> None:
        ledger = self.host.ledger
        if sight.found is not None and sight.rendering is not None:
            receipt = replace(sight.found, proof=Proof.READ_BACK)
            now = ledger.found_there(row, sight.rendering, Outcome(Kind.DELIVERED, receipt=receipt))
            if row.state is State.HANDOFF:
                outbox.clear(row, outbox.place(self.host.config))
            self.tell.moved(now, "delivery_found")
        else:
            why = sight.trouble or f"it was looked for on {self.host.clock.now():%Y-%m-%d}, and is not there"
            now = ledger.not_found(row, why, conclusive=not sight.trouble)
            self.tell.moved(now, "delivery_asked" if now.state is not row.state else None, why)
        self.account.verdicts.append(Verdict(now, ledger.post(row.post_id), sight))


@dataclass(frozen=True, slots=True)
class _Eye:
    """Looks for one copy after the other in an account that is open."""

    host: Host
    network: NetworkConfig
    connector: Connector
    material: Material
    account: str | None
    gap: Gap

    def look(self, row: Delivery) -> Looking:
        if not isinstance(self.connector, CanFind):
            return Sight(trouble=CANNOT_LOOK)
        if row.account not in (None, self.account):
            return Sight(trouble=ANOTHER)
        since, trouble = min(self.gap.start, row.first_sent_at or self.gap.start), WORDLESS
        for wording in self._wordings(row):
            try:
                rendering: Rendering = yield wording
                look = partial(self.connector.find, rendering, row.key, since)
                receipt: Receipt | None = yield giving((Receipt, type(None)), look)
            except Exception as error:
                trouble = _words_of(error)
                break
            trouble = ""
            if receipt is not None:
                return Sight(receipt, rendering)
        return Sight(trouble=trouble)

    def _wordings(self, row: Delivery) -> Iterable[Work]:
        """As it was sent before the loss, and as it would go out now: in between it may have been sent anew."""
        frozen = self.host.ledger.rendering(row.id)
        if frozen is not None:
            yield lambda: frozen
        if frozen is not None and frozen.prepared is not None:
            yield partial(replace, frozen, prepared=None)
        if not row.part and row.state is not State.HANDOFF:  # a part is never rendered anew
            yield partial(self._make, self.host.ledger.post(row.post_id))

    def _make(self, post: PostRow) -> Rendering:
        making = partial(
            make,
            as_page_says(post.post, post.canonical, post.page_language),
            post.feed,
            self.network,
            self.host.config,
            self.connector,
            self.host.http,
            self.host.clock.now(),
            first_seen=post.first_seen,
            pages=self.material,
        )
        try:
            return making().rendering
        except Withheld:
            return making(released=True).rendering


def _unread(row: Delivery, gap: Gap) -> bool:
    return row.last_read_at is None or row.last_read_at < gap.end


def _rest_until(host: Host, at: datetime) -> None:
    """What was sent just before the loss was noticed may not be shown yet."""
    if at > host.clock.now():
        host.clock.sleep((at - host.clock.now()) / timedelta(seconds=1))


def _words_of(error: Exception) -> str:
    """Why one copy could not be looked for. Raises _Unreachable for what concerns all of them."""
    answer = outcome.from_opening(error)
    if answer.scope is Scope.NETWORK:
        raise _Unreachable(answer) from error
    return f"it could not be looked for: {answer.reason}"
