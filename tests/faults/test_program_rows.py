"""Rows F-37, F-43, F-45, F-47 and F-48: wrong modes, foreign code, a new configuration, a log that nobody reads, and what
waits for a person."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from tests.system.pass_ground import PUBLISHING, Ground, ground_in
from tests.system.processes import PATIENCE, environment, eventually

pytestmark = pytest.mark.needs("mastodon", "bluesky")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with ground_in(tmp_path, "mastodon", "bluesky") as made:
        made.walk()
        yield made


# F-47


@contextmanager
def daemon(ground: Ground, log: int) -> Iterator["subprocess.Popen[bytes]"]:
    command = (sys.executable, "-m", "syndicator", "--config", str(ground.scene.config), "daemon")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=environment())
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def fill(pipe: int) -> None:
    """Until not one byte more fits."""
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x" * fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ))
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x")
    os.set_blocking(pipe, True)


@pytest.mark.parametrize("reader", ["does not read", "has left"])
def test_a_log_that_nobody_reads_keeps_no_delivery_back(ground: Ground, reader: str) -> None:
    ground.publish("walk")
    ground.feed_is_due()
    heard, log = os.pipe()
    fill(log)
    if reader == "has left":
        os.close(heard)
    with daemon(ground, log) as process:
        os.close(log)
        eventually(lambda: all(map(ground.copies, ("mastodon", "bluesky"))), "both networks have the copy")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == ExitCode.OK
    if reader == "does not read":
        os.close(heard)
    assert ground.delivery("mastodon").state is State.DELIVERED
