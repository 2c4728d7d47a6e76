"""The real daemon in a process of its own: it sends what appears, drains, reloads, and sleeps when there is nothing."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from syndicator import daemon as daemon_module
from syndicator.daemon import Daemon
from syndicator.exitcode import ExitCode
from syndicator.host import Host
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.refusals import LedgerLocked
from syndicator.ledger.states import State
from syndicator.report import PassReport
from syndicator.run import Scope, make_pass
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Fault
from tests.system.pass_ground import HOUR, PUBLISHING, Ground
from tests.system.processes import Running, eventually, running


@pytest.fixture
def daemon(ground: Ground) -> Iterator[Running]:
    """A daemon that looks at its feed every second and has done so once."""
    ground.edit("config.toml", 'name = "blog"\n', 'name = "blog"\nevery = "1s"\n')
    ground.feed_is_due()
    with running(ground.scene.config, "daemon") as process:
        process.says("pass_finished")
        yield process


def test_it_sends_a_post_that_appears(ground: Ground, daemon: Running) -> None:
    ground.publish("walk")
    eventually(lambda: ground.copies("mastodon") and ground.copies("bluesky"), "both networks have the copy")
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


def test_told_to_stop_while_it_sends_it_waits_for_the_answer_and_records_it(ground: Ground, daemon: Running) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.STALL, PUBLISHING["mastodon"], seconds=1.0)
    ground.publish("first", "second")
    eventually(lambda: ground.copies("mastodon"), "a copy is on the wire")
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 0
    assert "daemon_stopping" in daemon.said
    assert ground.delivery("mastodon", "first").state is State.DELIVERED
    assert ground.delivery("mastodon", "second").state is State.READY
    assert len(ground.copies("mastodon")) == 1


def test_told_twice_it_leaves_at_once_and_the_next_run_finds_the_copy(ground: Ground, daemon: Running) -> None:
    ground.scene.services["bluesky"].fail_next(Fault.STALL, PUBLISHING["bluesky"], seconds=20.0)
    ground.publish("walk")
    eventually(lambda: ground.copies("bluesky") and ground.copies("mastodon"), "the copies are on the wire")
    daemon.signal(signal.SIGTERM)
    time.sleep(0.1)  # two signals of one kind at the same moment are one
    daemon.signal(signal.SIGTERM)
    assert daemon.ends() == 75
    assert ground.delivery("bluesky").state is State.SENDING
    ground.walk()
    assert ground.delivery("bluesky").state is State.UNKNOWN


def test_an_interrupted_terminal_drains_as_well(daemon: Running) -> None:
    daemon.signal(signal.SIGINT)
    assert daemon.ends() == 0


def test_a_broken_configuration_is_told_and_the_old_one_stays(ground: Ground, daemon: Running) -> None:
    ground.edit("config.toml", "[defaults]", "[default]")
    daemon.signal(signal.SIGHUP)
    daemon.says("config_rejected")
    assert "config.toml" in daemon.said
    ground.publish("walk")
    eventually(lambda: ground.copies("mastodon"), "the daemon still works")
    assert daemon.process.poll() is None


def test_another_place_for_the_ledger_is_refused_while_it_runs(ground: Ground, daemon: Running) -> None:
    ground.edit("config.toml", "[defaults]", '[ledger]\nurl = "sqlite:////nowhere/ledger.db"\n\n[defaults]')
    daemon.signal(signal.SIGHUP)
    daemon.says("config_rejected")


def test_a_new_feed_is_taken_up(ground: Ground, daemon: Running) -> None:
    entry = Entry("old-note", "", "<p>An old note.</p>", ground.clock.now())
    with PretendBlog([entry]) as notes:
        ground.edit("config.toml", "[defaults]", f'[[feed]]\nname = "notes"\nurl = "{notes.feed_url}"\n\n[defaults]')
        daemon.signal(signal.SIGHUP)
        daemon.says("config_reloaded")
        daemon.says("feed_recorded")
    with ground.ledger() as ledger:
        assert ledger.feed("notes").baseline
    assert ground.copies("mastodon") == []


class Supervisor:
    """Takes systemd's place: hears what is notified, and does something once after the first Pass."""

    def __init__(self, do: Callable[[], object]) -> None:
        self.heard: list[str] = []
        self.once = [do]

    def notify(self, state: str) -> None:
        self.heard.append(state)
        if len(self.passes) == 1 and state == "WATCHDOG=1" and self.once:
            self.once.pop()()

    @property
    def passes(self) -> list[str]:
        return [state for state in self.heard if state.startswith("STATUS=")]


