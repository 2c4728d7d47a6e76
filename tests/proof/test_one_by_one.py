"""Every fault of the wire alone, for every network and each kind of it: nothing is doubled, nothing is lost."""

from datetime import timedelta

import pytest

from tests.proof.cast import HERE
from tests.proof.judge import doubles, verdict
from tests.proof.net import Fault
from tests.proof.plan import Schedule
from tests.proof.record import Run
from tests.proof.world import World

pytestmark = pytest.mark.slow  # a minute and more: `make soak`

ALONE = [(), *((fault,) for fault in Fault), *((None, fault) for fault in Fault)]
NEVER_ASKS = {"bluesky", "mastodon", "mastodon-4.5", "gotosocial", "tumblr", "tumblr-staged", "file"}


@pytest.mark.parametrize("name", HERE)
def test_one_fault_at_the_publishing_request_or_the_next_one_does_no_harm(name: str) -> None:
    broken, asked = [], set()
    with World(name) as world:
        for faults in ALONE:
            run = world.run(Schedule(faults))
            broken += [f"{faults}: {sentence}" for sentence in verdict(run, world.parts)]
            asked |= {row.state for row in run.rows}
    assert broken == []
    assert "delivered" in asked
    if name in NEVER_ASKS:
        assert asked == {"delivered"}


@pytest.mark.parametrize("name", HERE)
def test_a_fault_at_any_request_at_all_does_no_harm(name: str) -> None:
    broken = []
    with World(name) as world:
        world.run(Schedule())
        requests = world.net.number
        for number in range(1, requests + 1):
            for fault in (Fault.REFUSED, Fault.LOST, Fault.FAILED, Fault.LIMITED, Fault.CUT, Fault.PORTAL):
                run = world.run(Schedule(anywhere=((number, fault),)))
                broken += [f"{fault} at request {number}: {sentence}" for sentence in verdict(run, world.parts)]
    assert broken == []


@pytest.mark.parametrize("name", HERE)
def test_a_process_may_die_at_any_step_of_its_life(name: str) -> None:
    broken, out = [], set()
    with World(name) as world:
        steps = len(world.run(Schedule()).lives[0])
        assert steps > 10
        for step in range(1, steps + 1):
            run = world.run(Schedule(crashes=((step, timedelta(minutes=5)),)))
            assert run.crashes_left == 0
            broken += [f"step {step}: {sentence}" for sentence in verdict(run, world.parts)]
            out.add(_became(run))
    assert broken == []
    assert "delivered" in out


def _became(run: Run) -> str:
    assert not doubles(run)
    return run.rows[-1].state
