"""All schedules of two faults and two crashes, for each network; see `schedules.py` for what "all" means."""

import pytest

from tests.proof.exhaustive import USUAL
from tests.proof.playing import exhaust

pytestmark = pytest.mark.slow  # a minute and more: `make soak`


@pytest.mark.parametrize("name", USUAL)
def test_no_schedule_of_two_faults_and_two_crashes_doubles_or_loses_anything(name: str) -> None:
    tally = exhaust(name, 2, 2)
    assert tally.few == []
    assert tally.played >= 15
    assert tally.delivered
    if name in ("bluesky", "file"):
        assert tally.asked == 0