def in_a_thread(ground: Ground, do: Callable[[], object], until: str) -> Supervisor:
    """A daemon on the manual clock, which stops after the event `until`; signals go only to main threads."""
    supervisor = Supervisor(do)

    def run() -> int:
        with ground.host() as host:
            daemon = Daemon(host, lambda: host.config, supervisor)
            ground.events.waiting[until] = partial(_stop, daemon)
            return daemon.run()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run).result(timeout=30) == ExitCode.OK
    return supervisor


def _stop(daemon: Daemon) -> None:
    daemon.stop.set()
    daemon.woken.set()


def test_a_ledger_that_another_program_holds_is_waited_for_and_spoken_of_the_third_time(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def locked_five_times(host: Host, scope: Scope) -> PassReport:
        tried.append(1)
        if len(tried) <= 5:
            raise LedgerLocked("the ledger is locked by another program", hint="fuser -v ledger.db")
        return make_pass(host, scope)

    monkeypatch.setattr(daemon_module, "make_pass", locked_five_times)
    ground.publish("walk")
    ground.feed_is_due()
    in_a_thread(ground, lambda: None, until="daemon_sleeping")
    assert len(ground.events.of("ledger_locked")) == 1
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


@pytest.mark.parametrize("method", ["start", "finish"])
def test_a_ledger_that_is_locked_in_the_middle_of_sending_costs_no_copy_and_no_second_one(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    real: Callable[..., object] = getattr(Ledger, method)
    locked: list[int] = []

    def locked_once(ledger: Ledger, *told: object, **more: object) -> object:
        if not locked:
            locked.append(1)
            raise LedgerLocked("the ledger is locked by another program", hint="fuser -v ledger.db")
        return real(ledger, *told, **more)

    monkeypatch.setattr(Ledger, method, locked_once)
    ground.publish("walk")
    ground.feed_is_due()
    in_a_thread(ground, lambda: None, until="daemon_sleeping")
    assert locked
    ground.later(HOUR)
    ground.walk()
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]
    assert {ground.delivery(n).state for n in ("mastodon", "bluesky")} == {State.DELIVERED}


def test_what_its_owner_lets_go_is_sent_at_once_not_with_the_next_look_at_the_feed(ground: Ground) -> None:
    ground.publish("a", "b", "c", "d", "e", "f")
    ground.walk()
    with running(ground.scene.config, "daemon") as process:
        process.says("pass_finished")
        with running(ground.scene.config, "release", "ALL") as verb:
            assert verb.ends() == 0
        eventually(lambda: len(ground.copies("mastodon")) == 6, "what was held is sent")


def test_it_tells_its_supervisor_that_it_is_ready_and_alive(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    asked = len(ground.scene.blog.requests)
    heard = in_a_thread(ground, lambda: None, until="feed_unchanged").heard
    assert heard[0] == "READY=1"
    assert heard.count("WATCHDOG=1") > 60
    assert "STATUS=0 waiting to be tried again; 0 need you" in heard
    assert len(ground.scene.blog.requests) == asked + 1


def test_a_daemon_with_nothing_to_do_uses_no_time(ground: Ground) -> None:
    with running(ground.scene.config, "daemon") as process:
        process.says("pass_finished")
        before, began = process.cpu_seconds(), time.monotonic()
        eventually(lambda: time.monotonic() - began > 1.5, "time passes")
        assert process.cpu_seconds() - before <= 0.05
        asked = ground.counts()
        process.signal(signal.SIGTERM)
        assert process.ends() == 0
        assert ground.counts() == asked
