"""One process at a time: the second is told at once, and nothing a dead process left behind keeps anybody out."""

import fcntl
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from syndicator.clock import ManualClock
from syndicator.errors import Busy, LedgerError
from syndicator.exitcode import ExitCode
from syndicator.ledger.claims import feed, network
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.lock import hold, poke
from syndicator.ledger.states import State
from tests.ledger.ledger_ground import Place, one_owed, sent

HOLD = """\
import sys
from pathlib import Path
from syndicator.ledger.lock import hold
with hold(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(place: Place) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until its input ends, or it is killed."""
    command = [sys.executable, "-c", HOLD, str(place.state_dir), place.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_who_holds_the_lock_may_hold_it_again_later(place: Place) -> None:
    with hold(place.state_dir, place.url) as first:
        first.ensure()
    with hold(place.state_dir, place.url) as second:
        second.ensure()


def test_who_holds_the_lock_is_told_that_rows_have_moved(place: Place) -> None:
    assert poke(place.state_dir) is False
    with another_process(place):
        assert poke(place.state_dir) is True
    assert poke(place.state_dir) is False


def test_the_lock_is_its_owners_alone(tmp_path: Path) -> None:
    with hold(tmp_path / "new" / "state", f"sqlite://{tmp_path}/ledger.db"):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").rglob("*")}
    assert modes == {"state": 0o700, "lock": 0o600}


def test_what_is_left_of_an_earlier_holder_is_gone(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("12345678901234567890\n")
    with hold(tmp_path, f"sqlite://{tmp_path}/ledger.db"):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize(("content", "who"), [(b"", "unknown"), (b"\xff\n", "\ufffd")])
def test_a_holder_that_does_not_say_who_it_is_is_told_of_all_the_same(tmp_path: Path, content: bytes, who: str) -> None:
    (tmp_path / "lock").write_bytes(content)
    with (tmp_path / "lock").open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Busy, match=f"process {who}; "), hold(tmp_path, f"sqlite://{tmp_path}/ledger.db"):
            pytest.fail("two processes held one lock")


def test_a_lock_that_cannot_be_opened_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be opened: ") as refused, hold(tmp_path / "file", "sqlite:///x"):
        pytest.fail("a lock in a file")
    assert refused.value.hint == f"ls -ld {tmp_path}/file {tmp_path}/file/lock"


def test_the_second_process_is_told_at_once_who_the_first_is(place: Place) -> None:
    with another_process(place) as other:
        began = time.monotonic()
        with pytest.raises(Busy) as caught, hold(place.state_dir, place.url):
            pytest.fail("two processes held one lock")
        assert time.monotonic() - began < 1
        assert str(other.pid) in caught.value.message
        assert str(other.pid) in (caught.value.hint or "")
        assert caught.value.exit_code == ExitCode.LATER


def test_a_lock_is_held_however_long_ago_it_was_taken(sqlite: Place) -> None:
    """A Pass may take long, and a machine may have slept: no age of a file means that its owner is gone."""
    with another_process(sqlite):
        for path in sqlite.state_dir.parent.rglob("*lock"):
            os.utime(path, (0, 0))
        with pytest.raises(Busy), hold(sqlite.state_dir, sqlite.url):
            pytest.fail("two processes held one lock")


def test_a_killed_process_leaves_no_lock(place: Place) -> None:
    with another_process(place) as other:
        other.kill()
        other.wait()
        with hold(place.state_dir, place.url) as mine:
            mine.ensure()


def test_a_child_does_not_inherit_the_lock(place: Place) -> None:
    with hold(place.state_dir, place.url):
        child = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        with hold(place.state_dir, place.url) as again:
            again.ensure()
    finally:
        child.kill()
        child.wait()


def test_another_state_directory_means_the_same_lock(sqlite: Place, tmp_path: Path) -> None:
    with another_process(sqlite), pytest.raises(Busy), hold(tmp_path / "elsewhere", sqlite.url):
        pytest.fail("one ledger, two writers")


@pytest.mark.postgres
def test_another_host_may_work_beside_us(postgresql: Place, tmp_path: Path) -> None:
    with another_process(postgresql), hold(tmp_path / "there", postgresql.url) as mine:
        mine.ensure()


@pytest.mark.postgres
def test_who_needs_to_be_alone_is_told_who_else_is_there(postgresql: Place, tmp_path: Path) -> None:
    url = postgresql.url
    with another_process(postgresql) as other, pytest.raises(Busy) as caught, hold(tmp_path / "t", url, alone=True):
        pytest.fail("not alone")
    assert f":{other.pid};" in caught.value.message


@pytest.mark.postgres
def test_nobody_works_beside_one_who_needs_to_be_alone(postgresql: Place, tmp_path: Path) -> None:
    url, busy = postgresql.url, pytest.raises(Busy, match="at work already")
    with hold(postgresql.state_dir, url, alone=True), busy, hold(tmp_path / "there", url):
        pytest.fail("not alone")


def test_the_lock_says_whose_it_is(place: Place) -> None:
    with hold(place.state_dir, place.url):
        assert (place.state_dir / "lock").read_text() == f"{os.getpid()}\n"


def test_a_lock_that_cannot_be_opened_is_no_busy_process(sqlite: Place) -> None:
    (sqlite.state_dir / "lock").mkdir(parents=True)
    with pytest.raises(LedgerError, match="lock"), hold(sqlite.state_dir, sqlite.url):
        pytest.fail("held a directory")


@pytest.mark.postgres
def test_who_lost_the_lock_starts_nothing(server: str, postgresql: Place, clock: ManualClock) -> None:
    with hold(postgresql.state_dir, postgresql.url) as mine, postgresql.create() as ledger:
        row = one_owed(ledger, clock)
        ledger.hold = mine
        _cut_the_lock(server)
        with pytest.raises(LedgerError, match="cannot be reached"):
            sent(ledger, row)
        assert ledger.delivery(row.id).state is State.READY


def _cut_the_lock(server: str) -> None:
    """End every connection that holds an advisory lock, as a restart of the server does."""
    with psycopg.connect(server, autocommit=True) as admin:
        query = b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        assert admin.execute(query).fetchall() != []


def test_with_the_lock_in_hand_sending_goes_on(place: Place, ledger: Ledger, clock: ManualClock) -> None:
    with hold(place.state_dir, place.url) as mine:
        mine.take([feed("blog"), network("mastodon")])
        ledger.hold = mine
        assert sent(ledger, one_owed(ledger, clock)).state is State.SENDING


def test_the_lock_is_light(sqlite: Place) -> None:
    script = HOLD.replace("sys.stdin.read()", "print('sqlalchemy' in sys.modules, 'sqlmodel' in sys.modules)")
    command = [sys.executable, "-c", script, str(sqlite.state_dir), sqlite.url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "held\nFalse False\n"
