"""The oracle bites: each rule that the program is made to forget is called by its name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from syndicator import settle
from syndicator.connector import Rendering
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State
from syndicator.unknown import Action, Step
from tests.proof.judge import verdict
from tests.proof.naive import NAIVE
from tests.proof.net import Fault
from tests.proof.plan import Schedule
from tests.proof.world import World

pytestmark = pytest.mark.needs("tumblr")


def complaints(schedule: Schedule) -> str:
    with World("tumblr") as world:
        return "; ".join(verdict(world.run(schedule), world.parts))


def test_a_request_before_its_row_is_durable_breaks_the_first_rule() -> None:
    def not_durable(ledger: Ledger, delivery: Delivery, rendering: Rendering, *, account: str | None) -> Delivery:
        return replace(delivery, state=State.SENDING, version=delivery.version + 1)

    with World("tumblr") as world, patch.object(Ledger, "start", not_durable):
        with pytest.raises(Stale):  # nor can such a row be finished
            world.run(Schedule())
        assert world.run_.broken == ["R1: a publishing request while 0 rows say sending"]


def test_taking_silence_for_a_no_breaks_the_second_rule() -> None:
    with NAIVE["retry blindly"]():
        assert "R2" in complaints(Schedule((Fault.RESET,)))


def test_sending_again_without_proof_breaks_the_third_rule() -> None:
    def at_once(*_: Any, **__: Any) -> Step:
        return Step(Action.RESEND, "why not")

    with patch.object(settle, "next_step", at_once):
        found = complaints(Schedule((Fault.LOST,)))
    assert "R3" in found
    assert "doubled" in found


def test_a_row_that_is_moved_behind_the_log_is_noticed() -> None:
    with NAIVE["send, then record"]():
        found = complaints(Schedule(crashes=((19, timedelta(minutes=5)),)))
    assert "the delivery was" in found or "the log ends in" in found


@pytest.mark.parametrize(
    "change", [{"tries": 2}, {"proof": ""}, {"proof": "human"}, {"cause": "so"}, {"doubted": 1}, {"negative_reads": 1}]
)
def test_a_row_that_says_what_its_log_does_not_is_noticed(change: dict[str, Any]) -> None:
    with World("tumblr") as world:
        run = world.run(Schedule())
        assert verdict(run, world.parts) == []
        run.rows = [replace(run.rows[0], **change)]
        assert len(verdict(run, world.parts)) == 1


def test_a_copy_that_is_believed_and_not_there_is_called_lost() -> None:
    with World("tumblr") as world:
        run = world.run(Schedule())
        run.copies["tumblr"].clear()
        assert verdict(run, world.parts) == ["lost: it counts as delivered, and no copy is there"]


def test_a_crash_really_ends_a_process() -> None:
    with World("tumblr") as world:
        steps = len(world.run(Schedule()).lives[0])
        run = world.run(Schedule(crashes=((steps // 2, timedelta(hours=2)),)))
        assert [len(life) for life in run.lives[:1]] == [steps // 2]
        assert len(run.lives) == 2
