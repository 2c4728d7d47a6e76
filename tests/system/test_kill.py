"""SIGKILL at any moment, over services that lose replies: nothing twice, nothing lost, every end explained."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from syndicator.clock import SystemClock
from syndicator.config.files import load
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator_mastodon.sandbox import PretendMastodon
from tests.system.killing import Killer, killer

SEED = int(os.environ.get("SYNDICATOR_SEED", "20261120"))


def states(config_path: Path) -> Counter[tuple[str, State]]:
    config = load(config_path)
    ledger = Ledger.open(config.ledger.url, config.state_dir, SystemClock(), read_only=True)
    try:
        return Counter(ledger.counts())
    finally:
        ledger.close()


def check(made: Killer) -> None:
    """Every post has exactly one live copy on every network, and the ledger knows."""
    ended = states(made.scene.config)
    copies = {network: made.copies_of(network) for network in made.scene.services}
    twice = {network: [name for name, count in found.items() if count > 1] for network, found in copies.items()}
    lost = {network: sorted(set(made.tally.posts) - set(found)) for network, found in copies.items()}
    nothing: dict[str, list[str]] = {network: [] for network in made.scene.services}
    assert (twice, lost, {state for _, state in ended}) == (nothing, nothing, {State.DELIVERED}), f"{SEED}: {ended}"


def test_thirty_kills_publish_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    with killer(tmp_path, SEED) as made:
        made.run(kills=30)
        check(made)


def test_a_server_that_ignores_our_key_is_read_back_before_anything_is_sent_again(tmp_path: Path) -> None:
    with killer(tmp_path, SEED, cast={"mastodon": PretendMastodon(flavour="gotosocial")}) as made:
        made.run(kills=15)
        check(made)


def test_the_harness_notices_a_program_that_sends_again_without_proof(tmp_path: Path) -> None:
    with killer(tmp_path, SEED, cast={"mastodon": PretendMastodon(flavour="gotosocial")}, careless=True) as made:
        made.run(kills=15)
        assert max(made.copies_of("mastodon").values()) > 1


@pytest.mark.slow
def test_five_hundred_kills_publish_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    with killer(tmp_path, SEED) as made:
        tally = made.run(kills=500)
        sys.stdout.write(
            f"{tally.killed} kills, {tally.passes} passes, {len(tally.posts)} posts, exits {tally.exits}\n"
        )
        check(made)
