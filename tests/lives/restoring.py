"""What a person does with the ledger's file: copies it, and puts an old copy, or another machine's, in its place.

Enters: a scene. Leaves: the copy; or a ledger that was put back, and whether the program takes it for the one it had.
"""

from dataclasses import dataclass

from syndicator.errors import LedgerError
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.opening import OnLoss
from tests.lives.judging import Era
from tests.lives.scene import Scene


@dataclass(frozen=True, slots=True)
class Backup:
    ledger: bytes
    eras: tuple[Era, ...]  # of the clock, as far as this ledger knows them


def backup(scene: Scene, eras: list[Era]) -> Backup:
    """By the real way to make one."""
    path = scene.home / "backup.db"
    path.unlink(missing_ok=True)
    with Ledger.open(scene.config.ledger.url, scene.config.state_dir, scene.clock, read_only=True) as ledger:
        ledger.backup(path)
    return Backup(path.read_bytes(), tuple(eras))


def put_back(scene: Scene, ledger: bytes) -> None:
    """In place of the one that is there; the epoch file beside it stays."""
    for end in ("-wal", "-shm"):
        scene.ledger_file.with_name(f"ledger.db{end}").unlink(missing_ok=True)
    scene.ledger_file.write_bytes(ledger)


def is_foreign(scene: Scene) -> bool:
    """Whether nobody works with this ledger before its owner has said that it is theirs."""
    try:
        Ledger.open(scene.config.ledger.url, scene.config.state_dir, scene.clock, on_loss=OnLoss.NOTE).close()
    except LedgerError:
        return True
    return False
