"""What an owner may write, and posting by hand."""

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from syndicator.connector import Card, Rejected, Resend
from syndicator_linkedin.settings import LinkedInSettings
from tests.connectors.linkedin_ground import KEY, LINK, Ground, carded, picture, rendering


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def settings(**values: Any) -> LinkedInSettings:
    return LinkedInSettings.model_validate({"access_token": SecretStr("AQtoken"), **values})


@pytest.mark.parametrize("written", ["2414183", " 2414183 ", "urn:li:organization:2414183"])
def test_a_page_may_be_named_in_two_ways(written: str) -> None:
    assert settings(organisation=written).organisation == "urn:li:organization:2414183"


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": "my-company"},
        {"organisation": "urn:li:person:1"},
        {"version": "2026-09"},
        {"version": "202613"},
        {"visibility": "PUBLIC"},
        {"image_grace": -1},
        {"image_grace": 61},
        {"client_id": "my app"},
        {"api": "http://api.linkedin.com"},
        {"api": "https://api.linkedin.com/rest"},
        {"www": "https://you:secret@www.linkedin.com"},
        {"www": "www.linkedin.com"},
        {"unheard": 1},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_the_api_needs_a_token_and_posting_by_hand_needs_none() -> None:
    with pytest.raises(ValidationError, match="syndicate auth"):
        LinkedInSettings.model_validate({})
    assert LinkedInSettings.model_validate({"mode": "handoff"}).by_hand


def test_only_servers_that_the_owner_wrote_down_may_be_private() -> None:
    assert settings().named_by_owner() == ()
    assert settings(api="http://localhost:1").named_by_owner() == ("http://localhost:1",)


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("https://www.linkedin.com/dms-uploads/x", True),
        ("https://linkedin.com/x", True),
        ("https://upload.dms.linkedin.com:443/x", True),
        ("http://www.linkedin.com/x", False),
        ("https://www.linkedin.com:8443/x", False),
        ("https://notlinkedin.com/x", False),
        ("https://linkedin.com.example/x", False),
        ("https://linkedin.com@evil.example/x", False),
        ("https://you:me@www.linkedin.com/x", False),
        ("https://[bad/x", False),
        ("http://127.0.0.1:5000/x", True),
        ("http://127.0.0.1:5001/x", False),
        ("", False),
    ],
)
def test_the_token_goes_only_where_it_came_from(url: str, trusted: bool) -> None:
    assert settings(api="http://127.0.0.1:5000").may_have_the_token(url) is trusted


def test_no_secret_shows() -> None:
    shown = repr(settings(client_secret=SecretStr("WPL.secret")))
    assert "AQtoken" not in shown
    assert "WPL" not in shown


def test_what_init_writes_is_a_file_of_this_network() -> None:
    text = files("syndicator_linkedin").joinpath("network.toml").read_text(encoding="utf-8").replace("{name}", "work")
    written = tomllib.loads(text)
    assert written["access_token"] == {"file": "secrets/work"}
    assert (written["connector"], written["enabled"]) == ("linkedin", False)
    assert written["filter"] == {"exclude_tags": ["nosyndicate"]}
    assert '# template = "{{ ' in text


# By hand


def test_by_hand_there_is_no_account_and_no_traffic(ground: Ground) -> None:
    connector = ground.connector(mode="handoff", access_token=None)
    assert connector.whoami().id == ""
    assert connector.prepare(carded(), KEY) == carded()
    with pytest.raises(Rejected, match="by hand"):
        connector.deliver(carded(), KEY)
    assert ground.service.requests == []


def test_by_hand_words_are_counted_as_they_are_pasted(ground: Ground) -> None:
    connector = ground.connector(mode="handoff")
    can = connector.capabilities
    assert (can.by_hand, can.resend, can.card, can.inert_text) == (True, Resend.NEVER, True, False)
    assert connector.measure("a(b)👋") == 6


def test_an_article_is_handed_to_linkedins_share_page(ground: Ground) -> None:
    given = ground.connector(mode="handoff").hand_off(carded(link="https://x.example/a?b=c&d=1"))
    assert given.page == (
        f"{ground.service.url}/sharing/share-offsite/?url=https%3A%2F%2Fx.example%2Fa%3Fb%3Dc%26d%3D1"
    )
    assert "Paste the text" in given.steps[1]
    assert "syndicate done" in given.steps[-1]


def test_pictures_are_handed_to_the_start_page(ground: Ground) -> None:
    given = ground.connector(mode="handoff").hand_off(rendering(images=(picture(),)))
    assert given.page == f"{ground.service.url}/feed/"
    assert any("alt text" in step for step in given.steps)


def test_a_post_without_an_address_is_handed_to_the_start_page(ground: Ground) -> None:
    given = ground.connector(mode="handoff").hand_off(rendering(link=None))
    assert given.page.endswith("/feed/")


def test_the_same_post_is_handed_over_alike(ground: Ground) -> None:
    connector = ground.connector(mode="handoff")
    assert connector.hand_off(carded()) == connector.hand_off(carded(card=Card(LINK, "Other")))
