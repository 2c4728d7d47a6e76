"""The verbs that copy the ledger out: export and backup. Neither changes it; a ledger holds no secrets."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from syndicator.cli import show
from syndicator.cli.opening import opened
from syndicator.errors import LedgerError, UsageError


def export(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="Where to; - or nothing for stdout.")] = "-",
) -> None:
    """Write the ledger as JSON lines: one object a line, without secrets."""
    with opened(ctx, read_only=True) as o, _writing(file) as out:
        out.writelines(show.json_text(entry) + "\n" for entry in o.ledger.export())


def backup(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]
) -> None:
    """Write a consistent copy of the ledger, also while the daemon runs."""
    if file.exists():
        raise UsageError(f"{file} is already there; a backup overwrites nothing", hint="another file name")
    with opened(ctx, read_only=True) as o, _said_plainly(file):
        o.ledger.backup(file.absolute())
    show.line(f"{file}: {file.stat().st_size:,} bytes")


@contextmanager
def _writing(file: str) -> Iterator[TextIO]:
    """stdout, or a file that appears under its name only when all of it is written."""
    if file == "-":
        yield sys.stdout
        return
    path = Path(file)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with _said_plainly(path):
        try:
            with os.fdopen(_private(unfinished), "w", encoding="utf-8") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600)


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror or error}", hint="another file name") from error
