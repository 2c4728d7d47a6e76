"""Rows F-43, F-47 and F-48: foreign code, a log that nobody reads, and what waits for a person."""

import fcntl
import json
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

from syndicator.config.models import NetworkConfig
from syndicator.exitcode import ExitCode
from syndicator.host import Host
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
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


@pytest.mark.parametrize("reader", ["does not read", pytest.param("has left", marks=pytest.mark.slow)])
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


# F-43


class Rogue:
    """A connector that does what it should, but for one thing."""

    def __init__(self, honest: Any, name: str, instead: Callable[[], Any]) -> None:
        self.honest, self.name, self.instead = honest, name, instead

    def __getattr__(self, name: str) -> Any:
        if name != self.name:
            return getattr(self.honest, name)
        return self.instead() if name == "capabilities" else lambda *_: self.instead()


class Outrage(BaseException):
    """What no handler of ordinary exceptions takes."""


def raising(error: BaseException) -> Callable[[], Any]:
    def act() -> Any:
        raise error

    return act


def recurse() -> None:
    recurse()


def leak() -> None:
    """Three hundred threads that end at some time, and as many pipes that nobody closes."""
    for _ in range(300):
        threading.Thread(target=threading.Event().wait, args=(20,), daemon=True).start()
        LEAKED.extend(os.pipe())
    raise MemoryError


LEAKED: list[int] = []
MISDEEDS: dict[str, Callable[[], Any]] = {
    "raises what nobody expects": raising(ZeroDivisionError("integer division")),
    "raises what no handler takes": raising(Outrage()),
    "interrupts": raising(KeyboardInterrupt()),
    "leaves the program": lambda: sys.exit(3),
    "recurses without end": recurse,
    "leaks": leak,
    "answers nonsense": lambda: 7,
    "says nothing": lambda: None,
}
USUAL = [
    ("whoami", "raises what no handler takes"),
    ("capabilities", "says nothing"),
    ("deliver", "leaves the program"),
    ("deliver", "leaks"),
    ("deliver", "says nothing"),
    ("find", "answers nonsense"),
    ("close", "raises what no handler takes"),
]
EVERY = [(name, misdeed) for name in ("whoami", "capabilities", "deliver", "find", "close") for misdeed in MISDEEDS]


def misbehaving(monkeypatch: pytest.MonkeyPatch, name: str, instead: Callable[[], Any]) -> None:
    honest = Host.connect

    def connect(host: Host, network: NetworkConfig) -> Any:
        connector = honest(host, network)
        return Rogue(connector, name, instead) if network.name == "mastodon" else connector

    monkeypatch.setattr(Host, "connect", connect)


@pytest.fixture
def tidy() -> Iterator[None]:
    yield
    while LEAKED:
        os.close(LEAKED.pop())


@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize(
    ("name", "misdeed"),
    [pytest.param(*pair, marks=() if pair in USUAL else pytest.mark.slow) for pair in EVERY],
)
def test_a_connector_that_misbehaves_harms_no_other_network_and_sends_nothing_twice(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str, misdeed: str
) -> None:
    if name == "find":  # it is asked only where an answer was lost
        ground.scene.services["mastodon"].fail_next(Fault.LOSE_REPLY, PUBLISHING["mastodon"])
        ground.publish("walk")
        ground.walk()
        ground.later(timedelta(minutes=3))
    else:
        ground.publish("walk")
    with monkeypatch.context() as patch:
        misbehaving(patch, name, MISDEEDS[misdeed])
        ground.walk()
    assert ground.delivery("bluesky").state is State.DELIVERED
    usual = (State.READY, 0)
    left = {"close": (State.DELIVERED, 1), "deliver": (State.UNKNOWN, 0), "find": (State.UNKNOWN, 1)}
    if (name, misdeed) == ("find", "says nothing"):  # which is an answer, and the wrong one
        left["find"] = (State.DELIVERED, 1)
    assert (ground.delivery("mastodon").state, len(ground.copies("mastodon"))) == left.get(name, usual)
    for _ in range(2):
        ground.later(timedelta(minutes=20))
        ground.walk()
    assert (ground.delivery("mastodon").state, len(ground.copies("mastodon"))) == (State.DELIVERED, 1)
    assert len(ground.copies("bluesky")) == 1


def test_a_connector_that_hangs_is_given_up_and_its_delivery_is_in_doubt(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hours_pass() -> None:
        if ground.copies("bluesky"):
            ground.later(timedelta(minutes=6))

    ground.publish("walk")
    with monkeypatch.context() as patch:
        misbehaving(patch, "deliver", lambda: threading.Event().wait(30))
        ground.walk(beat=hours_pass)
    assert ground.delivery("bluesky").state is State.DELIVERED
    assert ground.delivery("mastodon").state is State.UNKNOWN


def test_what_a_connector_prints_is_no_part_of_the_report(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    misbehaving(monkeypatch, "close", lambda: sys.stdout.write("hello, it is me\n"))
    ground.publish("walk")
    ground.say("run", "--json")
    said = capfd.readouterr()
    assert json.loads(said.out)["deliveries"]
    assert "hello, it is me" in said.err


# F-48: there is no channel of its own for news, so there is none that could be down


def held(ground: Ground) -> None:
    ground.publish("a", "b", "c", "d", "e", "f")  # more at once than usual


def asked(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk()
    ground.scene.services["mastodon"].fail_next(Fault.RESET, PUBLISHING["mastodon"])
    ground.publish("lost")
    ground.walk()
    ground.later(timedelta(days=2))


def failed(ground: Ground) -> None:
    for service in ("mastodon", "bluesky"):
        ground.scene.services[service].fail_next(Fault.REFUSE, PUBLISHING[service], status=400, body={"error": "no"})
    ground.publish("walk")


@pytest.mark.parametrize(("trouble", "state"), [(held, State.HELD), (asked, State.ASK), (failed, State.FAILED)])
def test_what_waits_for_a_person_is_said_by_log_status_and_exit_code_until_it_is_answered(
    ground: Ground, trouble: Callable[[Ground], None], state: State, capfd: pytest.CaptureFixture[str]
) -> None:
    trouble(ground)
    ground.walk()
    assert state in ground.states("mastodon")
    for _ in range(2):
        capfd.readouterr()
        assert ground.say("run", "--due") == ExitCode.PERSON
        assert "waiting for you (syndicate status)" in capfd.readouterr().err
        ground.say("status")
        assert "→ next: syndicate" in capfd.readouterr().out
        assert ground.say("status", "--check") == ExitCode.PERSON
    assert any(state in event for event, _ in ground.events.told), "the log has said so"
    ground.say("skip", "ALL")
    assert ground.say("status", "--check") == ExitCode.OK
