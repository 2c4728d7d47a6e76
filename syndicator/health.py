"""The health of one network: may it be called, is it the account it was, and what does an answer mean for all of it?

Enters: the ledger's row of the network, an Identity, an Outcome. Leaves: the row as it is now, told. A sick network
never changes what its deliveries have been through, and the owner's pause is never lifted from here.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from syndicator import backoff, credentials, refusal
from syndicator.clock import STEP
from syndicator.connector import Identity, Scope
from syndicator.host import Host
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
        return _has_new_settings(tell)
    now = tell.host.clock.now()
    # Nobody is left alone for longer: such a time is that of a clock that has been set back.
    waits = row.until is not None and now < row.until <= now + backoff.LONGEST_WISH + STEP
    return not waits or (row.health == "down" and by_hand)


def _has_new_settings(tell: Telling) -> bool:
    """The same credentials are not tried again; ones that have changed since are, and end some other day."""
    network = tell.host.config.networks[tell.network]
    if refusal.stands(tell.host.refusal_path(tell.network), network.settings):
        return False
    tell.host.ledger.forget_end(tell.network)
    return True


def counts_until(tell: Telling) -> datetime:
    """Up to when waiting makes a delivery too late: now, or when its network began to wait for its owner."""
    row = tell.host.ledger.network(tell.network)
    blocked = row.since if row.health == "auth_broken" else None
    return blocked or tell.host.clock.now()


def is_paused(tell: Telling) -> bool:
    """Asked before every delivery: `syndicate pause` takes no lock, and may come in the middle of a Pass."""
    row = tell.host.ledger.network(tell.network)
    if row.health == "paused":
        tell.health("paused")
    return row.health == "paused"


def rests(tell: Telling) -> bool:
    """Whether it was paused, or asked to be left alone, since it was greeted in this Pass."""
    until = tell.host.ledger.network(tell.network).until
    return is_paused(tell) or (until is not None and until > tell.host.clock.now())


def greet(tell: Telling, identity: Identity, connector: str) -> bool:
    """Note who the service says we are; False when that is not the account the network has been so far.

    Where a person publishes there is no account, and that is never another one than before.
    """
    row = tell.host.ledger.network(tell.network)
    if row.health == "paused":
        tell.health("paused")
        return False
    if identity.id and row.account is not None and row.account != identity.id:
        reason = f"the token now belongs to {identity.name} ({identity.id}), not to {row.account_name or row.account}"
        suspend(tell, Outcome(Kind.BLOCKED, reason, scope=Scope.NETWORK))
        return False
    for warning in identity.warnings:
        tell.host.tell("network_warned", network=tell.network, reason=warning)
    remember(tell.host, row, identity, connector)
    if row.health != "ok":
        tell.host.tell("network_recovered", network=tell.network)
    tell.health("ok")
    return True


def remember(host: Host, row: NetworkRow, identity: Identity, connector: str) -> None:
    """What a service's answer says of the account and of what opens it."""
    ledger, credential = host.ledger, identity.credential
    is_known = row.connector is not None and (row.account is not None or not identity.id)
    if row.health != "paused" and not (row.health == "ok" and is_known):
        ledger.set_network(
            row.name,
            "ok",
            account=identity.id or None,
            account_name=identity.name,
            connector=connector,
            credential=credential,
            unless_paused=True,
        )
    elif identity.id:
        ledger.worked(row.name, credential)
    if not identity.id and row.worked_at is not None:
        ledger.forget_credential(row.name)
    if credential is not None and credential.expires_at is not None:
        _remember_whose_end(host, row.name)


def look_at_end(tell: Telling, row: NetworkRow) -> None:
    """Tell that the credential ends; when it has, stop using it. The service is asked nothing."""
    host, now = tell.host, tell.host.clock.now()
    if row.expires_at is None or _is_another_by_now(host, row.name, row.expires_at):
        host.ledger.forget_end(tell.network)
    elif row.expires_at <= now:
        suspend(tell, Outcome(Kind.BLOCKED, credentials.sentence(row, now), scope=Scope.NETWORK))
    else:  # first told, then noted: who dies in between tells it twice rather than never
        ends, days = row.expires_at.isoformat(), credentials.days_left(row.expires_at, now)
        hint = f"syndicate auth {tell.network}"
        host.tell("credential_ending", network=tell.network, kind=row.credential, ends=ends, days=days, hint=hint)
        host.ledger.warned(tell.network)


def _is_another_by_now(host: Host, network: str, expires_at: datetime) -> bool:
    """Whether the owner has written other settings into the network's file since its credential's end was learned."""
    return not refusal.stands(_note_of_end(host, network, expires_at), host.config.networks[network].settings)


def _remember_whose_end(host: Host, network: str) -> None:
    """Once for each end. Without the note it is taken for that of today's settings."""
    expires_at = host.ledger.network(network).expires_at
    if expires_at is None or (path := _note_of_end(host, network, expires_at)).exists():
        return
    with suppress(OSError):
        for old in path.parent.glob(f"{network}.*.known"):
            old.unlink()
        refusal.note(path, host.config.networks[network].settings)


def _note_of_end(host: Host, network: str, expires_at: datetime) -> Path:
    return host.refusal_path(network).with_name(f"{network}.{expires_at:%Y%m%dT%H%M%S}.known")


def suspend(tell: Telling, answer: Outcome) -> None:
    """The whole network waits; its rows stay as they are and lose no attempt."""
    row, now = tell.host.ledger.network(tell.network), tell.host.clock.now()
    health, until = after(answer, row, now)
    tell.host.ledger.set_network(tell.network, health, until=until, reason=answer.reason, unless_paused=True)
    if is_paused(tell):
        return
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
