"""SIGKILL at any moment, over services that lose replies: nothing twice, nothing lost, every end explained."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from syndicator.clock import SystemClock
from syndicator.config.files import load
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.sandbox.stage import pretend_services
from syndicator_mastodon.sandbox import PretendMastodon
from tests.system.killing import Killer, killer

SEED = int(os.environ.get("SYNDICATOR_SEED", "20261120"))
SCENES = int(os.environ.get("SYNDICATOR_KILLS", "10000")) // 500


Ends = Mapping[str, Mapping[str, State]]  # network → post → how its delivery ended


def ends(made: Killer) -> Ends:
    config = load(made.scene.config)
    ledger = Ledger.open(config.ledger.url, config.state_dir, SystemClock(), read_only=True)
    try:
        names = {row.id: (row.post.link or "").rstrip("/").rpartition("/")[2] for row in ledger.posts()}
        return {
            network: {names[row.post_id]: row.state for row in ledger.deliveries(network=network)}
            for network in made.scene.services
        }
    finally:
        ledger.close()


def check(made: Killer, *, may_ask: Sequence[str] = ()) -> None:
    """Every post has exactly one live copy on every network, and the ledger knows. Only where a service cannot say
    whether it has a copy (`may_ask`), it may also be a person who is asked: never a second copy."""
    found = ends(made)
    wrong = []
    for network in made.scene.services:
        copies = made.copies_of(network)
        for name in made.tally.posts:
            state = found[network].get(name)
            asked = network in may_ask and state is State.ASK and copies[name] <= 1
            if not asked and (state, copies[name]) != (State.DELIVERED, 1):
                wrong.append((network, name, state, copies[name]))
    assert wrong == [], SEED


CASTS = (("mastodon", "bluesky", "file"), ("tumblr", "linkedin", "medium"))
MAY_ASK = ("linkedin", "medium")  # one cannot be asked what it has, the other shows only its newest


def cast(*networks: str) -> dict[str, Any]:
    """Pretend services that take as many posts a day as this needs."""
    services = pretend_services(*networks)
    for service in services.values():
        vars(service).update({"quota": 100_000} if hasattr(service, "quota") else {})
        if (posts := getattr(service, "posts", None)) is not None and hasattr(posts, "a_day"):
            posts.a_day = posts.pictures_a_day = 100_000
    return services


def test_kills_at_any_moment_publish_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    with killer(tmp_path, SEED, cast=cast("mastodon", "bluesky", "file")) as made:
        made.run(kills=8)
        check(made)


def test_kills_over_services_without_keys_publish_nothing_twice(tmp_path: Path) -> None:
    with killer(tmp_path, SEED, cast=cast("tumblr", "linkedin", "medium")) as made:
        made.run(kills=8)
        check(made, may_ask=MAY_ASK)


def test_repeating_where_repeats_are_refused_publishes_nothing_twice(tmp_path: Path) -> None:
    services = cast("linkedin")
    for service in services.values():
        usual = service.settings()
        service.settings = lambda usual=usual: {**usual, "probe_by_repeat": True}
    with killer(tmp_path, SEED, cast=services) as made:
        made.run(kills=6)
        check(made, may_ask=MAY_ASK)


def test_a_server_that_ignores_our_key_is_read_back_before_anything_is_sent_again(tmp_path: Path) -> None:
    with killer(tmp_path, SEED, cast={"mastodon": PretendMastodon(flavour="gotosocial")}) as made:
        made.run(kills=6)
        check(made)


def test_the_harness_notices_a_program_that_sends_again_without_proof(tmp_path: Path) -> None:
    with killer(tmp_path, SEED, cast={"mastodon": PretendMastodon(flavour="gotosocial")}, careless=True) as made:
        made.run(kills=8)
        assert max(made.copies_of("mastodon").values()) > 1


@pytest.mark.slow
@pytest.mark.parametrize("scene", range(SCENES))
def test_ten_thousand_kills_publish_nothing_twice_and_lose_nothing(tmp_path: Path, scene: int) -> None:
    """In `SCENES` ledgers of 500 kills each, since a blog that has had ten thousand posts shows only the newest."""
    with killer(tmp_path, SEED + scene, cast=cast(*CASTS[scene % len(CASTS)])) as made:
        tally = made.run(kills=500)
        sys.stdout.write(
            f"{tally.killed} kills, {tally.passes} passes, {len(tally.posts)} posts, exits {dict(tally.exits)}\n"
        )
        check(made, may_ask=MAY_ASK)
