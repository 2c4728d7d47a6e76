"""Connecting an account by pasting an app password."""

from collections.abc import Iterator

import pytest

from syndicator.connector import AuthRequired
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator_bluesky.auth import authorise
from tests.connectors.bluesky_ground import LOGIN, Ground


class Paste:
    """A person who answers as told."""

    def __init__(self, password: str, handle: str = "") -> None:
        self.password, self.handle = password, handle
        self.asked: list[str] = []
        self.warnings: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.handle

    def ask_secret(self, question: str) -> str:
        self.asked.append(question)
        return self.password

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def test_handle_and_app_password_connect_an_account(ground: Ground) -> None:
    talk = Paste(f" {ground.service.password}\n", "@You.Pretend.Example")
    password, identity = authorise(talk, Http(), ground.tokens, clock=ground.clock, pds=ground.service.url)
    assert (password, identity.id) == (ground.service.password, ground.service.account.did)
    assert (len(talk.asked), talk.warnings) == (2, [])


def test_a_handle_that_is_written_down_is_not_asked_for(ground: Ground) -> None:
    talk = Paste(ground.service.password)
    authorise(
        talk, Http(), ground.tokens, clock=ground.clock, pds=ground.service.url, handle=ground.service.account.handle
    )
    assert len(talk.asked) == 1


def test_the_login_serves_the_runs_that_follow(ground: Ground) -> None:
    talk = Paste(ground.service.password)
    authorise(
        talk, Http(), ground.tokens, clock=ground.clock, pds=ground.service.url, handle=ground.service.account.handle
    )
    ground.connector().whoami()
    assert len(ground.service.seen(LOGIN)) == 1


def test_a_new_password_is_proved_though_an_old_login_is_stored(ground: Ground) -> None:
    ground.connector().whoami()
    talk = Paste("wron-gwro-ngwr-ongw")
    with pytest.raises(AuthRequired):
        authorise(
            talk,
            Http(),
            ground.tokens,
            clock=ground.clock,
            pds=ground.service.url,
            handle=ground.service.account.handle,
        )


def test_a_main_password_is_warned_of(ground: Ground) -> None:
    talk = Paste("main password", ground.service.account.handle)
    authorise(talk, Http(), ground.tokens, clock=ground.clock, pds=ground.service.url)
    assert "main password" in talk.warnings[0]


def test_a_handle_that_is_none_is_a_usage_error_without_the_password(ground: Ground) -> None:
    with pytest.raises(UsageError) as refused:
        authorise(Paste("abcd-efgh-ijkl-mnop", "you"), Http(), ground.tokens)
    assert "you.bsky.social" in refused.value.problems[0]
    assert "abcd" not in str(refused.value.problems)
