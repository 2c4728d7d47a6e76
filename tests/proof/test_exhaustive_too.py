"""As `test_exhaustive.py`, for the other half: files are what the workers of a test run share among themselves."""

import pytest

from tests.proof.exhaustive import SECOND, holds


@pytest.mark.timeout(600)  # half a minute, on a machine that does nothing else
@pytest.mark.parametrize("name", SECOND)
def test_no_schedule_of_two_faults_and_two_crashes_doubles_or_loses_anything(name: str) -> None:
    holds(name)
