"""How often a person is asked in ordinary weather, and what others would have published twice in it."""

import pytest

from tests.proof.cast import HERE
from tests.proof.exhaustive import report
from tests.proof.mild import mild
from tests.proof.naive import NAIVE

NEVER_ASKS = tuple(name for name in ("bluesky", "mastodon", "mastodon-4.5", "gotosocial", "tumblr") if name in HERE)
MAY_ASK = tuple(name for name in ("linkedin", "medium") if name in HERE)
FEW, MANY = 1_000, 20_000
AT_MOST = 0.015


@pytest.mark.parametrize("name", NEVER_ASKS)
def test_nobody_is_asked_where_the_account_can_be_read(name: str) -> None:
    tally = mild(name, range(FEW))
    assert (tally.few, tally.asked) == ([], 0)
    assert tally.delivered == FEW


@pytest.mark.parametrize("name", MAY_ASK)
def test_where_it_cannot_be_read_a_person_is_asked_now_and_then(name: str) -> None:
    tally = mild(name, range(FEW))
    assert tally.few == []
    assert tally.asked > 0
    assert tally.asked + tally.delivered == FEW


@pytest.mark.slow
@pytest.mark.parametrize("name", NEVER_ASKS)
def test_nobody_is_asked_in_many_deliveries_either(name: str) -> None:
    tally = mild(name, range(MANY))
    report(name, "mild mix", tally)
    assert (tally.few, tally.asked, tally.delivered) == ([], 0, MANY)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAY_ASK)
def test_a_person_is_asked_about_three_in_two_hundred_at_most(name: str) -> None:
    tally = mild(name, range(MANY))
    report(name, "mild mix", tally)
    assert tally.few == []
    assert 0 < tally.asked <= AT_MOST * MANY
    assert tally.asked + tally.delivered == MANY


@pytest.mark.slow
@pytest.mark.parametrize("strategy", sorted(NAIVE))
@pytest.mark.parametrize("name", ["mastodon", "mastodon-4.5", "tumblr", "linkedin", "medium"])
def test_what_others_do_doubles_posts_in_ordinary_weather_too(name: str, strategy: str) -> None:
    with NAIVE[strategy]():
        tally = mild(name, range(MANY))
    doubled = sum("doubled:" in sentence for sentence in tally.broken)
    report(name, f"mild mix, {strategy}: {doubled} doubled", tally)
    if name in ("mastodon-4.5", "tumblr", "medium") and strategy != "one look at once":
        assert doubled > MANY * 0.002
