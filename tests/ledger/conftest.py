"""Every test of this folder that asks for `place` or `ledger` runs on SQLite and on PostgreSQL.

The server is `$SYNDICATOR_TEST_DATABASE_URL`, or one started here from the binaries of this machine, on a socket in a
temporary directory; where there is neither, the PostgreSQL half is skipped and says so.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

from syndicator.clock import ManualClock
from syndicator.ledger.ledger import Ledger
from tests.ledger.ledger_ground import Place


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def postgresql(server: str, tmp_path: Path, clock: ManualClock) -> Iterator[Place]:
    """A schema of its own."""
    schema = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {schema}".encode())
        yield Place(_with_schema(server, schema), tmp_path / "state", clock)
        admin.execute(f"DROP SCHEMA {schema} CASCADE".encode())


@pytest.fixture
def sqlite(tmp_path: Path, clock: ManualClock) -> Place:
    return Place(f"sqlite://{tmp_path}/ledger.db", tmp_path / "state", clock)


@pytest.fixture
def ledger(place: Place) -> Iterator[Ledger]:
    with place.create() as made:
        yield made


@pytest.fixture
def on_sqlite(sqlite: Place) -> Iterator[Ledger]:
    with sqlite.create() as made:
        yield made


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL database in which schemas may be made."""
    if given := os.environ.get("SYNDICATOR_TEST_DATABASE_URL"):
        yield given.replace("postgresql+psycopg://", "postgresql://")
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: set SYNDICATOR_TEST_DATABASE_URL, or install the server's binaries")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as home:
        as_owner = _owner_of(Path(home))
        data = f"{home}/data"
        trusting = ["-U", "tester", "-A", "trust", "--locale=C", "-E", "UTF8", "--no-sync"]
        _run([*as_owner, f"{binaries}/initdb", "-D", data, *trusting])
        options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c full_page_writes=off"
        _run([*as_owner, f"{binaries}/pg_ctl", "-D", data, "-w", "-l", f"{home}/log", "-o", options, "start"])
        try:
            yield f"postgresql://tester@/postgres?host={quote(home, safe='')}"
        finally:
            _run([*as_owner, f"{binaries}/pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])


def _with_schema(server: str, schema: str) -> str:
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    return f"{url}{'&' if '?' in url else '?'}options={quote(f'-csearch_path={schema}')}"


def _binaries() -> Path | None:
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve()] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _owner_of(home: Path) -> list[str]:
    """initdb refuses to run as root: give the directory to somebody else, and the words to become that user."""
    if os.geteuid() != 0:
        return []
    shutil.chown(home, "nobody")
    return ["setpriv", "--reuid=nobody", "--clear-groups", "--"]


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", timeout=60)
