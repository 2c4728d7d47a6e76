"""Every secret of a login begins with a word that is looked for afterwards, and stands in its own file and nowhere
else: not in what is printed or logged at debug level, not in the ledger, not in any other file."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from syndicator.sandbox.service import Fault
from syndicator_tumblr.sandbox_state import envelope
from tests.connectors.tumblr_ground import CHANGE, CREATE, LIMITS, LIST
from tests.connectors.tumblr_home import CREDENTIALS, Home, Said, home_in
from tests.unit.config_ground import forget_secrets_afterwards

BIRD = "canary"
IDENTITY = "GET /v2/user/info$"
REQUEST_TOKEN, ACCESS_TOKEN = "POST /oauth/request_token", "POST /oauth/access_token"


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """All that the service makes up is recognisable, with letters in it that have to be escaped in an address."""
    numbers = count(1)
    birds = SimpleNamespace(token_urlsafe=lambda _: f"{BIRD}/{next(numbers):04}+&x=")
    monkeypatch.setattr("syndicator_tumblr.sandbox_oauth.secrets", birds)
    with home_in(tmp_path / "home", capsys, monkeypatch) as made:
        made.service.oauth.key = f"{BIRD}-consumer-key"
        made.write()
        made.at_debug_level()
        yield made


def echo(home: Home, status: int, code: int | None = None) -> dict[str, Any]:
    """A careless answer that repeats every secret of the login, those of this very moment included."""
    waiting = [word for token, held in home.service.oauth._waiting.items() for word in (token, held.secret)]
    words = " ".join((home.service.oauth.key, home.service.oauth.secret, *sum(home.service.oauth.tokens.items(), ())))
    return {"status": status, "body": envelope(status, code=code, title=f"{words} {' '.join(waiting)}", detail=words)}


def page(home: Home, status: int) -> dict[str, Any]:
    words = echo(home, 400)["body"]["errors"][0]["title"]
    headers = {"Location": f"/elsewhere?{words.replace(' ', '&')}", "Content-Type": "text/html"}
    return {"status": status, "body": f"<html>{words}".encode(), "headers": headers}


FAILING: tuple[Callable[[Home], dict[str, Any]], ...] = (
    *(lambda home, s=status, c=code: echo(home, s, c)
      for status, code in (
          (400, 8001), (400, 8005), (400, 5002), (400, 0), (401, 1016), (403, 8022), (403, 8023), (403, 8004),
          (403, 8010), (403, None), (404, None), (429, None), (500, 8006), (503, None),
      )),
    *(lambda home, s=status: page(home, s) for status in (200, 302, 401, 403, 429, 502)),
)  # fmt: skip


def assert_silent(home: Home, *said: Said) -> None:
    for one in said:
        lines = [line for line in one.all.splitlines() if not line.startswith(f"{home.service.url}/oauth/authorize?")]
        assert [line for line in lines if BIRD in line] == []
    assert [path for path, data in home.stored() if BIRD.encode() in data] == []


def login(home: Home, **how: Any) -> Said:
    home.write(token=None, token_secret=None)
    home.browser(**how)
    return home.auth("--debug")


def test_a_login_and_a_post_show_no_secret(home: Home) -> None:
    home.publish("walk")
    said = [login(home), home.say("--debug", "check"), home.say("--debug", "run")]
    assert len(home.service.copies()) == 1
    kept = [(home.path / "secrets" / f"tumblr-{name}").read_text() for name in CREDENTIALS]
    assert all(BIRD in secret for secret in kept)
    assert_silent(home, *said)


def test_a_login_by_pasted_strings_shows_none(home: Home) -> None:
    service, oauth = home.service, home.service.oauth
    home.write(**dict.fromkeys(CREDENTIALS))
    said = home.auth("--debug", "--paste", lines=(oauth.key, oauth.secret, service.token, service.token_secret))
    assert (said.code, BIRD in home.path.joinpath("secrets", "tumblr-token").read_text()) == (0, True)
    assert_silent(home, said)


def test_pasted_strings_that_are_refused_show_none(home: Home) -> None:
    service, oauth = home.service, home.service.oauth
    home.write(**dict.fromkeys(CREDENTIALS))
    service.fail_next(Fault.REFUSE, IDENTITY, **echo(home, 403))
    forget_secrets_afterwards(home.monkeypatch)  # as a process of its own, which has read no file with secrets
    said = home.auth("--debug", "--paste", lines=(oauth.key, oauth.secret, service.token, service.token_secret))
    assert "[redacted]" in said.err
    assert_silent(home, said)


@pytest.mark.parametrize("step", [REQUEST_TOKEN, ACCESS_TOKEN, IDENTITY, LIMITS])
def test_a_login_that_fails_shows_none(home: Home, step: str) -> None:
    said: list[Said] = []
    for status in (200, 302, 400, 401, 403, 429, 500):
        fail = partial(fails_with_a_page, home, step, status)
        if step == REQUEST_TOKEN:
            fail()
        said.append(login(home, before=fail if step != REQUEST_TOKEN else list))
    assert len(home.service.seen(step)) == 7
    assert_silent(home, *said)


def fails_with_a_page(home: Home, step: str, status: int) -> None:
    home.service.fail_next(Fault.REFUSE, step, **page(home, status))


@pytest.mark.parametrize("change", [lambda back: back.replace("oauth_verifier=", "oauth_verifier=x"), str])
def test_an_answer_that_is_not_taken_shows_none(home: Home, change: Callable[[str], str]) -> None:
    home.service.oauth.denies = change is str
    assert_silent(home, login(home, change=change))


SOME = range(0, len(FAILING), 5)  # the rest only in the long run
NUMBERS = [pytest.param(n, marks=() if n in SOME else pytest.mark.slow) for n in range(len(FAILING))]


@pytest.mark.parametrize("number", NUMBERS)
def test_no_failing_answer_brings_one_out(home: Home, number: int) -> None:
    fails = FAILING[number](home)
    said: list[Said] = []
    for pattern, words in ((IDENTITY, "check"), (LIMITS, "check"), (IDENTITY, "run"), (CREATE, "run")):
        home.publish(f"walk-{len(said)}")
        home.service.fail_next(Fault.REFUSE, pattern, **fails)
        said += [home.say("--debug", words), home.say("--debug", "check")]
        asked = len(home.service.seen(pattern))
        assert asked
    said += [home.say("status"), home.say("list", "--json")]
    assert_silent(home, *said)


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.RESET, Fault.CUT_BODY])
def test_no_broken_connection_brings_one_out(home: Home, fault: Fault) -> None:
    home.publish("walk")
    home.service.fail_next(fault, CREATE)
    home.service.fail_next(Fault.REFUSE, LIST, **echo(home, 500))
    assert_silent(home, home.say("--debug", "run"), home.say("--debug", "run"), home.say("status"))


def test_a_staged_post_that_fails_shows_none(home: Home) -> None:
    home.write(stage=True)
    said: list[Said] = []
    for pattern in (CREATE, CHANGE, "GET /v2/blog/[^/]+/posts/draft$", r"GET /v2/blog/[^/]+/posts/\d+$"):
        home.publish(f"walk-{len(said)}")
        home.service.fail_next(Fault.REFUSE, pattern, **echo(home, 400, 8002))
        said.append(home.say("--debug", "run"))
        assert home.service.seen(pattern)
    assert_silent(home, *said)


def test_by_hand_the_key_in_the_address_is_not_shown(home: Home) -> None:
    rest = dict.fromkeys(("consumer_secret", "token", "token_secret"))
    home.write(mode="handoff", **rest)
    home.publish("walk")
    home.service.fail_next(Fault.LOSE_REPLY, "GET /v2/blog/[^/]+/info$")
    said = [home.say("--debug", "check"), home.say("--debug", "run"), home.say("--debug", "check")]
    home.write(mode="handoff", consumer_key=None, **rest)
    forget_secrets_afterwards(home.monkeypatch)
    told = {"status": 403, "body": envelope(403, title=f"not {home.service.oauth.key}")}
    home.service.fail_next(Fault.REFUSE, "GET /v2/blog/[^/]+/info$", **told)
    for code in (77, 0):
        said.append(home.auth("--debug", "--paste", lines=(home.service.oauth.key,)))
        assert said[-1].code == code
    assert_silent(home, *said)
