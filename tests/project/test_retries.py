"""tenacity wraps what is harmless to repeat, and never the call that publishes."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "syndicator").rglob("*.py")) + sorted((ROOT / "connectors").rglob("*.py"))
WITH_TENACITY = [path for path in FILES if "tenacity" in path.read_text(encoding="utf-8")]
PUBLISHING = ("deliver", "putRecord", "status_post", "/api/v1/statuses", "rest/posts", "/posts")


def function_names_around(tree: ast.Module) -> list[tuple[str, str]]:
    """(function, source) of every function that is decorated by, or itself calls, something of tenacity."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            source = ast.unparse(node)
            if "tenacity" in source or "Retrying(" in source or "@retry" in source:
                found.append((node.name, source))
    return found


def test_something_uses_tenacity() -> None:
    assert WITH_TENACITY


@pytest.mark.parametrize("path", WITH_TENACITY, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_function_that_retries_publishes(path: Path) -> None:
    retrying = function_names_around(ast.parse(path.read_text(encoding="utf-8")))
    assert [name for name, source in retrying if any(word in source for word in PUBLISHING)] == []


def test_the_delivering_stage_does_not_know_tenacity() -> None:
    assert "tenacity" not in (ROOT / "syndicator" / "deliver.py").read_text(encoding="utf-8")
