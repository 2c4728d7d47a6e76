"""What is not played makes no difference: beginnings that are shared, and incidents that are left out."""

from itertools import islice

import pytest

from tests.proof.cast import HERE
from tests.proof.judge import was_asked
from tests.proof.plan import Schedule
from tests.proof.record import Run
from tests.proof.schedules import Explorer
from tests.proof.world import World

SHARED = 12
End = tuple[object, ...]


def end_of(run: Run) -> End:
    """What is left when all is over: what became of each delivery, on what proof, and what is out."""
    rows = tuple((row.state, row.proof, row.doubted, was_asked(row)) for row in run.rows)
    return rows, tuple(len(copies) for copies in run.copies.values())


def ends(name: str, faults: int, crashes: int, *, pruned: bool = True, thorough: bool = False) -> set[End]:
    with World(name, watch=True) as world:
        explored = Explorer(world, thorough, pruned).explore(faults, crashes)
        return {end_of(run) for _, run in explored}


@pytest.mark.parametrize("name", [name for name in ("tumblr", "bluesky") if name in HERE])
def test_a_run_that_goes_on_from_a_snapshot_is_the_run_from_the_beginning(name: str) -> None:
    with World(name, watch=True) as world:
        played = [(schedule, run.log) for schedule, run in islice(Explorer(world).explore(2, 2), SHARED)]
        world.watch = False
        assert [schedule for schedule, log in played if world.run(schedule).log != log] == []


@pytest.mark.needs("linkedin")
def test_every_incident_is_played_where_nothing_is_pruned() -> None:
    with World("linkedin", watch=True) as world:
        steps = len(world.run(Schedule()).lives[0])
        crashes = [one for one, _ in Explorer(world, pruned=False).explore(0, 1)][1:]
    assert len(crashes) > steps  # at half of the steps at least, each with four times to be away


@pytest.mark.needs("linkedin")
def test_pruning_leaves_no_end_of_two_faults_out() -> None:
    assert ends("linkedin-repeat", 2, 0) == ends("linkedin-repeat", 2, 0, pruned=False, thorough=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", HERE)
def test_pruning_leaves_no_end_out(name: str) -> None:
    """Nor does it matter which fault of a class is played: the unpruned side plays each kind."""
    everything = ends(name, 1, 1, pruned=False, thorough=True)
    assert ends(name, 1, 1) == everything
    assert ends(name, 2, 0) == ends(name, 2, 0, pruned=False, thorough=True)
