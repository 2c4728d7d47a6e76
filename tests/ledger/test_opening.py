"""What opening accepts, and what it refuses: each refusal is a sentence of its own with the next command."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event

from syndicator.clock import ManualClock
from syndicator.connector import Part
from syndicator.errors import ConfigError, LedgerError
from syndicator.exitcode import ExitCode
from syndicator.ledger import epoch, opening
from syndicator.ledger.address import normalise, shown, sqlite_path
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.opening import OnLoss
from syndicator.ledger.refusals import LedgerDamaged, LedgerMissing
from syndicator.ledger.rows import Delivery, Owed
from syndicator.ledger.states import State
from tests.ledger.ledger_ground import MINUTE, WORDS, Place, document, done, in_doubt, one_owed, ready, sent
from tests.ledger.test_handing_off import handed_off


def refusal(place: Place, on_loss: OnLoss = OnLoss.REFUSE) -> LedgerError:
    """The error that opening ends with."""
    with pytest.raises(LedgerError) as caught:
        place.open(on_loss=on_loss)
    assert caught.value.exit_code == ExitCode.LEDGER
    assert caught.value.hint
    return caught.value


def test_a_new_ledger_is_empty_and_has_a_name(place: Place) -> None:
    assert not Ledger.exists(place.url)
    with place.create() as ledger:
        assert Ledger.exists(place.url)
        assert (ledger.feeds(), ledger.posts(), ledger.deliveries(), ledger.gap) == ([], [], [], None)
        name = ledger.uuid
    with place.open() as ledger:
        assert ledger.uuid == name


def test_a_new_ledger_has_its_witness_from_the_beginning(place: Place) -> None:
    opening.create(place.url, place.state_dir)
    witness = epoch.read(place.state_dir)
    assert witness is not None
    assert (witness.attempts, witness.era) == (0, 0)


def test_what_was_recorded_is_there_after_reopening(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = one_owed(ledger, clock)
    with place.open() as ledger:
        assert ledger.due("mastodon", clock.now()) == [row]


def test_there_is_never_a_second_ledger_in_the_place_of_the_first(place: Place) -> None:
    place.create().close()
    with pytest.raises(LedgerError, match="already") as refused:
        place.create()
    assert refused.value.hint == "syndicate check"


def test_a_ledger_that_cannot_be_made_says_where_to_look(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").touch()
    place = Place(f"sqlite://{tmp_path}/file/ledger.db", tmp_path / "state", clock)
    with pytest.raises(LedgerError, match="cannot be made: ") as refused:
        place.create()
    assert refused.value.hint == f"ls -ld {tmp_path}/file {tmp_path}/file/ledger.db"


def test_a_missing_ledger_is_not_made_in_passing(place: Place) -> None:
    assert isinstance(refusal(place), LedgerMissing)
    assert not Ledger.exists(place.url)


def test_a_missing_ledger_that_there_was_is_not_made_anew(sqlite: Place) -> None:
    sqlite.create().close()
    sqlite.file.unlink()
    error = refusal(sqlite)
    assert not isinstance(error, LedgerMissing)
    assert "is gone" in error.message
    with pytest.raises(LedgerError, match="is gone"):
        sqlite.create()


def test_a_ledger_is_the_owners_alone(sqlite: Place) -> None:
    sqlite.create().close()
    assert stat.S_IMODE(sqlite.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(epoch.epoch_path(sqlite.state_dir).stat().st_mode) == 0o600


def test_a_ledger_appears_whole(sqlite: Place) -> None:
    sqlite.create().close()
    left = {path.name for path in sqlite.file.parent.iterdir()}
    assert left <= {"ledger.db", "state", "syndicator.ballast"}


def test_an_empty_file_is_no_ledger(sqlite: Place) -> None:
    sqlite.create().close()
    sqlite.file.write_bytes(b"")
    error = refusal(sqlite)
    assert isinstance(error, LedgerDamaged)
    assert "0 bytes" in error.message
    assert sqlite.file.read_bytes() == b""


def test_a_file_of_something_else_is_no_ledger(sqlite: Place) -> None:
    sqlite.file.write_text("Dear diary, " * 50)
    assert "not a database" in refusal(sqlite).message


def test_a_database_of_another_program_is_left_alone(sqlite: Place) -> None:
    with sqlite3.connect(sqlite.file) as other:
        other.execute("CREATE TABLE bookmarks (url)")
    other.close()
    assert "another program" in refusal(sqlite).message


def test_a_ledger_without_its_end_is_damaged(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        ledger.record(document(clock, range(50), (ready(),)))
    os.truncate(sqlite.file, sqlite.file.stat().st_size - 4096)
    assert "end is missing" in refusal(sqlite).message


def beginning(*, page: int = 4096, pages: int) -> bytes:
    """The first hundred bytes of a ledger, as the format of SQLite's files has them."""
    header = bytearray(b"SQLite format 3\0".ljust(100, b"\0"))
    header[16:18], header[28:32] = page.to_bytes(2, "big"), pages.to_bytes(4, "big")
    header[68:72] = opening.APPLICATION_ID.to_bytes(4, "big")
    return bytes(header)


