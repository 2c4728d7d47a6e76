"""Networks that are down, ask for patience, refuse our credentials or are paused: what waits, and what is burnt."""

from datetime import timedelta
from pathlib import Path

import pytest

from syndicator import health
from syndicator.connector import Identity
from syndicator.exitcode import ExitCode
from syndicator.host import Host
from syndicator.ledger.rows import NetworkRow
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from tests.system.pass_ground import DAY, EACH, OTHER, PUBLISHING, Ground

SECOND = timedelta(seconds=1)
WAITS = (State.READY, 0)


# Down, or asking for patience


@EACH
def test_a_network_that_is_down_burns_nothing_and_stops_no_other(ground: Ground, network: str) -> None:
    with ground.unreachable(network):
        ground.publish("walk")
        report = ground.walk()
    assert (report.exit_code, report.networks) == (ExitCode.LATER, {network: "down", OTHER[network]: "ok"})
    assert (ground.delivery(network).state, ground.delivery(network).attempts) == WAITS
    assert ground.delivery(OTHER[network]).state is State.DELIVERED
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.delivery(network).state is State.DELIVERED
    assert ground.events.of("network_recovered") == [{"network": network}]


def test_every_network_down_has_an_exit_code_of_its_own(ground: Ground) -> None:
    with ground.unreachable("mastodon"), ground.unreachable("bluesky"):
        ground.publish("walk")
        assert ground.walk().exit_code == ExitCode.NETWORKS
    assert ground.walk().exit_code == ExitCode.OK


def test_by_itself_a_network_that_is_down_is_looked_at_again_later_and_later(ground: Ground) -> None:
    with ground.unreachable("mastodon"):
        ground.publish("walk")
        ground.later(timedelta(hours=2))
        ground.walk(by_hand=False)
        first = ground.network("mastodon").until
        assert ground.walk(by_hand=False).networks["mastodon"] == "down"
        assert ground.network("mastodon").until == first
        ground.later(timedelta(hours=1))
        ground.walk(by_hand=False)
    assert first == ground.clock.now() - timedelta(minutes=55)
    assert ground.network("mastodon").until == ground.clock.now() + timedelta(minutes=15)


def test_after_a_long_outage_old_news_surprises_nobody(ground: Ground) -> None:
    with ground.unreachable("mastodon"):
        ground.publish("first")
        ground.walk()
        ground.later(2 * DAY)
        ground.publish("second")
        ground.walk()
        ground.later(SECOND)
    assert ground.walk().exit_code == ExitCode.PERSON
    first = ground.delivery("mastodon", "first")
    assert (first.state, first.cause) == (State.HELD, "stale")
    assert ground.delivery("mastodon", "second").state is State.DELIVERED


@EACH
def test_a_network_that_asks_for_patience_is_left_alone_until_then(ground: Ground, network: str) -> None:
    service = ground.scene.services[network]
    service.fail_next(Fault.REFUSE, PUBLISHING[network], status=429, headers={"Retry-After": "600"})
    ground.publish("first", "second")
    report = ground.walk()
    assert (report.exit_code, report.networks) == (ExitCode.LATER, {network: "cooling", OTHER[network]: "ok"})
    assert len(ground.copies(OTHER[network])) == 2
    asked = len(service.requests)
    ground.later(599 * SECOND)
    assert ground.walk().exit_code == ExitCode.NETWORKS
    assert len(service.requests) == asked
    ground.later(SECOND)
    assert ground.walk().exit_code == ExitCode.OK
    assert len(ground.copies(network)) == 2


@EACH
def test_a_refusal_for_now_is_tried_again_and_delivered(ground: Ground, network: str) -> None:
    """A 503 may come after the work, so it takes the way of the unknown; a 429 is a promise."""
    ground.scene.services[network].fail_next(Fault.REFUSE, PUBLISHING[network], status=503)
    ground.publish("walk")
    ground.walk()
    assert ground.delivery(network).state is State.UNKNOWN
    ground.later(timedelta(minutes=3))
    assert ground.walk().exit_code == ExitCode.OK
    assert len(ground.copies(network)) == 1


# Credentials


