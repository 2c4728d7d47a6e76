"""Where a ledger lives. Enters: the URL of the configuration. Leaves: one spelling, a path, words for messages.

A SQLite path is absolute whether it is written with three slashes or four: a relative one would mean another ledger,
and every post once more, for each directory the program is started in. Messages show no user and no password.
"""

from pathlib import Path
from urllib.parse import urlsplit

from syndicator.errors import ConfigError

_SQLITE = "sqlite:///"
_DRIVER = "postgresql+psycopg"


def normalise(url: str) -> str:
    """The URL as SQLAlchemy wants it. Raises ConfigError."""
    scheme, _, rest = url.partition("://")
    if url.startswith(_SQLITE) and rest.strip("/"):
        return f"{_SQLITE}/{rest.lstrip('/')}"
    if scheme in (_DRIVER, "postgresql", "postgres"):
        return f"{_DRIVER}://{rest}"
    raise ConfigError(
        "ledger.url names neither a SQLite file nor a PostgreSQL database",
        hint="write sqlite:///var/lib/syndicator/ledger.db or postgresql+psycopg://…",
    )


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite ledger; None for PostgreSQL."""
    normal = normalise(url)
    return Path(normal.removeprefix(_SQLITE)) if normal.startswith(_SQLITE) else None


def shown(url: str) -> str:
    """The ledger's place for a message."""
    if path := sqlite_path(url):
        return str(path)
    parts = urlsplit(url)
    return f"PostgreSQL {parts.hostname or 'on this host'}{parts.path}"
