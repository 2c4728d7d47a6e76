"""The version of the schema, and the way to it. alembic is imported only when there is something to migrate.

Enters: an engine. Leaves: tables of the version this program knows, or an error and the tables as they were: a whole
migration is one transaction in both databases.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, column, inspect, select, table

from syndicator.errors import LedgerError
from syndicator.ledger.connect import alone, writing

SCHEMA = "0004"  # the newest file in migrations/versions; a test compares
MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "ledger_version"


def version_of(connection: Connection) -> str | None:
    """The version that the database is at; None when it holds no ledger."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()


def is_older(version: str, place: str) -> bool:
    """Whether a migration is needed. Raises LedgerError when the ledger is ahead of the program."""
    if version > SCHEMA:
        raise LedgerError(
            f"the ledger {place} has version {version}, written by a newer syndicator; this one knows up to {SCHEMA}",
            hint="install the newer syndicator again, or put back a backup from before the upgrade",
        )
    return version < SCHEMA


def migrate(engine: Engine, finish: Callable[[Connection], None] | None = None) -> None:
    """Bring the tables to SCHEMA, from nothing or from any earlier version; `finish` joins the same transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with writing(engine).begin() as connection:
        alone(connection, "schema")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if finish is not None:
            finish(connection)
