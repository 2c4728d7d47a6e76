"""Connecting Medium: a token for those who have one, else a name and one's own hands."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from syndicator.connector import AuthRequired, Rejected, Retryable
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator.login import Authorised
from syndicator.sandbox.service import Fault
from syndicator_medium.auth import authorise
from syndicator_medium.connector import MediumConnector
from tests.connectors.medium_ground import FEED, KEY, ME, Ground, rendering


class Person:
    """Answers as told, and keeps what was asked and shown."""

    redirect = "http://localhost:8765/callback"
    listens = True

    def __init__(self, token: str = "", user: str = "") -> None:
        self.token, self.user = token, user
        self.asked: list[str] = []
        self.shown: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.user

    def ask_secret(self, question: str) -> str:
        self.asked.append(question)
        return self.token

    def show(self, text: str) -> None:
        self.shown.append(text)

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        raise AssertionError(page)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def connect(ground: Ground, person: Person, **known: Any) -> Authorised:
    addresses = {"api": ground.service.url, "web": ground.service.url}
    return authorise(person, Http(deadline=5), ground.tokens, {**addresses, **known}, ground.clock)


def test_a_token_connects_its_account(ground: Ground) -> None:
    person = Person(f" {ground.service.token}\n")
    done = connect(ground, person, mode="handoff", user="@you")
    assert (done.identity.id, done.settings) == ("@ada", {"mode": "token", "user": "@ada"})
    assert done.secrets == {"token": ground.service.token}
    assert (len(person.asked), ground.service.token in repr(done)) == (1, False)


def test_the_connector_offers_it(ground: Ground) -> None:
    known = {"api": ground.service.url, "web": ground.service.url}
    done = MediumConnector.authorise(Person(ground.service.token), Http(), ground.tokens, known)
    assert done.identity.id == "@ada"


def test_what_was_proved_serves_the_stories_that_follow(ground: Ground) -> None:
    connect(ground, Person(ground.service.token))
    ground.connector().prepare(rendering(), KEY)
    assert len(ground.service.seen(ME)) == 1


def test_a_wrong_token_is_one_clear_sentence_and_changes_nothing(ground: Ground) -> None:
    ground.connector().whoami()
    before = ground.tokens.load()
    with pytest.raises(AuthRequired, match="no new tokens") as refused:
        connect(ground, Person("2wrong-token-CANARY"))
    assert "CANARY" not in refused.value.reason
    assert ground.tokens.load() == before


def test_a_token_that_is_written_down_and_works_needs_no_question(ground: Ground) -> None:
    person = Person()
    done = connect(ground, person, mode="token", token=SecretStr(ground.service.token))
    assert (done.identity.id, done.secrets["token"], person.asked) == ("@ada", ground.service.token, [])


def test_a_written_token_that_has_died_is_asked_for_anew(ground: Ground) -> None:
    person = Person(user="ada")
    done = connect(
        ground, person, mode="token", token=SecretStr("2dead-CANARY"), status="public", notify_followers=True
    )
    assert done.settings == {"mode": "handoff", "user": "@ada"}
    assert ("does not work any more" in person.shown[0], "CANARY" in str(person.shown)) == (True, False)


def test_medium_being_away_is_no_reason_to_forget_a_token(ground: Ground) -> None:
    ground.service.wall = {"api"}
    person = Person()
    with pytest.raises(Retryable, match="Cloudflare"):
        connect(ground, person, mode="token", token=SecretStr(ground.service.token))
    assert person.asked == []


@pytest.mark.parametrize("written", ["ada", "@Ada", "https://medium.com/@ada"])
def test_without_a_token_a_name_is_enough_and_is_looked_up(ground: Ground, written: str) -> None:
    person = Person(user=written)
    done = connect(ground, person)
    assert (done.settings, done.secrets, done.identity.id) == ({"mode": "handoff", "user": "@ada"}, {}, "")
    assert (len(person.asked), len(ground.service.seen(FEED))) == (2, 1)
    assert "@ada is there" in person.shown[0]


@pytest.mark.parametrize(("known", "questions"), [("@ada", 1), ("@you", 2), ("", 2)])
def test_a_name_that_is_written_down_is_not_asked_for(ground: Ground, known: str, questions: int) -> None:
    person = Person(user="ada")
    connect(ground, person, user=known)
    assert len(person.asked) == questions


def test_a_name_that_nobody_has_is_one_clear_sentence(ground: Ground) -> None:
    with pytest.raises(Rejected, match=r"nobody called @adda .* address of your profile"):
        connect(ground, Person(user="adda"))


def test_what_is_no_name_is_a_usage_error(ground: Ground) -> None:
    with pytest.raises(UsageError) as refused:
        connect(ground, Person(user="Ada Lovelace"))
    assert refused.value.problems == ("user: not a Medium name; write it as @ada, or as the address of the profile",)


def test_no_name_at_all_is_possible(ground: Ground) -> None:
    done = connect(ground, Person())
    assert (done.settings, done.identity.name) == ({"mode": "handoff"}, "by hand")
    assert ground.service.requests == []


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.REFUSE])
def test_a_wall_before_the_feed_does_not_forbid_publishing_by_hand(ground: Ground, fault: Fault) -> None:
    ground.service.fail_next(fault, FEED, status=403, headers={"cf-mitigated": "challenge"})
    person = Person(user="ada")
    assert connect(ground, person).settings == {"mode": "handoff", "user": "@ada"}
    assert "Could not look" in person.shown[0]


def test_what_the_file_says_wrong_is_said(ground: Ground) -> None:
    with pytest.raises(UsageError) as refused:
        connect(ground, Person(ground.service.token), status="scheduled")
    assert refused.value.problems[0].startswith("status:")
    assert ground.service.token not in str(refused.value.problems)
