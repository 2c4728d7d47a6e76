"""Reconciling: what stays barred, what a crash leaves, what a person can let go, and what goes on meanwhile."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from syndicator import reconcile
from syndicator.daemon import Daemon, status_line
from syndicator.exitcode import ExitCode
from syndicator.ledger.lock import hold
from syndicator.ledger.states import State
from syndicator.ledger.transactions import Transactions
from syndicator.report import PassReport
from syndicator.sandbox.service import Fault
from tests.restore.drill import ONE, Drill, drill_on
from tests.system.by_hand import desk_in
from tests.system.harbour import harbour_in
from tests.system.pass_ground import DAY, HOUR, MINUTE
from tests.system.processes import running
from tests.system.rope import chain, in_parts


@pytest.fixture
def restored(drill: Drill) -> Drill:
    drill.lose_time()
    drill.notice()
    drill.say("resume", ONE)
    return drill


def lets_go_what_is_missing(drill: Drill) -> bool:
    """Whether every post is there once, when a person has let go what was not found."""
    drill.say("release", "--cause", "not-there")
    drill.ground.walk()
    return drill.numbers("open", "out", "missing") == {1}


def test_a_network_that_cannot_be_reached_stays_barred_and_is_named(restored: Drill) -> None:
    with restored.ground.unreachable(ONE):
        for _ in range(2):
            said = restored.say("reconcile")
            assert said.code == ExitCode.NETWORKS
            assert f"{ONE}: could not be read" in said.out
            assert f"Nothing is sent yet to {ONE}: syndicate reconcile {ONE}" in said.out
    restored.ground.later(DAY)
    restored.ground.walk()
    assert restored.numbers("missing") == {0}
    assert restored.say("reconcile", ONE).code == ExitCode.PERSON
    assert lets_go_what_is_missing(restored)


def test_a_read_that_says_nothing_is_tried_again_and_else_left_to_a_person(restored: Drill) -> None:
    service = restored.ground.scene.services[ONE]
    account = restored.ground.account(ONE)
    service.fail_next(Fault.REFUSE, f"GET /api/v1/accounts/{account}/statuses", status=500)
    told = restored.json("reconcile")
    assert {post["title"]: post["found"] for post in told["posts"]} == {
        "About open": True,
        "About out": True,
        "About missing": False,
    }


def test_access_that_has_ended_is_named_with_the_command(restored: Drill) -> None:
    mend = restored.ground.revoke(ONE)
    said = restored.say("reconcile")
    assert (said.code, f"(syndicate auth {ONE})" in said.out) == (ExitCode.CREDENTIALS, True)
    mend()
    assert restored.say("resume", ONE).code == ExitCode.OK
    assert restored.say("reconcile").code == ExitCode.PERSON


def test_where_there_is_no_ledger_it_says_so_and_makes_none(drill: Drill) -> None:
    shutil.rmtree(drill.state_dir)
    said = drill.say("reconcile")
    assert said.code == ExitCode.LEDGER
    assert "there is no ledger yet" in said.err
    assert not drill.ledger_file.exists()


def test_while_the_daemon_works_it_is_told_to_stop_it(restored: Drill) -> None:
    with hold(restored.state_dir, f"sqlite://{restored.ledger_file}"):
        said = restored.say("reconcile")
    assert (said.code, "stop the daemon (systemctl stop syndicator)" in said.err) == (ExitCode.LATER, True)


def test_what_a_feed_brings_too_late_is_held_and_looked_for_then(drill: Drill) -> None:
    drill.lose_time()
    drill.ground.serve(b"<!doctype html><title>Closed</title>")
    drill.notice()
    drill.say("resume", ONE)
    said = drill.say("reconcile")
    assert (said.code, "feed blog: " in said.out) == (ExitCode.FEED, True)
    drill.ground.serve(None)
    drill.wait_and_walk(days=1)
    assert drill.row(ONE, "out").state is State.HELD
    assert drill.json("status")["next"] == "syndicate reconcile"
    assert drill.say("reconcile").code == ExitCode.PERSON
    assert drill.row(ONE, "out").state is State.DELIVERED
    assert lets_go_what_is_missing(drill)


def test_nothing_is_let_go_before_it_was_looked_for(restored: Drill) -> None:
    for words in (("release", "ALL"), ("retry", "ALL"), ("release", "--cause", "restored")):
        restored.say(*words)
        assert restored.row(ONE, "missing").state is State.HELD
    number = str(restored.row(ONE, "missing").id)
    said = restored.say("release", number)
    assert (said.code, f"before `syndicate reconcile {ONE}`" in said.out) == (ExitCode.PERSON, True)
    assert restored.say("backfill", "--last", "9").code == ExitCode.USAGE
    assert restored.say("skip", number).code == ExitCode.OK


def test_what_nobody_could_look_for_is_let_go_one_by_one(restored: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "CanFind", int)
    assert restored.say("reconcile").code == ExitCode.PERSON
    assert restored.row(ONE, "open").state is State.ASK
    said = restored.say("release", "ALL")
    assert (restored.row(ONE, "missing").state, "it may be out already; look" in said.out) == (State.HELD, True)
    assert restored.say("release", str(restored.row(ONE, "missing").id)).code == ExitCode.OK
    restored.ground.walk()
    assert restored.numbers("missing") == {1}


def test_meanwhile_feeds_are_read_and_status_says_why_nothing_goes_out(restored: Drill) -> None:
    restored.live("after")
    report = restored.ground.walk(by_hand=False)
    assert (report.barred, report.exit_code, report.deliveries) == ([ONE], ExitCode.PERSON, [])
    assert restored.row(ONE, "after").state is State.READY
    said = restored.say("status")
    assert "has lost time" in said.out
    assert f"Nothing is sent to {ONE} before you run `syndicate reconcile`" in said.out
    assert "→ next: syndicate reconcile" in said.out
    assert restored.say("status", "--check").code == ExitCode.PERSON
    assert restored.json("run")["to_be_reconciled"] == [ONE]
    assert f"nothing goes to {ONE} before `syndicate reconcile {ONE}`" in restored.say("run", "--dry-run").out
    for name in ("open", "after"):
        assert f"`syndicate reconcile {ONE}`" in restored.say("explain", restored.ground.link(name)).out
    assert restored.say("check").code == ExitCode.PERSON
    assert restored.say("reconcile").code == ExitCode.PERSON
    assert restored.ground.walk().exit_code == ExitCode.PERSON
    assert restored.numbers("after") == {1}


def test_systemd_is_told_too() -> None:
    report = PassReport(networks={"bluesky": "ok"}, barred=["mastodon"])
    assert status_line(report).startswith("nothing goes to mastodon before `syndicate reconcile`; 1 of 1 networks ok")


def test_the_daemon_stays_up_and_reads(drill: Drill) -> None:
    drill.lose_time()
    config = drill.ground.scene.config
    with running(config, "daemon") as daemon:
        daemon.says("pass_finished")
        assert "ledger_restored" in daemon.said
        assert daemon.cpu_seconds() < 20
        daemon.signal(signal.SIGTERM)
        assert daemon.ends() == 0
    assert drill.numbers("open", "out") == {1}
    assert drill.row(ONE, "out").state is State.HELD


def test_a_daemon_that_starts_later_says_so_again_and_does_not_wake_for_what_is_barred(restored: Drill) -> None:
    restored.live("after", each=10 * MINUTE)  # the feed is not due yet
    with restored.ground.host() as host:
        daemon = Daemon(host, lambda: host.config, Silent())
        daemon.stop.set()
        assert daemon.run() == ExitCode.OK
        assert host.ledger.next_due([ONE]) is not None
        assert daemon.next_due() - host.clock.now() > MINUTE
    assert len(restored.ground.events.of("ledger_restored")) == 1


class Silent:
    """A supervisor that nobody listens to."""

    def notify(self, message: str) -> None:
        pass


# Crashes


class Killed(BaseException):
    """As a SIGKILL between two commits."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, place: int) -> Iterator[Callable[[], int]]:
    """Nothing is written from the transaction of this number on; gives how many there were."""
    count, writing = [0], Transactions.writing

    @contextmanager
    def dying(self: Transactions) -> Iterator[Any]:
        count[0] += 1
        if count[0] >= place:
            raise Killed
        with writing(self) as connection:
            yield connection

    with monkeypatch.context() as patched:
        patched.setattr(Transactions, "writing", dying)
        yield lambda: count[0]


