"""No life that Hypothesis thinks of breaks a promise; one with a mistake in the program does."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from syndicator import recognition
from syndicator.feed import identify
from syndicator.feed.identify import Alias, aliases_in
from syndicator.ledger import epoch
from tests.lives.lives import Broken
from tests.lives.playing import Story, live, tell
from tests.lives.scene import CAST, Scene
from tests.proof.naive import NAIVE
from tests.proof.net import Fault

FEW, STEPS = 8, 15
MANY = int(os.environ.get("SYNDICATOR_LIVES", "1000"))
ENOUGH = 300  # lives in which each mistake has to show; forty were enough for all of them
SAID = r"doubled|R2|R3|the log ends in"


@contextmanager
def a_post_is_known_by_its_guid_alone() -> Iterator[None]:
    """As feed readers have it; and what it says tells nothing."""

    def guids(*given: Any) -> list[tuple[Alias, ...]]:
        return [tuple(name for name in names if name.kind == "guid") for names in aliases_in(*given)]

    with (
        patch.object(identify, "aliases_in", guids),
        patch.object(recognition, "aliases_in", guids),
        patch.object(recognition, "_reunited", lambda *given: (given[3], {})),
    ):
        yield


MISTAKES: dict[str, Callable[[], Any]] = {
    "a post is known by its guid alone": a_post_is_known_by_its_guid_alone,
    "nobody notices that the ledger was put back": lambda: patch.object(epoch, "judge", lambda *_, **__: None),
    "retry blindly": NAIVE["retry blindly"],
    "send, then record": NAIVE["send, then record"],
    "one look at once": NAIVE["one look at once"],
}
all_four = pytest.mark.skipif(len(CAST) < 4, reason="a mistake may show at one network only")


def written(*faults: Fault | None, passes: int = 4) -> tuple[str, dict[str, Any]]:
    return "a_post_is_written", {"faults": list(faults), "passes": passes}


COPIED, PUT_BACK = (("the_ledger_is_copied_or_put_back", {"number": number}) for number in (None, 0))
TOLD: dict[str, Story] = {
    "a post is known by its guid alone": (
        written(),
        ("the_feed_changes", {"what": "its guid changed", "number": 0}),
        written(),
    ),
    "nobody notices that the ledger was put back": (COPIED, written(), PUT_BACK, written()),
    "retry blindly": (written(Fault.LOST), ("nobody_is_there", {"absent": timedelta(hours=7)}), written()),
}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Scene() as made:
        yield made


def test_no_life_breaks_a_promise(scene: Scene) -> None:
    live(scene, FEW, STEPS)


@pytest.mark.slow
def test_no_life_of_many_breaks_a_promise(scene: Scene) -> None:
    """`SYNDICATOR_LIVES` says how many; `SYNDICATOR_EXAMPLES=search` makes them others each time."""
    live(scene, MANY, 40)


@all_four
@pytest.mark.parametrize("mistake", TOLD)
def test_a_mistake_shows_in_a_life_that_is_told(scene: Scene, mistake: str) -> None:
    tell(scene, TOLD[mistake])
    with MISTAKES[mistake](), pytest.raises(Broken, match=SAID):
        tell(scene, TOLD[mistake])


@all_four
@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found_by_whoever_looks_for_no_particular_one(scene: Scene, mistake: str) -> None:
    with MISTAKES[mistake](), pytest.raises(Broken, match=SAID):
        live(scene, ENOUGH, 20, shrinks=False)
