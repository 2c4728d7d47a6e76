"""Schedules that were thought of, not drawn: each aims at one promise."""

import pytest

from tests.proof.judge import verdict
from tests.proof.net import Fault
from tests.proof.plan import Schedule
from tests.proof.world import World

HOUR = 3_600  # seconds that a key is known


@pytest.mark.needs("mastodon")
@pytest.mark.parametrize(("first", "lag"), [(Fault.LOST, 150.0), (Fault.RESET, 20.0)])
@pytest.mark.parametrize("often", [1, 3, 5])
def test_a_resend_that_is_refused_until_its_key_is_forgotten_needs_another_proof(
    first: Fault, lag: float, often: int
) -> None:
    """Not found at first, for it was lost or its list lags; sent again with its key, and told to come back later, again
    and again, at last for longer than the service knows the key."""
    with World("mastodon") as world:
        world.net.reading = ""  # faults meet publishing requests alone
        run = world.run(Schedule((first, *[Fault.LIMITED] * often), habits=(("list_lag", lag),)))
        assert verdict(run, world.parts) == []
        assert [row.state for row in run.rows] == ["delivered"]
        sent = [one.at for one in run.sent["mastodon"]]
        assert len(sent) > 1
        if first is Fault.RESET:
            assert len(sent) == often + 2
            assert (sent[-1] - sent[0] > HOUR) == (often > 1)
