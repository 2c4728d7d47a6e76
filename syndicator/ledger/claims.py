"""Which of several hosts serves what: a claim for every network and every feed, kept by the database.

Enters: what this process would serve. Leaves: what it may. A ledger in a file has one process, which may all. On
PostgreSQL a claim is a session lock on one connection: it ends with the process that took it, however that ends. A
claim is never waited for, and none is taken again by a process that has lost its connection.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from syndicator.errors import Busy, LedgerError
from syndicator.ledger.address import normalise, shown

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    what: str  # network, feed, or the ledger itself
    name: str

    def __str__(self) -> str:
        return f"{self.what} {self.name}"


LEDGER = Claim("ledger", "")  # shared by all who work on it; whoever needs to be alone takes it whole


def network(name: str) -> Claim:
    return Claim("network", name)


def feed(name: str) -> Claim:
    return Claim("feed", name)


class Claims(Protocol):
    """What this process serves."""

    elsewhere: frozenset[Claim]  # wanted by the last `take`, and served by another host

    def take(self, wanted: Iterable[Claim]) -> bool:
        """Take what is free of `wanted`, keep what is held of it, give back all else; whether that changed anything.
        LedgerError as `ensure`."""
        ...

    def holds(self, claim: Claim) -> bool: ...

    def ensure(self, claim: Claim | None = None) -> None:
        """Raises LedgerError when this one, or any that was taken, is not held any more."""
        ...

    def borrow(self, claims: Iterable[Claim]) -> "AbstractContextManager[frozenset[Claim]]":
        """Those of `claims` that are held, or free and held for a moment."""
        ...


class Everything:
    """The claims of the only process there can be."""

    elsewhere: frozenset[Claim] = frozenset()

    def take(self, wanted: Iterable[Claim]) -> bool:
        """All of it is ours."""
        return False

    def holds(self, claim: Claim) -> bool:
        return True

    def ensure(self, claim: Claim | None = None) -> None:
        """A lock on a file is not lost on the way."""

    @contextmanager
    def borrow(self, claims: Iterable[Claim]) -> Iterator[frozenset[Claim]]:
        yield frozenset(claims)


class Locks(Protocol):
    """Session locks of one connection. Each method raises LedgerError once the connection has been lost."""

    def take(self, claims: Collection[Claim]) -> set[Claim]: ...

    def give_back(self, claims: Collection[Claim]) -> None: ...

    def held(self, claims: Collection[Claim]) -> set[Claim]: ...


class Shared:
    """The claims of one among several processes."""

    def __init__(self, locks: Locks) -> None:
        self._locks = locks
        self._held: set[Claim] = set()
        self.elsewhere: frozenset[Claim] = frozenset()

    def take(self, wanted: Iterable[Claim]) -> bool:
        self.ensure()
        wanted, before = set(wanted), (frozenset(self._held), self.elsewhere)
        self._give_back(self._held - wanted)
        self._held |= self._locks.take(wanted - self._held)
        self.elsewhere = frozenset(wanted - self._held)
        return before != (frozenset(self._held), self.elsewhere)

    def holds(self, claim: Claim) -> bool:
        return claim in self._held

    def ensure(self, claim: Claim | None = None) -> None:
        """One question, to the connection that holds them: another one would know nothing of it."""
        thought = {LEDGER, *self._held, *(() if claim is None else (claim,))}
        if missing := thought - self._locks.held(thought):
            names = ", ".join(sorted(map(str, missing)))
            raise LedgerError(f"this host does not hold the claim on {names}; nothing is sent", hint="syndicate status")

    @contextmanager
    def borrow(self, claims: Iterable[Claim]) -> Iterator[frozenset[Claim]]:
        asked = set(claims)
        borrowed = self._locks.take(asked - self._held)
        try:
            yield frozenset(asked & (self._held | borrowed))
        finally:
            self._locks.give_back(borrowed)

    def _give_back(self, claims: set[Claim]) -> None:
        self._held -= claims
        self._locks.give_back(claims)


@contextmanager
def claiming(url: str, who: str, *, alone: bool) -> Iterator[Shared]:
    """On a connection of its own. Raises Busy when somebody works on the ledger who needs to be alone, or when we need
    to be and are not."""
    from sqlalchemy import NullPool, create_engine

    from syndicator.ledger.trouble import told

    how = {"connect_timeout": 10, "application_name": signature(who), **_ALIVE}
    engine = create_engine(normalise(url), poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=how)
    with told(url), engine.connect() as connection:
        session = _Session(connection, url)
        session.settle()
        session.enter(alone=alone)
        try:
            yield Shared(session)
        finally:
            session.leave()


def signature(who: str) -> str:
    """As the server shows it; it cuts what is longer than 63 bytes, and the number of the process stands at the end."""
    return _SIGNED + who[-(63 - len(_SIGNED)) :]


def serving(connection: "Connection", claims: Iterable[Claim]) -> dict[Claim, str]:
    """Whose process holds each of these, as the server knows it."""
    schema = _schema(connection)
    keys = {_key(schema, claim): claim for claim in claims}
    rows = connection.exec_driver_sql(_HOLDERS, (list(keys),))
    return {keys[key]: str(name or "").removeprefix(_SIGNED) or "another host" for key, name in rows}


def colleagues(connection: "Connection", who: str) -> list[str]:
    """The other processes that work on this ledger now."""
    rows = connection.exec_driver_sql(_HOLDERS, ([_key(_schema(connection), LEDGER)],))
    names = {str(name or "") for _, name in rows} - {signature(who)}
    return sorted(name.removeprefix(_SIGNED) or "another host" for name in names)


_SIGNED = "syndicator "

# A host whose power fails says no goodbye: its end of the line, and the server's, ask after each other.
_ALIVE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 4, "tcp_user_timeout": 60_000}
_SETTLE = (
    "SELECT set_config(name, wanted.value, false) FROM pg_settings JOIN (VALUES ('tcp_keepalives_idle', '20'),"
    " ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '4'), ('tcp_user_timeout', '60000'),"
    " ('idle_session_timeout', '0')) AS wanted (name, value) USING (name)"
)

# Keys stand in pg_locks as two halves (https://www.postgresql.org/docs/current/view-pg-locks.html).
_MINE = (
    "SELECT classid::bigint << 32 | objid::bigint FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid = pg_backend_pid()"
)
_HOLDERS = (
    "SELECT classid::bigint << 32 | objid::bigint, application_name"
    " FROM pg_locks LEFT JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND classid::bigint << 32 | objid::bigint = ANY (%s::bigint[])"
)
_TAKE = "SELECT key, pg_try_advisory_lock(key) FROM unnest(%s::bigint[]) AS key"
_GIVE_BACK = "SELECT key, pg_advisory_unlock(key) FROM unnest(%s::bigint[]) AS key"


class _Session:
    """The connection that the claims live on. After the first failure it is used no more: SQLAlchemy would silently
    open another one, on which nothing is held."""

    def __init__(self, connection: "Connection", url: str) -> None:
        self._connection, self._url = connection, url
        self._lost = False
        self._schema = _schema(connection)

    def settle(self) -> None:
        self._ask(_SETTLE)

    def enter(self, *, alone: bool) -> None:
        lock = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
        if not self._ask(f"SELECT {lock}(%s)", _key(self._schema, LEDGER))[0][0]:
            holders = ", ".join(colleagues(self._connection, "")) or "another process"
            raise Busy(
                f"syndicator is at work already: {holders}; it works on {shown(self._url)}",
                hint="wait for it to end, or look at it: syndicate status",
            )

    def leave(self) -> None:
        """Before the connection ends, so that the next process does not have to wait for that."""
        with suppress(LedgerError):
            self._ask("SELECT pg_advisory_unlock_all()")

    def take(self, claims: Collection[Claim]) -> set[Claim]:
        keys = {_key(self._schema, claim): claim for claim in claims}
        return {keys[key] for key, taken in self._ask(_TAKE, list(keys)) if taken} if keys else set()

    def give_back(self, claims: Collection[Claim]) -> None:
        if claims:
            self._ask(_GIVE_BACK, [_key(self._schema, claim) for claim in claims])

    def held(self, claims: Collection[Claim]) -> set[Claim]:
        mine = {row[0] for row in self._ask(_MINE)}
        return {claim for claim in claims if _key(self._schema, claim) in mine}

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        from syndicator.ledger.trouble import told

        if self._lost:
            raise LedgerError(
                f"the connection to {shown(self._url)} that holds this host's claims was lost; nothing more is sent",
                hint="syndicate status",
            )
        self._lost = True
        with told(self._url):
            rows = list(self._connection.exec_driver_sql(statement, values))
        self._lost = False
        return rows


def _schema(connection: "Connection") -> str:
    """Advisory locks belong to a database already; a ledger lives in one schema of it."""
    return str(connection.exec_driver_sql("SELECT current_schema()").scalar())


def _key(schema: str, claim: Claim) -> int:
    """The ledger's own key is that of the versions that locked it whole: they and we do not work side by side."""
    words = f"syndicator:{schema}" if claim == LEDGER else f"syndicator:{schema}:{claim.what}:{claim.name}"
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big", signed=True)
