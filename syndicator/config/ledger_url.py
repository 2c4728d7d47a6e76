"""The ledger's address. Enters: what the owner wrote. Leaves: one spelling that SQLAlchemy understands.

A SQLite path is absolute, with three slashes or four: SQLAlchemy would take three for "relative to wherever you happen
to stand", and a second ledger in another directory would publish everything twice. Messages never repeat the address,
because it may hold a password.
"""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_SQLITE = "sqlite:///"
_WRITE = "write sqlite:///var/lib/syndicator/ledger.db (the path is always absolute) or postgresql+psycopg://…"
_POSTGRES = ("postgresql+psycopg", "postgresql", "postgres")


def normalise(url: str) -> str:
    """Raises ValueError with what to write instead."""
    scheme, _, rest = url.strip().partition(":")
    if scheme in _POSTGRES:
        return _postgres(rest)
    if scheme != "sqlite":
        raise ValueError(f"the ledger is SQLite or PostgreSQL; {_WRITE}")
    return of_path(_sqlite(rest))


def of_path(path: Path) -> str:
    return f"{_SQLITE}{path}"


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite ledger; None for anything else, mistakes included."""
    try:
        normal = normalise(url)
    except ValueError:
        return None
    return Path(normal.removeprefix(_SQLITE)) if normal.startswith(_SQLITE) else None


def password_of(url: str) -> str | None:
    """The password in an address, in either of the two places where libpq looks for one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.password:
        return unquote(parts.password)
    return next(iter(parse_qs(parts.query).get("password", ())), None)


def _sqlite(rest: str) -> Path:
    if not rest.startswith("///"):
        raise ValueError(f"a SQLite address has three slashes; {_WRITE}")
    path = "/" + rest[3:].lstrip("/")
    if path in ("/", "/:memory:"):
        raise ValueError(f"the ledger has to be a file; {_WRITE}")
    if path.startswith("/~"):
        raise ValueError(f"“~” means nothing here; {_WRITE}")
    if "?" in path or "#" in path or path.endswith("/"):
        raise ValueError(f"only the path of a file belongs there; {_WRITE}")
    if ".." in Path(path).parts:
        raise ValueError(f"“..” does not belong in the path; {_WRITE}")
    return Path(path)


def _postgres(rest: str) -> str:
    if not rest.startswith("//") or len(rest) < 4:
        raise ValueError(f"the address is incomplete; {_WRITE}")
    return f"{_POSTGRES[0]}:{rest}"
