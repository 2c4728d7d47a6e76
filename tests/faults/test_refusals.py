"""Definite answers: sent elsewhere, refused for its credentials, or yes and then taken away again.

F-19, F-20 and F-21, through fault proxies.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.tokens import FileTokens
from tests.conftest import is_here
from tests.faults import toxics
from tests.faults.ground import IDENTITY, Faulty, faulty, mostly_in_soak
from tests.faults.proxy import Proxy, Toxic
from tests.system.pass_ground import DAY, HOUR, PUBLISHING

NETWORKS = mostly_in_soak(sorted(PUBLISHING), "bluesky")
RENEWALS: dict[str, Toxic] = {
    "500": toxics.answer(500, b"<h1>Oops</h1>"),
    "answer lost": toxics.reset(done=True),
    "answer cut": toxics.cut(with_length=True),
    "captive portal": toxics.portal,
}
CREDENTIALS = re.compile(rb"(?im)^authorization: *(?:\w+ +)?(\S+)")


@pytest.fixture
def ground(tmp_path: Path, network: str) -> Iterator[Faulty]:
    with faulty(tmp_path, network) as made:
        made.friends = ("localhost",)
        yield made


@pytest.fixture
def stranger() -> Iterator[Proxy]:
    """A host that the service points to; it would take whatever it is given."""
    with Proxy(host="localhost") as made:
        made.arm(toxics.answer(200, {"id": "1", "uri": "at://x/y/z", "url": "https://elsewhere.example/1"}), "", 1000)
        yield made


# Sent elsewhere


# Mastodon's server has moved then, for all posts; Tumblr's own front door answers with redirects it does not mean
MEANS = {"mastodon": (State.READY, "auth_broken"), "tumblr": (State.UNKNOWN, "ok")}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_publishing_request_that_is_sent_to_another_host_stays_here(
    ground: Faulty, network: str, stranger: Proxy
) -> None:
    """F-19: no status of a redirect is followed, nothing is told to the stranger, and the log names the status."""
    for status in (302, 307):
        name, since = f"walk-{status}", len(ground.events.told)
        ground.spoil(network, toxics.redirect(f"{stranger.url}/take", status))
        ground.publish(name)
        ground.walk()
        ended = ground.delivery(network, name).state, ground.network(network).health
        assert ended == MEANS.get(network, (State.FAILED, "ok"))
        assert any(f"{status}" in sentence for sentence in ground.told_of(network, since))
        with ground.ledger() as ledger:
            ledger.set_network(network, "ok")
        ground.settle(network, name)
        assert ground.copies_of(network, name) == (0 if ended[0] is State.FAILED else 1)
    assert stranger.connections == 0


@pytest.mark.parametrize("network", NETWORKS)
def test_a_harmless_request_that_is_sent_to_another_host_takes_no_credentials_along(
    ground: Faulty, network: str, stranger: Proxy
) -> None:
    """F-19: a GET may be followed, as far as the stranger's door, and nothing that opens the account goes along."""
    ground.publish("walk")
    for status in (302, 307):
        ground.spoil(network, toxics.redirect(f"{stranger.url}/who", status), IDENTITY[network])
        ground.walk()
    carried = {match for request in ground.proxies[network].requests for match in CREDENTIALS.findall(request)}
    settings = ground.scene.services[network].settings()
    opens = {v.encode() for k, v in settings.items() if re.search("token|secret|password", k) and isinstance(v, str)}
    assert carried
    heard = b"".join(stranger.requests)
    assert not [secret for secret in carried | opens if secret and secret in heard]


# Credentials


