"""A connector may be missing: its folder and its lines in pyproject.toml are all there is of it. Then its own tests,
and those that speak of it, are left out, and everything else has to pass."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine

from syndicator import redact
from syndicator.ledger import connect

# The same examples in every run, so that a change is judged by what it changes; `make soak` looks for new ones.
settings.register_profile("known", derandomize=True)
settings.register_profile("search", derandomize=False)
settings.load_profile(os.environ.get("SYNDICATOR_EXAMPLES", "known"))

CONNECTORS = Path(__file__).parents[1] / "connectors"
IMPORTED = re.compile(r"^\s*(?:from|import) (?:syndicator_([a-z]+)|tests\.connectors\.([a-z]+)_ground)\b", re.MULTILINE)


@pytest.fixture(autouse=True)
def no_secrets_of_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test calls a secret is an ordinary word in the next, which runs in the same process."""
    monkeypatch.setattr(redact, "_secrets", type(redact._secrets)())


@pytest.fixture(autouse=True, scope="session")
def statements_are_compiled_once() -> Iterator[None]:
    """Each test opens ledgers of its own, and each engine would turn the same expressions into SQL again: a fifth of
    the time that all tests take."""
    made, first = connect._sqlite, create_engine("sqlite://")
    first.connect().close()  # which settles what the dialect knows of the database

    def sharing(path: Path, read_only: bool) -> Engine:
        engine = made(path, read_only)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(connect, "_sqlite", sharing)
        yield


def is_here(network: str) -> bool:
    return (CONNECTORS / f"syndicator_{network}").is_dir()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """A file that imports a connector which is not there."""
    if collection_path.suffix != ".py":
        return None
    named = {a or b for a, b in IMPORTED.findall(collection_path.read_text(encoding="utf-8"))}
    return True if any(not is_here(network) for network in named) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`needs`: the connectors that a test speaks of by name."""
    for item in items:
        missing = [n for marker in item.iter_markers("needs") for n in marker.args if not is_here(n)]
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))
