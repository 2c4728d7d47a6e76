"""From a blog's address to a connected account, and the verbs that look before anything is sent."""

import json
import stat
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest

from syndicator.cli import main
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.registry import Registry
from syndicator.sandbox.service import Fault
from tests.system.cli_ground import Said
from tests.system.pass_ground import HOUR, Ground

Say = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def say(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Say:
    """A command on an installation in `home`, with these lines as its standard input."""

    def run(*words: str, lines: tuple[str, ...] = ()) -> Said:
        monkeypatch.setattr("sys.stdin", StringIO("".join(f"{line}\n" for line in lines)))
        code = main.run(["--config", str(home), *words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return run


@pytest.fixture
def begun(unseen: Ground, say: Say) -> Ground:
    """After `init`, with the pretend services written into the files."""
    unseen.publish("a", "b", "c", "d", "e", "f", "g")
    assert say("init", unseen.scene.blog.url).code == ExitCode.OK
    return unseen


# init


def test_init_finds_the_feed_writes_the_files_and_sends_nothing(unseen: Ground, home: Path, say: Say) -> None:
    said = say("init", unseen.scene.blog.url)
    assert (said.code, said.err) == (ExitCode.OK, "")
    assert f"Feed: {unseen.scene.blog.feed_url} (named by the page, 1 post)" in said.out
    assert "1 post recorded as known; none is sent." in said.out
    written = {f"{kind}.toml" for kind in Registry.discover().kinds} | {"config.toml"}
    assert {path.name for path in home.rglob("*.toml")} == written
    assert unseen.requests("mastodon") == unseen.requests("bluesky") == []


def test_init_takes_the_feed_s_own_address(unseen: Ground, say: Say) -> None:
    assert "the address is the feed itself" in say("init", unseen.scene.blog.feed_url).out


def test_after_init_no_post_of_the_past_is_new(begun: Ground, say: Say) -> None:
    assert say("run").code == ExitCode.OK
    assert "blog: 0 new" in say("run", "--dry-run").out


def test_init_overwrites_nothing(begun: Ground, home: Path, say: Say) -> None:
    (home / "config.toml").write_text((home / "config.toml").read_text() + "# mine\n")
    said = say("init", begun.scene.blog.url)
    assert (said.code, "is not overwritten" in said.err) == (ExitCode.CONFIG, True)
    assert (home / "config.toml").read_text().endswith("# mine\n")
    assert say("init").code == ExitCode.OK


@pytest.mark.parametrize(("words", "code"), [((), ExitCode.USAGE), (("http://127.0.0.1:9",), ExitCode.FEED)])
def test_init_writes_nothing_without_a_feed(home: Path, say: Say, words: tuple[str, ...], code: ExitCode) -> None:
    assert say("init", *words).code == code
    assert not home.exists()


def test_init_writes_nothing_for_a_blog_that_has_none(unseen: Ground, home: Path, say: Say) -> None:
    unseen.scene.blog.fail_next(Fault.REFUSE, "GET /$", status=200, body=b"<html>no feed here")
    said = say("init", unseen.scene.services["bluesky"].url)
    assert said.code == ExitCode.FEED
    assert not home.exists()


# auth


def _at(ground: Ground, home: Path) -> None:
    """Bluesky is found through directories; the pretend one has to be written down."""
    service, path = ground.scene.services["bluesky"], home / "networks.d" / "bluesky.toml"
    address = f'handle = "{service.account.handle}"\npds = "{service.url}"'
    path.write_text(path.read_text().replace('handle = "you.bsky.social"', address))


def test_auth_proves_the_account_stores_the_secret_and_enables_the_network(begun: Ground, home: Path, say: Say) -> None:
    _at(begun, home)
    service = begun.scene.services["bluesky"]
    said = say("auth", "bluesky", "--paste", lines=(service.password,))
    assert said.code == ExitCode.OK
    assert f"bluesky is {service.account.handle}" in said.out
    secret = home / "secrets" / "bluesky"
    assert (secret.read_text(), stat.S_IMODE(secret.stat().st_mode)) == (f"{service.password}\n", 0o600)
    written = (home / "networks.d" / "bluesky.toml").read_text()
    assert "enabled = true" in written
    assert "# include_tags" in written
    assert service.password not in written + said.out + said.err
    assert say("check").code == ExitCode.OK


def test_auth_with_a_wrong_password_changes_nothing(begun: Ground, home: Path, say: Say) -> None:
    _at(begun, home)
    before = (home / "networks.d" / "bluesky.toml").read_text()
    said = say("auth", "bluesky", "--paste", lines=("abcd-efgh-ijkl-mnop",))
    assert (said.code, "syndicate auth bluesky" in said.err) == (ExitCode.CREDENTIALS, True)
    assert (home / "networks.d" / "bluesky.toml").read_text() == before
    assert not (home / "secrets").exists()


def test_auth_takes_a_mastodon_token(begun: Ground, home: Path, say: Say) -> None:
    service = begun.scene.services["mastodon"]
    assert say("auth", "mastodon", "--paste", lines=(service.url, service.token)).code == ExitCode.OK
    assert (home / "secrets" / "mastodon").read_text() == f"{service.token}\n"
    assert say("check").code == ExitCode.OK


def test_auth_does_not_turn_a_network_into_another_account_by_accident(begun: Ground, home: Path, say: Say) -> None:
    service = begun.scene.services["mastodon"]
    say("auth", "mastodon", "--paste", lines=(service.url, service.token))
    begun.become_another("mastodon")
    said = say("auth", "mastodon", "--paste", lines=(service.token,))
    assert (said.code, "syndicate auth mastodon --replace" in said.err) == (ExitCode.CREDENTIALS, True)
    assert say("auth", "mastodon", "--paste", "--replace", lines=(service.token,)).code == ExitCode.OK


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("mastodon",), ExitCode.USAGE),
        (("mastodon", "--paste"), ExitCode.USAGE),
        (("nope", "--paste"), ExitCode.CONFIG),
    ],
    ids=["no terminal", "no answers", "no connector"],
)
def test_auth_that_cannot_go_on_says_so(begun: Ground, say: Say, words: tuple[str, ...], code: ExitCode) -> None:
    assert say("auth", *words).code == code


