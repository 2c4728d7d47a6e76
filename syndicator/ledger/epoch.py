"""The epoch file: a witness beside the ledger that notices when the ledger loses time.

It holds the ledger's uuid, this machine, and the numbers of the highest attempt and of the highest event. The order of
writing is what makes it a witness. Before a publishing byte leaves, and when a copy is handed to a person, the ledger
is committed first and this is written second, both synced. So:

- a crash between the two leaves the ledger ahead of the epoch: nothing was sent, and opening accepts it;
- a ledger behind the epoch has certainly lost an attempt that may have been sent: it was put back;
- the other order would turn a harmless crash into that alarm, or, without the sync, miss a real one.

The era counts how often lost time was noted. A ledger of a later era than the epoch is one for which that was done
already, by another host or just before a crash; one of an earlier era was put back to before it was done.

Read-backs and outcomes need no note: a ledger that lost only those still has the row `sending` or `unknown`, and what
it has to do about that is the same. The numbers are the highest ids of tables whose rows are never deleted. Events are
noted with the rest and for hand-offs alone, which make no attempt.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from syndicator.errors import LedgerError
from syndicator.ledger.refusals import EpochDamaged

RECONCILE = "syndicate reconcile"
ADOPT = f"{RECONCILE} --adopt"
_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Epoch:
    ledger: str  # uuid
    attempts: int
    host: str | None = None  # None: this machine has no id, and is not compared
    era: int = 0  # how often it was noted that the ledger has lost time
    events: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a ledger does not know all that may have been published in its name."""

    why: str  # a sentence
    remedy: str  # what there is to do beforehand, or instead
    foreign: bool = False  # probably the wrong one altogether, so nothing is done to it unasked


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
        return Epoch(
            str(found["ledger"]),
            int(found["attempts"]),
            found.get("host"),
            *(int(found.get(n, 0)) for n in ("era", "events")),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(f"{path} cannot be read: {error.strerror}", hint=f"ls -l {path}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = "so it cannot be told whether the ledger has lost time"
        raise EpochDamaged(f"{path} is damaged, {why}", hint=ADOPT) from error


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
        while content:  # a disk that becomes full takes a part, and complains only the next time
            content = content[os.write(descriptor, content) :]
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


def judge(place: str, state_dir: Path, witness: Epoch | None, ledger: Epoch, *, shared: bool) -> Doubt | None:
    """Whether the ledger, which says `ledger` of itself, is the one that this state directory has worked with.

    A shared one (PostgreSQL) may be used from several machines; `witness` is what is believed of it then, be it that
    others vouch for the place where it lies.
    """
    path = epoch_path(state_dir)
    if witness is not None and witness.ledger != ledger.ledger:
        why = f"the ledger {place} is not the one this machine has worked with ({path} names another)"
        return Doubt(why, "check ledger.url in config.toml", foreign=True)
    if not shared and _elsewhere(ledger.host, *([witness.host] if witness is not None else [])):
        return Doubt(f"the ledger {place} belongs to another machine", "stop syndicator on the other machine")
    if witness is None:
        if not ledger.attempts:
            return None
        why = f"the ledger {place} has sent before, but {path} is missing, so it may be a copy"
        return Doubt(why, "make sure that syndicator runs nowhere else with a copy of it")
    newest = ledger.era > witness.era or min(ledger.attempts - witness.attempts, ledger.events - witness.events) >= 0
    if ledger.era < witness.era or not newest:
        return Doubt(_behind(place, path, witness, ledger), "put a newer copy back if there is one")
    return None


def _behind(place: str, path: Path, witness: Epoch, ledger: Epoch) -> str:
    knows = f"it knows {ledger.attempts} attempts, {path} knows of {witness.attempts}"
    if ledger.attempts >= witness.attempts:
        knows = f"it knows {ledger.events} moves, {path} knows of {witness.events}"
    if ledger.era < witness.era:
        knows = f"{path} knows of lost time that it does not know of"
    return f"the ledger {place} has lost time, and what it lost may have been published: {knows}"


def _elsewhere(*hosts: str | None) -> bool:
    here = machine()
    return here is not None and any(host is not None and host != here for host in hosts)
