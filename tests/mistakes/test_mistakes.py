"""Every seeded mistake is caught by the tests that are named beside it, and by a claim of theirs that does not hold."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.mistakes import of_doubt, of_feeds, of_sending, of_the_ledger, of_the_wire
from tests.mistakes.seeding import PATIENCE, ROOT, Drifted, Edit, Mistake, copy_with, run, seeded

MISTAKES = (
    *of_sending.MISTAKES,
    *of_doubt.MISTAKES,
    *of_the_ledger.MISTAKES,
    *of_the_wire.MISTAKES,
    *of_feeds.MISTAKES,
)
EACH = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@EACH
def test_a_mistake_can_still_be_made_and_its_tests_exist(mistake: Mistake) -> None:
    for edit in mistake.edits:
        ast.parse(seeded(edit, (ROOT / edit.file).read_text(encoding="utf-8")))
    assert mistake.caught_by
    for test in mistake.caught_by:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in names_in(ROOT / file), test


def test_no_two_mistakes_have_one_name() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES)


def test_a_place_that_has_changed_is_noticed() -> None:
    with pytest.raises(Drifted, match="0 times"):
        seeded(Edit("run.py", "what stood there once", ""), "what stands there now")
    with pytest.raises(Drifted, match="2 times"):
        seeded(Edit("run.py", "twice", ""), "twice and twice")


@pytest.mark.slow
@pytest.mark.timeout(2 * PATIENCE)
def test_without_a_mistake_all_these_tests_pass() -> None:
    with copy_with(()) as tree:
        outcomes = run(tree, (test for mistake in MISTAKES for test in mistake.caught_by))
    assert {test: outcome for test, outcome in outcomes.items() if outcome != "passed"} == {}


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
@EACH
def test_a_mistake_is_caught(mistake: Mistake) -> None:
    with copy_with(mistake.edits) as tree:
        outcomes = run(tree, mistake.caught_by)
    assert {test: outcome for test, outcome in outcomes.items() if outcome != "failed"} == {}
