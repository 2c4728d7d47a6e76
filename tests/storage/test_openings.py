"""Files that were spoiled, exchanged, or belong to somebody else: refused in words, or as good as before.

(F-32, F-34, F-37.)
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from syndicator.clock import ManualClock
from syndicator.errors import CredentialError, LedgerError, UserError
from syndicator.ledger.epoch import epoch_path
from syndicator.ledger.lock import hold
from syndicator.tokens import FileTokens
from tests.ledger.ledger_ground import Place, document, done, ready, sent

FRAME, HEADER = 4096 + 24, 32
NOBODY = 65534


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(f"sqlite://{tmp_path}/home/ledger.db", tmp_path / "home" / "state", ManualClock())


@pytest.fixture
def crashed(place: Place, tmp_path: Path) -> Place:
    """As a killed process leaves it: most of it in the write-ahead log. A backup from the middle lies beside it."""
    with place.create() as ledger:
        ledger.record(document(place.clock, range(12), (ready(),)))
        rows = ledger.due("mastodon", place.clock.now())
        for number, row in enumerate(rows[:6]):
            ledger.finish(sent(ledger, row), "delivered", outcome=done(str(number)))
            if number == 2:
                ledger.backup(tmp_path / "backup.db")
                shutil.copy(f"{place.file}-wal", tmp_path / "older-wal")
        shutil.copytree(tmp_path / "home", tmp_path / "crashed")
    return place


def lay(place: Place, tmp_path: Path) -> Path:
    """The crashed ledger anew; gives its log."""
    shutil.rmtree(tmp_path / "home")
    shutil.copytree(tmp_path / "crashed", tmp_path / "home")
    Path(f"{place.file}-shm").unlink()
    return Path(f"{place.file}-wal")


def told(place: Place) -> int | None:
    """How many attempts it opens with; None where it is refused. Every other ending is a bug."""
    try:
        with place.open() as ledger:
            assert len(ledger.posts()) in (0, 12)
            return sum(len(ledger.attempts(row.id)) for row in ledger.deliveries())
    except LedgerError as error:
        return None if error.hint else -1


def is_whole(place: Place) -> bool:
    with closing(sqlite3.connect(place.file)) as file:
        return bool(file.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def test_a_log_without_its_end_forgets_nothing_unnoticed(crashed: Place, tmp_path: Path) -> None:
    """Cut at frames, and in the middle of them: what is opened knows of everything that was sent."""
    size = lay(crashed, tmp_path).stat().st_size
    witness = json.loads(epoch_path(crashed.state_dir).read_bytes())["attempts"]
    opened = []
    for end in (*range(HEADER, size, 3 * FRAME), *range(HEADER + 999, size, 5 * FRAME), size):
        os.truncate(lay(crashed, tmp_path), end)
        if (known := told(crashed)) is not None:
            assert is_whole(crashed)
            opened.append(known)
    assert set(opened) == {witness} == {6}


def test_an_index_that_stayed_behind_means_nothing(crashed: Place, tmp_path: Path) -> None:
    for content in (b"", b"\xa5" * 32768):
        lay(crashed, tmp_path)
        Path(f"{crashed.file}-shm").write_bytes(content)
        assert told(crashed) == 6


def test_a_backup_put_under_a_newer_log_is_refused(crashed: Place, tmp_path: Path) -> None:
    lay(crashed, tmp_path)
    shutil.copy(tmp_path / "backup.db", crashed.file)
    assert told(crashed) is None


def test_a_ledger_beside_an_older_log_is_refused(crashed: Place, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "older-wal", lay(crashed, tmp_path))
    assert told(crashed) is None


def test_a_header_with_a_byte_wrong_is_refused_or_does_not_matter(crashed: Place, tmp_path: Path) -> None:
    crashed.open().close()
    sound = crashed.file.read_bytes()
    for offset in range(2, 100, 5):
        crashed.file.write_bytes(sound[:offset] + bytes([sound[offset] ^ 0xFF]) + sound[offset + 1 :])
        assert told(crashed) in (6, None), f"byte {offset}"
        for end in ("-wal", "-shm", "-journal"):
            Path(f"{crashed.file}{end}").unlink(missing_ok=True)


def test_any_page_may_be_spoiled(crashed: Place, tmp_path: Path) -> None:
    crashed.open().close()
    sound = crashed.file.read_bytes()
    for start in range(0, len(sound), 4096):
        crashed.file.write_bytes(sound[:start] + b"\x5a" * 4096 + sound[start + 4096 :])
        assert told(crashed) in (6, None), f"page {start // 4096 + 1}"
        for end in ("-wal", "-shm", "-journal"):
            Path(f"{crashed.file}{end}").unlink(missing_ok=True)


# What belongs to somebody else


def as_somebody_else(work: Callable[[], object]) -> str:
    """What the work says to a user who owns nothing here."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
        except UserError as error:
            said = f"{type(error).__name__}: {error.message}, {error.hint}"
        except BaseException as error:
            said = f"a bug: {error!r}"
        finally:
            os.write(write, said.encode())
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as found:
        return found.read()


@pytest.fixture
def theirs(place: Place, tmp_path: Path) -> Place:
    """All of it is root's, in directories that others may enter."""
    place.create().close()
    FileTokens(place.state_dir / "tokens" / "n.json").save({"a": "b"})
    for path in (*tmp_path.parents, tmp_path, tmp_path / "home", place.state_dir, place.state_dir / "tokens"):
        if path.stat().st_uid == 0 and path != Path("/") and str(path).startswith("/tmp/"):
            path.chmod(0o755)
    return place


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (lambda place: place.open(), LedgerError),
        (lambda place: place.open(read_only=True), LedgerError),
        (lambda place: hold(place.state_dir, place.url).__enter__(), LedgerError),
        (lambda place: FileTokens(place.state_dir / "tokens" / "n.json").load(), CredentialError),
        (lambda place: FileTokens(place.state_dir / "tokens" / "n.json").save({}), LedgerError),
    ],
    ids=["opening", "looking", "locking", "reading tokens", "storing tokens"],
)
def test_what_is_somebody_elses_is_named(theirs: Place, what: Callable[[Place], object], kind: type[UserError]) -> None:
    said = as_somebody_else(lambda: what(theirs))
    assert said.startswith((kind.__name__, f"Ledger{'Damaged'}"))
    assert str(theirs.file.parent) in said
    assert not said.endswith("None")


def test_status_works_on_a_read_only_file_system_and_run_says_why_it_does_not(place: Place, tmp_path: Path) -> None:
    place.create().close()
    home = place.file.parent
    (home / "networks.d").mkdir()
    (home / "config.toml").write_text(
        f'state_dir = "{place.state_dir}"\n[[feed]]\nname = "blog"\nurl = "https://blog.example/feed.xml"\n'
        f'[ledger]\nurl = "{place.url.replace("sqlite://", "sqlite:///")}"\n'
    )
    (home / "config.toml").chmod(0o600)
    run = f"{sys.executable} -m syndicator --config {home}/config.toml"
    frozen = (
        f"mount --bind {home} {home} && mount -o remount,bind,ro {home} && {run} status; echo $?; {run} run; echo $?"
    )
    done_ = subprocess.run(["unshare", "-rm", "sh", "-c", frozen], capture_output=True, text=True, timeout=60)
    if "mount:" in done_.stderr or "unshare:" in done_.stderr:
        pytest.skip("no read-only mounts for this user")
    lines = done_.stdout.splitlines()
    assert lines[-1] == "74", (done_.stdout, done_.stderr)
    assert "Read-only file system" in done_.stderr
    assert lines[-2] == "0"
