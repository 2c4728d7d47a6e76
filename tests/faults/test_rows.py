"""The fault list is complete, and every test that it names is there."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.faults.network_rows import NETWORK_ROWS
from tests.faults.other_rows import OTHER_ROWS
from tests.faults.rows import ROWS

ROOT = Path(__file__).parents[2]


@cache
def defined_in(path: str) -> frozenset[str]:
    """The names of a file's tests, read and not run."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_no_row_is_left_out() -> None:
    assert list(ROWS) == [f"F-{number:02}" for number in range(1, 49)]


def test_rows_that_have_two_parts_are_told_once() -> None:
    assert not NETWORK_ROWS.keys() & OTHER_ROWS.keys()


@pytest.mark.parametrize("row", ROWS)
def test_every_row_names_tests_that_are_there(row: str) -> None:
    assert ROWS[row]
    for named in ROWS[row]:
        path, _, name = named.partition("::")
        assert name in defined_in(path), named
