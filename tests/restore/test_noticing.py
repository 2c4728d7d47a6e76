"""Which ledgers are noticed to know too little, which are refused, and which nothing can notice."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger import epoch
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from tests.restore.drill import Drill
from tests.system.pass_ground import DAY, HOUR


def test_an_empty_file_is_refused_with_the_commands_that_mend_it(drill: Drill) -> None:
    drill.live("before")
    backup, sent = drill.back_up(), drill.publishings()
    drill.live("out")
    drill.lose_file()
    drill.ledger_file.write_bytes(b"")
    said = drill.say("run")
    assert (said.code, "0 bytes" in said.err, drill.publishings()) == (ExitCode.LEDGER, True, sent + 1)
    commands = said.err.rpartition("`syndicate backup`: ")[2].partition("; syndicate reconcile")[0]
    subprocess.run(["sh", "-ec", commands.replace("BACKUP", str(backup))], check=True)
    drill.notice()
    assert drill.say("reconcile").code == ExitCode.OK
    drill.wait_and_walk(days=1)
    assert drill.numbers("before", "out") == {1}


def test_over_a_ledger_that_is_gone_nothing_old_goes_out_again(drill: Drill) -> None:
    drill.live("before", "out")
    drill.lose_file()
    said = drill.say("run")
    assert (said.code, f"rm {drill.epoch_file}; syndicate init" in said.err) == (ExitCode.LEDGER, True)
    assert drill.say("reconcile").code == ExitCode.LEDGER
    drill.epoch_file.unlink()
    assert drill.say("init").code == ExitCode.OK
    drill.ground.later(HOUR)
    drill.live("after")
    assert drill.numbers("before", "out", "after") == {1}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Go to the machine of that name."""
    identity = tmp_path / "machine-id"
    monkeypatch.setattr(epoch, "_MACHINE_ID", identity)
    return identity.write_text


def test_another_machines_ledger_is_read_only_until_it_is_reconciled(
    drill: Drill, machine: Callable[[str], object]
) -> None:
    drill.lose_file()
    drill.epoch_file.unlink()
    machine("theirs\n")
    assert drill.say("init").code == ExitCode.OK
    drill.ground.later(HOUR)
    drill.live("before")
    machine("ours\n")
    sent = drill.publishings()
    drill.live("after")
    said = drill.say("run")
    assert (said.code, "belongs to another machine" in said.err, drill.publishings()) == (ExitCode.PERSON, True, sent)
    drill.ground.later(HOUR)
    assert drill.say("reconcile").code in (ExitCode.OK, ExitCode.PERSON)
    drill.say("release", "--cause", "not-there")
    drill.ground.walk()
    assert drill.numbers("before", "after") == {1}


def test_a_copy_of_the_ledger_that_runs_elsewhere_on_this_machine_is_noticed(drill: Drill) -> None:
    drill.live("before")
    copy = drill.back_up()
    drill.live("out")
    drill.put_back(copy)
    drill.epoch_file.unlink()  # the other installation has a state directory of its own
    said = drill.say("run")
    assert (said.code, "may be a copy" in said.err) == (ExitCode.PERSON, True)
    drill.wait_and_walk(days=1)
    assert drill.numbers("before", "out") == {1}


def test_a_file_copied_without_its_log_is_noticed(drill: Drill, tmp_path: Path) -> None:
    drill.live("before")
    with Ledger.open(f"sqlite://{drill.ledger_file}", drill.state_dir, drill.ground.clock, read_only=True):
        drill.live("out")  # somebody reads, so the log is not merged into the file
        shutil.copy(drill.ledger_file, tmp_path / "copy.db")
    drill.put_back(tmp_path / "copy.db")
    assert drill.say("run").code == ExitCode.PERSON
    drill.wait_and_walk(days=1)
    assert drill.numbers("before", "out") == {1}


def test_another_ledger_altogether_is_refused_until_its_owner_says_that_it_is_theirs(drill: Drill) -> None:
    drill.live("before")
    drill.epoch_file.write_text(drill.epoch_file.read_text().replace('"ledger": "', '"ledger": "another'))
    drill.ground.publish("after")
    said = drill.say("run")
    assert (said.code, said.err.rstrip().endswith("syndicate reconcile --adopt")) == (ExitCode.LEDGER, True)
    assert drill.say("reconcile").code == ExitCode.LEDGER
    assert drill.say("reconcile", "--adopt").code == ExitCode.PERSON
    drill.ground.walk()
    assert drill.numbers("after") == {0}
    assert drill.say("release", "--cause", "not-there").code == ExitCode.OK
    drill.ground.walk()
    assert drill.numbers("before", "after") == {1}


def test_a_spoilt_epoch_is_adopted_too(drill: Drill) -> None:
    drill.live("before")
    drill.epoch_file.write_text("{")
    said = drill.say("run")
    assert (said.code, said.err.rstrip().endswith("→ try: syndicate reconcile --adopt")) == (ExitCode.LEDGER, True)
    assert drill.say("reconcile", "--adopt").code == ExitCode.OK
    drill.ground.later(HOUR)
    drill.live("after")
    assert drill.numbers("before", "after") == {1}


# What nothing can notice


@pytest.fixture
def snapshot(drill: Drill, tmp_path: Path) -> Drill:
    """Ledger and epoch alike are those of yesterday, when “open” was waiting to go out."""
    drill.live("before")
    drill.ground.edit("config.toml", 'settle = "0s"', 'settle = "1h"')
    drill.ground.publish("open")
    drill.ground.walk()
    drill.ground.edit("config.toml", 'settle = "1h"', 'settle = "0s"')
    copy = drill.back_up()
    shutil.copy(drill.epoch_file, tmp_path / "epoch.json")
    drill.ground.later(HOUR)
    drill.live("out", "later", each=DAY / 2)
    drill.put_back(copy)
    shutil.copy(tmp_path / "epoch.json", drill.epoch_file)
    return drill


def test_a_snapshot_of_ledger_and_epoch_sends_again_what_came_after_it(snapshot: Drill) -> None:
    assert snapshot.say("run").code == ExitCode.OK
    assert [snapshot.numbers(name) for name in ("before", "open", "out", "later")] == [{1}, {2}, {2}, {2}]


@pytest.mark.parametrize("since", [(), ("--since", "2020-01-01")])
def test_unless_its_owner_says_so_first(snapshot: Drill, since: tuple[str, ...]) -> None:
    assert snapshot.say("reconcile", "--restored", *since).code == ExitCode.OK
    snapshot.wait_and_walk(days=1)
    assert snapshot.numbers("before", "open", "out", "later") == {1}
    assert set(snapshot.states("later").values()) == {State.DELIVERED}


def test_a_ledger_that_is_whole_has_nothing_to_reconcile(drill: Drill) -> None:
    drill.live("before")
    for words in ((), ("mastodon",), ("--adopt",)):
        said = drill.say("reconcile", *words)
        assert (said.code, "nothing is to be reconciled" in said.out) == (ExitCode.OK, True)
    assert drill.json("reconcile")["posts"] == []
    assert drill.say("reconcile", "--since", "2026-01-01").code == ExitCode.USAGE
    assert drill.say("reconcile", "mastodno").code == ExitCode.USAGE
