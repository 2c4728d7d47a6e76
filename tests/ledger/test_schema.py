"""The schema and its versions."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from syndicator.clock import ManualClock
from syndicator.errors import LedgerError
from syndicator.ledger import schema
from syndicator.ledger.connect import writing
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.tables import METADATA
from tests.ledger.ledger_ground import MINUTE, Place, one_owed

NEXT = """\
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("post", sa.Column("weather", sa.Text(), nullable=True))
    {then}
"""


def test_the_migrations_lead_to_the_tables(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger._transactions.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_the_program_knows_its_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.SCHEMA]


def test_a_ledger_of_a_newer_program_is_refused_by_both_versions(place: Place) -> None:
    with place.create() as ledger, writing(ledger._transactions.engine).begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '0042'"))
    with pytest.raises(LedgerError, match=r"version 0042.* up to 0001"):
        place.open()
    with pytest.raises(LedgerError, match=r"version 0042.* up to 0001"):
        place.open(read_only=True)


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with one migration more; gives its file, to be written."""
    copy = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "MIGRATIONS", copy)
    monkeypatch.setattr(schema, "SCHEMA", "0002")
    return copy / "versions" / "0002_next.py"


def columns_of_post(ledger: Ledger) -> set[str]:
    with ledger._transactions.reading() as connection:
        return set(connection.execute(text("SELECT * FROM post")).keys())


@pytest.fixture
def older(place: Place, clock: ManualClock) -> Place:
    """A ledger of today's version, with one delivery."""
    with place.create() as ledger:
        one_owed(ledger, clock)
    return place


def test_an_older_ledger_is_brought_up_to_date(older: Place, newer: Path) -> None:
    newer.write_text(NEXT.format(then="pass"))
    with older.open() as ledger:
        assert "weather" in columns_of_post(ledger)
        assert len(ledger.deliveries()) == 1
    with older.open() as ledger:
        assert len(ledger.deliveries()) == 1


def test_looking_at_an_older_ledger_does_not_change_it(older: Place, newer: Path) -> None:
    newer.write_text(NEXT.format(then="pass"))
    with pytest.raises(LedgerError, match=r"0001.*0002"):
        older.open(read_only=True)


def test_before_a_migration_a_copy_is_made(sqlite: Place, clock: ManualClock, newer: Path) -> None:
    newer.write_text(NEXT.format(then="pass"))
    _make_older(sqlite, clock, newer)
    sqlite.open().close()
    [copy] = sqlite.file.parent.glob("ledger.db.0001-*")
    shutil.copy(copy, sqlite.file)
    clock.advance(MINUTE)
    with sqlite.open() as ledger:
        assert len(ledger.deliveries()) == 1


def _make_older(place: Place, clock: ManualClock, newer: Path) -> None:
    """A ledger at 0001, made while the program already knows 0002."""
    later = newer.read_text()
    newer.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "SCHEMA", "0001")
        with place.create() as ledger:
            one_owed(ledger, clock)
    newer.write_text(later)


def test_a_migration_that_fails_changes_nothing(older: Place, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer.write_text(NEXT.format(then="raise RuntimeError('power cut')"))
    with pytest.raises(RuntimeError, match="power cut"):
        older.open()
    monkeypatch.setattr(schema, "SCHEMA", "0001")
    with older.open() as ledger:
        assert "weather" not in columns_of_post(ledger)
        assert len(ledger.deliveries()) == 1


def test_a_creation_that_fails_leaves_no_ledger(place: Place, newer: Path) -> None:
    newer.write_text(NEXT.format(then="raise RuntimeError('power cut')"))
    with pytest.raises(RuntimeError, match="power cut"):
        place.create()
    assert not Ledger.exists(place.url)
    newer.write_text(NEXT.format(then="pass"))
    with place.create() as ledger:
        assert "weather" in columns_of_post(ledger)
