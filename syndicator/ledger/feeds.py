"""What is remembered of feeds, and how the networks are."""

from dataclasses import asdict, fields, replace
from datetime import datetime

from sqlalchemy import Connection, select

from syndicator.ledger.rows import FeedMemory, HealthName, NetworkRow
from syndicator.ledger.tables import feed, network
from syndicator.ledger.upsert import upsert


def one_feed(connection: Connection, name: str) -> FeedMemory:
    """A blank memory for a feed never heard of."""
    row = connection.execute(select(feed).where(feed.c.name == name)).mappings().first()
    return FeedMemory(name) if row is None else FeedMemory(**row)


def all_feeds(connection: Connection) -> list[FeedMemory]:
    return [FeedMemory(**row) for row in connection.execute(select(feed).order_by(feed.c.name)).mappings()]


def remember_feed(connection: Connection, memory: FeedMemory) -> None:
    upsert(connection, feed, asdict(memory))


def one_network(connection: Connection, name: str) -> NetworkRow:
    """A healthy one where nothing was ever noted."""
    row = connection.execute(select(network).where(network.c.name == name)).mappings().first()
    return NetworkRow(name) if row is None else NetworkRow(**row)


def all_networks(connection: Connection) -> list[NetworkRow]:
    return [NetworkRow(**row) for row in connection.execute(select(network).order_by(network.c.name)).mappings()]


def note_health(
    connection: Connection, name: str, health: HealthName, until: datetime | None, reason: str, at: datetime
) -> NetworkRow:
    """`since` stays while the health stays the same, so that it tells how long it has lasted."""
    before = one_network(connection, name)
    since = before.since if before.health == health and before.since is not None else at
    return _store(connection, replace(before, health=health, until=until, reason=reason, since=since))


def note_account(
    connection: Connection, name: str, account: str | None, account_name: str | None, connector: str | None
) -> None:
    """None leaves what is known."""
    before = one_network(connection, name)
    _store(
        connection,
        replace(
            before,
            account=account if account is not None else before.account,
            account_name=account_name if account_name is not None else before.account_name,
            connector=connector if connector is not None else before.connector,
        ),
    )


def _store(connection: Connection, row: NetworkRow) -> NetworkRow:
    upsert(connection, network, {field.name: getattr(row, field.name) for field in fields(row)})
    return row