# Looking before sending, and sending the past


@pytest.fixture
def here(ground: Ground, capsys: pytest.CaptureFixture[str]) -> Say:
    """A command on the installation that is set up already."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = ground.say(*words)
        return Said(code, *capsys.readouterr())

    return run


def test_a_dry_run_shows_the_copies_sends_nothing_and_records_nothing(ground: Ground, here: Say) -> None:
    ground.publish("walk", long=True, images=(("lake.png", "A lake at dawn"),))
    said = here("run", "--dry-run")
    assert said.code == ExitCode.OK
    assert "blog: 1 new" in said.out
    assert "[image 1200×630] A lake at dawn" in said.out
    assert f"<{ground.link('walk')}>" in said.out
    assert here("run", "--dry-run").out == said.out
    assert ground.copies("mastodon") == ground.copies("bluesky") == []
    assert ground.states("mastodon") == [State.SKIPPED]


def test_a_dry_run_as_json_tells_the_same(ground: Ground, here: Say) -> None:
    ground.publish("walk")
    told = json.loads(here("run", "--dry-run", "--json").out)
    assert told["feeds"][0]["new"][0]["owed"] == {"bluesky": "ready:new", "mastodon": "ready:new"}
    assert {copy["network"] for copy in told["copies"]} == {"bluesky", "mastodon"}


def test_a_dry_run_of_a_feed_that_is_down_says_why(ground: Ground, here: Say) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=500)
    assert "HTTP 500" in here("run", "--dry-run").out


def test_a_dry_run_shows_what_waits_in_the_ledger_too(ground: Ground, here: Say) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "1h"')
    ground.publish("walk")
    ground.walk()
    assert "About walk" in here("run", "--dry-run").out


def test_preview_shows_a_post_that_was_sent_long_ago(ground: Ground, here: Say) -> None:
    said = here("preview", ground.link("old"), "--only", "mastodon")
    assert (said.code, "mastodon  " in said.out, "bluesky  " in said.out) == (ExitCode.OK, True, False)
    assert "Old" in said.out
    assert ground.copies("mastodon") == []


def test_preview_of_a_stranger_s_post_is_a_mistake(ground: Ground, here: Say) -> None:
    assert here("preview", "https://elsewhere.example/").code == ExitCode.USAGE


def test_the_past_is_sent_on_purpose_and_once(ground: Ground, here: Say) -> None:
    assert "2 deliveries would become due" in here("backfill", "--last", "1", "--dry-run").out
    assert ground.states("mastodon") == [State.SKIPPED]
    assert "2 deliveries became due" in here("backfill", "--last", "1").out
    assert "0 deliveries became due" in here("backfill", "--since", "2020-01-01").out
    ground.later(HOUR)
    assert ground.walk().exit_code == ExitCode.OK
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [1, 1]


@pytest.mark.parametrize("words", [(), ("--last", "1", "--since", "2020-01-01"), ("--last", "1", "--only", "nope")])
def test_backfill_wants_to_know_exactly_what(here: Say, words: tuple[str, ...]) -> None:
    assert here("backfill", *words).code == ExitCode.USAGE


def test_baseline_records_new_posts_as_known(ground: Ground, here: Say) -> None:
    ground.publish("walk")
    assert "blog: 1 post recorded, none sent" in here("baseline").out
    ground.walk()
    assert ground.states("mastodon") == [State.SKIPPED, State.SKIPPED]


def test_check_tells_everything_at_once_and_the_severest_code_wins(ground: Ground, here: Say) -> None:
    ground.revoke("mastodon")
    ground.serve(b"<html>no feed")
    said = here("check")
    assert said.code == ExitCode.CREDENTIALS
    assert [line.split()[0] for line in said.out.splitlines() if line.startswith("bad")] == ["bad", "bad"]
    assert "ok    network bluesky" in said.out
