"""A backup of thirty days ago is put back, on every network: no post before a person says so, then what is missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.stage import pretend_classes
from tests.conftest import is_here
from tests.restore.drill import Drill, drill_in
from tests.system.pass_ground import DAY, HOUR

NETWORKS = sorted(pretend_classes())
SHOWS_NOTHING = ("linkedin",)  # a member's posts can be read by nobody's app
SHOWS_FEW = ("medium",)  # a short public list, so that what is not in it may be there all the same
OUT = ("before", "open", "second", "third")  # published by the time that is lost


FEW = [name for name in ("linkedin", "mastodon") if is_here(name)]


@pytest.fixture(params=[FEW, pytest.param(NETWORKS, marks=pytest.mark.slow)], ids=["two", "all"])
def restored(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Drill]:
    """“open” was waiting when the backup was made; everything but “missing” has been published since."""
    with drill_in(tmp_path, monkeypatch, capsys, *request.param) as drill:
        drill.live("before")
        _all(drill, "pause")
        drill.ground.publish("open")
        drill.ground.walk()
        backup = drill.back_up()
        _all(drill, "resume")
        drill.live("second", "third", each=14 * DAY)
        _all(drill, "pause")
        drill.live("missing")
        drill.put_back(backup)
        yield drill


def _all(drill: Drill, verb: str) -> None:
    for network in drill.networks:
        assert drill.say(verb, network).code == ExitCode.OK


def test_nothing_goes_out_before_a_person_says_so_and_then_exactly_what_is_missing(restored: Drill) -> None:
    drill, sent = restored, restored.publishings()
    assert (drill.numbers(*OUT), drill.numbers("missing")) == ({1}, {0})

    said = drill.say("run")
    assert (said.code, "until you run: syndicate reconcile" in said.err) == (ExitCode.PERSON, True)
    _all(drill, "resume")  # they were paused when the backup was made
    drill.ground.later(HOUR)
    drill.ground.publish("after")
    drill.wait_and_walk(days=2)
    states = {name: set(drill.states(name).values()) for name in ("open", "second", "third", "missing", "after")}
    assert list(states.values()) == [{State.UNKNOWN}, *[{State.HELD}] * 3, {State.READY}]
    told = drill.json("reconcile")
    assert drill.publishings() == sent

    _holds_what_was_found(drill, told)
    drill.ground.walk()
    assert (drill.numbers("after"), drill.numbers("missing")) == ({1}, {0})
    assert drill.say("release", "--cause", "not-there").code == ExitCode.OK
    _decide_where_nobody_could_look(drill)
    drill.wait_and_walk(days=1)
    assert drill.numbers(*OUT, "missing", "after") == {1}
    assert {state for name in OUT for state in drill.states(name).values()} == {State.DELIVERED}


def _holds_what_was_found(drill: Drill, told: dict[str, Any]) -> None:
    found = {(post["network"], post["title"].removeprefix("About ")): post["found"] for post in told["posts"]}
    for network in drill.networks:
        is_there = None if network in SHOWS_NOTHING else True
        is_missing = None if network in (*SHOWS_NOTHING, *SHOWS_FEW) else False
        names = (*OUT[1:], "missing")
        assert [found.pop((network, name)) for name in names] == [is_there] * 3 + [is_missing]
    assert found == {}
    assert ({entry["read"] for entry in told["networks"]}, told["to_be_reconciled"]) == ({True}, [])
    assert {post["command"].split()[1] for post in told["posts"] if post["command"]} <= {"release", "resolve"}


def _decide_where_nobody_could_look(drill: Drill) -> None:
    """As a person does who looks at the account."""
    for post in drill.entries("--state", "held", "--state", "ask"):
        name = post["link"].rstrip("/").rpartition("/")[2]
        if drill.number_of(post["network"], name):
            drill.say("resolve", str(post["id"]), "--posted", f"https://{post['network']}.example/{name}")
        elif post["state"] == State.ASK:
            drill.say("resolve", str(post["id"]), "--not-posted")
        else:
            drill.say("release", str(post["id"]))
