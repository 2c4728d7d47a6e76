"""Connecting a blog: four pasted strings, or OAuth 1.0a in a browser that really follows the page."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr

from syndicator.connector import AuthRequired, Retryable
from syndicator.errors import ConfigError, UsageError
from syndicator.http import Http
from syndicator.log import redact
from syndicator.login import Authorised, CanAuthorise
from syndicator.sandbox.service import Fault
from syndicator_tumblr.auth import APPS, authorise
from syndicator_tumblr.connector import TumblrConnector
from tests.connectors.tumblr_ground import Ground
from tests.unit.config_ground import forget_secrets_afterwards

CALLBACK = "http://localhost:8765/callback"


class Person:
    """Answers as told, and goes where the program says, over real HTTP. `alters` changes what the browser brings;
    without `listens`, as with `--paste`, the person carries answers over by hand."""

    def __init__(self, *answers: str, listens: bool = True, **alters: str) -> None:
        self.answers, self.alters, self.listens = list(answers), alters, listens
        self.asked: list[str] = []
        self.shown: list[str] = []
        self.proof = ("", "")
        self.redirect = CALLBACK

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answers.pop(0)

    ask_secret = ask

    def show(self, text: str) -> None:
        self.shown.append(text)

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        self.proof = proof
        response = requests.get(page, allow_redirects=False, timeout=5)
        back = urlsplit(response.headers["Location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
        came = {name: values[0] for name, values in parse_qs(back.query).items()}
        assert came[proof[0]] == proof[1]
        assert answer == "oauth_verifier"
        return {**came, **self.alters}


def known(ground: Ground, *without: str, **more: Any) -> dict[str, Any]:
    """A file that has everything but the login and what is named."""
    application = {"consumer_key": ground.service.oauth.key, "consumer_secret": SecretStr(ground.service.oauth.secret)}
    there = {"api": ground.service.url, "web": ground.service.url, "blog": "ada", **application, **more}
    return {name: value for name, value in there.items() if name not in without}


def log_in(ground: Ground, person: Person, *without: str, **more: Any) -> Authorised:
    return authorise(person, Http(), known(ground, *without, **more), ground.clock)


def test_the_browser_gives_a_token_that_works() -> None:
    with Ground() as ground:
        person = Person()
        done = log_in(ground, person)
        assert ground.connector(**dict[str, Any](done.secrets)).whoami() == done.identity
    assert (done.identity.id, done.settings) == ("t:pretend-0001", {"blog": "ada.tumblr.com"})
    assert set(done.secrets) == {"consumer_key", "consumer_secret", "token", "token_secret"}
    assert done.secrets["token"] != ground.service.token
    assert (person.proof[0], person.asked, person.shown) == ("oauth_token", [], [])


def test_strings_from_the_console_do_without_a_browser() -> None:
    with Ground() as ground:
        person = Person(f" {ground.service.token}\n", ground.service.token_secret, listens=False)
        done = log_in(ground, person)
    assert (done.secrets["token"], done.secrets["token_secret"]) == (ground.service.token, ground.service.token_secret)
    assert (person.proof, len(person.asked)) == (("", ""), 2)


def test_without_a_listener_and_without_a_token_the_answer_is_carried_over_by_hand() -> None:
    with Ground() as ground:
        person = Person("", listens=False)
        assert log_in(ground, person).identity.name == "ada"
    assert ("https://api.tumblr.com/console" in person.asked[0], person.proof[0]) == (True, "oauth_token")


def test_who_has_nothing_is_told_where_to_register_and_with_which_address() -> None:
    with Ground() as ground:
        oauth = ground.service.oauth
        person = Person(oauth.key, oauth.secret)
        done = log_in(ground, person, "consumer_key", "consumer_secret", "blog")
    assert (APPS in person.shown[0], CALLBACK in person.shown[0]) == (True, True)
    assert done.identity.name == "ada"


def test_only_what_is_missing_is_asked_for() -> None:
    with Ground() as ground:
        person = Person(ground.service.oauth.secret)
        log_in(ground, person, "consumer_secret")
        assert ["consumer secret" in question for question in person.asked] == [True]


@pytest.mark.parametrize(("said", "name"), [("", "ada"), ("eva", "eva"), ("eva.tumblr.com", "eva")])
@pytest.mark.parametrize("written", [None, "you.tumblr.com"])
def test_of_several_blogs_the_person_chooses(said: str, name: str, written: str | None) -> None:
    with Ground() as ground:
        ground.service.add_blog("eva")
        person = Person(said)
        done = log_in(ground, person, blog=written)
    assert (done.identity.name, "ada, eva" in person.asked[-1]) == (name, True)


def test_the_blog_of_the_example_is_nobodys() -> None:
    with Ground() as ground:
        assert log_in(ground, Person(), blog="you.tumblr.com").settings == {"blog": "ada.tumblr.com"}


def test_a_blog_of_somebody_else_is_refused() -> None:
    with Ground() as ground, pytest.raises(AuthRequired, match="may not post to eva"):
        log_in(ground, Person(), blog="eva")


def test_no_word_of_it_shows_a_secret() -> None:
    with Ground() as ground:
        done = log_in(ground, Person())
    assert not any(secret in repr(done) for secret in done.secrets.values())


def test_what_is_typed_or_brought_is_hidden_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_secrets_afterwards(monkeypatch)
    for person in (Person("typed-token", "typed-secret", listens=False), Person(oauth_verifier="brought-verifier")):
        with Ground() as ground, pytest.raises(AuthRequired):
            log_in(ground, person)
    assert redact("typed-token typed-secret brought-verifier") == " ".join(["[redacted]"] * 3)


# What goes wrong, each a sentence with the next step


def test_a_wrong_consumer_secret() -> None:
    with (
        Ground() as ground,
        pytest.raises(AuthRequired, match=r"consumer key and secret.*run `syndicate auth` for this network again"),
    ):
        log_in(ground, Person(), consumer_secret="wrong-wrong")


def test_a_refusal_in_the_browser() -> None:
    with Ground() as ground:
        ground.service.oauth.denies = True
        with pytest.raises(AuthRequired, match=r"did not allow it.*`syndicate auth` for this network again"):
            log_in(ground, Person())


def test_a_wrong_verifier() -> None:
    with Ground() as ground, pytest.raises(AuthRequired, match=r"good once.*`syndicate auth` for this network again"):
        log_in(ground, Person(oauth_verifier="wrong"))


def test_a_login_that_took_too_long() -> None:
    class Slow(Person):
        def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
            back = super().consent(page, proof=proof, answer=answer)
            ground.pass_time(minutes=11)
            return back

    with Ground() as ground, pytest.raises(AuthRequired, match="good once and for a few minutes"):
        log_in(ground, Slow())


@pytest.mark.parametrize("answers", [(), ("token-token", "secret-secret")])
def test_a_clock_that_is_off(answers: tuple[str, ...]) -> None:
    with Ground() as ground:
        ground.ahead = timedelta(minutes=6)
        with pytest.raises(Retryable, match=r"clock is 6 minutes ahead of Tumblr's.*timedatectl"):
            log_in(ground, Person(*answers, listens=not answers))


def test_a_way_back_that_tumblr_does_not_know() -> None:
    with Ground() as ground:
        ground.service.oauth.registered = "http://localhost:9999/callback"
        with pytest.raises(AuthRequired) as refused:
            log_in(ground, Person())
    assert f"callback URL at {APPS} must be {CALLBACK}; then run `syndicate auth`" in refused.value.reason


def test_a_pasted_token_that_is_not_accepted() -> None:
    with Ground() as ground, pytest.raises(AuthRequired, match="does not accept this login"):
        log_in(ground, Person("wrong-token", "wrong-secret", listens=False))


@pytest.mark.parametrize(
    ("answers", "missing"),
    [(("token-token", ""), ""), (("",), "consumer_key"), (("", ""), "consumer_secret")],
)
def test_a_string_that_is_left_out(answers: tuple[str, ...], missing: str) -> None:
    with Ground() as ground, pytest.raises(UsageError) as refused:
        log_in(ground, Person(*answers, listens=False), missing)
    assert "https://" in str(refused.value.hint)


@pytest.mark.parametrize(
    "details",
    [{"status": 503, "body": b"<html>"}, {"status": 200, "body": b"oauth_token=x"}, {"status": 500}],
)
def test_a_login_that_is_down(details: dict[str, Any]) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "POST /oauth/request_token", **details)
        with pytest.raises(Retryable, match="try again"):
            log_in(ground, Person())


def test_a_server_that_is_away() -> None:
    ground = Ground()
    with ground:
        there = known(ground)
    with pytest.raises(Retryable):
        authorise(Person(), Http(), there, ground.clock)


def test_an_address_that_is_none() -> None:
    with pytest.raises(UsageError) as refused:
        authorise(Person(), Http(), {"web": "http://www.tumblr.com"})
    assert "https" in refused.value.problems[0]


def test_what_is_not_installed_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytumblr", None)
    with Ground() as ground:
        person = Person()
        with pytest.raises(ConfigError) as refused:
            log_in(ground, person)
        assert (refused.value.message, person.asked) == ("posting to Tumblr needs pytumblr, which is not installed", [])
        assert "pip install 'syndicator[tumblr]'" in str(refused.value.hint)
        with pytest.raises(ConfigError):
            ground.connector()
        ground.connector(mode="handoff").whoami()
        assert "not installed: pip install 'syndicator[tumblr]'" in TumblrConnector.lacks()


def test_what_is_installed_is_not_missed() -> None:
    assert TumblrConnector.lacks() == ""


# By hand


def test_by_hand_only_the_consumer_key_is_asked_for() -> None:
    with Ground() as ground:
        person = Person("ada", ground.service.oauth.key)
        done = log_in(ground, person, "consumer_key", "consumer_secret", "blog", mode="handoff")
    assert (done.identity.id, done.settings) == ("", {"blog": "ada.tumblr.com"})
    assert done.secrets == {"consumer_key": ground.service.oauth.key}
    with Ground() as ground, pytest.raises(AuthRequired):
        log_in(ground, Person(), consumer_key="wrong-wrong", mode="handoff")
    with Ground() as ground, pytest.raises(UsageError):
        log_in(ground, Person(""), "consumer_key", mode="handoff")


def test_the_connector_offers_a_login() -> None:
    assert issubclass(TumblrConnector, CanAuthorise)
    with Ground() as ground:
        talk = Person(ground.service.token, ground.service.token_secret, listens=False)
        with pytest.raises(Retryable, match="clock"):  # the system's, and the service's stands still
            TumblrConnector.authorise(talk, Http(), ground.tokens, known(ground))
