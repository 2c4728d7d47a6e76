"""The long run: more faults, more crashes, each kind of fault, all parts, and schedules drawn from seeds."""

import pytest

from tests.proof.cast import HERE
from tests.proof.exhaustive import OTHERS, SEEDS, report
from tests.proof.million import said
from tests.proof.playing import exhaust, play, play_wide

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", OTHERS)
def test_no_schedule_of_two_faults_and_two_crashes_breaks_anything_in_other_settings(name: str) -> None:
    tally = exhaust(name, 2, 2)
    report(name, "two faults, two crashes", tally)
    assert tally.few == []


@pytest.mark.parametrize("name", HERE)
def test_no_schedule_of_three_faults_and_three_crashes_breaks_anything(name: str) -> None:
    tally = exhaust(name, 3, 3)
    report(name, "three faults, three crashes", tally)
    assert tally.few == []


@pytest.mark.parametrize("name", HERE)
def test_no_schedule_of_two_faults_of_each_kind_and_two_crashes_breaks_anything(name: str) -> None:
    tally = exhaust(name, 2, 2, thorough=True)
    report(name, "two faults of each kind, two crashes", tally)
    assert tally.few == []


def test_no_wide_schedule_breaks_anything() -> None:
    """`make schedules` plays more of them."""
    tally = play_wide(range(SEEDS))
    report("several networks", said(tally), tally)
    assert tally.few == []


@pytest.mark.parametrize("name", HERE)
def test_no_drawn_schedule_breaks_anything(name: str) -> None:
    """`SYNDICATOR_SCHEDULES` says how many for each part; the seeds are 0, 1, 2 …"""
    tally = play(name, range(SEEDS))
    report(name, "drawn", tally)
    assert tally.few == []
