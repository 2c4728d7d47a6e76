"""Imports go one way. The rules are data; the test reads the source, and runs nothing of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYNDICATOR = sorted((ROOT / "syndicator").rglob("*.py"))
CONNECTORS = sorted((ROOT / "connectors").rglob("*.py"))

# What each part may never import, as prefixes of module names.
FORBIDDEN = {
    "syndicator/feed": (
        "syndicator.ledger",
        "syndicator.connector",
        "syndicator.deliver",
        "syndicator.config",
        "syndicator.cli",
    ),
    "syndicator/render/": (
        "syndicator.ledger",
        "syndicator.feed",
        "syndicator.config",
        "syndicator.http",
        "requests",
        "syndicator.cli",
    ),
    "syndicator/ledger": (
        "syndicator.deliver",
        "syndicator.render",
        "syndicator.config",
        "syndicator.http",
        "syndicator.cli",
        "requests",
    ),
    "syndicator/linkback": ("syndicator.ledger.ledger", "syndicator.deliver", "syndicator.cli"),
    "syndicator/preview": ("syndicator.ledger", "syndicator.http", "syndicator.cli", "requests"),
    "syndicator/plan.py": ("syndicator.ledger.ledger", "syndicator.http", "syndicator.config", "requests"),
    "syndicator/outcome.py": ("syndicator.ledger", "syndicator.http", "requests"),
    "syndicator/backoff.py": ("syndicator",),
    "syndicator/unknown.py": ("syndicator.ledger", "syndicator.http", "requests"),
    "syndicator/connector.py": ("syndicator.ledger", "syndicator.feed", "syndicator.config", "requests"),
    "syndicator/login.py": ("syndicator.ledger", "syndicator.feed", "syndicator.config", "syndicator.cli", "requests"),
    "syndicator/post.py": ("syndicator",),
    "syndicator/clock.py": ("syndicator",),
}
A_CONNECTOR_MAY_IMPORT = (
    "syndicator.clock",
    "syndicator.config.origin",
    "syndicator.config.secrets",
    "syndicator.connector",
    "syndicator.errors",
    "syndicator.http",
    "syndicator.log",
    "syndicator.login",
    "syndicator.sandbox",
    "syndicator.tokens",
)
THE_KIT_MAY_IMPORT = (
    "syndicator.clock",
    "syndicator.connector",
    "syndicator.errors",
    "syndicator.http",
    "syndicator.log",
    "syndicator.outcome",
    "syndicator.post",
    "syndicator.redact",
    "syndicator.render",
    "syndicator.sandbox",
    "syndicator.testing",
    "syndicator.tokens",
)
WITH_PYTEST = {"syndicator/testing/contract.py", "syndicator/testing/strategies.py"}
# Modules that exist to be imported inside a function; `test_no_news.py` sees to it that they are.
IMPORTED_LATE = (
    "syndicator/ledger/migrations",
    "syndicator/render/environment.py",
    "syndicator/render/filters.py",
    "syndicator/render/converter.py",
)
HEAVY = ("mastodon", "feedparser", "mf2py", "bs4", "brotli", "PIL", "jinja2", "nh3", "markdownify", "rich", "alembic")


def imports_of(path: Path, *, top_level_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def whole_names(path: Path) -> Iterator[str]:
    """As `imports_of`, with the module's name also where the package is named alone: `from syndicator import log`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "syndicator":
            yield from (f"syndicator.{alias.name}" for alias in node.names)
    yield from (module for module in imports_of(path) if module != "syndicator")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def starts_with(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(f"{prefix}.") for prefix in prefixes)


@pytest.mark.parametrize("part", FORBIDDEN)
def test_a_part_imports_nothing_from_further_down_the_path(part: str) -> None:
    files = [path for path in SYNDICATOR if name_of(path).startswith(part)]
    wrong = [(name_of(p), m) for p in files for m in imports_of(p) if starts_with(m, FORBIDDEN[part])]
    assert files
    assert wrong == []


def test_syndicator_never_imports_a_connector_by_name() -> None:
    wrong = [(name_of(p), m) for p in SYNDICATOR for m in imports_of(p) if m.startswith("syndicator_")]
    assert wrong == []


def test_a_connector_imports_only_the_contract_and_the_seams() -> None:
    used = [(name_of(p), m) for p in CONNECTORS for m in imports_of(p) if starts_with(m, ("syndicator",))]
    assert used
    assert [pair for pair in used if not starts_with(pair[1], A_CONNECTOR_MAY_IMPORT)] == []


def test_a_connector_never_imports_another() -> None:
    wrong = [
        (name_of(p), m)
        for p in CONNECTORS
        for m in imports_of(p)
        if m.startswith("syndicator_") and m.split(".")[0] != p.relative_to(ROOT / "connectors").parts[0]
    ]
    assert wrong == []


def test_the_conformance_kit_stands_on_the_contract_and_the_seams() -> None:
    kit = [path for path in SYNDICATOR if name_of(path).startswith("syndicator/testing/")]
    used = [(name_of(p), m) for p in kit for m in whole_names(p) if m.startswith("syndicator")]
    assert used
    assert [pair for pair in used if not starts_with(pair[1], THE_KIT_MAY_IMPORT)] == []


def test_only_the_selftest_reaches_for_the_conformance_kit() -> None:
    kit = ("syndicator.testing",)
    users = {name_of(p) for p in SYNDICATOR + CONNECTORS for m in imports_of(p) if starts_with(m, kit)}
    assert {name for name in users if not name.startswith("syndicator/testing/")} == {"syndicator/cli/selftest.py"}


def test_only_the_pytest_contract_needs_pytest() -> None:
    testers = ("pytest", "hypothesis")
    users = {name_of(p) for p in SYNDICATOR + CONNECTORS for m in imports_of(p) if starts_with(m, testers)}
    assert users == WITH_PYTEST
    needed = {"syndicator.testing.contract", "syndicator.testing.strategies"}
    assert {name_of(p) for p in SYNDICATOR if needed & set(imports_of(p))} - WITH_PYTEST == set()


def test_sql_stays_in_the_ledger() -> None:
    outside = [p for p in SYNDICATOR + CONNECTORS if not name_of(p).startswith("syndicator/ledger/")]
    wrong = [
        (name_of(p), m)
        for p in outside
        for m in imports_of(p)
        if starts_with(m, ("sqlmodel", "sqlalchemy", "sqlite3", "alembic"))
    ]
    assert wrong == []


def test_heavy_libraries_are_imported_where_they_are_used_not_with_a_module() -> None:
    files = [p for p in SYNDICATOR + CONNECTORS if not name_of(p).startswith(IMPORTED_LATE)]
    wrong = [(name_of(p), m) for p in files for m in imports_of(p, top_level_only=True) if starts_with(m, HEAVY)]
    assert wrong == []


def test_package_init_files_import_nothing() -> None:
    inits = [p for p in SYNDICATOR + CONNECTORS if p.name == "__init__.py"]
    assert [(name_of(p), m) for p in inits for m in imports_of(p)] == []


@pytest.mark.parametrize("path", [p for p in SYNDICATOR + CONNECTORS if p.name != "clock.py"], ids=name_of)
def test_time_is_read_through_the_clock(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    allowed = name_of(path).startswith("syndicator/sandbox/") or "sandbox" in path.name
    used = [
        call
        for call in ("time.sleep(", "datetime.now(", "time.time()", "datetime.utcnow(", "time.monotonic(")
        if call in source
    ]
    assert allowed or used == []
