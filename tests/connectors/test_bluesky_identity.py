"""Handle → DID → server, and what the owner may write for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from syndicator.connector import AuthRequired, Rejected, Retryable
from syndicator.sandbox.service import Fault
from syndicator_bluesky.settings import BlueskySettings
from tests.connectors.bluesky_ground import LOGIN, Ground

PASSWORD = "abcd-efgh-ijkl-mnop"


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def settings(**values: Any) -> BlueskySettings:
    return BlueskySettings(**{"handle": "you.bsky.social", "app_password": PASSWORD, **values})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("you.bsky.social", "you.bsky.social"),
        (" @You.Example.ORG ", "you.example.org"),
        ("did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        ("did:web:example.org", "did:web:example.org"),
    ],
)
def test_a_handle_may_be_written_as_people_do(written: str, meant: str) -> None:
    assert settings(handle=written).handle == meant


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("handle", "you"),
        ("handle", "you@bsky.social"),
        ("handle", "https://bsky.app/profile/you.bsky.social"),
        ("handle", "did:plc:short"),
        ("pds", "pds.example.org"),
        ("pds", "http://pds.example.org"),
        ("pds", "https://user:secret@pds.example.org"),
        ("pds", "https://pds.example.org/xrpc"),
        ("labels", ["spicy"]),
        ("instance", "https://pds.example.org"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_without_showing_the_password(key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=key) as refused:
        settings(**{key: value})
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize(
    "pds", ["http://localhost:2583", "http://127.0.0.1:2583", "http://pds:3000", "https://pds.example"]
)
def test_plain_http_is_for_the_own_network(pds: str) -> None:
    assert settings(pds=pds + "/").pds == pds


def test_only_servers_that_were_written_down_are_vouched_for() -> None:
    assert settings().named_by_owner() == ()
    assert settings(pds="http://localhost:2583").named_by_owner() == ("http://localhost:2583",)


def test_a_handle_leads_to_its_server_by_way_of_the_directories(ground: Ground) -> None:
    assert ground.by_directory().whoami().id == ground.service.account.did
    assert len(ground.service.seen("resolveHandle|GET /did:plc:")) == 2


def test_a_did_needs_no_resolver(ground: Ground) -> None:
    assert ground.by_directory(handle=ground.service.account.did).whoami().name == ground.service.account.handle
    assert not ground.service.seen("resolveHandle")


def test_a_server_that_was_written_down_is_the_only_one_asked(ground: Ground) -> None:
    ground.connector(resolver="https://resolver.invalid", plc="https://plc.invalid").whoami()
    assert not ground.service.seen("GET /did:plc:")


@pytest.mark.parametrize("handle", ["nobody.example.org", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"])
def test_an_unknown_account_needs_its_owner(ground: Ground, handle: str) -> None:
    with pytest.raises(AuthRequired, match="handle"):
        ground.by_directory(handle=handle).whoami()


def test_a_directory_that_fails_once_is_asked_once_more(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, "resolveHandle", status=503)
    assert ground.by_directory().whoami().id == ground.service.account.did


def test_a_directory_that_is_down_is_waited_for(ground: Ground) -> None:
    ground.service.fail_next(Fault.RESET, "resolveHandle")
    ground.service.fail_next(Fault.RESET, "resolveHandle")
    with pytest.raises(Retryable):
        ground.by_directory().whoami()


@pytest.mark.parametrize(
    "endpoint",
    ["http://localhost:1", "http://pds.example.org", "ftp://pds.example.org", "", "https://u:p@pds.example.org"],
)
def test_the_password_goes_to_no_server_that_could_not_keep_it(ground: Ground, endpoint: str) -> None:
    ground.service.places[ground.service.account.did] = endpoint
    with pytest.raises(AuthRequired, match="pds"):
        ground.by_directory().whoami()


def test_a_directory_does_not_lead_to_a_private_address(ground: Ground) -> None:
    ground.service.places[ground.service.account.did] = "https://localhost:1"
    with pytest.raises(Retryable, match="localhost"):
        ground.by_directory().whoami()


def test_a_document_about_another_account_is_refused(ground: Ground) -> None:
    other = ground.service.add_account("other.example.org", "pass-pass-pass-pass")
    ground.service.accounts["did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"] = other
    ground.service.fail_next(Fault.ERROR_AFTER, "GET /did:plc:", status=200, body={"id": other.did})
    with pytest.raises(AuthRequired, match="another account"):
        ground.by_directory(handle="did:plc:aaaaaaaaaaaaaaaaaaaaaaaa").whoami()


@pytest.mark.parametrize(("status", "body"), [(404, b"<h1>Not here</h1>"), (301, b"")])
def test_a_web_server_is_told_from_a_pds(ground: Ground, status: int, body: bytes) -> None:
    ground.service.fail_next(Fault.REFUSE, LOGIN, status=status, body=body)
    with pytest.raises(Rejected, match="wrong host"):
        ground.connector().whoami()


def test_the_welcome_of_a_hotels_network_blocks_nothing(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, LOGIN, status=200, body=b"<h1>Welcome</h1>")
    with pytest.raises(Retryable, match="a web page came"):
        ground.connector().whoami()
    assert ground.connector().whoami()
