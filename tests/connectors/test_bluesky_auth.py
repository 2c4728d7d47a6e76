"""Connecting an account by pasting an app password."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from syndicator.connector import AuthRequired, Credential
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator.login import CanAuthorise
from syndicator_bluesky.auth import authorise
from syndicator_bluesky.connector import BlueskyConnector
from tests.connectors.bluesky_ground import LOGIN, Ground


class Paste:
    """A person who answers as told; an app password needs no browser."""

    listens = False
    redirect = "http://localhost:8765/callback"

    def __init__(self, password: str, handle: str = "") -> None:
        self.password, self.handle = password, handle
        self.asked: list[str] = []
        self.shown: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.handle

    def ask_secret(self, question: str) -> str:
        self.asked.append(question)
        return self.password

    def show(self, text: str) -> None:
        self.shown.append(text)

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        raise AssertionError("nothing is to be agreed to")


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def known(ground: Ground, **more: Any) -> dict[str, Any]:
    return {"pds": ground.service.url, **more}


def test_the_connector_offers_a_login(ground: Ground) -> None:
    assert issubclass(BlueskyConnector, CanAuthorise)
    talk = Paste(ground.service.password, ground.service.account.handle)
    done = BlueskyConnector.authorise(talk, Http(), ground.tokens, known(ground))
    assert done.identity.id == ground.service.account.did
    assert done.identity.credential == Credential("app password")


def test_handle_and_app_password_connect_an_account(ground: Ground) -> None:
    talk = Paste(f" {ground.service.password}\n", "@You.Pretend.Example")
    done = authorise(talk, Http(), ground.tokens, known(ground), ground.clock)
    assert done.identity.id == ground.service.account.did
    assert (done.settings, done.secrets) == (
        {"handle": "you.pretend.example"},
        {"app_password": ground.service.password},
    )
    assert (len(talk.asked), talk.shown, ground.service.password in repr(done)) == (2, [], False)


@pytest.mark.parametrize(("handle", "questions"), [("you.pretend.example", 1), ("you.bsky.social", 2), ("", 2)])
def test_a_handle_that_is_written_down_is_not_asked_for(ground: Ground, handle: str, questions: int) -> None:
    talk = Paste(ground.service.password, ground.service.account.handle)
    authorise(talk, Http(), ground.tokens, known(ground, handle=handle), ground.clock)
    assert len(talk.asked) == questions


def test_an_old_password_in_the_file_is_not_taken_for_the_new_one(ground: Ground) -> None:
    talk = Paste(ground.service.password, ground.service.account.handle)
    old = SecretStr("oldo-oldo-oldo-oldo")
    done = authorise(talk, Http(), ground.tokens, known(ground, app_password=old), ground.clock)
    assert done.secrets == {"app_password": ground.service.password}


def test_the_login_serves_the_runs_that_follow(ground: Ground) -> None:
    talk = Paste(ground.service.password, ground.service.account.handle)
    authorise(talk, Http(), ground.tokens, known(ground), ground.clock)
    ground.connector().whoami()
    assert len(ground.service.seen(LOGIN)) == 1


def test_a_refused_password_leaves_the_stored_login_alone(ground: Ground) -> None:
    ground.connector().whoami()
    before = ground.tokens.load()
    with pytest.raises(AuthRequired):
        authorise(
            Paste("wron-gwro-ngwr-ongw", ground.service.account.handle),
            Http(),
            ground.tokens,
            known(ground),
            ground.clock,
        )
    assert ground.tokens.load() == before


def test_a_new_password_is_proved_though_an_old_login_is_stored(ground: Ground) -> None:
    ground.connector().whoami()
    talk = Paste("wron-gwro-ngwr-ongw", ground.service.account.handle)
    with pytest.raises(AuthRequired):
        authorise(talk, Http(), ground.tokens, known(ground), ground.clock)


def test_a_main_password_is_warned_of(ground: Ground) -> None:
    talk = Paste("main password", ground.service.account.handle)
    authorise(talk, Http(), ground.tokens, known(ground), ground.clock)
    assert "main password" in talk.shown[0]


def test_a_handle_that_is_none_is_a_usage_error_without_the_password(ground: Ground) -> None:
    with pytest.raises(UsageError) as refused:
        authorise(Paste("abcd-efgh-ijkl-mnop", "you"), Http(), ground.tokens, {})
    assert "you.bsky.social" in refused.value.problems[0]
    assert "abcd" not in str(refused.value.problems)