@pytest.mark.parametrize(
    ("header", "size", "said"),
    [
        (beginning(pages=1), 99, "is not a database"),
        (beginning(pages=2), 8191, "its end is missing"),
        (beginning(pages=1 << 24), 8192, "its end is missing"),
        (beginning(page=1, pages=1), 65535, "its end is missing"),  # 1 stands for the size that has no room there
        (beginning(page=1, pages=1), 65536, "is not a database"),  # which SQLite says, of what follows
    ],
    ids=["too short", "half a page missing", "very long", "large pages, the last too short", "large pages, whole"],
)
def test_what_is_wrong_with_a_file_is_read_from_its_beginning(
    sqlite: Place, header: bytes, size: int, said: str
) -> None:
    sqlite.file.write_bytes(header[:size].ljust(size, b"\0"))
    assert said in refusal(sqlite).message


@pytest.mark.parametrize(("log", "may_hold_it"), [(b"", False), (b"p", True)])
def test_what_is_missing_at_its_end_may_be_in_its_log(sqlite: Place, log: bytes, may_hold_it: bool) -> None:
    sqlite.file.write_bytes(beginning(pages=2).ljust(4096, b"\0"))
    sqlite.file.with_name(f"{sqlite.file.name}-wal").write_bytes(log)
    assert ("its end is missing" not in refusal(sqlite).message) is may_hold_it


def test_a_ledger_with_a_bad_page_is_damaged(sqlite: Place) -> None:
    sqlite.create().close()
    _spoil(sqlite.file, page=1, offset=100)
    error = refusal(sqlite)
    assert isinstance(error, LedgerDamaged)
    assert "backup" in (error.hint or "")


def _spoil(file: Path, *, page: int, offset: int = 0) -> None:
    content = bytearray(file.read_bytes())
    start = (page - 1) * 4096 + offset
    content[start : page * 4096] = b"\x5a" * (page * 4096 - start)
    file.write_bytes(content)


def test_a_directory_nobody_may_read_is_named(sqlite: Place) -> None:
    sqlite.file.mkdir()
    assert str(sqlite.file) in refusal(sqlite).message


# The epoch


def test_another_ledger_is_not_taken_for_ours(sqlite: Place, tmp_path: Path, clock: ManualClock) -> None:
    sqlite.create().close()
    other = Place(f"sqlite://{tmp_path}/other.db", tmp_path / "other", clock)
    other.create().close()
    shutil.copy(other.file, sqlite.file)
    for on_loss in (OnLoss.REFUSE, OnLoss.NOTE):
        error = refusal(sqlite, on_loss)
        assert "not the one this machine has worked with" in error.message
        assert (error.hint or "").endswith("then: syndicate reconcile --adopt")
    with sqlite.open(on_loss=OnLoss.ADOPT) as ledger:
        assert ledger.bars("mastodon")
    sqlite.open().close()


