"""Stories that lives have told, each the shortest that shows what was wrong with the program, and is no more."""

from datetime import timedelta

import pytest

from tests.lives.playing import tell
from tests.lives.scene import Scene
from tests.proof.net import Fault

AHEAD = timedelta(hours=1)


@pytest.mark.needs("mastodon")
@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=1)])
def test_a_clock_that_is_ahead_hides_no_copy_from_who_reads_back(ahead: timedelta) -> None:
    """By such a clock the copy seems older than the request that made it."""
    lost = {"faults": [Fault.LOST], "passes": 4}
    with Scene(("mastodon-4.5",)) as scene:
        tell(scene, [("the_clock_is_set", {"wrong": ahead}), ("a_post_is_written", lost)])


@pytest.mark.needs("mastodon")
def test_nor_does_one_that_is_set_right_while_a_copy_is_in_doubt() -> None:
    """When the clock has caught up with the request, the service has forgotten its key."""
    late = {"place": "mastodon", "fault": Fault.LATE, "ahead": 4, "many": 2}
    with Scene(("mastodon",)) as scene:
        tell(
            scene,
            [
                ("requests_go_wrong", late),
                ("the_clock_is_set", {"wrong": AHEAD}),
                ("a_post_is_written", {"faults": [], "passes": 1}),
            ],
        )
