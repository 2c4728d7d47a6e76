"""What is written beside the ledger: synced before anything relies on it, the owner's alone, and nothing left open."""

import gc
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from syndicator.clock import ManualClock
from syndicator.errors import LedgerError
from syndicator.ledger import epoch, opening
from syndicator.ledger.journal import Answer, Journal
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import Stale
from syndicator.ledger.states import State
from syndicator.ledger.transactions import Transactions
from tests.ledger.ledger_ground import LOST, Place, done, one_owed, sent


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the kernel is asked for, in order: "sync NAME" and "replace NAME"."""
    asked: list[str] = []
    sync, replace = os.fsync, Path.replace

    def syncing(descriptor: int) -> None:
        asked.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")
        sync(descriptor)

    def replacing(path: Path, target: Path) -> Path:
        asked.append(f"replace {target.name}")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", syncing)
    monkeypatch.setattr(Path, "replace", replacing)
    return asked


def test_an_epoch_is_on_the_disk_before_its_name_and_its_name_before_it_counts(
    tmp_path: Path, steps: list[str]
) -> None:
    epoch.write(tmp_path, epoch.Epoch("a", 1))
    assert steps == ["sync epoch.new", "replace epoch.json", f"sync {tmp_path.name}"]


def test_an_epoch_of_before_there_were_eras_is_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "epoch.json").write_text('{"ledger": "a", "attempts": 1}')
    assert epoch.read(tmp_path) == epoch.Epoch("a", 1, None, 0, 0)


def test_an_epoch_that_cannot_be_written_says_where_to_look(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"epoch\.json cannot be written: No such file") as refused:
        epoch.write(tmp_path / "gone", epoch.Epoch("a", 1))
    assert refused.value.hint == f"df -h {tmp_path / 'gone'}"


def test_an_epoch_is_not_written_anew_for_moves_alone(sqlite: Place, clock: ManualClock, steps: list[str]) -> None:
    """Each opening would cost two syncs, and moves that sent nothing prove nothing."""
    with sqlite.create() as ledger:
        ledger.move(one_owed(ledger, clock), "hold", cause="owner", actor="owner")
    steps.clear()
    sqlite.open().close()
    assert "replace epoch.json" not in steps


def test_a_backup_has_its_name_only_when_it_is_on_the_disk(sqlite: Place, tmp_path: Path, steps: list[str]) -> None:
    with sqlite.create() as ledger:
        (tmp_path / ".copy.db.unfinished").write_text("of one that died while it made a copy")
        steps.clear()
        ledger.backup(tmp_path / "copy.db")
    assert steps == ["sync .copy.db.unfinished", "replace copy.db", f"sync {tmp_path.name}"]


def test_an_answer_in_the_journal_is_on_the_disk(tmp_path: Path, clock: ManualClock, steps: list[str]) -> None:
    Journal(tmp_path, None).note(Answer(1, 1, "delivered", clock.now(), None, done()))
    assert steps == ["sync outcomes.journal", f"sync {tmp_path.name}"]  # its bytes, and then its name


def test_the_room_for_answers_is_there_for_good(tmp_path: Path, steps: list[str]) -> None:
    Journal(tmp_path, None).prepare()
    assert steps == ["sync outcomes.journal", f"sync {tmp_path.name}"]


def test_a_journal_that_had_to_be_made_anew_is_its_owners_alone(tmp_path: Path, clock: ManualClock) -> None:
    Journal(tmp_path, None).note(Answer(1, 1, "delivered", clock.now(), None, done()))
    assert stat.S_IMODE((tmp_path / "outcomes.journal").stat().st_mode) == 0o600


def test_a_journal_that_was_merged_is_gone_for_good(tmp_path: Path, clock: ManualClock, steps: list[str]) -> None:
    journal = Journal(tmp_path, None)
    journal.note(Answer(1, 1, "delivered", clock.now(), None, done()))
    steps.clear()
    journal.clear()
    assert steps[0] == f"sync {tmp_path.name}"
    assert (tmp_path / "outcomes.journal").stat().st_size == 65_536


def test_the_names_of_a_new_ledger_and_of_its_state_are_on_the_disk(tmp_path: Path, steps: list[str]) -> None:
    opening.create(f"sqlite://{tmp_path}/place/ledger.db", tmp_path / "another" / "state")
    assert [step for step in steps if step in ("sync place", "sync another")] == ["sync place", "sync another"]


def test_all_that_lies_beside_a_ledger_is_its_owners_alone(tmp_path: Path, clock: ManualClock) -> None:
    place = Place(f"sqlite://{tmp_path}/new/place/ledger.db", tmp_path / "another" / "state", clock)
    place.create().close()
    beside = [*place.file.parent.iterdir(), *place.state_dir.iterdir()]
    assert {path.name for path in beside} == {"ledger.db", "syndicator.ballast", "epoch.json", "outcomes.journal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in beside} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (place.file.parent, place.state_dir)} == {0o700}


def open_now() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_stays_open(sqlite: Place, clock: ManualClock) -> None:
    before = open_now()
    with sqlite.create() as ledger:
        sent(ledger, one_owed(ledger, clock))
        ledger.orphans()
        ledger.backup(sqlite.state_dir / "copy.db")
    sqlite.adopt().close()
    sqlite.open(read_only=True).close()
    Journal(sqlite.state_dir, sqlite.file.parent).note(Answer(1, 1, "delivered", clock.now(), None, done()))
    with pytest.raises(LedgerError, match="already"):
        sqlite.create()
    assert open_now() <= before


def test_a_machine_has_the_same_name_in_every_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one would make each ledger look like that of another machine."""
    monkeypatch.setattr(epoch, "_MACHINE_ID", tmp_path / "machine-id")
    (tmp_path / "machine-id").write_text("0123456789abcdef\n")
    assert epoch.machine() == hashlib.sha256(b"syndicator:0123456789abcdef").hexdigest()[:32]
    (tmp_path / "machine-id").write_text("\n")
    assert epoch.machine() is None


# Answers whose commit ends in an error


@contextmanager
def failing_after_the_commit(monkeypatch: pytest.MonkeyPatch, then: Any = None) -> Iterator[None]:
    """The next transaction works, and its own reply is lost; `then` is what somebody else does meanwhile."""
    once, writing = [True], Transactions.writing

    @contextmanager
    def lossy(transactions: Transactions) -> Iterator[Connection]:
        with writing(transactions) as connection:
            yield connection
        if once and once.pop():
            if then is not None:
                then()
            raise LedgerError("the reply was lost")

    with monkeypatch.context() as patched:
        patched.setattr(Transactions, "writing", lossy)
        yield


def test_a_commit_whose_reply_was_lost_has_worked(
    ledger: Ledger, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent(ledger, one_owed(ledger, clock))
    with failing_after_the_commit(monkeypatch):
        moved = ledger.finish(row, "delivered", outcome=done("7"))
    assert moved == ledger.delivery(row.id)
    assert (moved.state, moved.remote_id, len(ledger.attempts(row.id))) == (State.DELIVERED, "7", 1)


def test_after_a_lost_reply_what_somebody_else_decided_holds(
    ledger: Ledger, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent(ledger, one_owed(ledger, clock))

    def ask() -> None:
        ledger.move(ledger.delivery(row.id), "ask", cause="owner")

    with failing_after_the_commit(monkeypatch, ask), pytest.raises(Stale):
        ledger.finish(row, "doubtful", outcome=LOST)
    assert ledger.delivery(row.id).state is State.ASK
