"""The reserve for the moment when a post is out and the ledger cannot be written.

Enters: an answer that could not be committed. Leaves: a line in a file that was made, with room, in advance; the next
start merges it before it doubts anything. The ballast beside it is a megabyte to be given up first, so that the commit
may succeed after all. Neither is ever needed on a healthy disk.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syndicator.connector import Proof, Receipt, Scope
from syndicator.errors import LedgerError
from syndicator.ledger.epoch import sync_directory
from syndicator.outcome import Kind, Outcome

_ROOM = 65_536  # bytes of the journal; an answer takes a few hundred
_BALLAST = 1_048_576


@dataclass(frozen=True, slots=True)
class Answer:
    """What `Ledger.finish` was given, at the version it was given for."""

    delivery_id: int
    version: int
    move: str
    at: datetime
    due_at: datetime | None
    outcome: Outcome


class Journal:
    """`beside` is the ledger's own directory, where freeing room helps the ledger; None for a database server."""

    def __init__(self, state_dir: Path, beside: Path | None) -> None:
        self._path = state_dir / "outcomes.journal"
        self._ballast = beside / "syndicator.ballast" if beside is not None else None

    def prepare(self) -> None:
        """Make room while there is some. Nobody needs it to look; `ensure_room` stands before what is sent."""
        with suppress(OSError):
            _reserve(self._path, _ROOM)
            if self._ballast is not None:
                _reserve(self._ballast, _BALLAST)

    def ensure_room(self) -> None:
        """An answer could be kept. Raises LedgerError where it could not: then nothing that needs one may be sent."""
        try:
            _reserve(self._path, _ROOM)
        except OSError as error:
            raise LedgerError(
                f"{self._path} cannot be given room, and without it an answer could be lost: {error.strerror}",
                hint=f"df -h {self._path.parent}; ls -l {self._path}",
            ) from error

    def release_ballast(self) -> None:
        if self._ballast is not None:
            with suppress(OSError):
                self._ballast.unlink()

    def note(self, answer: Answer) -> None:
        """Durable when this returns. Raises OSError."""
        line = json.dumps(asdict(answer), default=_plain).encode() + b"\n"
        written = self._path.read_bytes().rstrip(b"\0") if self._path.exists() else b""
        if written and not written.endswith(b"\n"):
            line = b"\n" + line  # what a crash cut short must not swallow this one
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            _write(descriptor, line, len(written))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not written:
            sync_directory(self._path.parent)  # it may have had to be made just now

    def answers(self) -> list[Answer]:
        """What waits to be merged; a line that a crash cut short says nothing. Raises LedgerError."""
        try:
            lines = self._path.read_bytes().rstrip(b"\0").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            why = "and it may hold what a service answered"
            raise LedgerError(
                f"{self._path} cannot be read, {why}: {error.strerror}", hint=f"ls -l {self._path}"
            ) from error
        found = []
        for line in lines:
            with suppress(ValueError, KeyError, TypeError):
                found.append(_answer(json.loads(line)))
        return found

    def clear(self) -> None:
        """All of it is in the ledger."""
        with suppress(OSError):
            self._path.unlink()
            sync_directory(self._path.parent)
        self.prepare()


def _reserve(path: Path, size: int) -> None:
    """Room and name are there for good, also when the power goes."""
    if path.exists() and path.stat().st_size >= size:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(path.parent)


def _write(descriptor: int, data: bytes, offset: int) -> None:
    """All of it: a disk that becomes full takes a part and complains only the next time."""
    while data:
        written = os.pwrite(descriptor, data, offset)
        data, offset = data[written:], offset + written


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return value.total_seconds() if isinstance(value, timedelta) else value.isoformat()


def _answer(found: dict[str, Any]) -> Answer:
    outcome, due_at = found["outcome"], found["due_at"]
    return Answer(
        delivery_id=found["delivery_id"],
        version=found["version"],
        move=found["move"],
        at=datetime.fromisoformat(found["at"]),
        due_at=datetime.fromisoformat(due_at) if due_at else None,
        outcome=Outcome(
            **{
                **outcome,
                "kind": Kind(outcome["kind"]),
                "scope": Scope(outcome["scope"]),
                "after": timedelta(seconds=outcome["after"]) if outcome["after"] is not None else None,
                "receipt": _receipt(outcome["receipt"]),
            }
        ),
    )


def _receipt(found: dict[str, Any] | None) -> Receipt | None:
    if found is None:
        return None
    return Receipt(**{**found, "proof": Proof(found["proof"]), "warnings": tuple(found["warnings"])})
