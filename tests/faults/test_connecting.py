"""No connection comes about: nothing was sent, so nothing is in doubt, nothing is burnt, and all goes out afterwards.

F-10 and F-11, over every network that is installed and has a server.
"""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from syndicator import address
from syndicator.address import Address
from syndicator.exitcode import ExitCode
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from tests.faults import toxics
from tests.faults.certificates import Authority
from tests.faults.ground import Faulty, faulty, mostly_in_soak
from tests.faults.proxy import Talk, Toxic
from tests.system.pass_ground import PUBLISHING

ALL = tuple(sorted(PUBLISHING))
CASTS = [pytest.param(ALL[:2], id="two networks"), pytest.param(ALL, id="all networks", marks=pytest.mark.slow)]
_numbers = count()


@pytest.fixture(scope="module", params=CASTS)
def ground(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Faulty]:
    with faulty(tmp_path_factory.mktemp("ground"), *request.param) as made:
        yield made


def nothing_is_burnt(ground: Faulty, *said: str) -> str:
    """A post while the fault lasts: it waits in the state it was in, and the log says why. Its name."""
    name = f"walk-{next(_numbers)}"
    ground.publish(name)
    since = len(ground.events.told)
    report = ground.walk()
    assert report.exit_code == ExitCode.NETWORKS
    for network in ground.proxies:
        row = ground.delivery(network, name)
        assert (row.state, row.attempts, ground.copies_of(network, name)) == (State.READY, 0, 0), network
        assert ground.network(network).health in ("down", "cooling"), network
        assert any(word in sentence for sentence in ground.told_of(network, since) for word in said), (
            network,
            ground.told_of(network, since),
        )
    return name


def all_goes_out(ground: Faulty, name: str) -> None:
    """The fault is over."""
    ground.later(timedelta(hours=1))
    ground.walk()
    for network in ground.proxies:
        assert ground.delivery(network, name).state is State.DELIVERED, network
        assert ground.copies_of(network, name) == 1, network
        assert ground.network(network).health == "ok"


# No way there


def test_a_refused_connection_burns_nothing(ground: Faulty) -> None:
    """F-10."""
    with ExitStack() as stack:
        for proxy in ground.proxies.values():
            stack.enter_context(proxy.refusing())
        name = nothing_is_burnt(ground, "Connection refused")
    all_goes_out(ground, name)


def _no_such_name(host: str, port: int) -> list[Address]:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _server_failure(host: str, port: int) -> list[Address]:
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def _silence(host: str, port: int) -> list[Address]:
    time.sleep(2)
    return []


def _nowhere(host: str, port: int) -> list[Address]:
    return [Address(socket.AF_INET, ("255.255.255.255", port))]  # no kernel has a route for TCP there


NAMES: dict[str, tuple[Callable[[str, int], list[Address]], str]] = {
    "NXDOMAIN": (_no_such_name, "Name or service not known"),
    "SERVFAIL": (_server_failure, "Temporary failure in name resolution"),
    "a resolver that says nothing": (_silence, "no answer in time"),
    "no route": (_nowhere, "unreachable"),
}


@pytest.mark.parametrize("trouble", mostly_in_soak(NAMES, "SERVFAIL", "no route"))
def test_a_name_that_leads_nowhere_burns_nothing(ground: Faulty, trouble: str) -> None:
    """F-10."""
    ask, said = NAMES[trouble]
    ports = {proxy.port for proxy in ground.proxies.values()}

    def resolve(host: str, port: int, seconds: float) -> list[Address]:
        if port not in ports:
            return address.resolve(host, port, seconds)
        return address.resolve(host, port, min(seconds, 0.2), ask)

    ground.resolve = resolve
    try:
        name = nothing_is_burnt(ground, said)
    finally:
        ground.resolve = address.resolve
    all_goes_out(ground, name)


def test_a_server_that_accepts_and_says_nothing_burns_nothing(ground: Faulty) -> None:
    """F-10, F-12: the pre-flight learns it, before anything is in doubt."""
    with spoiled(ground, toxics.accept_and_say_nothing):
        name = nothing_is_burnt(ground, "no answer within")
    all_goes_out(ground, name)


def test_a_captive_portal_burns_nothing(ground: Faulty) -> None:
    """F-10: it says yes to everything, and is none of the services."""
    with spoiled(ground, toxics.portal):
        name = nothing_is_burnt(ground, "")
    all_goes_out(ground, name)


