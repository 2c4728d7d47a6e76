"""Whether a ledger knows as much as its state directory, judged by what both say of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from syndicator.ledger.epoch import Epoch, judge

STATE = Path("/var/lib/syndicator")
KNOWN = Epoch("a", attempts=5, era=1, events=9)


def judged(ledger: Epoch, witness: Epoch | None = KNOWN) -> str | None:
    doubt = judge("ledger.db", STATE, witness, ledger, shared=False)
    return None if doubt is None else doubt.why


@pytest.mark.parametrize(
    "more",
    [
        KNOWN,
        replace(KNOWN, attempts=6, events=11),
        replace(KNOWN, era=2, attempts=1, events=1),  # what it lost has been taken note of since
    ],
)
def test_a_ledger_that_knows_as_much_is_the_one(more: Epoch) -> None:
    assert judged(more) is None


@pytest.mark.parametrize(
    ("less", "knows"),
    [
        (replace(KNOWN, attempts=4, events=12), "it knows 4 attempts, /var/lib/syndicator/epoch.json knows of 5"),
        (replace(KNOWN, attempts=5, events=8), "it knows 8 moves, /var/lib/syndicator/epoch.json knows of 9"),
        (replace(KNOWN, attempts=6, events=8), "it knows 8 moves, /var/lib/syndicator/epoch.json knows of 9"),
        (
            replace(KNOWN, era=0, attempts=8, events=20),
            "/var/lib/syndicator/epoch.json knows of lost time that it does not know of",
        ),
    ],
)
def test_a_ledger_that_knows_less_has_lost_time(less: Epoch, knows: str) -> None:
    said = "the ledger ledger.db has lost time, and what it lost may have been published: "
    assert judged(less) == said + knows


def test_a_ledger_of_another_name_is_foreign() -> None:
    doubt = judge("ledger.db", STATE, KNOWN, replace(KNOWN, ledger="b"), shared=False)
    assert doubt is not None
    assert doubt.foreign


@pytest.mark.parametrize(("attempts", "doubted"), [(0, False), (1, True)])
def test_without_a_witness_only_a_ledger_that_never_sent_is_believed(attempts: int, doubted: bool) -> None:
    assert (judged(Epoch("a", attempts), None) is not None) is doubted
