"""Each mutant fails the check that is named for its fault, and no other; well-behaved toys fail none."""

from collections.abc import Callable
from typing import Any

import pytest

from syndicator.testing.catalogue import CHECKS
from syndicator.testing.runner import Verdict, run
from syndicator.testing.subject import Subject
from tests.kit.mutants import MUTANTS, Mutant, PretendBurningShelf
from tests.kit.shelf import ShelfConnector
from tests.kit.shelf_sandbox import PretendShelf
from tests.kit.syndicator_postcard.connector import PostcardConnector
from tests.kit.syndicator_postcard.sandbox import PretendPostcard
from tests.kit.toys import (
    ByHandConnector,
    KeyedConnector,
    PretendKeyed,
    PretendProud,
    PretendSlate,
    PretendTalk,
    ProudConnector,
    SlateConnector,
    TalkConnector,
)

TOYS: tuple[tuple[type[Any], Callable[[], Any]], ...] = (
    (PostcardConnector, PretendPostcard),
    (KeyedConnector, PretendKeyed),
    (ProudConnector, PretendProud),
    (SlateConnector, PretendSlate),
    (TalkConnector, PretendTalk),
    (ByHandConnector, PretendPostcard),
    (ShelfConnector, PretendShelf),
    (ShelfConnector, PretendBurningShelf),
)


def failures(connector: type[Any], service: Callable[[], Any]) -> dict[str, str]:
    results = run(Subject(connector, service, installed=False))
    return {result.check.name: result.sentence for result in results if result.verdict is Verdict.FAILED}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.connector.__name__)
def test_a_mutant_fails_exactly_the_check_named_for_its_fault(mutant: Mutant) -> None:
    found = failures(mutant.connector, mutant.service)
    assert list(found) == [mutant.fails], found


@pytest.mark.parametrize(("connector", "service"), TOYS, ids=lambda made: made.__name__)
def test_a_well_behaved_connector_fails_nothing(connector: type[Any], service: Callable[[], Any]) -> None:
    assert failures(connector, service) == {}


def test_every_check_is_proved_by_a_mutant() -> None:
    """But for three that look at something else than a class; test_kit.py has them."""
    elsewhere = {"kind_is_its_entry_point", "import_is_light", "declared_differences_are_rows"}
    assert {check.name for check in CHECKS} - {mutant.fails for mutant in MUTANTS} == elsewhere
