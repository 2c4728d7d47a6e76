"""Connecting an account: an app, a page, a code, a token."""

import pytest

from syndicator.connector import Authorised, AuthRequired, Identity, Retryable
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator.sandbox.service import Fault
from syndicator.tokens import MemoryTokens
from syndicator_mastodon.connector import MastodonConnector
from syndicator_mastodon.sandbox import PretendMastodon
from tests.connectors.mastodon_ground import KEY, Ground, rendering


class Owner:
    """A person who opens the page and copies the code, or types something else."""

    def __init__(self, service: PretendMastodon, types: str | None = None, server: str = "") -> None:
        self.service, self.types, self.server, self.shown = service, types, server or service.url, ""

    def show(self, text: str) -> None:
        self.shown = text

    def ask(self, question: str) -> str:
        return self.server

    def ask_secret(self, question: str) -> str:
        return self.types or f" {self.service.approve(self.shown.splitlines()[-1])}\n"


def connect(service: PretendMastodon, types: str | None = None, **known: str) -> tuple[str, Identity]:
    authorised = login(Owner(service, types), **known)
    assert authorised.settings == {"instance": service.url}
    return authorised.secrets["access_token"], authorised.identity


def login(owner: Owner, **known: str) -> Authorised:
    return MastodonConnector.authorise(owner, Http(deadline=5), MemoryTokens(), known)


@pytest.mark.parametrize(
    ("flavour", "version", "scopes"),
    [
        ("mastodon", "4.7.3", "profile read:statuses write:statuses write:media"),
        ("mastodon", "4.2.9", "read:accounts read:statuses write:statuses write:media"),
        ("gotosocial", None, "read:accounts read:statuses write:statuses write:media"),
        ("pixelfed", None, "read write"),
    ],
)
def test_the_owner_grants_no_more_than_is_needed(flavour: str, version: str | None, scopes: str) -> None:
    with Ground(flavour, version=version) as ground:
        token, identity = connect(ground.service)
        granted = ground.service.tokens[token]
    assert (granted.scopes, granted.app.name) == (scopes, "syndicator")
    assert identity.id == "1000"
    assert identity.warnings == ()


def test_the_token_publishes_and_reads_back() -> None:
    with Ground() as ground:
        token, _ = connect(ground.service)
        ground.publish(rendering(), access_token=token)
        assert ground.connector(access_token=token).find(rendering(), KEY, ground.clock.now()) is not None


@pytest.mark.parametrize("written", ["https://social.example", "social.example", ""])
def test_the_server_of_the_example_file_is_asked_for(written: str) -> None:
    with Ground() as ground:
        connect(ground.service, instance=written)


def test_the_page_to_open_stands_alone() -> None:
    with Ground() as ground:
        owner = Owner(ground.service)
        login(owner)
    assert owner.shown.startswith(f"{ground.service.url}/oauth/authorize?")


def test_a_wrong_code_says_what_to_do() -> None:
    with Ground() as ground, pytest.raises(AuthRequired, match="start again"):
        connect(ground.service, types="12345")


def test_a_server_that_registers_no_apps_now_is_asked_later() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /api/v1/apps", status=429)
        with pytest.raises(Retryable):
            connect(ground.service)


def test_an_answer_without_credentials_is_not_used() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /api/v1/apps", status=200, body={"client_id": "x"})
        with pytest.raises(Retryable, match="client_secret"):
            connect(ground.service)


def test_a_token_made_by_hand_is_taken_as_it_is() -> None:
    with Ground() as ground:
        token, identity = connect(ground.service, types=ground.service.token)
        assert ground.service.seen("POST /oauth/token") == []
    assert (token, identity.id) == (ground.service.token, "1000")


def test_a_server_in_the_file_is_not_asked_for() -> None:
    with Ground() as ground:
        owner = Owner(ground.service, server="not asked")
        assert login(owner, instance=ground.service.url).identity.id == "1000"


@pytest.mark.parametrize("written", ["", "@me@social.example", "http://social.example"])
def test_what_is_no_server_is_refused_before_any_request(written: str) -> None:
    with Ground() as ground:
        owner = Owner(ground.service)
        owner.server = written
        with pytest.raises(UsageError, match="is no server"):
            login(owner)
        assert ground.service.requests == []


def test_what_was_connected_never_shows_the_token() -> None:
    with Ground() as ground:
        authorised = login(Owner(ground.service, types=ground.service.token))
    assert ground.service.token not in repr(authorised)
