"""Disks and databases that fail: said in words, nothing lost, nothing sent on the word of a ledger that may lie."""

import errno
import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from syndicator.clock import ManualClock
from syndicator.connector import Receipt
from syndicator.errors import LedgerError
from syndicator.ledger import epoch, transactions
from syndicator.ledger.journal import Answer, Journal
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import LedgerDamaged, LedgerLocked
from syndicator.ledger.states import State
from syndicator.ledger.trouble import told
from syndicator.outcome import Kind, Outcome, delivered
from tests.ledger.ledger_ground import MINUTE, WORDS, Place, document, done, one_owed, ready, sent

URL = "sqlite:///var/lib/syndicator/ledger.db"


def fill_the_disk(ledger: Ledger) -> None:
    """From now on the ledger's file may not grow."""
    with ledger._transactions.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def large(remote_id: str = "900") -> Outcome:
    """An answer that needs room."""
    return delivered(Receipt(remote_id, "https://social.example/" + "x" * 100_000))


def test_a_full_disk_is_called_a_full_disk(on_sqlite: Ledger, clock: ManualClock) -> None:
    fill_the_disk(on_sqlite)
    with pytest.raises(LedgerError, match="disk is full") as caught:
        on_sqlite.record(document(clock, range(200), (ready(),)))
    assert "df -h" in (caught.value.hint or "")
    assert on_sqlite.posts() == []


def test_with_a_full_disk_nothing_is_started(on_sqlite: Ledger, clock: ManualClock) -> None:
    row = one_owed(on_sqlite, clock)
    fill_the_disk(on_sqlite)
    with pytest.raises(LedgerError, match="disk is full"):
        sent(on_sqlite, row, replace(WORDS, text="x" * 100_000))
    assert on_sqlite.delivery(row.id) == row
    assert on_sqlite.attempts(row.id) == []


def test_an_answer_that_cannot_be_stored_is_merged_at_the_next_start(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        row = sent(ledger, one_owed(ledger, clock))
        fill_the_disk(ledger)
        with pytest.raises(LedgerError, match="disk is full"):
            ledger.finish(row, "delivered", outcome=large("7"))
        answered_at = clock.now()
    clock.advance(MINUTE)
    with sqlite.open() as ledger:
        assert ledger.orphans() == []
        found = ledger.delivery(row.id)
        assert (found.state, found.remote_id, found.delivered_at) == (State.DELIVERED, "7", answered_at)
        assert [a.outcome for a in ledger.attempts(row.id)] == ["delivered"]
    with sqlite.open() as ledger:
        assert ledger.orphans() == []


def test_the_ballast_is_given_up_first(sqlite: Place, clock: ManualClock) -> None:
    ballast = sqlite.file.parent / "syndicator.ballast"
    with sqlite.create() as ledger:
        assert ballast.stat().st_size == 1_048_576
        row = sent(ledger, one_owed(ledger, clock))
        fill_the_disk(ledger)
        with pytest.raises(LedgerError):
            ledger.finish(row, "delivered", outcome=large())
        assert not ballast.exists()
    sqlite.open().close()
    assert ballast.exists()


def test_an_answer_that_was_overtaken_is_old_news(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        row = sent(ledger, one_owed(ledger, clock))
        journal = Journal(sqlite.state_dir, None)
        journal.note(Answer(row.id, row.version, "delivered", clock.now(), None, done("7")))
        ledger.finish(row, "delivered", outcome=done("8"))
        ledger.orphans()
        assert ledger.delivery(row.id).remote_id == "8"
        assert journal.answers() == []


def test_an_answer_of_an_earlier_send_says_nothing_about_a_later_one(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        row = sent(ledger, one_owed(ledger, clock))
        Journal(sqlite.state_dir, None).note(Answer(row.id, row.version, "delivered", clock.now(), None, done("7")))
        refused = ledger.finish(row, "deferred", outcome=Outcome(Kind.DEFERRED, "503"), due_at=clock.now())
        sent(ledger, ledger.move(refused, "due", cause="its time has come"))
        assert [orphan.state for orphan in ledger.orphans()] == [State.UNKNOWN]
        assert ledger.delivery(row.id).remote_id is None


@pytest.mark.parametrize("outcome", [done("7"), Outcome(done().kind, "odd", after=MINUTE), large()])
def test_the_journal_gives_back_what_it_was_given(tmp_path: Path, clock: ManualClock, outcome: Outcome) -> None:
    journal = Journal(tmp_path, tmp_path)
    journal.prepare()
    first = Answer(1, 3, "delivered", clock.now(), None, outcome)
    second = Answer(2, 5, "deferred", clock.now(), clock.now() + MINUTE, outcome)
    journal.note(first)
    journal.note(second)
    assert Journal(tmp_path, tmp_path).answers() == [first, second]
    journal.clear()
    assert journal.answers() == []


def test_a_line_that_a_crash_cut_short_says_nothing(tmp_path: Path, clock: ManualClock) -> None:
    journal = Journal(tmp_path, None)
    whole = Answer(1, 3, "delivered", clock.now(), None, done())
    journal.note(whole)
    with (tmp_path / "outcomes.journal").open("ab") as file:
        file.write(b'{"delivery_id": 2, "ver')
    assert journal.answers() == [whole]


def test_an_answer_after_a_torn_line_is_not_swallowed_by_it(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "outcomes.journal").write_bytes(b'{"delivery_id": 2, "ver')
    journal, whole = Journal(tmp_path, None), Answer(1, 3, "delivered", clock.now(), None, done())
    journal.note(whole)
    assert journal.answers() == [whole]


def test_a_disk_that_takes_only_parts_gets_the_rest_as_well(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pwrite, write = os.pwrite, os.write
    monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: pwrite(fd, data[:7], offset))
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:7]))
    journal, whole = Journal(tmp_path, None), Answer(1, 3, "delivered", clock.now(), None, done())
    journal.note(whole)
    assert journal.answers() == [whole]
    here = epoch.Epoch("a-ledger-with-a-name", 5, "a-host")
    epoch.write(tmp_path, here)
    assert epoch.read(tmp_path) == here


