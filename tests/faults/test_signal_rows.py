"""Rows F-08, F-09, F-26 and F-46: a process that is told to stop, is frozen, meets others, or lacks something."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator.http import Http, NotSent
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from tests.faults.deaths import Mortals, field_of, mortals
from tests.system.pass_ground import PUBLISHING, Ground, ground_in
from tests.system.processes import Running, eventually, running

pytestmark = pytest.mark.needs("mastodon", "bluesky")

BOTH = pytest.mark.parametrize("verb", ["run", pytest.param("daemon", marks=pytest.mark.slow)])


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with ground_in(tmp_path, "mastodon") as made:
        made.walk()
        yield made


def on_the_wire(ground: Ground, process: Running, *, seconds: float) -> None:
    """Wait until the service has the first post; its answer comes after so many seconds."""
    eventually(lambda: ground.copies("mastodon"), f"a copy is on the wire\n{process.said}")
    time.sleep(min(seconds, 0.1))


# F-08


@BOTH
def test_told_to_stop_while_it_sends_it_waits_for_the_answer_and_ends_well(ground: Ground, verb: str) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING["mastodon"], seconds=0.8)
    ground.publish("first", "second")
    ground.feed_is_due()
    with running(ground.scene.config, verb) as process:
        on_the_wire(ground, process, seconds=0.8)
        process.signal(signal.SIGTERM)
        assert process.ends() == ExitCode.OK
    assert ground.delivery("mastodon", "first").state is State.DELIVERED
    assert ground.delivery("mastodon", "second").state is State.READY
    assert len(ground.copies("mastodon")) == 1


@BOTH
def test_told_twice_to_stop_it_leaves_at_once_and_the_row_says_that_it_was_sending(ground: Ground, verb: str) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING["mastodon"], seconds=20.0)
    ground.publish("walk")
    ground.feed_is_due()
    with running(ground.scene.config, verb) as process:
        on_the_wire(ground, process, seconds=20.0)
        process.signal(signal.SIGTERM)
        time.sleep(0.1)  # two signals of one kind at the same moment are one
        process.signal(signal.SIGTERM)
        assert process.ends() == ExitCode.LATER
    assert ground.delivery("mastodon").state is State.SENDING
    found_and_not_doubled(ground)


def found_and_not_doubled(ground: Ground) -> None:
    ground.walk()
    assert ground.delivery("mastodon").state is State.UNKNOWN
    for _ in range(3):
        ground.clock.sleep(130)
        ground.walk()
    assert ground.delivery("mastodon").state is State.DELIVERED
    assert len(ground.copies("mastodon")) == 1


# F-09


def test_a_frozen_daemon_is_silent_to_its_watchdog_and_thawed_it_goes_on(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        with running(ground.scene.config, "daemon") as process:
            process.says("pass_finished")
            assert beats(heard, 1.0)
            process.signal(signal.SIGSTOP)
            beats(heard, 0.1)  # what was on its way
            assert not beats(heard, 0.5)
            process.signal(signal.SIGCONT)
            assert beats(heard, 5.0)


def beats(heard: socket.socket, seconds: float) -> bool:
    """Whether a sign of life comes within this time; all that has come by then is taken."""
    heard.settimeout(seconds)
    try:
        while b"WATCHDOG=1" not in heard.recv(4096):
            pass
        heard.settimeout(0.01)
        while heard.recv(4096):
            pass
    except TimeoutError:
        return heard.gettimeout() == 0.01
    return True


def test_a_frozen_process_keeps_its_lock_and_its_late_answer_is_committed(ground: Ground) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING["mastodon"], seconds=0.5)
    ground.publish("walk")
    with running(ground.scene.config, "run") as process:
        on_the_wire(ground, process, seconds=0.5)
        process.signal(signal.SIGSTOP)
        assert ground.say("run", "--quiet") == ExitCode.LATER
        time.sleep(0.7)  # the answer comes, and waits
        assert ground.delivery("mastodon").state is State.SENDING
        process.signal(signal.SIGCONT)
        assert process.ends() == ExitCode.OK
    assert ground.delivery("mastodon").state is State.DELIVERED
    assert len(ground.copies("mastodon")) == 1


def test_a_frozen_process_that_its_watchdog_ends_has_left_a_doubt_that_is_settled(ground: Ground) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING["mastodon"], seconds=20.0)
    ground.publish("walk")
    with running(ground.scene.config, "run") as process:
        on_the_wire(ground, process, seconds=20.0)
        process.signal(signal.SIGSTOP)
        process.signal(signal.SIGABRT)  # as systemd does; it is heard when the process goes on
        process.signal(signal.SIGCONT)
        assert process.ends() == -signal.SIGABRT
    assert ground.delivery("mastodon").state is State.SENDING
    found_and_not_doubled(ground)


# F-26


@pytest.fixture(scope="module")
def made() -> Iterator[Mortals]:
    with mortals() as found:
        yield found


def test_of_fifty_runs_at_once_one_works_and_the_others_give_way_in_silence(
    ground: Ground, made: Mortals, tmp_path: Path
) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING["mastodon"], seconds=2.0)
    ground.publish("walk")
    words = ["--config", str(ground.scene.config), "run", "--quiet"]
    codes = made.do("command", times=50, words=words, said=str(tmp_path / "said"))
    assert sorted(codes) == [ExitCode.OK, *[ExitCode.LATER] * 49]
    assert (tmp_path / "said").read_text() == ""
    assert len(ground.copies("mastodon")) == 1


def test_beside_a_daemon_no_run_works_and_the_daemon_goes_on(ground: Ground, made: Mortals, tmp_path: Path) -> None:
    with running(ground.scene.config, "daemon") as process:
        process.says("pass_finished")
        words = ["--config", str(ground.scene.config), "run", "--quiet"]
        assert made.do("command", times=3, words=words, said=str(tmp_path / "said")) == [ExitCode.LATER] * 3
        assert (tmp_path / "said").read_text() == ""
        assert process.process.poll() is None


# F-46


LACKS = [
    ("descriptors", (1, 5, 9)),
    ("threads", (0, 3, 8)),
    ("memory", (0, 4, 64)),
]


@pytest.mark.parametrize(("thing", "left"), LACKS, ids=[thing for thing, _ in LACKS])
def test_a_process_in_want_of_something_doubles_nothing_and_the_next_one_makes_it_good(
    tmp_path: Path, made: Mortals, thing: str, left: tuple[int, ...]
) -> None:
    names = [f"walk-{number:02}" for number in left]
    with field_of(tmp_path, made, "mastodon", "bluesky") as ground:
        codes = []
        for name, number in zip(names, left, strict=True):
            ground.publish(name)
            codes.append(ground.walk(lack=[thing, number], said=str(tmp_path / "said")))
        for _ in range(4):
            ground.later(400)
            ground.walk()
        for network in ("mastodon", "bluesky"):
            ends = {name: (ground.delivery(network, name).state, ground.copies(network, name)) for name in names}
            assert ends == dict.fromkeys(names, (State.DELIVERED, 1)), codes
        assert any(codes), "nothing was wanting"
        assert [path.name for path in tmp_path.rglob("*.new")] == []


@pytest.mark.parametrize("wanting", ["request", "resolve"])
def test_without_a_thread_to_keep_its_time_a_request_is_not_sent(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, wanting: str
) -> None:
    """It is a clear no, then: nobody has to be asked whether a copy is there."""
    url, asked = ground.scene.blog.url, len(ground.scene.blog.requests)
    session = Http(allow_private=[url]).session()

    def refuse(thread: threading.Thread) -> None:
        if thread.name == wanting:
            raise RuntimeError("can't start new thread")
        start(thread)

    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(NotSent, match="thread"):
        session.get(f"{url}/feed.xml")
    assert len(ground.scene.blog.requests) == asked