@contextmanager
def spoiled(ground: Faulty, toxic: Toxic) -> Iterator[None]:
    """Every request to any service, until the end."""
    for proxy in ground.proxies.values():
        proxy.arm(toxic, "", times=1000)
    try:
        yield
    finally:
        for proxy in ground.proxies.values():
            proxy.calm()


def test_a_server_that_goes_away_right_before_the_publishing_request_leaves_no_doubt(
    ground: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F-10: the row says `sending` by then, and no byte has left."""
    monkeypatch.setattr(ground, "hurries", False)
    name = f"walk-{next(_numbers)}"
    ground.publish(name)
    for network, proxy in ground.proxies.items():
        proxy.arm(_one_request_a_connection, "", times=1000)
        with ExitStack() as stack, monkeypatch.context() as patch:
            patch.setattr(Ledger, "start", _then(Ledger.start, lambda: stack.enter_context(proxy.refusing())))  # noqa: B023
            ground.walk(networks=frozenset({network}))
            row = ground.delivery(network, name)
            assert (row.state, ground.network(network).health) == (State.DEFERRED, "down"), network
        proxy.calm()
        assert ground.settle(network, name) is State.DELIVERED, network
        assert ground.copies_of(network, name) == 1
        assert not [one for one in ground.events.of("delivery_unknown") if one.get("delivery") == row.id]


def _one_request_a_connection(talk: Talk) -> None:
    talk.send(talk.forward().replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    talk.close()


def _then(does: Callable[..., Any], after: Callable[[], object]) -> Callable[..., Any]:
    def both(*args: Any, **kwargs: Any) -> Any:
        result = does(*args, **kwargs)
        after()
        return result

    return both


# Encryption


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module", params=CASTS)
def encrypted(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, request: pytest.FixtureRequest
) -> Iterator[tuple[Faulty, dict[str, ssl.SSLContext]]]:
    """Behind proxies that speak TLS; the program trusts the authority, so that only the fault itself is judged."""
    contexts = {
        "good": authority.server("good"),
        "expired": authority.server("expired", until="20020101000000Z"),
        "another host": authority.server("another", names="DNS:another.example"),
        "signed by itself": authority.signed_by_itself(),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(authority.file))
        with faulty(tmp_path_factory.mktemp("encrypted"), *request.param, tls=contexts["good"]) as made:
            yield made, contexts


UNBELIEVED = {
    "expired": "its certificate is not valid: certificate has expired",
    "another host": "its certificate is not valid: IP address mismatch",
    "signed by itself": "its certificate is not valid: self",
}


@pytest.mark.parametrize("fault", mostly_in_soak(UNBELIEVED, "expired"))
def test_a_certificate_that_proves_nothing_gets_no_request(
    encrypted: tuple[Faulty, dict[str, ssl.SSLContext]], fault: str
) -> None:
    """F-11: the very same proxies with a good certificate are believed, before and after."""
    ground, contexts = encrypted
    asked = {network: ground.asked(network) for network in ground.proxies}
    for proxy in ground.proxies.values():
        proxy.tls = contexts[fault]
    try:
        name = nothing_is_burnt(ground, UNBELIEVED[fault])
    finally:
        for proxy in ground.proxies.values():
            proxy.tls = contexts["good"]
    assert {network: ground.asked(network) for network in ground.proxies} == asked
    all_goes_out(ground, name)


HANDSHAKES: dict[str, tuple[Toxic, str]] = {
    "reset after hello": (toxics.hello_and_reset, "Connection reset by peer"),
    "plain HTTP": (toxics.plain_http, "no encrypted connection"),
    "closed after hello": (toxics.hello_and_goodbye, ""),
}


@pytest.mark.parametrize("fault", mostly_in_soak(HANDSHAKES, "plain HTTP"))
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_handshake_that_fails_is_not_tried_without_encryption(
    encrypted: tuple[Faulty, dict[str, ssl.SSLContext]], fault: str
) -> None:
    """F-11: no request, neither encrypted nor plain."""
    ground, _ = encrypted
    toxic, said = HANDSHAKES[fault]
    asked = {network: ground.asked(network) for network in ground.proxies}
    for proxy in ground.proxies.values():
        proxy.greet(toxic, times=1000)
    try:
        name = nothing_is_burnt(ground, said)
    finally:
        for proxy in ground.proxies.values():
            proxy.calm()
    assert {network: ground.asked(network) for network in ground.proxies} == asked
    all_goes_out(ground, name)
