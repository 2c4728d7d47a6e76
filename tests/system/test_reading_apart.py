"""The process that reads documents, in the life of a real `run` and of a real daemon."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.feed.parser import Parser
from syndicator.guarded import child as child_module
from tests.feeds.hostile import MAKERS
from tests.system.pass_ground import Ground
from tests.system.processes import Running, eventually, running

ON_LINUX = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells who the children are")


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [int(child) for child in found]


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def daemon(ground: Ground) -> Iterator[Running]:
    """A daemon that looks at its feed every second and has read it once."""
    ground.edit("config.toml", 'name = "blog"\n', 'name = "blog"\nevery = "1s"\n')
    ground.publish("first")
    ground.feed_is_due()
    with running(ground.scene.config, "daemon") as process:
        process.says("feed_read")
        yield process


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were started to read documents in."""
    pids: list[int] = []
    start = child_module.start

    def noted(program: str) -> "subprocess.Popen[bytes]":
        process = start(program)
        if "syndicator.feed.worker" in program:
            pids.append(process.pid)
        return process

    monkeypatch.setattr("syndicator.cli.hosting.Parser", Parser)
    monkeypatch.setattr(child_module, "start", noted)
    return pids


def test_one_process_reads_all_that_a_pass_has_to_read_and_is_gone_with_it(ground: Ground, started: list[int]) -> None:
    more = f'[[feed]]\nname = "again"\nurl = "{ground.scene.blog.feed_url}?again"\n\n[defaults]'
    ground.edit("config.toml", "[defaults]", more)
    ground.publish("walk")
    report = ground.walk()
    assert [feed.result for feed in report.feeds] == ["read", "recorded"]
    assert len(started) == 1
    assert not is_there(started[0])


def test_a_pass_over_an_unchanged_feed_starts_none(ground: Ground, started: list[int]) -> None:
    assert [feed.result for feed in ground.walk().feeds] == ["unchanged"]
    assert started == []


def test_a_hostile_feed_is_a_failed_feed_and_no_more(ground: Ground, started: list[int]) -> None:
    ground.scene.blog.instead = MAKERS["nested_namespaces"]()  # type: ignore[attr-defined]  # the ground's own blog
    (feed,) = ground.walk().feeds
    assert feed.result == "failed"
    assert feed.reason is not None
    assert "more than 100 namespaces" in feed.reason
    assert len(started) == 1


@ON_LINUX
def test_a_daemon_keeps_one_process_and_takes_it_along(ground: Ground, daemon: Running) -> None:
    (reader,) = children(daemon.process.pid)
    ground.publish("second")
    daemon.says("feed_read", times=2)
    assert children(daemon.process.pid) == [reader]
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    assert not is_there(reader)


@ON_LINUX
def test_signals_to_the_whole_service_leave_the_reader_at_work(ground: Ground, daemon: Running) -> None:
    (reader,) = children(daemon.process.pid)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCONT):
        os.kill(reader, number)
    daemon.signal(signal.SIGHUP)
    daemon.says("config_reloaded")
    ground.publish("second")
    daemon.says("feed_read", times=2)
    assert children(daemon.process.pid) == [reader]


@ON_LINUX
def test_a_reader_that_dies_is_replaced_and_no_post_is_lost(ground: Ground, daemon: Running) -> None:
    (reader,) = children(daemon.process.pid)
    os.kill(reader, signal.SIGKILL)
    ground.publish("second")
    eventually(lambda: len(ground.copies("mastodon")) == 2, "the second post is out")
    assert children(daemon.process.pid) != [reader]


@ON_LINUX
def test_a_daemon_that_is_killed_leaves_none_behind(daemon: Running) -> None:
    (reader,) = children(daemon.process.pid)
    daemon.signal(signal.SIGKILL)
    daemon.ends()
    eventually(lambda: not is_there(reader), "the reader is gone")
