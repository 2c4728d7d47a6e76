"""One PostgreSQL server, and one process that starts all the others, for all tests of this folder."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from syndicator.sandbox.service import PretendService
from tests.hosts.hosts_ground import Hosts, Zygote, hosts, zygote
from tests.ledger.conftest import _with_schema, server

__all__ = ["server"]

Among = Callable[[Mapping[str, PretendService]], Hosts]


@pytest.fixture(scope="session")
def starter() -> Iterator[Zygote]:
    with zygote() as made:
        yield made


@pytest.fixture
def schema(server: str) -> Iterator[str]:
    """The URL of a ledger that does not exist yet."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE SCHEMA {name}".encode())
    yield _with_schema(server, name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP SCHEMA {name} CASCADE".encode())


@pytest.fixture
def among(schema: str, tmp_path: Path, starter: Zygote) -> Iterator[Among]:
    """Hosts that share a ledger on PostgreSQL, among these services."""
    with ExitStack() as stack:
        yield lambda cast: stack.enter_context(hosts(tmp_path, schema, starter, cast))


@pytest.fixture
def alone(tmp_path: Path, starter: Zygote) -> Iterator[Among]:
    """One host whose ledger is a file."""
    url = f"sqlite://{tmp_path}/ledger.db"
    with ExitStack() as stack:
        yield lambda cast: stack.enter_context(hosts(tmp_path, url, starter, cast))
