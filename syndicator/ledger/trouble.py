"""What a database says when it fails → what, which, why, and the next command. The only translator of its errors."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, ProgrammingError

from syndicator.errors import LedgerError
from syndicator.ledger.address import shown, sqlite_path
from syndicator.ledger.refusals import LedgerDamaged, LedgerLocked

RESTORE = "keep the file as it is, and put back a copy made by `syndicate backup`"


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn the database's errors into LedgerErrors. Mistakes in our own statements pass: they are bugs."""
    try:
        yield
    except IntegrityError:
        raise
    except UnicodeDecodeError as error:  # out of SQLite, whose pages have no checksums
        raise _corrupt(sqlite_path(url) or Path(), "its text is no text any more") from error
    except (DBAPIError, sqlite3.Error) as error:
        translated = _translate(error, url)
        if translated is None:
            raise
        raise translated from error


def _translate(error: DBAPIError | sqlite3.Error, url: str) -> LedgerError | None:
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        return _from_sqlite(original, url)
    return _from_postgres(error, original, url)


# What bears the code of a mistaken statement, or none.
_DAMAGE = ("unsupported file format", "Could not decode to UTF-8")


def _from_sqlite(error: sqlite3.Error, url: str) -> LedgerError | None:
    path = sqlite_path(url) or Path()
    if (damage := next((words for words in _DAMAGE if str(error).startswith(words)), None)) is not None:
        return _corrupt(path, damage)
    code = getattr(error, "sqlite_errorname", "")
    primary = "_".join(code.split("_")[:2])
    make = _SQLITE.get(primary)
    return make(path, code) if make is not None else None


def _full(path: Path, _code: str) -> LedgerError:
    return LedgerError(f"the disk is full, so the ledger {path} cannot be written", hint=f"df -h {path.parent}")


def _read_only(path: Path, _code: str) -> LedgerError:
    return LedgerError(
        f"the ledger {path} is read-only: its file system, or its permissions for this user",
        hint=f"ls -ld {path.parent} {path}",
    )


def _locked(path: Path, _code: str) -> LedgerError:
    return LedgerLocked(f"another program keeps the ledger {path} locked, and went on for 5 s", hint=f"fuser -v {path}")


def _corrupt(path: Path, code: str) -> LedgerError:
    return LedgerDamaged(f"the ledger {path} is damaged: {what_is_wrong(path) or code}", hint=RESTORE)


def _not_a_database(path: Path, _code: str) -> LedgerError:
    return LedgerDamaged(f"{path} is not a database", hint=RESTORE)


def _cannot_open(path: Path, _code: str) -> LedgerError:
    return LedgerError(f"the ledger {path} cannot be opened by this user", hint=f"ls -ld {path.parent} {path}")


def _disk(path: Path, code: str) -> LedgerError:
    return LedgerDamaged(
        f"the disk failed under the ledger {path} ({code}), so what it holds has to be checked first",
        hint="syndicate check",
    )


_SQLITE: dict[str, Callable[[Path, str], LedgerError]] = {
    "SQLITE_FULL": _full,
    "SQLITE_READONLY": _read_only,
    "SQLITE_BUSY": _locked,
    "SQLITE_LOCKED": _locked,
    "SQLITE_CORRUPT": _corrupt,
    "SQLITE_NOTADB": _not_a_database,
    "SQLITE_CANTOPEN": _cannot_open,
    "SQLITE_PERM": _cannot_open,
    "SQLITE_IOERR": _disk,
}


def what_is_wrong(path: Path) -> str | None:
    """The first complaint of SQLite's own check, None when it has none. Reads the whole file."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    except UnicodeDecodeError:  # the complaint quotes what is damaged
        return "its schema is no text any more"
    return None if verdict == "ok" else " ".join(str(verdict).split())


# Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "53100": ("the server's disk is full", "look after the PostgreSQL server, then run the command again"),
    "53300": ("the server has no connection left", "raise max_connections, or stop other programs"),
    "25006": ("the server, or this user, may only read", "give the ledger's user write access"),
    "42501": ("this user lacks a permission", "make the ledger's user the owner of its tables"),
    "3D000": ("there is no such database", "createdb, then `syndicate init`"),
    "XX001": ("its data is damaged", "restore the database from a backup"),
    "XX002": ("an index is damaged", "REINDEX the database"),
    "28": ("user or password were refused", "check ledger.url in config.toml"),
    "42P": ("it is not a ledger of this program", "check ledger.url in config.toml"),
}


def _from_postgres(error: object, original: object, url: str) -> LedgerError | None:
    code = str(getattr(original, "sqlstate", None) or "")
    if code == "55P03":
        return LedgerLocked(f"the ledger in {shown(url)} is locked by another session, and was for 5 s")
    if code.startswith("42") and code[:3] not in _POSTGRES and code not in _POSTGRES:
        return None
    for known in (code, code[:3], code[:2]):
        if known in _POSTGRES:
            why, hint = _POSTGRES[known]
            return LedgerError(f"the ledger in {shown(url)} cannot be used: {why}", hint=hint)
    if isinstance(error, OperationalError | InterfaceError) and not isinstance(error, ProgrammingError):
        why = _first_line(original)
        return LedgerError(f"the ledger in {shown(url)} cannot be reached: {why}", hint="syndicate check")
    return None


def _first_line(original: object) -> str:
    lines = str(original).strip().splitlines() or [type(original).__name__]
    return "".join(c for c in lines[0] if c.isprintable())[:200]