def test_answers_of_a_ledger_that_is_gone_stop_nobody(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        Journal(sqlite.state_dir, None).note(Answer(77, 3, "delivered", clock.now(), None, done()))
        assert ledger.orphans() == []


def test_a_journal_that_cannot_be_read_is_named_before_anything_is_doubted(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        row = sent(ledger, one_owed(ledger, clock))
        journal = sqlite.state_dir / "outcomes.journal"
        journal.unlink()
        journal.mkdir()
        with pytest.raises(LedgerError, match=r"outcomes\.journal cannot be read") as caught:
            ledger.orphans()
        assert "ls -l" in (caught.value.hint or "")
        assert ledger.delivery(row.id) == row


def test_without_room_for_an_answer_nothing_is_started(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        row = one_owed(ledger, clock)
        journal = sqlite.state_dir / "outcomes.journal"
        journal.unlink()
        journal.mkdir()
        with pytest.raises(LedgerError, match=r"outcomes\.journal cannot be given room") as refused:
            sent(ledger, row)
        assert refused.value.hint == f"df -h {sqlite.state_dir}; ls -l {journal}"
        assert ledger.delivery(row.id) == row


def test_what_the_epoch_could_not_be_told_was_not_sent_and_nobody_is_asked(
    sqlite: Place, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite.create() as ledger:
        row = one_owed(ledger, clock)
        monkeypatch.setattr(epoch, "_replace", _refuse)
        with pytest.raises(LedgerError, match=r"epoch\.json cannot be written"):
            sent(ledger, row)
        now = ledger.delivery(row.id)
        assert (now.state, now.due_at) == (State.DEFERRED, clock.now())
        assert [a.outcome for a in ledger.attempts(row.id)] == ["deferred"]
        assert ledger.orphans() == []


def _refuse(path: Path, content: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_locked_ledger_is_waited_for_and_then_named(
    sqlite: Place, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syndicator.ledger.connect.PATIENCE", 0.1)
    with sqlite.create() as ledger:
        shell = sqlite3.connect(sqlite.file, isolation_level=None)
        shell.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerLocked, match="locked"):
            one_owed(ledger, clock)
        assert ledger.deliveries() == []
        shell.execute("ROLLBACK")
        shell.close()
        assert one_owed(ledger, clock).state is State.READY


def test_a_page_that_went_bad_is_reported_where_it_is_met(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        ledger.record(document(clock, range(300), (ready(),)))
    content = bytearray(sqlite.file.read_bytes())
    content[4096 * 3 :] = b"\xa5" * (len(content) - 4096 * 3)
    sqlite.file.write_bytes(content)
    with pytest.raises(LedgerDamaged, match="damaged") as caught, sqlite.open() as ledger:
        ledger.posts()
    assert "backup" in (caught.value.hint or "")
    assert sqlite.file.read_bytes()[4096 * 3 :] == bytes(content[4096 * 3 :])


class _Failing(sqlite3.OperationalError):
    def __init__(self, name: str) -> None:
        super().__init__("disk I/O error")
        self.sqlite_errorname = name


def fail(name: str) -> None:
    with told(URL):
        raise _Failing(name)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("SQLITE_FULL", LedgerError, "full"),
        ("SQLITE_READONLY_DBMOVED", LedgerError, "read-only"),
        ("SQLITE_BUSY_SNAPSHOT", LedgerLocked, "locked"),
        ("SQLITE_LOCKED", LedgerLocked, "locked"),
        ("SQLITE_CORRUPT_VTAB", LedgerDamaged, "damaged"),
        ("SQLITE_NOTADB", LedgerDamaged, "not a database"),
        ("SQLITE_CANTOPEN_ISDIR", LedgerError, "cannot be opened"),
        ("SQLITE_IOERR_FSYNC", LedgerDamaged, "SQLITE_IOERR_FSYNC"),
    ],
)
def test_every_failure_of_sqlite_has_its_words(name: str, kind: type[LedgerError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        fail(name)
    assert caught.value.hint
    assert "ledger.db" in caught.value.message


def test_a_mistake_in_a_statement_stays_a_bug(on_sqlite: Ledger) -> None:
    with pytest.raises(OperationalError), on_sqlite._transactions.reading() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")


def test_a_failed_disk_is_read_through_before_the_next_write(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        with pytest.raises(LedgerDamaged), ledger._transactions.writing():
            fail("SQLITE_IOERR_FSYNC")
        assert one_owed(ledger, clock).state is State.READY


def test_a_failed_disk_is_read_through_once(sqlite: Place, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    read = list[Path]()
    monkeypatch.setattr(transactions, "what_is_wrong", read.append)
    with sqlite.create() as ledger:
        with pytest.raises(LedgerDamaged), ledger._transactions.writing():
            fail("SQLITE_IOERR_FSYNC")
        for number in (1, 2):
            one_owed(ledger, clock, number=number)
    assert read == [sqlite.file]


def test_a_failed_disk_that_lost_pages_stops_everything(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        ledger.record(document(clock, range(300), (ready(),)))
    with sqlite.open() as ledger:
        with pytest.raises(LedgerDamaged), ledger._transactions.writing():
            fail("SQLITE_IOERR_WRITE")
        content = bytearray(sqlite.file.read_bytes())
        content[4096 * 5 : 4096 * 9] = b"\xa5" * 4096 * 4
        sqlite.file.write_bytes(content)
        with pytest.raises(LedgerDamaged, match="damaged") as refused:
            ledger.set_network("mastodon", "ok")
        assert "backup" in (refused.value.hint or "")


@pytest.mark.postgres
def test_postgresql_says_what_it_lacks(server: str, tmp_path: Path, clock: ManualClock) -> None:
    url = server.replace("/postgres?", "/nowhere?")
    with pytest.raises(LedgerError, match=r"no such database|cannot be reached"):
        Place(url, tmp_path, clock).open()


@pytest.mark.postgres
def test_a_mistake_in_a_statement_stays_a_bug_in_postgresql_too(server: str) -> None:
    from syndicator.ledger.connect import engine_for

    engine = engine_for(server)
    with pytest.raises(ProgrammingError), told(server), engine.connect() as connection:
        connection.exec_driver_sql("SELEKT 1")
    engine.dispose()


@pytest.mark.postgres
def test_a_connection_that_was_cut_is_made_anew(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        one_owed(ledger, clock)
        ledger._transactions.engine.dispose()
        assert len(ledger.deliveries()) == 1


@pytest.mark.parametrize(("what", "wrong"), [(b"SQLite format 3", None), (b"https://blog.example/1", b"\xff\xfe\xff")])
def test_bytes_that_went_bad_are_damage_and_no_bug(
    sqlite: Place, clock: ManualClock, what: bytes, wrong: bytes | None
) -> None:
    with sqlite.create() as ledger:
        ledger.record(document(clock, range(3), (ready(),)))
    content = sqlite.file.read_bytes()
    if wrong is None:
        content = content[:47] + b"\xff" + content[48:]  # the schema's format
    else:
        content = content.replace(what, wrong + what[len(wrong) :])
    sqlite.file.write_bytes(content)
    with pytest.raises(LedgerDamaged, match="damaged"), sqlite.open() as ledger:
        ledger.posts()
