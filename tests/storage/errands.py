"""Things that are done to a ledger and its tokens besides a Pass, and what has to lie there whenever they are cut off.

Enters: an empty directory. Leaves: sentences about what is broken after the work died at its n-th call.
"""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from syndicator.clock import ManualClock
from syndicator.errors import UserError
from syndicator.ledger import schema
from syndicator.ledger.ledger import Ledger
from syndicator.tokens import FileTokens
from tests.ledger.ledger_ground import document, one_owed, ready
from tests.storage.shim import Disk, How

CLOCK = datetime(2026, 11, 2, 12, tzinfo=UTC)
OLD, NEW = {"refresh": "old"}, {"refresh": "new " * 300}


@dataclass(frozen=True, slots=True)
class Errand:
    """`prepare` once, `work` in a process that dies, `judge` what is left."""

    home: Path

    @property
    def url(self) -> str:
        return f"sqlite://{self.home}/ledger.db"

    def opened(self, later: timedelta = timedelta(0)) -> Ledger:
        return Ledger.open(self.url, self.home / "state", ManualClock(CLOCK + later))

    def prepare(self) -> None:
        clock = ManualClock(CLOCK)
        with Ledger.create(self.url, self.home / "state", clock) as ledger:
            ledger.record(document(clock, range(20), (ready(),)))

    def work(self) -> None: ...

    def judge(self) -> list[str]:
        return []


class Backup(Errand):
    """Under its name there is the whole copy, or nothing."""

    def work(self) -> None:
        with self.opened() as ledger:
            ledger.backup(self.home / "copy.db")

    def judge(self) -> list[str]:
        copy = self.home / "copy.db"
        return [*_broken(self.home / "ledger.db"), *(_broken(copy) if copy.exists() else [])]


class Tokens(Errand):
    """The old ones or the new ones, and for nobody else to read."""

    def prepare(self) -> None:
        FileTokens(self.home / "tokens" / "n.json").save(OLD)

    def work(self) -> None:
        FileTokens(self.home / "tokens" / "n.json").save(NEW)

    def judge(self) -> list[str]:
        found = json.loads((self.home / "tokens" / "n.json").read_bytes())
        return [] if found in (OLD, NEW) else [f"the tokens are {found}"]


class Migration(Errand):
    """From the first version to today's: all or nothing, with a whole copy from before."""

    def prepare(self) -> None:
        first = self.home.parent / "first"
        shutil.rmtree(first, ignore_errors=True)
        shutil.copytree(schema.MIGRATIONS, first, ignore=shutil.ignore_patterns("__pycache__"))
        for later in sorted((first / "versions").glob("0*.py"))[1:]:
            later.unlink()
        with patch.object(schema, "MIGRATIONS", first), patch.object(schema, "SCHEMA", "0001"):
            Ledger.create(self.url, self.home / "state", ManualClock(CLOCK)).close()

    def work(self) -> None:
        self.opened().close()

    def judge(self) -> list[str]:
        file = self.home / "ledger.db"
        copies = [path for path in self.home.glob("ledger.db.0001-*") if not path.name.endswith(("-wal", "-shm"))]
        broken = [*_broken(file), *(one for copy in copies for one in _broken(copy))]
        if _version(file) != "0001" and not copies:
            broken.append("it was migrated, and there is no copy from before")
        with self.opened(timedelta(minutes=1)) as ledger:
            one_owed(ledger, ManualClock(CLOCK))
        return broken if _version(file) == schema.SCHEMA else [*broken, "it stays at the old version"]


ERRANDS = {"backup": Backup, "tokens": Tokens, "migration": Migration}


def cut_off(home: Path, name: str, how: How, error: int, numbers: list[int]) -> list[str]:
    """Do it once for each number; an empty list of numbers means all there are."""
    shutil.rmtree(home, ignore_errors=True)
    before, place = home / "before", home / "place"
    place.mkdir(parents=True)
    errand = ERRANDS[name](place)
    errand.prepare()
    shutil.copytree(place, before)
    broken: list[str] = []
    for number in numbers or range(1, 100_000):
        shutil.rmtree(place)
        shutil.copytree(before, place)
        code = _worked(errand, how, number, error)
        if code == NOT_REACHED:
            return broken if number > 5 else [*broken, f"only {number} calls were met"]
        broken += [f"{name} {how.name} {number}: {one}" for one in errand.judge()]
        if code == BUG:
            broken.append(f"{name} {how.name} {number}: an error that nobody understands")
    return broken


NOT_REACHED, ADVISED, BUG = 10, 74, 70


def _worked(errand: Errand, how: How, number: int, error: int) -> int:
    child = os.fork()
    if child == 0:
        code = BUG
        try:
            disk = Disk()
            disk.watch(errand.home)
            disk.arm(how, number, error)
            errand.work()
            code = 0 if disk.count >= number else NOT_REACHED
        except UserError as advice:
            code = ADVISED if advice.message and advice.hint else BUG
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _broken(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        try:
            said = [row[0] for row in file.execute("PRAGMA integrity_check")]
            file.execute("SELECT value FROM meta WHERE name = 'uuid'").fetchone()[0]
        except sqlite3.Error as error:
            return [f"{path.name}: {error}"]
    return [f"{path.name}: {one}" for one in said if one != "ok"]


def _version(path: Path) -> str:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return str(file.execute("SELECT version_num FROM ledger_version").fetchone()[0])
