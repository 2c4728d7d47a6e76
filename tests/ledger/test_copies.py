"""Backups that open, and exports that tell everything but secrets."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from syndicator.clock import ManualClock
from syndicator.connector import Receipt
from syndicator.errors import LedgerError, UserError
from syndicator.ledger import copies
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import LedgerDamaged
from syndicator.ledger.rows import Owed
from syndicator.ledger.states import State
from syndicator.outcome import delivered
from tests.ledger.ledger_ground import FEED, WORDS, Place, document, done, in_doubt, one_owed, picture, sent


def test_a_backup_is_a_ledger(on_sqlite: Ledger, sqlite: Place, clock: ManualClock, tmp_path: Path) -> None:
    row = one_owed(on_sqlite, clock)
    on_sqlite.backup(tmp_path / "copy.db")
    copy = replace(sqlite, url=f"sqlite://{tmp_path}/copy.db")
    with copy.open() as ledger:
        assert (ledger.uuid, ledger.deliveries()) == (on_sqlite.uuid, [row])
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_a_backup_holds_what_lies_in_the_log(sqlite: Place, on_sqlite: Ledger, tmp_path: Path) -> None:
    row = one_owed(on_sqlite, sqlite.clock)
    assert sqlite.file.with_name("ledger.db-wal").stat().st_size > 0
    on_sqlite.backup(tmp_path / "copy.db")
    with replace(sqlite, url=f"sqlite://{tmp_path}/copy.db").open(read_only=True) as ledger:
        assert ledger.deliveries() == [row]


def test_a_backup_can_be_made_while_only_looking(sqlite: Place, clock: ManualClock, tmp_path: Path) -> None:
    with sqlite.create() as writer, sqlite.open(read_only=True) as reader:
        row = one_owed(writer, clock)
        reader.backup(tmp_path / "copy.db")
    with replace(sqlite, url=f"sqlite://{tmp_path}/copy.db").open() as ledger:
        assert ledger.deliveries() == [row]


def test_a_backup_replaces_nothing(on_sqlite: Ledger, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    with pytest.raises(LedgerError, match="precious") as refused:
        on_sqlite.backup(tmp_path / "precious")
    assert refused.value.hint == f"ls -ld {tmp_path} {tmp_path / 'precious'}"
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_backup_that_fails_leaves_nothing(sqlite: Place, clock: ManualClock, tmp_path: Path) -> None:
    with sqlite.create() as ledger:
        ledger.record(document(clock, range(300)))
    content = bytearray(sqlite.file.read_bytes())
    content[4096 * 30 : 4096 * 40] = os.urandom(4096 * 10)
    sqlite.file.write_bytes(content)
    with sqlite.open() as ledger, pytest.raises(LedgerError, match="damaged"):
        ledger.backup(tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize("spoilt", [b"", b"\xa5" * 4096])
def test_a_backup_that_cannot_be_read_is_none(
    on_sqlite: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoilt: bytes
) -> None:
    def spoiling(engine: Engine, path: Path) -> None:
        vacuum(engine, path)
        path.write_bytes(path.read_bytes()[:8192] + spoilt * 3 if spoilt else b"")

    vacuum = copies._vacuum
    monkeypatch.setattr(copies, "_vacuum", spoiling)
    (tmp_path / "backups").mkdir()
    with pytest.raises(LedgerDamaged, match="is damaged") as refused:
        on_sqlite.backup(tmp_path / "backups" / "copy.db")
    assert refused.value.hint == "syndicate check"
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.postgres
def test_postgresql_has_a_tool_of_its_own(postgresql: Place, tmp_path: Path) -> None:
    with postgresql.create() as ledger, pytest.raises(UserError) as caught:
        ledger.backup(tmp_path / "copy")
    assert caught.value.hint == "pg_dump"


def test_an_export_names_its_version_and_its_ledger(ledger: Ledger) -> None:
    assert list(ledger.export()) == [{"kind": "ledger", "version": 1, "uuid": ledger.uuid}]


def test_an_export_tells_everything_as_json(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock), replace(WORDS, images=(picture(b"cat"),)))
    ledger.finish(row, "delivered", outcome=done("7"))
    lines = [json.loads(json.dumps(line)) for line in ledger.export()]
    assert [line["kind"] for line in lines] == [
        "ledger", "feed", "post", "delivery", "attempt", "event", "event", "event",
    ]  # fmt: skip
    _, feed, post, delivery, attempt, *events = lines
    assert (feed["name"], feed["etag"]) == ("blog", '"1"')
    assert post["post"]["title"] == "Title 1"
    assert post.keys() == {
        "kind", "id", "feed", "identity", "first_seen", "last_seen", "fingerprint", "aliases", "post",
    }  # fmt: skip
    assert (delivery["id"], delivery["due_at"], delivery["restored"]) == (row.id, None, False)
    assert [alias["value"] for alias in post["aliases"]] == ["guid-1", "//blog.example/1"]
    assert (delivery["key"], delivery["state"], delivery["remote_id"]) == (row.key, "delivered", "7")
    assert (delivery["rendering"]["text"], delivery["delivered_at"]) == (WORDS.text, clock.now().isoformat())
    assert (attempt["attempt"], attempt["outcome"]) == ("send", "delivered")
    assert [event["move"] for event in events] == ["owed", "start", "delivered"]


def test_an_export_holds_no_password(ledger: Ledger) -> None:
    ledger.remember_feed(replace(FEED, url="https://me:hunter2@blog.example/feed.xml?a=b@c"))
    [_, feed] = ledger.export()
    assert feed["url"] == "https://blog.example/feed.xml?a=b@c"


def test_an_export_is_one_moment(place: Place, ledger: Ledger, clock: ManualClock) -> None:
    one_owed(ledger, clock, Owed("mastodon", State.HELD, "burst"))
    lines = ledger.export()
    next(lines)
    with place.open() as writer:
        in_doubt(writer, writer.move(writer.deliveries()[0], "release", cause="owner"))
    assert [line["state"] for line in lines if line["kind"] == "delivery"] == ["held"]


def test_a_receipt_without_an_address_is_no_link(ledger: Ledger, clock: ManualClock) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    ledger.finish(row, "delivered", outcome=delivered(Receipt("")))
    assert ledger.links() == []
