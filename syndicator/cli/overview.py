"""What `syndicate status` shows, as values.

Enters: the configuration and the ledger. Leaves: an `Overview`: feeds, networks, what waits for whom, and the one
command that is most worth typing next. It prints nothing and changes nothing.
"""

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from syndicator import credentials, outbox
from syndicator.credentials import Standing
from syndicator.exitcode import ExitCode, worst
from syndicator.ledger import claims
from syndicator.ledger.claims import Claim
from syndicator.ledger.rows import RESTORED, Delivery, FeedMemory, NetworkRow
from syndicator.ledger.states import OPEN, WAITS_FOR_PERSON, State

if TYPE_CHECKING:
    from syndicator.config.models import Config
    from syndicator.ledger.ledger import Ledger

RECONCILE = "syndicate reconcile"
MOST_URGENT_FIRST = (State.ASK, State.FAILED, State.HANDOFF, State.HELD)


@dataclass(frozen=True, slots=True)
class FeedLine:
    name: str
    url: str
    checked_at: datetime | None
    succeeded_at: datetime | None
    next_check_at: datetime | None
    failures: int
    trouble: str | None
    host: str | None = None  # whose process polls it now, where several share the ledger


@dataclass(frozen=True, slots=True)
class NetworkLine:
    name: str
    connector: str | None
    health: str
    until: datetime | None
    reason: str
    account: str | None
    counts: dict[str, int]
    host: str | None = None  # whose process serves it now, where several share the ledger


