"""What every network that is installed has to do, whatever its service is like: the promises, one by one.

How a doubt ends depends on what the service can be asked; `ENDS` is that table.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator.connector import Resend
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from syndicator.sandbox.stage import pretend_classes
from tests.system.pass_ground import DAY, HOUR, PUBLISHING, Ground, ground_in

NETWORKS = sorted(pretend_classes())
SERVED = pytest.mark.parametrize("network", sorted(PUBLISHING))  # the others have no server that could answer badly
SETTLED = (State.DELIVERED, State.ASK, State.FAILED, State.SKIPPED)
CANNOT_BE_ASKED = ("linkedin",)  # a member's posts can be read by nobody's app
LOST: dict[str, dict[str, Any]] = {
    "reply lost": {"fault": Fault.LOSE_REPLY},
    "body cut": {"fault": Fault.CUT_BODY},
    "500 after the work": {"fault": Fault.ERROR_AFTER, "status": 500, "body": b"<h1>Oops</h1>"},
    "504, and the work done later": {"fault": Fault.LATE, "status": 504, "seconds": 0.2, "body": b"<h1>Oops</h1>"},
}
NOT_DONE: dict[str, dict[str, Any]] = {
    "reset": {"fault": Fault.RESET},
    "500 instead of the work": {"fault": Fault.REFUSE, "status": 500, "body": b"<h1>Oops</h1>"},
}


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ground(tmp_path: Path, network: str) -> Iterator[Ground]:
    """One network alone, after the first Pass."""
    with ground_in(tmp_path, network) as made:
        made.walk()
        yield made


def settle(ground: Ground, network: str, name: str = "walk") -> State:
    """Pass after Pass, each at the time when there is something to do, until nothing more happens by itself."""
    ground.walk()
    for _ in range(60):
        state = ground.delivery(network, name).state
        if state in SETTLED:
            return state
        with ground.ledger() as ledger:
            due = ledger.next_due([network]) or ground.clock.now()
        ground.later(max(due - ground.clock.now(), timedelta(seconds=1)))
        ground.walk(by_hand=False)
    raise AssertionError(f"{network}: {ground.delivery(network, name)}")


def test_a_post_is_published_once_and_its_link_comes_back(ground: Ground, network: str) -> None:
    ground.publish("walk", tags=("walks",))
    assert ground.walk().exit_code == ExitCode.OK
    ground.later(HOUR)
    ground.walk()
    (copy,) = ground.copies(network)
    links = links_of(ground, "walk")
    if network not in PUBLISHING:
        assert links == []  # a place on this machine is no address for readers
        return
    assert len(ground.scene.services[network].seen(PUBLISHING[network])) == 1
    (link,) = links
    assert copy["url"].startswith(link)  # some services put words behind the number


def links_of(ground: Ground, name: str) -> list[str]:
    """The links that the blog can show below a post."""
    posts = json.loads(ground.scene.links.read_text())["posts"] if ground.scene.links.exists() else {}
    return [one["url"] for one in posts.get(ground.link(name), {}).get("syndication", ())]


@SERVED
@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_copy_that_is_there_is_never_published_again(ground: Ground, network: str, fault: dict[str, Any]) -> None:
    ground.scene.services[network].fail_next(pattern=PUBLISHING[network], **fault)
    ground.publish("walk")
    ground.walk()
    assert ground.eventually(lambda: len(ground.copies(network)) == 1)  # the service works in real time
    ended = settle(ground, network)
    assert len(ground.copies(network)) == 1
    told_yes = fault["fault"] is Fault.CUT_BODY
    assert ended is (State.ASK if network in CANNOT_BE_ASKED and not told_yes else State.DELIVERED)


@SERVED
@pytest.mark.parametrize("fault", NOT_DONE.values(), ids=NOT_DONE)
def test_a_copy_that_is_not_there_is_sent_again_only_with_proof(
    ground: Ground, network: str, fault: dict[str, Any]
) -> None:
    service = ground.scene.services[network]
    service.fail_next(pattern=PUBLISHING[network], **fault)
    ground.publish("walk")
    ended = settle(ground, network)
    can = capabilities(ground, network)
    if ended is State.DELIVERED:
        assert can.resend in (Resend.SAME_RECORD, Resend.KEY, Resend.LOOKUP)
        assert len(ground.copies(network)) == 1
    else:
        assert (ended, len(service.seen(PUBLISHING[network])), ground.copies(network)) == (State.ASK, 1, [])
        assert ground.say("resolve", ground.link("walk"), "--not-posted") == ExitCode.OK
        assert settle(ground, network) is State.DELIVERED
        assert len(ground.copies(network)) == 1


@SERVED
def test_a_service_that_asks_for_patience_gets_it(ground: Ground, network: str) -> None:
    service = ground.scene.services[network]
    service.fail_next(Fault.REFUSE, PUBLISHING[network], status=429, headers={"Retry-After": "600"})
    ground.publish("walk")
    ground.walk()
    ground.later(timedelta(seconds=500))
    ground.walk(by_hand=False)
    assert len(service.seen(PUBLISHING[network])) == 1
    assert settle(ground, network) is State.DELIVERED
    assert len(ground.copies(network)) == 1


def test_a_queue_waits_for_its_owner_and_goes_out_in_order(ground: Ground, network: str) -> None:
    mend = ground.revoke(network)
    ground.publish("first", "second", "third")
    report = ground.walk()
    assert (report.exit_code, ground.copies(network)) == (ExitCode.CREDENTIALS, [])
    ground.later(HOUR)
    asked = len(ground.requests(network))
    ground.walk()
    assert len(ground.requests(network)) == asked  # what was refused is not tried again
    mend()
    assert ground.say("resume", network) == ExitCode.OK
    ground.walk()
    names = ("first", "second", "third")
    bodies = sent_to(ground, network)
    sent = [next(name for name in names if f"About {name}" in body) for body in bodies]
    assert tuple(sent[-3:]) == names  # some services say no only when asked to publish
    assert len(ground.copies(network)) == 3


def sent_to(ground: Ground, network: str) -> list[str]:
    """What was handed over for publishing, in that order."""
    if network not in PUBLISHING:
        return [f"{copy['card']['title']}\n{copy['text']}" for copy in ground.copies(network)]
    requests = ground.scene.services[network].seen(PUBLISHING[network])
    return [request.body.decode(errors="replace") for request in requests]


def test_another_account_is_an_error_and_never_a_silent_switch(ground: Ground, network: str) -> None:
    ground.publish("walk")
    ground.walk()
    ground.become_another(network)
    ground.publish("second")
    assert ground.walk().exit_code == ExitCode.CREDENTIALS
    assert ground.delivery(network, "second").state is State.READY
    assert len(ground.copies(network)) == 1


@SERVED
def test_a_service_that_is_away_costs_nothing_but_time(ground: Ground, network: str) -> None:
    ground.publish("walk")
    with ground.unreachable(network):
        assert ground.walk().exit_code in (ExitCode.NETWORKS, ExitCode.LATER)
        ground.later(DAY)
        ground.walk()
    assert ground.delivery(network).attempts == 0
    assert settle(ground, network) is State.DELIVERED


def capabilities(ground: Ground, network: str) -> Any:
    with ground.host() as host:
        connector = host.connect(host.config.networks[network])
        try:
            return connector.capabilities
        finally:
            connector.close()
