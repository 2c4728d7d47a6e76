"""What is remembered of feeds, and how the networks are."""

from dataclasses import asdict, fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from syndicator.connector import Credential
from syndicator.ledger import patience
from syndicator.ledger.rows import FeedMemory, HealthName, NetworkRow
from syndicator.ledger.tables import feed, network
from syndicator.ledger.upsert import upsert

# Built once, because building takes longer than asking.
_NETWORK = select(network).where(network.c.name == bindparam("of"))
_NETWORKS = select(network).order_by(network.c.name)
_FEEDS = select(feed).order_by(feed.c.name)

SAME_END = timedelta(hours=1)  # a service that tells the time left gives a slightly different end each time


def one_feed(connection: Connection, name: str) -> FeedMemory:
    """A blank memory for a feed never heard of."""
    row = connection.execute(select(feed).where(feed.c.name == name)).mappings().first()
    return FeedMemory(name) if row is None else FeedMemory(**row)


def all_feeds(connection: Connection) -> list[FeedMemory]:
    return [FeedMemory(**row) for row in connection.execute(_FEEDS).mappings()]


def remember_feed(connection: Connection, memory: FeedMemory) -> None:
    upsert(connection, feed, asdict(memory))


def one_network(connection: Connection, name: str) -> NetworkRow:
    """A healthy one where nothing was ever noted."""
    row = connection.execute(_NETWORK, {"of": name}).mappings().first()
    return NetworkRow(name) if row is None else NetworkRow(**row)


def _before(connection: Connection, name: str) -> NetworkRow:
    """As `one_network`, for whoever is about to write it: on another host its owner may be doing so too."""
    row = connection.execute(select(network).where(network.c.name == name).with_for_update()).mappings().first()
    return NetworkRow(name) if row is None else NetworkRow(**row)


def all_networks(connection: Connection) -> list[NetworkRow]:
    return [NetworkRow(**row) for row in connection.execute(_NETWORKS).mappings()]


def note_health(
    connection: Connection,
    name: str,
    health: HealthName,
    until: datetime | None,
    reason: str,
    at: datetime,
    *,
    unless_paused: bool = False,
) -> None:
    """`since` stays while the health stays the same, so that it tells how long it has lasted."""
    before = _before(connection, name)
    if unless_paused and before.health == "paused":
        return
    if before.health == "auth_broken" and health != "auth_broken":
        patience.excuse(connection, name, before.since or at, at)
    since = before.since if before.health == health and before.since is not None else at
    _store(connection, replace(before, health=health, until=until, reason=reason, since=since))


def note_account(
    connection: Connection,
    name: str,
    account: str | None,
    account_name: str | None,
    connector: str | None,
    credential: Credential | None,
    at: datetime,
) -> None:
    """None leaves what is known. What opens an account, and which it is, says only a service that has just answered."""
    before = _before(connection, name)
    answered = {} if not account and credential is None else _answered(before, credential, at)
    _store(
        connection,
        replace(
            before,
            account=account if account is not None else before.account,
            account_name=account_name if account_name is not None else before.account_name,
            connector=connector if connector is not None else before.connector,
            **answered,
        ),
    )


def note_answer(connection: Connection, name: str, credential: Credential | None, at: datetime) -> None:
    """The service has told us who we are, and nothing but this is news."""
    _change(connection, name, _answered(_before(connection, name), credential, at))


def note_warning(connection: Connection, name: str, at: datetime) -> None:
    _change(connection, name, {"warned_at": at})


def forget_end(connection: Connection, name: str) -> None:
    _change(connection, name, {"obtained_at": None, "expires_at": None})


def forget_credential(connection: Connection, name: str) -> None:
    nothing = dict.fromkeys(("credential", "obtained_at", "expires_at", "worked_at", "warned_at"))
    _change(connection, name, nothing)


def _answered(before: NetworkRow, credential: Credential | None, at: datetime) -> dict[str, Any]:
    """An end that has passed was not the end, if what it was to end has just worked."""
    if credential is None:
        return {"worked_at": at, "expires_at": _not_over(before.expires_at, at)}
    same = credential.kind == before.credential and _about(credential.expires_at, before.expires_at)
    return {
        "worked_at": at,
        "credential": credential.kind,
        "expires_at": _not_over(before.expires_at if same else credential.expires_at, at),
        "obtained_at": credential.obtained_at or (before.obtained_at if same else None),
    }


def _not_over(expires_at: datetime | None, at: datetime) -> datetime | None:
    return expires_at if expires_at is not None and expires_at > at else None


def _about(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) < SAME_END


def _change(connection: Connection, name: str, values: dict[str, Any]) -> None:
    """Of a network that is known; what others may change meanwhile, such as its health, stays untouched."""
    connection.execute(update(network).where(network.c.name == name).values(values))


def _store(connection: Connection, row: NetworkRow) -> None:
    upsert(connection, network, {field.name: getattr(row, field.name) for field in fields(row)})
