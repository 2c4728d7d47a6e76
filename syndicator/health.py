"""The health of one network: may it be called, is it the account it was, and what does an answer mean for all of it?

Enters: the ledger's row of the network, an Identity, an Outcome. Leaves: the row as it is now, told. A sick network
never changes what its deliveries have been through, and the owner's pause is never lifted from here.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from syndicator import backoff, refusal
from syndicator.connector import Identity, Scope
from syndicator.ledger.rows import HealthName, NetworkRow
from syndicator.outcome import Kind, Outcome
from syndicator.telling import Telling

LOOK_AGAIN = timedelta(minutes=15)  # at most this long until a service that is down is looked at again


def may_be_called(tell: Telling, *, by_hand: bool) -> bool:
    row = tell.host.ledger.network(tell.network)
    tell.health(row.health)
    if row.health == "paused":
        return False
    if row.health == "auth_broken":
        return not _still_refused(tell)
    waits = row.until is not None and row.until > tell.host.clock.now()
    return not waits or (row.health == "down" and by_hand)


def _still_refused(tell: Telling) -> bool:
    """The same credentials are not tried again; ones that have changed since are."""
    network = tell.host.config.networks[tell.network]
    return refusal.stands(tell.host.refusal_path(tell.network), network.settings)


def is_paused(tell: Telling) -> bool:
    """Asked before every delivery: `syndicate pause` takes no lock, and may come in the middle of a Pass."""
    row = tell.host.ledger.network(tell.network)
    if row.health == "paused":
        tell.health("paused")
    return row.health == "paused"


def greet(tell: Telling, identity: Identity, connector: str) -> bool:
    """Note who the service says we are; False when that is not the account the network has been so far."""
    row = tell.host.ledger.network(tell.network)
    if row.health == "paused":
        tell.health("paused")
        return False
    if row.account is not None and row.account != identity.id:
        reason = f"the token now belongs to {identity.name} ({identity.id}), not to {row.account_name or row.account}"
        suspend(tell, Outcome(Kind.BLOCKED, reason, scope=Scope.NETWORK))
        return False
    for warning in identity.warnings:
        tell.host.tell("network_warned", network=tell.network, reason=warning)
    if row.health != "ok" or row.account is None:
        tell.host.ledger.set_network(
            tell.network, "ok", account=identity.id, account_name=identity.name, connector=connector
        )
    if row.health != "ok":
        tell.host.tell("network_recovered", network=tell.network)
    tell.health("ok")
    return True


def suspend(tell: Telling, answer: Outcome) -> None:
    """The whole network waits; its rows stay as they are and lose no attempt."""
    if is_paused(tell):
        return
    row, now = tell.host.ledger.network(tell.network), tell.host.clock.now()
    health, until = after(answer, row, now)
    tell.host.ledger.set_network(tell.network, health, until=until, reason=answer.reason)
    tell.health(health)
    if health == "auth_broken":
        _remember_refusal(tell)
    event = "network_blocked" if health == "auth_broken" else "network_down"
    facts = {"until": until} if until is not None else {}
    tell.host.tell(event, network=tell.network, reason=answer.reason, **facts)


def _remember_refusal(tell: Telling) -> None:
    """Without the note the refusal simply stands until `auth`, `check` or `resume` lifts it."""
    network = tell.host.config.networks[tell.network]
    with suppress(OSError):
        refusal.note(tell.host.refusal_path(tell.network), network.settings)


def after(answer: Outcome, row: NetworkRow, now: datetime) -> tuple[HealthName, datetime | None]:
    """What an answer that concerns the whole network makes of it, and until when it is left alone. Pure."""
    if answer.kind in (Kind.BLOCKED, Kind.REJECTED):
        return "auth_broken", None
    if answer.after is not None:
        return "cooling", now + min(answer.after, backoff.LONGEST_WISH)
    down_for = now - row.since if row.health == "down" and row.since is not None else timedelta(0)
    return "down", now + min(max(backoff.FIRST, down_for), LOOK_AGAIN)