def test_a_ledger_that_was_put_back_is_noticed(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        sent(ledger, one_owed(ledger, clock))
        ahead = epoch.Epoch(ledger.uuid, 7, epoch.machine())
    epoch.write(place.state_dir, ahead)
    error = refusal(place)
    assert "lost time" in error.message
    assert (error.hint or "").endswith("then: syndicate reconcile")


def test_a_real_backup_put_back_after_a_send_is_noticed(sqlite: Place, clock: ManualClock, tmp_path: Path) -> None:
    with sqlite.create() as ledger:
        row = one_owed(ledger, clock)
        ledger.backup(tmp_path / "copy.db")
        sent(ledger, row)
    shutil.copy(tmp_path / "copy.db", sqlite.file)
    assert "lost time" in refusal(sqlite).message


def test_a_ledger_copied_without_its_log_is_noticed(sqlite: Place, clock: ManualClock, tmp_path: Path) -> None:
    with sqlite.create() as ledger:
        sent(ledger, one_owed(ledger, clock))
        shutil.copy(sqlite.file, tmp_path / "copy.db")
    shutil.copy(tmp_path / "copy.db", sqlite.file)
    assert "lost time" in refusal(sqlite).message


def test_a_crash_before_the_epoch_was_written_is_no_loss(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        before = epoch.read(place.state_dir)
        assert before is not None
        sent(ledger, one_owed(ledger, clock))
    epoch.write(place.state_dir, before)
    with place.open() as ledger:
        assert [row.cause for row in ledger.orphans()] == ["crash"]
    after = epoch.read(place.state_dir)
    assert after is not None
    assert after.attempts == before.attempts + 1


def test_a_commit_that_fails_leaves_the_epoch_where_it_was(place: Place, clock: ManualClock) -> None:
    """An epoch that knew of an attempt which the ledger does not would be taken for a ledger that was put back."""

    def fail(_connection: object) -> None:
        raise OSError("the disk is gone")

    with place.create() as ledger:
        row, before = one_owed(ledger, clock), epoch.read(place.state_dir)
        event.listen(ledger._transactions.engine, "commit", fail)
        with pytest.raises(OSError, match="the disk is gone"):
            sent(ledger, row)
    assert epoch.read(place.state_dir) == before
    with place.open() as ledger:
        assert ledger.delivery(row.id) == row


def test_the_epoch_knows_the_attempt_before_a_byte_leaves(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = sent(ledger, one_owed(ledger, clock))
        known = epoch.read(place.state_dir)
        assert known is not None
        assert known.attempts == ledger.attempts(row.id)[-1].id


def test_a_ledger_that_has_sent_needs_its_epoch(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        sent(ledger, one_owed(ledger, clock))
    epoch.epoch_path(sqlite.state_dir).unlink()
    assert "is missing" in refusal(sqlite).message


@pytest.mark.postgres
def test_a_machine_that_is_new_to_a_shared_ledger_has_no_epoch_yet(postgresql: Place, clock: ManualClock) -> None:
    with postgresql.create() as ledger:
        sent(ledger, one_owed(ledger, clock))
    epoch.epoch_path(postgresql.state_dir).unlink()
    with postgresql.open() as ledger:
        assert ledger.loss() is None
    assert epoch.read(postgresql.state_dir) is not None


def test_a_ledger_that_never_sent_gets_its_epoch_back(place: Place) -> None:
    with place.create() as ledger:
        name = ledger.uuid
    shutil.rmtree(place.state_dir)
    place = replace(place, state_dir=place.state_dir / "deeper")
    place.open().close()
    assert epoch.read(place.state_dir) == epoch.Epoch(name, 0, epoch.machine())
    assert stat.S_IMODE(place.state_dir.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"ledger": "x", "attempts": "many"}', "\x00\x00"])
def test_a_damaged_epoch_is_said_to_be_damaged(sqlite: Place, content: str) -> None:
    sqlite.create().close()
    epoch.epoch_path(sqlite.state_dir).write_text(content)
    assert "epoch.json is damaged" in refusal(sqlite).message


@pytest.fixture
def on_a_known_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tests must not depend on whether this machine has an id."""
    identity = tmp_path / "machine-id"
    identity.write_text("0123456789abcdef\n")
    monkeypatch.setattr(epoch, "_MACHINE_ID", identity)
    return identity


def test_a_ledger_of_another_machine_is_refused(sqlite: Place, on_a_known_machine: Path) -> None:
    sqlite.create().close()
    on_a_known_machine.write_text("fedcba9876543210\n")
    error = refusal(sqlite)
    assert "another machine" in error.message
    assert "stop syndicator on the other machine" in (error.hint or "")
    with sqlite.open(read_only=True) as looking:
        assert "another machine" in (looking.unnoticed_loss() or "")
    with sqlite.open(on_loss=OnLoss.NOTE) as ledger:
        assert ledger.bars("mastodon")
    sqlite.open().close()


def test_so_is_one_that_has_not_sent_anything_yet_and_comes_without_its_epoch(
    sqlite: Place, on_a_known_machine: Path
) -> None:
    sqlite.create().close()
    epoch.epoch_path(sqlite.state_dir).unlink()
    on_a_known_machine.write_text("fedcba9876543210\n")
    assert "another machine" in refusal(sqlite).message


def test_one_file_used_by_two_machines_leaves_both_reading(sqlite: Place, on_a_known_machine: Path) -> None:
    """Each takes it from the other, so neither ever sends."""
    sqlite.create().close()
    there = replace(sqlite, state_dir=sqlite.state_dir.with_name("elsewhere"))
    for machine, place in [("a" * 16, sqlite), ("b" * 16, there)] * 2:
        on_a_known_machine.write_text(f"{machine}\n")
        with place.open(on_loss=OnLoss.NOTE) as ledger:
            assert ledger.noticed is not None
            assert ledger.bars("mastodon")


def test_a_machine_without_an_id_is_not_compared(sqlite: Place, on_a_known_machine: Path) -> None:
    sqlite.create().close()
    on_a_known_machine.unlink()
    sqlite.open().close()


def test_a_machine_that_has_an_id_now_is_compared_from_now_on(sqlite: Place, on_a_known_machine: Path) -> None:
    on_a_known_machine.unlink()
    sqlite.create().close()
    on_a_known_machine.write_text("0123456789abcdef\n")
    sqlite.open().close()
    on_a_known_machine.write_text("fedcba9876543210\n")
    assert "another machine" in refusal(sqlite).message


def test_the_machines_own_id_is_not_written_down(sqlite: Place, on_a_known_machine: Path) -> None:
    sqlite.create().close()
    written = json.loads(epoch.epoch_path(sqlite.state_dir).read_text())
    assert written["host"]
    assert on_a_known_machine.read_text().strip() not in written["host"]


# Lost time


def lost(place: Place, clock: ManualClock) -> Place:
    """The ledger is behind its epoch by a day, and has one delivery that was never sent."""
    with place.create() as ledger:
        one_owed(ledger, clock)
        epoch.write(place.state_dir, epoch.Epoch(ledger.uuid, 7, epoch.machine()))
    clock.advance(24 * 60 * MINUTE)
    return place


def test_noticing_is_one_step_and_is_taken_once(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(on_loss=OnLoss.NOTE) as ledger:
        assert "has lost time" in (ledger.noticed or "")
        (row,) = ledger.deliveries()
        loss = ledger.loss()
        assert (row.state, row.restored, row.cause) == (State.UNKNOWN, True, "restored")
        assert loss is not None
        assert (loss.gap.end - loss.gap.start, loss.why) == (24 * 60 * MINUTE, ledger.noticed)
    for on_loss in OnLoss:
        with place.open(on_loss=on_loss) as ledger:
            assert (ledger.noticed, ledger.deliveries(), ledger.loss()) == (None, [row], loss)


def test_whoever_only_looks_is_told_and_changes_nothing(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(read_only=True) as ledger:
        assert "has lost time" in (ledger.unnoticed_loss() or "")
        assert ledger.loss() is None
    place.open(on_loss=OnLoss.NOTE).close()
    with place.open(read_only=True) as ledger:
        assert ledger.unnoticed_loss() is None
        assert ledger.loss() is not None


def test_a_crash_before_the_epoch_was_rewritten_does_not_lose_the_time_twice(place: Place, clock: ManualClock) -> None:
    lost(place, clock)
    behind = epoch.read(place.state_dir)
    assert behind is not None
    place.open(on_loss=OnLoss.NOTE).close()
    epoch.write(place.state_dir, behind)
    with place.open() as ledger:
        assert (ledger.noticed, ledger.bars("mastodon")) == (None, True)
    after = epoch.read(place.state_dir)
    assert after is not None
    assert (after.era, after.attempts) == (1, 0)


def test_another_host_of_the_same_ledger_does_not_notice_it_again(place: Place, clock: ManualClock) -> None:
    other = replace(place, state_dir=place.state_dir.with_name("other"))
    lost(place, clock)
    other.state_dir.mkdir()
    shutil.copy(epoch.epoch_path(place.state_dir), epoch.epoch_path(other.state_dir))
    place.open(on_loss=OnLoss.NOTE).close()
    with other.open(on_loss=OnLoss.NOTE) as ledger:
        assert ledger.noticed is None


def test_a_copy_from_before_it_was_noticed_is_noticed_again(sqlite: Place, clock: ManualClock, tmp_path: Path) -> None:
    with sqlite.create() as ledger:  # it had nothing open, so noticing has moved nothing
        epoch.write(sqlite.state_dir, epoch.Epoch(ledger.uuid, 7, epoch.machine()))
    shutil.copy(sqlite.file, tmp_path / "copy.db")
    sqlite.open(on_loss=OnLoss.NOTE).close()
    shutil.copy(tmp_path / "copy.db", sqlite.file)
    assert "lost time that it does not know of" in refusal(sqlite).message


def test_a_second_loss_takes_the_first_one_in(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(on_loss=OnLoss.NOTE) as ledger:
        first = ledger.loss()
        ledger.read_back_from("bluesky", ["bluesky", "mastodon"])
        assert (ledger.bars("bluesky"), ledger.bars("mastodon")) == (False, True)
    clock.advance(MINUTE)
    with place.adopt() as ledger:
        second = ledger.loss()
        assert first is not None
        assert second is not None
        assert (second.gap.start, second.gap.end, second.done) == (first.gap.start, clock.now(), frozenset())


def test_a_loss_is_over_when_every_network_has_been_read_back(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(on_loss=OnLoss.NOTE) as ledger:
        ledger.read_back_from("mastodon", ["bluesky", "mastodon"])
        ledger.read_back_from("bluesky", ["bluesky", "mastodon"])
        assert ledger.loss() is None
        assert not ledger.bars("one that came later")
        assert ledger.gap is not None


def test_a_network_that_has_been_read_back_is_excused_once(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(on_loss=OnLoss.NOTE) as ledger:
        row = one_owed(ledger, clock, number=7)
        ledger.read_back_from("mastodon", ["mastodon", "bluesky"])
        excused = ledger.delivery(row.id)
        for network in ("mastodon", "bluesky", "mastodon"):
            clock.advance(MINUTE)
            ledger.read_back_from(network, ["mastodon", "bluesky"])
        assert ledger.loss() is None
        assert ledger.delivery(row.id) == excused


def test_waiting_for_that_makes_nothing_older(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(on_loss=OnLoss.NOTE) as ledger:
        row = one_owed(ledger, clock, number=2)
        clock.advance(9 * 24 * 60 * MINUTE)
        ledger.read_back_from("mastodon", ["mastodon"])
        assert ledger.delivery(row.id).owed_since == clock.now()


def test_nothing_begins_to_be_sent_before_that(place: Place, clock: ManualClock) -> None:
    with lost(place, clock).open(on_loss=OnLoss.NOTE) as ledger:
        row = one_owed(ledger, clock, number=2)
        for begin in (sent, lambda ledger, row: handed_off(ledger, row, clock.now())):
            with pytest.raises(LedgerError, match="nothing is sent to mastodon") as caught:
                begin(ledger, row)
            assert caught.value.hint == "syndicate reconcile mastodon"
        assert ledger.delivery(row.id) == row
        assert ledger.attempts(row.id) == []
        ledger.read_back_from("mastodon", ["mastodon"])
        assert sent(ledger, row).state is State.SENDING


def test_what_is_found_goes_on_as_a_thread_whose_parts_may_be_there_too(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = one_owed(ledger, clock, Owed("mastodon", State.HELD, "restored"))
        thread = replace(WORDS, rest=(Part("and more"),))
        found = ledger.found_there(row, thread, done("1"))
        assert (found.state, found.frozen, ledger.attempts(row.id)[-1].outcome) == (State.DELIVERED, True, "found")
        second = ledger.deliveries()[-1]
        assert (second.part, second.state, second.restored) == (1, State.UNKNOWN, True)


@pytest.mark.parametrize(
    ("conclusive", "state", "cause"),
    [
        (True, State.HELD, "not-there"),
        (False, State.HELD, "restored"),
    ],
)
def test_what_is_held_and_not_found_stays_held(
    place: Place, clock: ManualClock, conclusive: bool, state: State, cause: str
) -> None:
    with place.create() as ledger:
        row = one_owed(ledger, clock, Owed("mastodon", State.HELD, "restored"))
        now = ledger.not_found(row, "why", conclusive=conclusive)
        assert (now.state, now.cause, now.last_read_at) == (state, cause, clock.now())
        assert ledger.attempts(row.id)[-1].outcome == ("absent" if conclusive else "inconclusive")
        assert ledger.delivery(row.id) == now


def test_what_is_unknown_and_not_found_is_asked_about(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = in_doubt(ledger, one_owed(ledger, clock))
        now = ledger.not_found(row, "looked for, and not there", conclusive=True)
        assert (now.state, now.cause) == (State.ASK, "looked for, and not there")


def test_its_owner_may_know_since_when_it_knows_too_little(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        one_owed(ledger, clock)
    since = clock.now() - 60 * MINUTE
    with place.adopt(since) as ledger:
        assert ledger.gap is not None
        assert ledger.gap.start == since
    with place.adopt(clock.now() + MINUTE) as ledger:  # it has entries from before that
        assert ledger.gap is not None
        assert ledger.gap.start == since


# Adoption


def test_adoption_doubts_everything_that_was_open(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        was_ready = one_owed(ledger, clock, number=1)
        was_sending = sent(ledger, one_owed(ledger, clock, number=2))
        was_unknown = in_doubt(ledger, one_owed(ledger, clock, number=3))
        scheduled = one_owed(ledger, clock, ready(due_at=clock.now() + 60 * MINUTE), number=4)
        ahead = epoch.Epoch(ledger.uuid, 99, epoch.machine())
    epoch.write(place.state_dir, ahead)
    clock.advance(MINUTE)
    with place.adopt() as ledger:
        doubted = ledger.deliveries(states=(State.UNKNOWN,))
        assert [row.id for row in doubted] == [was_ready.id, was_sending.id, was_unknown.id]
        assert [(row.restored, row.doubted) for row in doubted] == [(True, True)] * 3
        assert (doubted[0].first_sent_at, doubted[0].last_sent_at) == (was_ready.owed_since, clock.now())
        held = ledger.delivery(scheduled.id)
        assert (held.state, held.cause) == (State.HELD, "restored")
        assert ledger.attempts(was_sending.id)[0].outcome == "unknown"
    place.open().close()


def test_what_was_read_before_the_lost_time_tells_nothing_of_it(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        in_doubt_still = _read_once(ledger, clock, number=1)
        sent_again = ledger.move(_read_once(ledger, clock, number=2), "resend", cause="proof")
    clock.advance(MINUTE)
    with place.adopt() as ledger:
        for row in (ledger.delivery(in_doubt_still.id), ledger.delivery(sent_again.id)):
            assert (row.state, row.negative_reads, row.last_sent_at) == (State.UNKNOWN, 0, clock.now())


def _read_once(ledger: Ledger, clock: ManualClock, *, number: int) -> Delivery:
    row = in_doubt(ledger, one_owed(ledger, clock, number=number))
    return ledger.read_back(row, found=False, conclusive=True, reason="")


def test_what_was_to_go_out_at_the_very_moment_may_have_gone_out(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = one_owed(ledger, clock, ready(due_at=clock.now()))
    with place.adopt() as ledger:
        assert ledger.delivery(row.id).state is State.UNKNOWN


def test_adoption_remembers_which_time_is_missing(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        sent(ledger, one_owed(ledger, clock))
        last = clock.now()
    clock.advance(60 * MINUTE)
    with place.adopt() as ledger:
        assert ledger.gap is not None
        assert (ledger.gap.start, ledger.gap.end) == (last, clock.now())


def test_adoption_leaves_what_is_done_alone(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        row = ledger.move(one_owed(ledger, clock), "skip", cause="owner")
    with place.adopt() as ledger:
        assert ledger.delivery(row.id) == row


def test_what_is_missing_cannot_be_adopted(place: Place) -> None:
    with pytest.raises(LedgerMissing):
        place.adopt()


# Looking


def test_looking_works_while_another_process_writes(place: Place, clock: ManualClock) -> None:
    with place.create() as writer, place.open(read_only=True) as reader:
        row = one_owed(writer, clock)
        assert reader.delivery(row.id) == row


def test_looking_never_writes(place: Place) -> None:
    place.create().close()
    with place.open(read_only=True) as reader, pytest.raises(LedgerError, match="read") as caught:
        reader.set_network("mastodon", "ok")
    assert caught.value.hint


def test_looking_is_allowed_whoever_the_ledger_belongs_to(place: Place, clock: ManualClock) -> None:
    with place.create() as ledger:
        one_owed(ledger, clock)
    epoch.epoch_path(place.state_dir).write_text("spoilt")
    with place.open(read_only=True) as reader:
        assert len(reader.deliveries()) == 1


def test_looking_at_nothing_is_refused_too(place: Place) -> None:
    with pytest.raises(LedgerMissing):
        place.open(read_only=True)


def test_looking_works_on_a_read_only_file_system(sqlite: Place, clock: ManualClock) -> None:
    with sqlite.create() as ledger:
        row = one_owed(ledger, clock)
    script = (
        "import sys; from pathlib import Path; from syndicator.clock import SystemClock\n"
        "from syndicator.ledger.ledger import Ledger\n"
        f"ledger = Ledger.open({sqlite.url!r}, Path({str(sqlite.state_dir)!r}), SystemClock(), read_only=True)\n"
        "print(ledger.deliveries()[0].key, end=''); ledger.close()"
    )
    home = sqlite.file.parent
    look = f'mount --bind {home} {home} && mount -o remount,bind,ro {home} && exec {sys.executable} -c "$0"'
    done = subprocess.run(["unshare", "-rm", "sh", "-c", look, script], capture_output=True, text=True)
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip("no read-only mounts for this user")
    assert (done.stdout, done.stderr) == (row.key, "")


# Addresses


@pytest.mark.parametrize("url", ["sqlite:///var/lib/a.db", "sqlite:////var/lib/a.db"])
def test_a_sqlite_path_is_absolute_however_it_is_written(url: str) -> None:
    assert sqlite_path(url) == Path("/var/lib/a.db")
    assert normalise(url) == "sqlite:////var/lib/a.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_to_through_psycopg(scheme: str) -> None:
    assert normalise(f"{scheme}://me:secret@db/blog") == "postgresql+psycopg://me:secret@db/blog"
    assert sqlite_path(f"{scheme}://me:secret@db/blog") is None


@pytest.mark.parametrize("url", ["", "ledger.db", "sqlite://ledger.db", "sqlite:///", "mysql://db/blog"])
def test_any_other_address_is_a_mistake_in_the_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match=r"ledger\.url"):
        normalise(url)


def test_a_message_shows_no_password() -> None:
    assert shown("postgresql://me:secret@db.example/blog") == "PostgreSQL db.example/blog"


def test_a_server_that_is_not_there_is_said_to_be_unreachable(tmp_path: Path, clock: ManualClock) -> None:
    place = Place(f"postgresql://me:secret@/blog?host={tmp_path}", tmp_path / "state", clock)
    error = refusal(place)
    assert "cannot be reached" in error.message
    assert "secret" not in str(error.__dict__)


def test_opening_imports_no_migrations(sqlite: Place) -> None:
    with sqlite.create() as ledger:
        name = ledger.uuid
    script = (
        "import sys; from pathlib import Path; from syndicator.clock import SystemClock\n"
        "from syndicator.ledger.ledger import Ledger\n"
        f"ledger = Ledger.open({sqlite.url!r}, Path({str(sqlite.state_dir)!r}), SystemClock())\n"
        "print(ledger.uuid, 'alembic' in sys.modules, end=''); ledger.close()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == f"{name} False"


def test_an_epoch_is_replaced_in_one_step(tmp_path: Path) -> None:
    first = epoch.Epoch("a", 1)
    epoch.write(tmp_path, first)
    epoch.write(tmp_path, replace(first, attempts=2))
    assert epoch.read(tmp_path) == epoch.Epoch("a", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["epoch.json"]


def test_what_a_creation_left_that_was_killed_is_in_nobodys_way(sqlite: Place) -> None:
    """In a container the next process has the same number."""
    left = sqlite.file.with_name(f"{sqlite.file.name}.new-{os.getpid()}")
    left.write_bytes(b"half a ledger")
    left.with_name(f"{left.name}-wal").write_bytes(b"half a log")
    sqlite.create().close()
    assert {path.name for path in sqlite.file.parent.iterdir()} <= {"ledger.db", "state", "syndicator.ballast"}
