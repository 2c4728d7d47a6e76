"""A connector may be missing: its folder and its lines in pyproject.toml are all there is of it. Then its own tests,
and those that speak of it, are left out, and everything else has to pass."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

from syndicator import redact

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
