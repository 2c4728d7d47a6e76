"""What mutation testing makes of a piece of source."""

import ast

from tests.mistakes.altering import mutants, watched

SOURCE = '''\
"""A module."""

LIMIT = 3


def kept(values: list[int], *, least: int = 1) -> list[int] | None:
    """Those that count."""
    if not values:
        return None
    found = [value for value in values if least <= value and value != LIMIT]
    found.sort(reverse=True)
    return found
'''


def test_every_decision_is_altered_and_no_text_is() -> None:
    assert [(mutant.function, mutant.change) for mutant in mutants(SOURCE)] == [
        ("", "4 for 3"),
        ("", "2 for 3"),
        ("", "2 for 1"),
        ("", "0 for 1"),
        ("kept", "without not: values"),
        ("kept", "without its condition"),
        ("kept", "or for and"),
        ("kept", "Lt for LtE: least <= value"),
        ("kept", "Gt for LtE: least <= value"),
        ("kept", "Eq for NotEq: value != LIMIT"),
        ("kept", "removed: found.sort(reverse=True)"),
        ("kept", "without reverse"),
        ("kept", "False for True"),
        ("kept", "returns None"),
    ]


def test_a_mutant_is_the_module_with_one_thing_changed() -> None:
    unharmed = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in mutants(SOURCE):
        changed = ast.unparse(mutant.tree).splitlines()
        assert len([None for old, new in zip(unharmed, changed, strict=True) if old != new]) == 1
        assert mutant.text == SOURCE.splitlines()[mutant.line - 1].strip()


def test_a_watched_module_tells_the_statements_it_passes_through() -> None:
    passed: list[int] = []
    names = {"__passed__": passed.append}
    exec(compile(watched(SOURCE), "sample", "exec"), names)
    assert eval("kept([1, 2, 3])", names) == [2, 1]
    assert passed == [7, 8, 10, 11, 12]
    assert {mutant.statement for mutant in mutants(SOURCE) if mutant.function} == {8, 10, 11, 12}