@pytest.mark.parametrize("network", NETWORKS)
def test_credentials_that_are_refused_in_the_middle_burn_nothing_and_are_told_once(
    ground: Faulty, network: str
) -> None:
    """F-20: the pre-flight was still let in. The queue waits, and goes out in order when the owner has been there."""
    ground.spoil(network, toxics.answer(401, {"error": "revoked", "message": "revoked", "errors": []}))
    ground.publish("first", "second")
    assert ground.walk().exit_code == ExitCode.CREDENTIALS
    for _ in range(3):
        ground.later(6 * HOUR)
        assert ground.walk(by_hand=False).exit_code in (ExitCode.CREDENTIALS, ExitCode.OK)
    rows = [ground.delivery(network, name) for name in ("first", "second")]
    assert [(row.state, row.attempts) for row in rows] == [(State.READY, 0), (State.READY, 0)]
    assert len(ground.events.of("network_blocked")) == 1
    with ground.ledger() as ledger:
        ledger.set_network(network, "ok")  # as `syndicate resume` does
    ground.walk()
    assert [ground.copies_of(network, name) for name in ("first", "second")] == [1, 1]
    assert len(ground.proxies[network].seen(PUBLISHING[network])) == 3


class Died(BaseException):
    """Stands for SIGKILL: nothing of the program handles it."""


needs_bluesky = pytest.mark.skipif(not is_here("bluesky"), reason="speaks of Bluesky's sessions")
REFRESH = "com.atproto.server.refreshSession"


@needs_bluesky
@pytest.mark.parametrize("network", ["bluesky"])
@pytest.mark.parametrize("fault", mostly_in_soak(RENEWALS, "answer lost"))
def test_a_renewal_that_fails_burns_nothing_and_is_made_good(ground: Faulty, fault: str) -> None:
    """F-20: the server has perhaps given new tokens that nobody has heard of."""
    ground.publish("walk")
    ground.walk()
    ground.later(3 * HOUR)
    ground.proxies["bluesky"].arm(RENEWALS[fault], REFRESH, times=10)
    ground.publish("second")
    ground.walk()
    assert (ground.delivery("bluesky", "second").state, ground.delivery("bluesky", "second").attempts) == (
        State.READY,
        0,
    )
    assert ground.network("bluesky").health in ("down", "cooling")
    ground.proxies["bluesky"].calm()
    ground.later(timedelta(minutes=20))
    ground.walk()
    assert ground.copies_of("bluesky", "second") == 1
    assert ground.delivery("bluesky", "second").attempts == 1


@needs_bluesky
@pytest.mark.parametrize("network", ["bluesky"])
def test_a_program_that_dies_between_a_renewal_and_its_note_finds_its_account_again(
    ground: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-20: the server has exchanged the tokens, and this machine never wrote the new ones down."""
    ground.publish("walk")
    ground.walk()
    ground.later(3 * HOUR)
    ground.publish("second")

    def dies(self: FileTokens, tokens: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(FileTokens, "save", dies)
        ground.walk()
    assert ground.proxies["bluesky"].seen(REFRESH)
    assert ground.delivery("bluesky", "second").state is State.READY
    ground.later(timedelta(minutes=20))
    ground.walk()
    assert ground.network("bluesky").health == "ok"
    assert ground.copies_of("bluesky", "second") == 1


# A service that changes its mind


@pytest.mark.parametrize("network", mostly_in_soak(["mastodon", "bluesky"], "mastodon"))
def test_a_copy_that_its_service_takes_away_is_never_sent_again(ground: Faulty, network: str) -> None:
    """F-21: it said yes, and moderation says no. What has been delivered stays so."""
    service = ground.scene.services[network]
    ground.publish("walk")
    ground.walk()
    assert ground.copies_of(network, "walk") == 1
    if network == "mastodon":
        service.posting.statuses.clear()
    else:
        service.account.records.clear()
    assert ground.copies_of(network, "walk") == 0
    for number in range(3):
        ground.later(2 * DAY)
        ground.publish(f"other-{number}")
        ground.walk()
    assert ground.delivery(network).state is State.DELIVERED
    assert ground.copies_of(network, "walk") == 0
    assert len(ground.proxies[network].seen(PUBLISHING[network])) == 4
