"""The epoch file: a witness beside the ledger that notices when the ledger loses time.

It holds the ledger's uuid, this machine, and the number of the highest attempt. The order of writing is what makes it a
witness. Before a publishing byte leaves, the attempt is committed to the ledger first and noted here second, both
synced. So:

- a crash between the two leaves the ledger ahead of the epoch: nothing was sent, and opening accepts it;
- a ledger behind the epoch has certainly lost an attempt that may have been sent: it was put back, and opening refuses;
- the other order would turn a harmless crash into that alarm, or, without the sync, miss a real one.

Read-backs and outcomes need no note: a ledger that lost only those still has the row `sending` or `unknown`, and what
it has to do about that is the same. The number is the highest id of the attempt table, whose rows are never deleted.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from syndicator.errors import LedgerError

ADOPT = "syndicate check --adopt-ledger"
_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Epoch:
    ledger: str  # uuid
    attempts: int
    host: str | None = None  # None: this machine has no id, and is not compared


def epoch_path(state_dir: Path) -> Path:
    return state_dir / "epoch.json"


def machine() -> str | None:
    """This machine's id, hashed, as machine-id(5) asks of those who store it; None where there is none."""
    try:
        found = _MACHINE_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return hashlib.sha256(f"syndicator:{found}".encode()).hexdigest()[:32] if found else None


def read(state_dir: Path) -> Epoch | None:
    """Raises LedgerError when there is an epoch that cannot be understood."""
    path = epoch_path(state_dir)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Epoch(str(found["ledger"]), int(found["attempts"]), found.get("host"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = "so it cannot be told whether the ledger has lost time"
        raise LedgerError(f"{path} is damaged, {why}", hint=f"restore it from a backup, or: {ADOPT}") from error


def write(state_dir: Path, epoch: Epoch) -> None:
    """Replace the file in one step; durable when this returns. Raises LedgerError."""
    path = epoch_path(state_dir)
    try:
        _replace(path, json.dumps(asdict(epoch)).encode())
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}", hint=f"df -h {state_dir}") from error


def _replace(path: Path, content: bytes) -> None:
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.replace(path)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make names that were added, replaced or removed in `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def judge(place: str, state_dir: Path, witness: Epoch | None, ledger: Epoch, *, shared: bool) -> None:
    """Raise LedgerError when the ledger is not the one that this state directory has worked with.

    `ledger` is what the ledger says of itself; `shared` ones (PostgreSQL) may be used from several machines.
    """
    path = epoch_path(state_dir)
    if witness is None:
        if ledger.attempts:
            why = f"the ledger {place} has sent before, but {path} is missing, so it may be a copy of another machine's"
            raise LedgerError(why, hint=f"restore {path.name} beside it, or: {ADOPT}")
        return
    if witness.ledger != ledger.ledger:
        raise LedgerError(
            f"the ledger {place} is not the one this machine has worked with ({path} names another)",
            hint=f"put the right one back, or: {ADOPT}",
        )
    if ledger.attempts < witness.attempts:
        raise LedgerError(
            f"the ledger {place} has lost time, and what it lost may have been published: "
            f"it knows {ledger.attempts} attempts, {path} knows of {witness.attempts}",
            hint=f"put a newer copy back, or let every open delivery be checked before it is sent: {ADOPT}",
        )
    if not shared and _elsewhere(witness.host, ledger.host):
        raise LedgerError(
            f"the ledger {place} belongs to another machine; if both send, posts appear twice",
            hint=f"stop syndicator on the other machine, then: {ADOPT}",
        )


def _elsewhere(*hosts: str | None) -> bool:
    here = machine()
    return here is not None and any(host is not None and host != here for host in hosts)
