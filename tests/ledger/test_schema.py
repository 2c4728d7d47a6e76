"""The schema and its versions."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from syndicator.clock import ManualClock
from syndicator.connector import Credential
from syndicator.errors import LedgerError
from syndicator.ledger import schema
from syndicator.ledger.connect import writing
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.ledger.tables import METADATA, delivery
from tests.ledger.ledger_ground import MINUTE, Place, one_owed

NEXT = """\
import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("post", sa.Column("weather", sa.Text(), nullable=True))
    {then}
"""


def test_the_database_itself_refuses_a_second_delivery_for_a_pair(ledger: Ledger, clock: ManualClock) -> None:
    """The last line of defence, whatever the program believes."""
    one_owed(ledger, clock)
    again = select(*(column for column in delivery.c if column.name != "id"))
    twice = insert(delivery).from_select([column.name for column in delivery.c if column.name != "id"], again)
    with pytest.raises(IntegrityError), ledger._transactions.engine.begin() as connection:
        connection.execute(twice)
    assert len(ledger.deliveries()) == 1


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
    with pytest.raises(LedgerError, match=r"version 0042.* up to 0004"):
        place.open()
    with pytest.raises(LedgerError, match=r"version 0042.* up to 0004"):
        place.open(read_only=True)


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program with one migration more; gives its file, to be written."""
    copy = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "MIGRATIONS", copy)
    monkeypatch.setattr(schema, "SCHEMA", "0005")
    return copy / "versions" / "0005_next.py"


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


def test_an_older_ledger_that_was_put_back_is_brought_up_to_date_as_well(older: Place, newer: Path) -> None:
    newer.write_text(NEXT.format(then="pass"))
    with older.adopt() as ledger:
        assert "weather" in columns_of_post(ledger)
        assert ledger.loss() is not None


def test_looking_at_an_older_ledger_does_not_change_it(older: Place, newer: Path) -> None:
    newer.write_text(NEXT.format(then="pass"))
    with pytest.raises(LedgerError, match=r"0004.*0005") as refused:
        older.open(read_only=True)
    assert refused.value.hint == "syndicate check"


def test_before_a_migration_a_copy_is_made(sqlite: Place, clock: ManualClock, newer: Path) -> None:
    newer.write_text(NEXT.format(then="pass"))
    _make_older(sqlite, clock, newer)
    sqlite.open().close()
    [copy] = sqlite.file.parent.glob("ledger.db.0004-*")
    shutil.copy(copy, sqlite.file)
    clock.advance(MINUTE)
    with sqlite.open() as ledger:
        assert len(ledger.deliveries()) == 1


def _make_older(place: Place, clock: ManualClock, newer: Path) -> None:
    """A ledger at 0004, made while the program already knows 0005."""
    later = newer.read_text()
    newer.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "SCHEMA", "0004")
        with place.create() as ledger:
            one_owed(ledger, clock)
    newer.write_text(later)


def test_a_migration_that_fails_changes_nothing(older: Place, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer.write_text(NEXT.format(then="raise RuntimeError('power cut')"))
    with pytest.raises(RuntimeError, match="power cut"):
        older.open()
    monkeypatch.setattr(schema, "SCHEMA", "0004")
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


# From the first version


@pytest.fixture
def first(place: Place, clock: ManualClock, tmp_path: Path) -> Place:
    """A ledger as the first version left it: posts, deliveries, and a network with its account."""
    copy = tmp_path / "first"
    shutil.copytree(schema.MIGRATIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for later in sorted((copy / "versions").glob("0*.py"))[1:]:
        later.unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", copy)
        patch.setattr(schema, "SCHEMA", "0001")
        with place.create() as ledger, writing(ledger._transactions.engine).begin() as connection:
            for statement in ROWS_OF_THE_FIRST:
                connection.execute(text(statement), GIVEN)
    return place


NOW = 1790000000000000
CONTENT = {"guid": "g1", "link": "https://blog.example/1", "title": "One", "kind": "article", "published": None}
GIVEN = {
    "one": b"1" * 32,
    "two": b"2" * 32,
    "content": json.dumps({**CONTENT, "updated": None, "tags": [], "images": []}),
}
_DELIVERY = """INSERT INTO delivery (id, post_id, network, part, state, version, cause, key, owed_since, attempts,
    negative_reads, restored, frozen, doubted)
    VALUES ({}, 1, '{}', 0, '{}', 1, 'new', :{}, {}, 0, 0, false, false, false)"""
ROWS_OF_THE_FIRST = (
    f"""INSERT INTO network (name, health, "until", reason, account, account_name, since, connector)
    VALUES ('mastodon', 'auth_broken', NULL, '401', '42', '@me', {NOW}, 'mastodon')""",
    "INSERT INTO feed (name, url, failures, baseline) VALUES ('blog', 'https://blog.example/feed.xml', 0, true)",
    f"""INSERT INTO post (id, feed, link, identity, fingerprint, dated, first_seen, last_seen, content)
    VALUES (1, 'blog', 'https://blog.example/1', :one, :two, {NOW}, {NOW}, {NOW}, :content)""",
    _DELIVERY.format(1, "mastodon", "sending", "one", NOW),
    _DELIVERY.format(2, "bluesky", "ready", "two", NOW),
)


def test_a_ledger_of_the_first_version_keeps_everything(first: Place, clock: ManualClock) -> None:
    with first.open() as ledger:
        states = [row.state for row in ledger.deliveries()]
        network = ledger.network("mastodon")
    assert states == [State.SENDING, State.READY]
    assert (network.health, network.reason, network.account, network.account_name) == (
        "auth_broken",
        "401",
        "42",
        "@me",
    )
    assert network.since == datetime.fromtimestamp(1790000000, UTC)
    assert (network.credential, network.obtained_at, network.expires_at) == (None, None, None)
    assert (network.worked_at, network.warned_at) == (None, None)


def test_a_ledger_of_the_first_version_learns_of_credentials(first: Place, clock: ManualClock) -> None:
    with first.open() as ledger:
        ledger.worked("mastodon", Credential("access token", expires_at=clock.now() + MINUTE))
        assert ledger.network("mastodon").expires_at == clock.now() + MINUTE
        assert ledger.network("mastodon").health == "auth_broken"


def test_the_way_from_the_first_version_ends_where_a_new_ledger_begins(first: Place) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with first.open() as ledger, ledger._transactions.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, METADATA) == []