@dataclass(frozen=True, slots=True)
class CredentialLine:
    """What opens the account of one network."""

    network: str
    kind: str | None  # None: the connector says nothing of it
    standing: Standing
    obtained_at: datetime | None
    expires_at: datetime | None
    worked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Deliveries of one network in one state for one cause."""

    network: str
    state: State
    cause: str
    count: int
    waits_for: str
    due_at: datetime | None
    command: str | None
    place: str | None  # where they lie prepared, while a person is to publish them


@dataclass(frozen=True, slots=True)
class Overview:
    feeds: tuple[FeedLine, ...]
    networks: tuple[NetworkLine, ...]
    credentials: tuple[CredentialLine, ...]
    waiting: tuple[Waiting, ...]
    next_due: datetime | None
    next: str | None
    lost: str | None = None  # why the ledger does not know all that may have been published
    to_be_reconciled: tuple[str, ...] = ()  # networks to which nothing is sent before that is found out

    @property
    def lines(self) -> "Iterator[tuple[str, FeedLine | NetworkLine]]":
        """All that a host may serve, by the names that are shown."""
        yield from ((f"feed {line.name}", line) for line in self.feeds)
        yield from ((f"network {line.name}", line) for line in self.networks)

    @property
    def exit_code(self) -> ExitCode:
        """What `status --check` ends with."""
        return worst(self._codes())

    def _codes(self) -> Iterable[ExitCode]:
        health = {network.health for network in self.networks if network.health not in ("off", "gone")}
        standings = {credential.standing for credential in self.credentials}
        if "auth_broken" in health or Standing.ENDED in standings:
            yield ExitCode.CREDENTIALS
        if self.lost is not None:
            yield ExitCode.PERSON
        if any(waiting.state in WAITS_FOR_PERSON for waiting in self.waiting) or Standing.ENDING in standings:
            yield ExitCode.PERSON
        if any(feed.trouble for feed in self.feeds):
            yield ExitCode.FEED
        if health and health <= {"down", "cooling"}:
            yield ExitCode.NETWORKS
        if any(waiting.state in (State.DEFERRED, State.UNKNOWN) for waiting in self.waiting):
            yield ExitCode.LATER


def overview(config: "Config", ledger: "Ledger", now: datetime) -> Overview:
    hosts = hosts_of(config, ledger)
    feeds = _feeds(config, {memory.name: memory for memory in ledger.feeds()}, hosts)
    rows = {row.name: row for row in ledger.networks()}
    networks = _networks(config, rows, ledger.counts(), hosts)
    lost, barred = _lost(config, ledger)
    waiting = _waiting(ledger.deliveries(states=(*WAITS_FOR_PERSON, *OPEN)), rows, outbox.place(config), barred)
    held = _credentials(config, rows, now)
    following = RECONCILE if lost is not None else _next(feeds, networks, held, waiting)
    return Overview(feeds, networks, held, waiting, ledger.next_due(), following, lost, barred)


def _lost(config: "Config", ledger: "Ledger") -> tuple[str | None, tuple[str, ...]]:
    """Noted by those who work with the ledger, or about to be."""
    enabled = tuple(network.name for network in config.networks.values() if network.enabled)
    if (why := ledger.unnoticed_loss()) is not None:
        return why, enabled
    loss = ledger.loss()
    barred = tuple(name for name in enabled if loss is not None and loss.bars(name))
    return (loss.why, barred) if loss is not None and barred else (None, ())


def hosts_of(config: "Config", ledger: "Ledger") -> dict[Claim, str]:
    """Whose process serves what of the configuration; nothing, where the ledger is a file."""
    return ledger.hosts([*map(claims.network, config.networks), *(claims.feed(one.name) for one in config.feed)])


def _feeds(config: "Config", known: dict[str, FeedMemory], hosts: dict[Claim, str]) -> tuple[FeedLine, ...]:
    return tuple(
        _feed(feed.name, str(feed.url), known.get(feed.name), hosts.get(claims.feed(feed.name))) for feed in config.feed
    )


def _feed(name: str, url: str, memory: FeedMemory | None, host: str | None) -> FeedLine:
    if memory is None:
        return FeedLine(name, url, None, None, None, 0, None, host)
    m = memory
    return FeedLine(name, url, m.checked_at, m.succeeded_at, m.next_check_at, m.failures, m.trouble, host)


def _networks(
    config: "Config", rows: dict[str, NetworkRow], counts: dict[tuple[str, State], int], hosts: dict[Claim, str]
) -> tuple[NetworkLine, ...]:
    """The configured ones in their order, then those that only the ledger remembers."""
    names = dict.fromkeys((*config.networks, *sorted(rows), *sorted(network for network, _ in counts)))
    return tuple(
        replace(
            _network(name, config, rows.get(name), {s.value: n for (of, s), n in counts.items() if of == name}),
            host=hosts.get(claims.network(name)),
        )
        for name in names
    )


def _network(name: str, config: "Config", row: NetworkRow | None, counts: dict[str, int]) -> NetworkLine:
    file = config.networks.get(name)
    health = "gone" if file is None else "off" if not file.enabled else row.health if row is not None else "ok"
    return NetworkLine(
        name=name,
        connector=file.connector if file is not None else None,
        health=health,
        until=row.until if row is not None else None,
        reason=row.reason if row is not None else "",
        account=(row.account_name or row.account) if row is not None else None,
        counts=counts,
    )


def _credentials(config: "Config", rows: dict[str, NetworkRow], now: datetime) -> tuple[CredentialLine, ...]:
    """Of the networks that are switched on, as far as their accounts have been met."""
    used = [rows[network.name] for network in config.networks.values() if network.enabled and network.name in rows]
    return tuple(
        CredentialLine(
            network=row.name,
            kind=row.credential,
            standing=credentials.standing(row, now),
            obtained_at=row.obtained_at,
            expires_at=row.expires_at,
            worked_at=row.worked_at,
        )
        for row in used
        if credentials.is_listed(row)
    )


def _waiting(
    deliveries: Iterable[Delivery], rows: dict[str, NetworkRow], root: Path, barred: tuple[str, ...]
) -> tuple[Waiting, ...]:
    order = (*MOST_URGENT_FIRST, State.UNKNOWN, State.DEFERRED, State.SENDING, State.READY)
    ordered = sorted(deliveries, key=lambda d: (order.index(d.state), d.network, d.cause))
    groups = groupby(ordered, key=lambda d: (d.network, d.state, d.cause))
    made = (_group(*key, list(members), rows.get(key[0]), root) for key, members in groups)
    return tuple(replace(one, waits_for="you", command=RECONCILE) if one.network in barred else one for one in made)


def _group(
    network: str, state: State, cause: str, members: list[Delivery], row: NetworkRow | None, root: Path
) -> Waiting:
    due = min((d.due_at for d in members if d.due_at is not None), default=None)
    health = row.health if row is not None else "ok"
    unread = any(d.last_read_at is None for d in members)
    whom, command = _whom(state, health), _command(network, state, cause, unread=unread)
    place = str(root / network) if state is State.HANDOFF else None
    return Waiting(network, state, cause, len(members), whom, due, command, place)


def _whom(state: State, health: str) -> str:
    if state in WAITS_FOR_PERSON or health in ("auth_broken", "paused"):
        return "you"
    if health in ("cooling", "down"):
        return "the service"
    return {State.UNKNOWN: "proof", State.SENDING: "an answer"}.get(state, "its time")


def _command(network: str, state: State, cause: str, *, unread: bool) -> str | None:
    if state not in WAITS_FOR_PERSON:
        return None
    which = f"--network {shlex.quote(network)}"
    if state is State.HELD and cause == RESTORED and unread:
        return RECONCILE
    if state is State.HELD:
        return f"syndicate release {which} --cause {shlex.quote(cause)}"
    return f"syndicate list --state {state.value} {which}"


def _next(
    feeds: tuple[FeedLine, ...],
    networks: tuple[NetworkLine, ...],
    held: tuple[CredentialLine, ...],
    waiting: tuple[Waiting, ...],
) -> str | None:
    """The command most worth typing now; None when nothing is left for the owner to do."""
    return next(_suggestions(feeds, networks, held, waiting), None)


def _suggestions(
    feeds: tuple[FeedLine, ...],
    networks: tuple[NetworkLine, ...],
    held: tuple[CredentialLine, ...],
    waiting: tuple[Waiting, ...],
) -> Iterator[str]:
    yield from (f"syndicate auth {n.name}" for n in networks if n.health == "auth_broken")
    yield from (f"syndicate auth {c.network}" for c in held if c.standing is Standing.ENDED)
    yield from (w.command for w in waiting if w.command is not None)
    yield from ("syndicate check" for feed in feeds if feed.trouble)
    yield from (f"syndicate auth {c.network}" for c in held if c.standing is Standing.ENDING)
    yield from (f"syndicate resume {n.name}" for n in networks if n.health == "paused")
    yield from ("syndicate run" for feed in feeds if feed.checked_at is None)
