"""All schedules of two faults and two crashes, for a half of the networks; see `schedules.py` for what "all" means."""

import pytest

from tests.proof.exhaustive import FIRST, holds


@pytest.mark.timeout(600)  # half a minute, on a machine that does nothing else
@pytest.mark.parametrize("name", FIRST)
def test_no_schedule_of_two_faults_and_two_crashes_doubles_or_loses_anything(name: str) -> None:
    holds(name)
