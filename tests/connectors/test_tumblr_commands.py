"""What the owner of a Tumblr network reads when something is wrong: what, which, why, and what to type next."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator_tumblr.auth import APPS
from tests.connectors.tumblr_home import Home, home_in


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with home_in(tmp_path / "home", capsys, monkeypatch) as made:
        yield made


def no_login(home: Home, **more: str) -> None:
    home.write(token=None, token_secret=None, **more)


def test_a_browser_login_needs_no_more_than_a_click(home: Home) -> None:
    no_login(home, blog="you.tumblr.com")
    home.browser()
    said = home.auth()
    assert (said.code, "tumblr is ada (https://ada.tumblr.com/)." in said.out) == (ExitCode.OK, True)
    home.publish("walk")
    assert home.say("run").code == ExitCode.OK
    assert len(home.service.copies()) == 1


def test_far_from_a_browser_strings_of_the_console_are_enough(home: Home) -> None:
    oauth, service = home.service.oauth, home.service
    home.write(**dict.fromkeys(("consumer_key", "consumer_secret", "token", "token_secret")))
    said = home.auth("--paste", lines=(oauth.key, oauth.secret, service.token, service.token_secret))
    assert said.code == ExitCode.OK
    assert APPS in said.err
    assert home.say("check").code == ExitCode.OK


# The eight


def test_a_wrong_client_secret(home: Home) -> None:
    no_login(home, consumer_secret="wrong-wrong")
    said = home.auth()
    assert said.code == ExitCode.CREDENTIALS
    assert said.err.splitlines()[0].startswith(
        f"syndicate: tumblr: Tumblr does not accept consumer key and secret: compare them with {APPS}, and run "
        "`syndicate auth` for this network again; if both are right, the default callback URL"
    )
    assert said.err.splitlines()[-1] == "  → try: syndicate auth tumblr"
    home.write(consumer_secret="wrong-wrong")
    assert_waits_for_a_login(home, "Tumblr does not accept this login: it was revoked, or one of its keys is wrong")


def test_a_cancelled_consent(home: Home) -> None:
    no_login(home)
    home.service.oauth.denies = True
    home.browser()
    said = home.auth()
    assert said.code == ExitCode.CREDENTIALS
    assert said.err.splitlines()[-2:] == [
        (
            "syndicate: tumblr: you did not allow it on Tumblr, so nothing has changed; run `syndicate auth` for this "
            "network again"
        ),
        "  → try: syndicate auth tumblr",
    ]


def test_a_way_back_that_tumblr_does_not_know(home: Home) -> None:
    no_login(home)
    home.service.oauth.registered = "http://localhost:1/callback"
    said = home.auth()
    assert said.code == ExitCode.CREDENTIALS
    assert f"the default callback URL at {APPS} must be http://localhost:" in said.err.splitlines()[0]
    assert said.err.splitlines()[-1] == "  → try: syndicate auth tumblr"


def test_an_answer_that_has_expired(home: Home) -> None:
    no_login(home)
    later = {"by": 0.0}
    home.service.oauth.now = lambda: time.time() + later["by"]
    home.service.now = time.time
    home.browser(before=lambda: later.update(by=700.0))
    said = home.auth()
    assert said.code == ExitCode.CREDENTIALS
    assert said.err.splitlines()[-2:] == [
        (
            "syndicate: tumblr: Tumblr does not accept the browser's answer, which is good once and for a few minutes; "
            "run `syndicate auth` for this network again"
        ),
        "  → try: syndicate auth tumblr",
    ]


def test_a_clock_that_is_more_than_five_minutes_off(home: Home) -> None:
    """No login mends it, so none is asked for; once it is set, everything goes on by itself."""
    home.service.now = home.service.oauth.now = lambda: time.time() - 310
    sentence = "this machine's clock is 5 minutes ahead of Tumblr's, which makes every signature invalid; set the clock"
    home.publish("walk")
    for words, code in ((("check",), ExitCode.NETWORKS), (("run",), ExitCode.NETWORKS)):
        said = home.say(*words)
        assert (said.code, sentence in said.all, "syndicate auth" in said.all) == (code, True, False)
    assert "timedatectl" in said.all
    home.service.now = home.service.oauth.now = time.time
    assert home.say("run").code == ExitCode.OK
    assert len(home.service.copies()) == 1
    no_login(home)
    home.service.now = home.service.oauth.now = lambda: time.time() - 310
    said = home.auth()
    assert (said.code, sentence in said.err) == (ExitCode.LATER, True)


def test_a_revoked_token(home: Home) -> None:
    home.service.revoke()
    assert_waits_for_a_login(home, "Tumblr does not accept this login: it was revoked, or one of its keys is wrong")
    home.service.restore()
    assert home.say("check").code == ExitCode.OK
    assert home.say("run").code == ExitCode.OK
    assert len(home.service.copies()) == 1


def test_a_login_that_does_not_reach_far_enough(home: Home) -> None:
    """OAuth 1 has no scopes at Tumblr; what a login may not do is post to the blog of somebody else."""
    sentence = "the account that is logged in may not post to eva.tumblr.com; it has ada: write one of these for `blog`"
    home.write(blog="eva")
    assert_waits_for_a_login(home, sentence)
    said = home.auth("--paste", lines=(home.service.token, home.service.token_secret))
    assert (said.code, sentence in said.err) == (ExitCode.CREDENTIALS, True)


def assert_waits_for_a_login(home: Home, sentence: str) -> None:
    home.publish("walk")
    checked, ran, status = home.say("check"), home.say("run"), home.say("status")
    assert (checked.code, ran.code) == (ExitCode.CREDENTIALS, ExitCode.CREDENTIALS)
    for said in (checked, ran):
        (line,) = [line for line in said.all.splitlines() if sentence in line and "network_blocked" not in line]
        assert "syndicate auth tumblr" in line
    assert "→ next: syndicate auth tumblr" in status.out
    assert home.service.copies() == []


def test_a_missing_extra(home: Home) -> None:
    home.publish("walk")
    home.monkeypatch.setitem(sys.modules, "pytumblr", None)
    for words, code in (("check", ExitCode.CONFIG), ("run", ExitCode.CREDENTIALS), ("auth", ExitCode.CONFIG)):
        said = home.auth() if words == "auth" else home.say(words)
        assert said.code == code
        assert "posting to Tumblr needs pytumblr, which is not installed" in said.all
        assert "pip install 'syndicator[tumblr]'" in said.all
    listed = home.say("connectors")
    assert "incomplete" in listed.out
    assert "pip install 'syndicator[tumblr]'" in listed.out