@EACH
def test_refused_credentials_pause_the_network_and_its_queue_goes_on_in_order(
    ground: Ground, network: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mend = ground.revoke(network)
    ground.publish("first", "second", "third")
    report = ground.walk()
    assert (report.exit_code, report.networks[network]) == (ExitCode.CREDENTIALS, "auth_broken")
    assert ground.network(network).health == "auth_broken"
    assert ground.states(network) == [State.SKIPPED, *[State.READY] * 3]
    assert len(ground.copies(OTHER[network])) == 3
    assert ground.walk().exit_code == ExitCode.CREDENTIALS
    mend()
    assert ground.say("check") == ExitCode.OK
    assert ground.walk().exit_code == ExitCode.OK
    shown = [(copy.get("card") or {}).get("title") or copy["text"].split("\n")[0] for copy in ground.copies(network)]
    assert shown == ["About first", "About second", "About third"]
    assert {ground.delivery(network, name).attempts for name in ("first", "second", "third")} == {1}


def test_credentials_refused_while_sending_burn_no_attempt(ground: Ground) -> None:
    refused = {"error": "The access token was revoked"}
    ground.scene.services["mastodon"].fail_next(Fault.REFUSE, PUBLISHING["mastodon"], status=401, body=refused)
    ground.publish("walk")
    assert ground.walk().exit_code == ExitCode.CREDENTIALS
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").attempts) == WAITS


@EACH
def test_another_account_under_the_same_configuration_blocks_the_network(ground: Ground, network: str) -> None:
    ground.publish("first")
    ground.walk()
    ground.become_another(network)
    ground.publish("second")
    report = ground.walk()
    assert (report.exit_code, report.networks[network]) == (ExitCode.CREDENTIALS, "auth_broken")
    assert "now belongs to" in ground.network(network).reason
    assert ground.delivery(network, "second").state is State.READY
    assert len(ground.copies(network)) == 1


def test_a_service_that_fails_while_a_copy_is_prepared_burns_no_attempt(ground: Ground) -> None:
    service = ground.scene.services["mastodon"]
    service.fail_next(Fault.REFUSE, "POST /api/v2/media", status=429, headers={"Retry-After": "600"})
    ground.publish("walk", title="", images=(("lake.png", "A lake"),))
    ground.walk()
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").attempts) == (State.READY, 0)
    assert ground.network("mastodon").health == "cooling"
    ground.later(timedelta(minutes=11))
    assert ground.walk().exit_code == ExitCode.OK


# The owner's hand, in the middle of a Pass


def test_a_delivery_that_its_owner_holds_while_it_is_prepared_stays_held(ground: Ground) -> None:
    ground.while_drawing(lambda: _hold(ground))
    ground.publish("walk", title="", images=(("lake.png", "A lake"),))
    assert ground.walk().exit_code == ExitCode.PERSON
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").cause) == (State.HELD, "owner")
    assert ground.copies("mastodon") == []
    assert ground.delivery("bluesky").state is State.DELIVERED


def _hold(ground: Ground) -> None:
    row = ground.delivery("mastodon")
    with ground.ledger() as ledger:
        ledger.move(row, "hold", cause="owner", actor="owner")


def test_a_network_paused_in_the_middle_of_a_pass_stays_paused(ground: Ground) -> None:
    ground.while_drawing(lambda: _pause(ground))
    ground.publish("first", title="", images=(("lake.png", "A lake"),))
    ground.publish("second")
    report = ground.walk()
    assert ground.network("mastodon").health == "paused"
    assert ground.delivery("mastodon", "second").state is State.READY
    assert report.networks["mastodon"] == "paused"
    assert len(ground.copies("bluesky")) == 2


def _pause(ground: Ground) -> None:
    with ground.ledger() as ledger:
        ledger.set_network("mastodon", "paused", reason="paused by the owner")


def test_a_network_paused_while_it_says_for_the_first_time_who_we_are_stays_paused(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember = health.remember

    def after_a_pause(host: Host, row: NetworkRow, identity: Identity, connector: str) -> None:
        if row.name == "mastodon":
            _pause(ground)
        remember(host, row, identity, connector)

    monkeypatch.setattr(health, "remember", after_a_pause)
    ground.publish("walk")
    assert ground.walk().networks["mastodon"] == "paused"
    assert ground.network("mastodon").health == "paused"
    assert ground.delivery("mastodon").state is State.READY


def test_a_service_that_fails_does_not_lift_its_owner_s_pause(ground: Ground) -> None:
    service = ground.scene.services["mastodon"]
    service.fail_next(Fault.REFUSE, "POST /api/v2/media", status=429, headers={"Retry-After": "600"})
    ground.while_drawing(lambda: _pause(ground))
    ground.publish("walk", title="", images=(("lake.png", "A lake"),))
    ground.walk()
    assert ground.network("mastodon").health == "paused"


def test_a_connector_that_cannot_be_opened_stops_no_other(ground: Ground) -> None:
    tokens = Path(ground.scene.config.parent, "state", "tokens", "bluesky.json")
    tokens.parent.mkdir(exist_ok=True)
    tokens.write_text("{}")
    tokens.chmod(0o644)
    ground.publish("walk")
    assert ground.walk().exit_code == ExitCode.CREDENTIALS
    assert "chmod" in ground.network("bluesky").reason or str(tokens) in ground.network("bluesky").reason
    assert ground.delivery("mastodon").state is State.DELIVERED
