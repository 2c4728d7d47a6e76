from pathlib import Path

import pytest

from syndicator.config.ledger_url import normalise, password_of, sqlite_path


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///var/lib/x.db", "sqlite:////var/lib/x.db"),
        ("sqlite:////var/lib/x.db", "sqlite:////var/lib/x.db"),
        (" sqlite:///srv/my ledger.db ", "sqlite:////srv/my ledger.db"),
        ("postgresql+psycopg://me@db:5432/x", "postgresql+psycopg://me@db:5432/x"),
        ("postgresql://me@db/x", "postgresql+psycopg://me@db/x"),
        ("postgres://me@db/x", "postgresql+psycopg://me@db/x"),
        ("postgresql:///x?host=/run/postgresql", "postgresql+psycopg:///x?host=/run/postgresql"),
    ],
)
def test_an_address_has_one_spelling(written: str, meant: str) -> None:
    assert normalise(written) == meant
    assert normalise(meant) == meant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("sqlite:x.db", "three slashes"),
        ("sqlite:/var/lib/x.db", "three slashes"),
        ("sqlite://var/lib/x.db", "three slashes"),
        ("sqlite://", "three slashes"),
        ("sqlite:///", "has to be a file"),
        ("sqlite:///:memory:", "has to be a file"),
        ("sqlite:///~/x.db", "means nothing here"),
        ("sqlite:///var/lib/../x.db", "does not belong"),
        ("sqlite:///var/lib/", "only the path of a file"),
        ("sqlite:///x.db?timeout=5", "only the path of a file"),
        ("mysql://me:CANARY@db/x", "SQLite or PostgreSQL"),
        ("postgresql:x", "incomplete"),
        ("postgresql://", "incomplete"),
        ("/var/lib/x.db", "SQLite or PostgreSQL"),
        ("", "SQLite or PostgreSQL"),
    ],
)
def test_any_other_address_is_refused_with_what_to_write(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        normalise(written)
    assert "write sqlite:///var/lib/syndicator/ledger.db" in str(caught.value)
    assert "CANARY" not in str(caught.value)


def test_only_sqlite_has_a_file() -> None:
    assert sqlite_path("sqlite:///var/lib/x.db") == Path("/var/lib/x.db")
    assert sqlite_path("postgresql://me@db/x") is None
    assert sqlite_path("sqlite:x.db") is None


def test_a_password_is_found() -> None:
    assert password_of("postgresql+psycopg://me:s3cret@db/x") == "s3cret"
    assert password_of("postgresql+psycopg://me:a%2Fb@db/x") == "a/b"
    assert password_of("postgresql+psycopg://db/x?user=me&password=s3cret") == "s3cret"
    assert password_of("postgresql+psycopg://me@db/x") is None
    assert password_of("postgresql+psycopg://[bad/x") is None
