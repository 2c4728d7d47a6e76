"""Four of five networks are down, silent, slow or hostile, and the fifth gets its posts as if they were not there.

F-22 and the isolation figure: with the real daemon in simulated time (`week.py`). The wait for the feed's next look to
be due is left out of what is compared: it is the same on every day, and a hundred times as long as the rest.
"""

from datetime import timedelta

import pytest

from tests.faults.sickness import Habit, down, healthy, hostile, silent, slow
from tests.faults.week import WEEK, Week, live, share

ALL = ("mastodon", "bluesky", "tumblr", "linkedin", "medium")
pytestmark = pytest.mark.needs(*ALL)
SICK: dict[str, dict[str, Habit]] = {
    "each in its own way": {"bluesky": down, "tumblr": slow, "linkedin": hostile, "medium": silent},
    **{habit.__name__: dict.fromkeys(ALL[1:], habit) for habit in (down, silent, slow, hostile)},
}
LATER = 2.0  # seconds by which the fifth may be later
SHARE = 0.05


def nobody_waits_for_the_sick(sick: Week, well: Week) -> None:
    """Every post is on the fifth network, once, and not later."""
    assert sick.copies["mastodon"] == sick.posts == well.posts
    assert sick.doubled == []
    for below in (0.5, 0.9, 0.99):
        ours, usual = share(sick.ours, below), share(well.ours, below)
        assert abs(ours - usual) <= min(LATER, SHARE * usual), (below, ours, usual)


def test_a_day_with_four_sick_networks_is_an_ordinary_day_for_the_fifth() -> None:
    """F-22."""
    lasts = timedelta(hours=5)
    well = live(dict.fromkeys(ALL, healthy), "mastodon", lasts=lasts)
    sick = live({"mastodon": healthy, **SICK["each in its own way"]}, "mastodon", lasts=lasts)
    nobody_waits_for_the_sick(sick, well)
    assert sick.copies["bluesky"] == sick.copies["medium"] == 0  # sick they were


@pytest.fixture(scope="module")
def well() -> Week:
    return live(dict.fromkeys(ALL, healthy), "mastodon", lasts=WEEK)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("sickness", SICK)
def test_a_week_with_four_sick_networks_is_an_ordinary_week_for_the_fifth(well: Week, sickness: str) -> None:
    """F-22: seven days, about 240 posts."""
    nobody_waits_for_the_sick(live({"mastodon": healthy, **SICK[sickness]}, "mastodon", lasts=WEEK), well)
