"""Stories that lives have told, each the shortest that shows what was wrong with the program, and is no more."""

from datetime import timedelta

import pytest

from tests.lives.file import posts
from tests.lives.lives import Lives
from tests.lives.playing import tell
from tests.lives.scene import CAST, Scene
from tests.proof.net import Fault

AHEAD = timedelta(hours=1)
MONTH = timedelta(days=30)
TWO_POSTS = [("a_post_is_written", {"faults": [], "passes": 1})] * 2


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


def sent_a_month_ahead(scene: Scene, fault: Fault) -> Lives:
    """By a clock that is then set right."""
    life = Lives(scene)
    life.begin(0)
    life.the_clock_is_set(MONTH)
    life.a_post_is_written([fault], 1)
    for _ in CAST:  # of a feed that was not seen for a month, the posts are held
        life.the_owner_answers(0, True)
    life.it_works(1, by_hand=True)
    life.the_clock_is_set(timedelta(0))
    return life


def test_what_is_in_doubt_does_not_wait_for_a_month_because_the_clock_was_a_month_ahead() -> None:
    with Scene() as scene:
        sent_a_month_ahead(scene, Fault.LOST).teardown()


@pytest.mark.needs("mastodon")
def test_nor_is_a_service_left_alone_for_so_long_because_it_asked_for_two_minutes() -> None:
    with Scene(("mastodon",)) as scene:
        life = sent_a_month_ahead(scene, Fault.LIMITED)
        life.it_works(1, by_hand=False)
        assert len(scene.services["mastodon"].copies()) == 1


def test_nor_is_a_feed() -> None:
    with Scene() as scene:
        life = Lives(scene)
        life.begin(0)
        life.the_clock_is_set(MONTH)
        life.it_works(1, by_hand=False)
        life.the_clock_is_set(timedelta(0))
        scene.blog.write(scene.true.now())
        life.it_works(1, by_hand=False)
        assert "post0" in posts(scene.ledger_file)


@pytest.mark.needs("linkedin")
def test_a_ledger_that_is_put_back_by_a_clock_that_is_behind_takes_nothing_old_for_news() -> None:
    """As a small machine without a battery for its clock does, before it has found the time."""
    with Scene(("linkedin",)) as scene:
        tell(
            scene,
            [
                *TWO_POSTS,
                ("the_clock_is_set", {"wrong": -AHEAD}),
                ("replace_ledger", {"ledger": scene.of_another_machine, "eras": []}),
                ("nobody_is_there", {"absent": timedelta(hours=7)}),
            ],
        )


@pytest.mark.needs("tumblr")
def test_nor_one_that_was_days_behind_and_finds_the_blog_when_it_is_right_again() -> None:
    with Scene(("tumblr",)) as scene:
        tell(
            scene,
            [
                ("nobody_is_there", {"absent": timedelta(days=3)}),
                *TWO_POSTS,
                ("the_clock_is_set", {"wrong": -timedelta(days=2)}),
                ("a_service_goes_down_or_comes_back", {"place": ""}),
                ("replace_ledger", {"ledger": scene.of_another_machine, "eras": []}),
                ("the_clock_is_set", {"wrong": timedelta(0)}),
                ("a_service_goes_down_or_comes_back", {"place": ""}),
                ("it_works", {"passes": 6, "by_hand": True}),
            ],
        )
