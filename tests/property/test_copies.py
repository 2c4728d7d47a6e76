"""Over posts that nobody has written: no copy is too long, no link is altered, no range is off, by the pretend
services' own counting; and rendering again gives the same bytes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.conftest import is_here
from tests.copies.examining import examine, examine_alone
from tests.copies.invented import invented
from tests.copies.studio import FIVE, Studio, studio

ROOT = Path(__file__).parents[2]
EACH = pytest.mark.parametrize("network", [pytest.param(name, marks=pytest.mark.needs(name)) for name in FIVE])
FEW, MANY, SLICE = 600, 100_000, 2_500


@pytest.fixture(scope="module")
def here() -> Iterator[Studio]:
    with studio() as made:
        yield made


@EACH
def test_no_copy_is_more_than_its_service_takes_and_no_range_or_link_is_off(here: Studio, network: str) -> None:
    assert examine(here, [network], range(FEW)) == {}


@pytest.mark.slow
@pytest.mark.timeout(5400)
def test_nor_is_one_of_a_hundred_thousand() -> None:
    starts = range(0, MANY, SLICE)
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        found = list(pool.map(examine_alone, starts, [SLICE] * len(starts)))
    assert [wrong for wrong in found if wrong] == []


def test_the_invented_posts_are_as_many_sided_as_they_claim() -> None:
    posts = [invented(number).post for number in range(FEW)]
    assert len({post.kind for post in posts}) == 4
    assert sum(len(post.text) > 500 for post in posts) > FEW // 10
    assert sum("https://" in post.text for post in posts) > FEW // 10
    assert sum(not post.text for post in posts) > FEW // 50


@pytest.mark.skipif(not all(map(is_here, FIVE)), reason="not all of the five are installed")
def test_another_process_with_another_hash_seed_makes_the_same_bytes() -> None:
    said = [_digests(seed) for seed in ("0", "1")]
    assert len(said[0]) > 100
    assert said[0] == said[1]


def _digests(seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'connectors'}"}
    command = [sys.executable, "-m", "tests.copies.digest"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    return done.stdout.splitlines()
