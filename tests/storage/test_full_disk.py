"""The post is out, and there is no room to note the answer: nothing more is sent, and nothing is forgotten (F-30).

The disk is full from the moment at which a publishing request was answered: files may not grow by another byte, and
what is deleted gives its room back, as on a real one.
"""

from typing import Any

import pytest

from syndicator.exitcode import ExitCode
from tests.storage.conftest import Zygote

REQUESTS = 4  # of a healthy life


def story(zygote: Zygote, *, after: int, **fault: Any) -> dict[str, Any]:
    found: dict[str, Any] = zygote.ask("full", fault={"room": 0, "from_request": after, **fault})
    return found


@pytest.mark.parametrize("after", range(1, REQUESTS + 1))
def test_without_the_ballast_the_answer_is_kept_in_the_journal_and_nothing_more_is_sent(
    zygote: Zygote, after: int
) -> None:
    found = story(zygote, after=after, without_ballast=True)
    assert found["ending"]["code"] == ExitCode.LEDGER
    assert "disk is full" in found["ending"]["message"]
    assert found["ending"]["out"] == []  # no note that it could not be kept
    assert found["requests"] == REQUESTS  # none of them twice
    assert found["broken"] == []
    assert "orphaned" not in found["moves"]  # merged before anything was doubted


def test_the_ballast_makes_room_for_the_answer(zygote: Zygote) -> None:
    found = story(zygote, after=1)
    assert "syndicator.ballast" not in found["left"]
    assert found["broken"] == []
    assert found["requests"] == REQUESTS
    assert "orphaned" not in found["moves"]


@pytest.mark.parametrize(
    "room", [0, 1_000, 5_000, *(pytest.param(room, marks=pytest.mark.slow) for room in range(9_000, 400_000, 4_120))]
)
def test_wherever_the_room_ends_the_next_life_puts_it_right(zygote: Zygote, room: int) -> None:
    found = story(zygote, after=1, room=room, without_ballast=True)
    assert found["broken"] == []
    assert found["requests"] == REQUESTS
    assert "orphaned" not in found["moves"]


def test_a_journal_survives_the_power_cut_that_follows(zygote: Zygote) -> None:
    """What ends in an error is acknowledged too: whoever reads that error relies on it."""
    found = after_power_cut(zygote)
    assert found["ending"]["code"] == ExitCode.LEDGER
    assert found["broken"] == []
    assert found["judged"] > 0


def test_a_journal_that_is_not_synced_would_not_survive_it(zygote: Zygote) -> None:
    assert any("orphaned" in sentence for sentence in after_power_cut(zygote, seed="journal not synced")["broken"])


def after_power_cut(zygote: Zygote, **fault: Any) -> dict[str, Any]:
    fault = {"room": 0, "from_request": 1, "without_ballast": True, **fault}
    found: dict[str, Any] = zygote.ask("cut_at_end", fault=fault)
    return found
