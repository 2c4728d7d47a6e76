"""House rules that a machine can keep: every module says what it is for, and nothing grows without being noticed."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "syndicator").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")])
LONGEST_FILE = 350
LONGEST_FUNCTION = 45
FORBIDDEN_NAMES = ("utils", "helpers", "common", "manager")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [p for p in FILES if p.stat().st_size and "migrations" not in p.parts], ids=name_of)
def test_a_module_says_what_it_is_for_and_stays_small(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f.name for f in functions if (f.end_lineno or f.lineno) - f.lineno >= LONGEST_FUNCTION]
    assert ast.get_docstring(tree), "a module docstring says what enters, what leaves, what it never does"
    assert (long, len(source.splitlines()) <= LONGEST_FILE) == ([], True)


def test_no_module_is_named_after_nothing() -> None:
    assert [name_of(p) for p in FILES if p.stem in FORBIDDEN_NAMES] == []