def test_killed_at_any_commit_it_goes_on_where_it_was(restored: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, crashes = restored.publishings(), 0
    for place in range(1, 40):
        with killed_at(monkeypatch, place), restored.ground.host() as host:
            try:
                reconcile.reconcile(host, reconcile.wanted(host))
            except Killed:
                crashes += 1
            else:
                break
        restored.ground.walk()
        assert restored.publishings() == sent
    assert crashes > 2
    assert restored.json("reconcile")["to_be_reconciled"] == []
    assert [restored.row(ONE, name).state for name in ("open", "out", "missing")] == [
        State.DELIVERED,
        State.DELIVERED,
        State.HELD,
    ]
    assert lets_go_what_is_missing(restored)


# Threads, and what a person publishes


def test_of_a_thread_each_part_that_is_out_is_found_and_the_next_one_waits_for_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with harbour_in(tmp_path, monkeypatch) as harbour:
        monkeypatch.setattr("syndicator.reconcile.make", in_parts)
        drill = drill_on(harbour.ground, monkeypatch, capsys)
        words = harbour.publish("begun", parts=4)
        harbour.shore.next("well", "refuse")
        harbour.ground.walk()
        backup = drill.back_up()
        harbour.ground.later(HOUR)
        harbour.shore.next("well", "well", "refuse")  # the last part did not go out in the time that is lost
        harbour.ground.walk()
        new = harbour.publish("new", parts=2)
        harbour.ground.walk()
        out = harbour.said()
        assert out == [*chain(*words[:3]), *chain(*new)]
        drill.put_back(backup)
        drill.notice()
        drill.say("reconcile")
        harbour.ground.walk()
        assert harbour.said() == out
        assert [row.state for row in harbour.rows("begun")] == [*[State.DELIVERED] * 3, State.ASK]
        assert [row.state for row in harbour.rows("new")] == [State.DELIVERED] * 2
        drill.say("resolve", str(harbour.rows("begun")[-1].id), "--not-posted")
        harbour.ground.walk()
        assert [copy for copy in harbour.said() if copy not in out] == [(words[3], words[2])]


def test_what_its_owner_has_published_since_is_found_and_nothing_is_laid_ready_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with desk_in(tmp_path, monkeypatch) as desk:
        drill = drill_on(desk.ground, monkeypatch, capsys)
        desk.ground.publish("walk", "lake")
        desk.ground.walk()
        backup = drill.back_up()
        desk.publish("walk")
        desk.ground.later(HOUR)
        desk.ground.walk()
        desk.ground.publish("out", "missing")
        desk.ground.walk()
        desk.publish("out")
        desk.ground.later(DAY)
        desk.ground.walk()
        folders = desk.folders
        drill.put_back(backup)
        drill.notice()
        desk.ground.publish("after")
        drill.wait_and_walk(days=1)
        assert desk.folders == folders
        drill.say("reconcile")
        states = [desk.ground.delivery(desk.network, name).state for name in ("walk", "lake", "out", "missing")]
        assert states == [State.DELIVERED, State.HANDOFF, State.DELIVERED, State.HELD]
        assert "sent" not in desk.world.read()
