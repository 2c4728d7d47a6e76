"""The power goes, at any moment: what the world has seen is still known, nothing doubled, nothing lost (F-36).

What was not synced may be gone, there, or torn; tests/storage/power.py says how. Mistakes are seeded to show that this
finds them.
"""

from typing import Any

import pytest

from tests.storage.conftest import Zygote

SAMPLE = 110  # in the normal run: each 110th event


def cuts(
    zygote: Zygote, *, every: int, first: int = 1, seed: str = "", nothing: bool = False, **fault: Any
) -> dict[str, Any]:
    asked = {"every": every, "first": first, "from_nothing": nothing, "fault": {"seed": seed, **fault}}
    found: dict[str, Any] = zygote.ask("cuts", stop=bool(seed), **asked)
    return found


def test_the_record_tells_the_whole_story(zygote: Zygote) -> None:
    """Played to its end with nothing lost, it gives the directory byte for byte; or cuts would prove nothing."""
    assert zygote.ask("record") is True


def test_a_power_cut_at_some_moments_of_a_pass_forgets_nothing(zygote: Zygote) -> None:
    found = cuts(zygote, every=SAMPLE, first=29)
    assert found["broken"] == []
    assert found["judged"] >= 8
    assert found["ending"]["code"] == 0


def test_a_power_cut_at_some_moments_of_the_first_pass_forgets_nothing(zygote: Zygote) -> None:
    assert cuts(zygote, every=4 * SAMPLE, first=285, nothing=True)["broken"] == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("nothing", [False, True], ids=["a-pass", "the-first-pass"])
def test_a_power_cut_at_any_moment_forgets_nothing(zygote: Zygote, nothing: bool) -> None:
    found = cuts(zygote, every=1, nothing=nothing)
    assert found["broken"] == []
    assert found["judged"] > 500


@pytest.mark.parametrize(
    "seed",
    [
        "hurried commits",
        pytest.param("epoch not synced", marks=pytest.mark.slow),
        pytest.param("tokens not synced", marks=pytest.mark.slow),
    ],
)
def test_each_of_these_syncs_is_needed(zygote: Zygote, seed: str) -> None:
    assert cuts(zygote, every=3, first=100, seed=seed)["broken"] != []
