"""No address that is not public is connected to: each of the corpus, on each route, whoever asks."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from syndicator import pages
from syndicator.feed.fetch import Validators, fetch
from syndicator.http import BlockedAddress, GuardedSession, Http, NotSent, ReplyLost
from syndicator.material import Material
from tests.secrets.recording import PUBLIC, PUBLIC_6, Wires, recorded
from tests.unit.test_address import PRIVATE, SPELLINGS_OF_LOOPBACK

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BAD = "inside.example"
GOOD = "public.example"
SECRET = "Bearer a-token-that-stays-at-home"


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wires]:
    with recorded(monkeypatch) as made:
        yield made


# Who asks


def a_feed(url: str) -> object:
    return fetch(url, Validators(), Http().session(), NOW)


def a_page(url: str) -> object:
    return pages.ask(Http().session(), url)


def a_picture(url: str) -> object:
    with Material(Http()) as material:
        return material.raw(url)


def a_connector(url: str) -> object:
    session = Http().session()
    for ask in (session.get, session.post):
        with suppress(NotSent, ReplyLost):
            ask(url, headers={"Authorization": SECRET})
    return None


ASKERS = (a_feed, a_page, a_picture, a_connector)


# How it is led there: each sets the stage for one address, and gives the URL to ask for


def direct(wires: Wires, ip: str) -> str:
    bare = ip.partition("%")[0]
    return f"http://[{bare}]/" if ":" in ip else f"http://{ip}/"


def sent_on(status: int) -> Callable[[Wires, str], str]:
    def route(wires: Wires, ip: str) -> str:
        wires.names.answers = {GOOD: [[PUBLIC]]}
        wires.server.status, wires.server.location = status, direct(wires, ip)
        return f"http://{GOOD}/from"

    return route


def rebinding(wires: Wires, ip: str) -> str:
    """The first answer is for whoever checks; whoever asks again to connect is given the other one."""
    wires.names.answers = {BAD: [[PUBLIC], [ip]]}
    return f"http://{BAD}/"


def by_alias(wires: Wires, ip: str) -> str:
    wires.names.answers = {BAD: [[ip]]}
    return f"http://{BAD}/"


def mixed(wires: Wires, ip: str) -> str:
    wires.names.answers = {BAD: [[PUBLIC_6, ip, PUBLIC]]}
    return f"http://{BAD}/"


ROUTES = {
    "direct": direct,
    "302": sent_on(302),
    "307": sent_on(307),
    "rebinding": rebinding,
    "alias": by_alias,
    "mixed": mixed,
}


def test_the_corpus_is_large_enough() -> None:
    assert len(set(PRIVATE)) + len(set(SPELLINGS_OF_LOOPBACK)) >= 60
    assert len(ROUTES) == 6


@pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: asker.__name__.strip("_"))
@pytest.mark.parametrize("route", ROUTES)
def test_no_address_of_the_corpus_is_connected_to(wires: Wires, route: str, asker: Callable[[str], object]) -> None:
    for ip in PRIVATE:
        url = ROUTES[route](wires, ip)
        for _ in range(2 if route == "rebinding" else 1):
            with suppress(Exception):
                asker(url)
        assert set(wires.reached) <= {PUBLIC}, ip
    expected = {"302", "307", "rebinding"}  # the others are refused before anybody is reached
    assert (PUBLIC in wires.reached) == (route in expected)


@pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: asker.__name__)
@pytest.mark.parametrize("host", [*SPELLINGS_OF_LOOPBACK, "127.0.0.1.", "１２７.0.0.1", "①②⑦.0.0.1", "[::ffff:7f00:1]"])
def test_no_spelling_of_this_machine_is_connected_to(wires: Wires, host: str, asker: Callable[[str], object]) -> None:
    for url in (f"http://{host}/", sent_on(302)(wires, PUBLIC)):
        wires.server.location = f"http://{host}/"
        with suppress(Exception):
            asker(url)
    assert set(wires.reached) <= {PUBLIC}


def test_the_recorder_sees_a_connection_that_nobody_checked(wires: Wires) -> None:
    with socket.socket() as wire, pytest.raises(ConnectionRefusedError):
        wire.connect(("169.254.169.254", 80))
    assert wires.reached == ["169.254.169.254"]


def test_an_address_that_is_public_is_reached_by_everybody(wires: Wires) -> None:
    """Or the silence above would prove nothing."""
    for asker in ASKERS:
        wires.reached.clear()
        wires.names.answers = {GOOD: [[PUBLIC]]}
        asker(f"http://{GOOD}/")
        assert wires.reached[:1] == [PUBLIC], asker


@pytest.mark.parametrize(
    "elsewhere",
    [
        "http://other.example/",
        "https://public.example/",
        "http://public.example:8080/",
        "http://public.example@other.example/",
        "//other.example/",
    ],
)
def test_a_token_stays_with_the_origin_it_was_meant_for(wires: Wires, elsewhere: str) -> None:
    wires.names.answers = {GOOD: [[PUBLIC]], "other.example": [[PUBLIC]]}
    wires.server.location = elsewhere
    with suppress(NotSent, ReplyLost):
        Http().session().get(f"http://{GOOD}/from", headers={"Authorization": SECRET})
    assert [request.headers.get("authorization") for request in wires.server.requests[1:]] in ([None], [])
    assert wires.server.requests[0].headers["authorization"] == SECRET


def test_within_its_origin_a_token_goes_along(wires: Wires) -> None:
    wires.names.answers = {GOOD: [[PUBLIC]]}
    wires.server.location = "/to"
    Http().session().get(f"http://{GOOD}/from", headers={"Authorization": SECRET})
    assert [request.headers.get("authorization") for request in wires.server.requests] == [SECRET, SECRET]


def test_a_post_with_a_token_is_never_sent_on(wires: Wires) -> None:
    wires.names.answers = {GOOD: [[PUBLIC]], "other.example": [[PUBLIC]]}
    for status in (301, 302, 303, 307, 308):
        wires.server.status, wires.server.location = status, "http://other.example/"
        answer = Http().session().post(f"http://{GOOD}/from", data=b"words", headers={"Authorization": SECRET})
        assert answer.status_code == status
    assert {request.headers["host"] for request in wires.server.requests} == {GOOD}


STRANGE = (
    "file:///etc/passwd",
    "ftp://public.example/a",
    "gopher://public.example/1",
    "data:text/html,hello",
    "unix:/run/x",
)


@pytest.mark.parametrize("url", STRANGE)
@pytest.mark.parametrize("ask", [GuardedSession.get, GuardedSession.post])
def test_nothing_but_the_web_is_spoken(wires: Wires, url: str, ask: Callable[..., Any]) -> None:
    wires.names.answers = {GOOD: [[PUBLIC]]}
    with pytest.raises((BlockedAddress, NotSent)):
        ask(Http().session(), url)
    assert wires.reached == []


@pytest.mark.parametrize("url", STRANGE)
@pytest.mark.parametrize("asker", ASKERS, ids=lambda asker: asker.__name__)
def test_nobody_is_led_to_anything_but_the_web(wires: Wires, url: str, asker: Callable[[str], object]) -> None:
    wires.names.answers = {GOOD: [[PUBLIC]]}
    wires.server.location = url
    with suppress(Exception):
        asker(f"http://{GOOD}/from")
    assert set(wires.reached) == {PUBLIC}
    assert {request.path for request in wires.server.requests} == {"/from"}
