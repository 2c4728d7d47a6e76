"""One at a time: a second run gives way at once, says who is at work, and is silent when it was asked to be."""

import time
from collections.abc import Iterator

import pytest

from syndicator.exitcode import ExitCode
from syndicator.sandbox.service import Fault
from tests.system.cli_ground import Said, in_subprocess
from tests.system.pass_ground import Ground
from tests.system.processes import Running, eventually, running

START_UP = 4.0  # seconds for an interpreter and its imports, on a machine that is busy with other tests


@pytest.fixture(params=["run", "daemon"])
def at_work(ground: Ground, request: pytest.FixtureRequest) -> Iterator[Running]:
    """A process that holds the lock, kept in the middle of its Pass by a feed that says nothing."""
    known = len(ground.scene.blog.requests)
    ground.scene.blog.fail_next(Fault.STALL, "GET /feed.xml", seconds=20)
    ground.feed_is_due()
    with running(ground.scene.config, request.param) as process:
        eventually(lambda: len(ground.scene.blog.requests) > known, "the first one asks for the feed")
        yield process


def second(ground: Ground, *words: str) -> tuple[Said, float]:
    began = time.monotonic()
    return in_subprocess("--config", str(ground.scene.config), "run", *words), time.monotonic() - began


def test_a_second_run_gives_way_at_once_and_says_to_whom(ground: Ground, at_work: Running) -> None:
    said, seconds = second(ground)
    assert said.code == ExitCode.LATER
    assert f"process {at_work.process.pid}" in said.err
    assert "Traceback" not in said.err
    assert seconds < START_UP + 1
    assert at_work.process.poll() is None


def test_a_second_run_that_is_to_be_quiet_says_nothing(ground: Ground, at_work: Running) -> None:
    said, _ = second(ground, "--quiet")
    assert (said.code, said.out, said.err) == (ExitCode.LATER, "", "")


def test_the_lock_ends_with_the_process_that_held_it(ground: Ground, at_work: Running) -> None:
    at_work.process.kill()
    at_work.process.wait()
    said, _ = second(ground)
    assert (said.code, said.err) == (ExitCode.OK, "")
