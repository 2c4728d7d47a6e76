"""`syndicate auth`: through a browser, by hand, at a terminal; what is stored, in which order, and what never shows."""

import os
import pty
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
import requests
from pydantic import BaseModel, ConfigDict, SecretStr

from syndicator.cli import auth_store, consent, main
from syndicator.config.secrets import Secret
from syndicator.connector import Credential, Identity, Json, Retryable, TokenStore
from syndicator.exitcode import ExitCode
from syndicator.http import Http
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import NetworkRow
from syndicator.login import Authorised, Talk
from syndicator.registry import Registry
from syndicator.sandbox.service import Fault
from syndicator.tokens import FileTokens
from syndicator_bluesky.sandbox import PretendBluesky
from syndicator_mastodon.sandbox import PretendMastodon
from tests.connectors.test_mastodon_auth import click
from tests.system.cli_ground import Said
from tests.system.processes import PATIENCE, environment, eventually
from tests.unit.config_ground import FakeConnector, forget_secrets_afterwards
from tests.unit.test_consent import free_port

FEED = '[[feed]]\nname = "blog"\nurl = "https://blog.example/feed.xml"\n'
NETWORK = """\
# My account.
connector = "{kind}"
enabled = false  # not yet
{settings}
[filter]
exclude_tags = ["nosyndicate"]
"""
SOON = datetime.now(UTC) + timedelta(days=59, hours=23)


@dataclass
class Home:
    """An installation in a directory, and the command line on it."""

    path: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        (self.path / "networks.d").mkdir(parents=True)
        (self.path / "config.toml").write_text(FEED)

    def network(self, name: str, settings: str = "", *, kind: str | None = None) -> Path:
        path = self.path / "networks.d" / f"{name}.toml"
        path.write_text(NETWORK.format(kind=kind or name, settings=settings))
        path.chmod(0o600)
        return path

    def secret(self, name: str, text: str) -> Path:
        path = self.path / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(f"{text}\n")
        path.chmod(0o600)
        return path

    def say(self, *words: str, lines: tuple[str, ...] = ()) -> Said:
        self.monkeypatch.setattr("sys.stdin", StringIO("".join(f"{line}\n" for line in lines)))
        code = main.run(["--config", str(self.path), *words])
        out, err = self.capsys.readouterr()
        return Said(code, out, err)

    def auth(self, network: str, *words: str, lines: tuple[str, ...] = ()) -> Said:
        return self.say("auth", network, "--port", str(self.port), *words, lines=lines)

    def row(self, network: str) -> NetworkRow:
        from syndicator.clock import SystemClock

        url = f"sqlite:///{self.path}/state/ledger.db"
        with Ledger.open(url, self.path / "state", SystemClock()) as ledger:
            return ledger.network(network)

    def kept(self) -> dict[str, bytes]:
        """Every file but those of the ledger, which change by being looked at."""
        files = [path for path in self.path.rglob("*") if path.is_file() and path.parent.name != "state"]
        return {str(path.relative_to(self.path)): path.read_bytes() for path in files}


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Home:
    forget_secrets_afterwards(monkeypatch)
    return Home(tmp_path / "home", capsys, monkeypatch)


@pytest.fixture
def mastodon() -> Iterator[PretendMastodon]:
    with PretendMastodon() as service:
        yield service


def browser(
    monkeypatch: pytest.MonkeyPatch, *, change: Callable[[str], str] = str, before: Callable[[], object] = lambda: None
) -> list[str]:
    """A browser that presses “Authorize” and goes where it is sent; the pages that it was shown."""
    pages: list[str] = []

    def go(page: str) -> bool:
        back = click(page)
        before()
        pages.append(requests.get(change(back), timeout=5).text)
        return True

    monkeypatch.setattr(consent, "open_browser", go)
    return pages


# Through a browser


def test_a_browser_login_needs_no_more_than_a_click(home: Home, mastodon: PretendMastodon) -> None:
    path = home.network("mastodon", f'instance = "{mastodon.url}"  # mine')
    pages = browser(home.monkeypatch)
    said = home.auth("mastodon")
    assert said.code == ExitCode.OK
    assert said.out.splitlines() == [
        f"mastodon is @blogger@{mastodon.url.removeprefix('http://')} ({mastodon.url}/@blogger).",
        "Scopes of its access token: profile, read:statuses, write:statuses, write:media.",
        f"{path} is enabled.",
    ]
    assert "You can close this tab" in pages[0]
    assert "# mine" in path.read_text()
    assert "enabled = true  # not yet" in path.read_text()
    assert (home.path / "secrets" / "mastodon").read_text().strip() in mastodon.tokens
    assert home.say("check").code in (ExitCode.OK, ExitCode.FEED)


def test_the_ledger_learns_whose_it_is_and_what_opens_it(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    browser(home.monkeypatch)
    home.auth("mastodon")
    row = home.row("mastodon")
    assert (row.health, row.account, row.connector, row.credential) == ("ok", "1000", "mastodon", "access token")
    assert row.obtained_at is not None


def test_a_no_is_one_clear_sentence_and_leaves_everything_as_it_was(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    mastodon.oauth.denies = True
    before, pages = home.kept(), browser(home.monkeypatch)
    said = home.auth("mastodon")
    assert (said.code, said.out) == (ExitCode.CREDENTIALS, "")
    assert said.err.splitlines()[-2:] == [
        "syndicate: mastodon: access was denied on the server's page, so nothing is connected; agree to it next time",
        "  → try: syndicate auth mastodon",
    ]
    assert "The service said no" in pages[0]
    assert home.kept() == before


def test_an_answer_to_another_login_is_not_taken(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    home.monkeypatch.setattr(consent, "PATIENCE", timedelta(seconds=0.1))
    pages = browser(home.monkeypatch, change=lambda back: re.sub("state=.", "state=", back))
    said = home.auth("mastodon")
    assert (said.code, "does not belong to this login" in pages[0]) == (ExitCode.USAGE, True)
    assert "1 answer that came did not belong to this login and was not taken" in said.err
    assert mastodon.seen("POST /oauth/token") == []


def test_a_code_that_has_been_used_says_what_to_do(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    browser(home.monkeypatch, before=mastodon.oauth.codes.clear)
    said = home.auth("mastodon")
    assert said.code == ExitCode.CREDENTIALS
    assert "the server refuses this code; a code works once and not for long: start again" in said.err
    assert "→ try: syndicate auth mastodon" in said.err


def test_a_service_that_is_down_is_tried_later(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    mastodon.fail_next(Fault.REFUSE, "POST /oauth/token", status=503)
    browser(home.monkeypatch)
    said = home.auth("mastodon")
    assert (said.code, "→ try: syndicate auth mastodon, a little later" in said.err) == (ExitCode.LATER, True)


def test_a_port_that_is_taken_is_found_before_anything_is_asked_of_the_service(
    home: Home, mastodon: PretendMastodon
) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    home.port = int(mastodon.url.rpartition(":")[2])
    said = home.auth("mastodon")
    assert (said.code, f"--port {home.port + 1}" in said.err) == (ExitCode.USAGE, True)
    assert mastodon.requests == []


def test_ctrl_c_ends_the_wait_and_frees_the_port(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')

    def interrupted(page: str) -> bool:
        raise KeyboardInterrupt

    before = home.kept()
    home.monkeypatch.setattr(consent, "open_browser", interrupted)
    said = home.auth("mastodon")
    assert (said.code, said.err.endswith("\n\n")) == (main.INTERRUPTED, True)
    assert home.kept() == before
    browser(home.monkeypatch)
    assert home.auth("mastodon").code == ExitCode.OK


# The whole command as a process


def start(home: Home, *words: str, **how: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "syndicator", "--config", str(home.path), "auth", *words]
    return subprocess.Popen(command, text=True, env=_without_screen(), **how)


def _without_screen() -> dict[str, str]:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    return {name: value for name, value in environment().items() if name not in hidden}


def test_the_real_command_waits_for_the_real_browser(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    log = home.path.parent / "err"
    with log.open("w") as err:
        process = start(
            home, "mastodon", "--port", str(home.port), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err
        )
        try:
            eventually(lambda: "Waiting 5 minutes" in log.read_text(), "a page to open")
            (page,) = [line for line in log.read_text().splitlines() if line.startswith("http")]
            back = click(page)
            assert urlsplit(back).port == home.port
            assert requests.get(back, timeout=5).status_code == 200
            out, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            process.wait()
    assert (process.returncode, "mastodon is @blogger@" in out) == (0, True)


def test_the_real_command_takes_its_answers_from_a_pipe(home: Home, mastodon: PretendMastodon) -> None:
    process = start(home, "mastodon", "--paste", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(f"{mastodon.url}\n{mastodon.token}\n", timeout=PATIENCE)
    assert (process.returncode, "mastodon is @blogger@" in out) == (0, True)
    assert mastodon.token not in out + err
    assert "Your server, such as social.example: " in err


def test_at_a_terminal_a_secret_is_not_echoed_even_with_paste(home: Home, mastodon: PretendMastodon) -> None:
    path = home.network("mastodon", f'instance = "{mastodon.url}"')
    ours, theirs = pty.openpty()
    process = start(home, "mastodon", "--paste", stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    screen = _Screen(ours)
    try:
        eventually(lambda: "type): " in screen.text, "a question")
        os.write(ours, f"{mastodon.token}\n".encode())
        eventually(lambda: "is enabled" in screen.text, "the end")
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
    assert mastodon.token not in screen.text
    assert "enabled = true" in path.read_text()


class _Screen:
    """What a terminal shows, read until the program ends."""

    def __init__(self, handle: int) -> None:
        self.text = ""
        self._handle = handle
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            while more := os.read(self._handle, 4096):
                self.text += more.decode()
        except OSError:  # EIO: nobody is at the other end any more
            os.close(self._handle)


# Nothing of another account


def connected(home: Home, mastodon: PretendMastodon) -> None:
    home.network("mastodon", f'instance = "{mastodon.url}"')
    assert home.auth("mastodon", "--paste", lines=(mastodon.token,)).code == ExitCode.OK


def test_another_account_changes_nothing_without_its_owner_s_word(home: Home, mastodon: PretendMastodon) -> None:
    connected(home, mastodon)
    before, row = home.kept(), home.row("mastodon")
    with PretendMastodon() as elsewhere:
        elsewhere.account.id = "2000"
        other = elsewhere.token
        text = (home.path / "networks.d" / "mastodon.toml").read_text()
        home.network("mastodon", f'instance = "{elsewhere.url}"\naccess_token = {{ file = "secrets/mastodon" }}')
        said = home.auth("mastodon", "--paste", lines=(other,))
        (home.path / "networks.d" / "mastodon.toml").write_text(text)
        assert (said.code, said.out) == (ExitCode.CREDENTIALS, "")
        assert "this login is @blogger@" in said.err
        assert "nothing was changed" in said.err
        assert "syndicate auth mastodon --replace" in said.err
        assert home.kept() == before
        assert (home.row("mastodon").account, home.row("mastodon").health) == (row.account, row.health)


def test_with_its_owner_s_word_the_network_becomes_another_account(home: Home, mastodon: PretendMastodon) -> None:
    connected(home, mastodon)
    mastodon.become_another()
    assert home.auth("mastodon", "--paste", "--replace", lines=(mastodon.token,)).code == ExitCode.OK
    assert home.row("mastodon").account == "2000"


def test_the_tokens_of_another_account_are_not_kept_either(home: Home) -> None:
    with PretendBluesky() as service:
        home.network("bluesky", f'handle = "{service.account.handle}"\npds = "{service.url}"')
        assert home.auth("bluesky", "--paste", lines=(service.password,)).code == ExitCode.OK
        before = home.kept()
        assert "state/tokens/bluesky.json" in before
        changed = service.become_another()
        path = home.path / "networks.d" / "bluesky.toml"
        text = path.read_text()
        path.write_text(text.replace(service.account.handle, changed["handle"]))
        said = home.auth("bluesky", "--paste", lines=(service.password,))
        path.write_text(text)
    assert (said.code, "--replace" in said.err) == (ExitCode.CREDENTIALS, True)
    assert home.kept() == before


# Connectors of all kinds


class FakeSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    client_id: str = ""
    client_secret: Secret | None = None
    access_token: Secret | None = None


class Fake(FakeConnector):
    """Does at a login what the test says, and remembers what it was told."""

    kind: ClassVar[str] = "fake"
    Settings: ClassVar[type[BaseModel]] = FakeSettings
    known: ClassVar[Mapping[str, Any]] = {}
    identity: ClassVar[Identity] = Identity("7", "me", credential=Credential("access token", None, SOON, ("post",)))
    secrets: ClassVar[Mapping[str, str]] = {"access_token": "canary-new-token"}
    tokens: ClassVar[Mapping[str, Json]] = {}
    raises: ClassVar[Exception | None] = None
    meanwhile: ClassVar[Callable[[], object]] = staticmethod(lambda: None)

    @classmethod
    def authorise(cls, talk: Talk, http: Http, tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        Fake.known = known
        if cls.tokens:
            tokens.save({**tokens.load(), **cls.tokens})
            assert tokens.load().items() >= cls.tokens.items()
        cls.meanwhile()
        if cls.raises is not None:
            raise cls.raises
        return Authorised(cls.identity, {"client_id": "id-1"}, cls.secrets)


@pytest.fixture
def fake(home: Home) -> type[Fake]:
    class Changed(Fake):
        pass

    home.monkeypatch.setattr(Registry, "discover", classmethod(lambda cls: Registry.of({"fake": Changed})))
    return Changed


def told(value: object) -> str:
    assert isinstance(value, SecretStr)
    return value.get_secret_value()


def test_a_secret_that_can_be_read_is_known_and_need_not_be_asked_for(home: Home, fake: type[Fake]) -> None:
    home.secret("app", "canary-app")
    home.monkeypatch.setenv("TEST_FAKE_TOKEN", "canary-old-token")
    home.network("fake", 'client_secret = { file = "secrets/app" }\naccess_token = { env = "TEST_FAKE_TOKEN" }')
    assert home.auth("fake").code == ExitCode.OK
    assert (told(Fake.known["client_secret"]), told(Fake.known["access_token"])) == ("canary-app", "canary-old-token")


@pytest.mark.parametrize(
    "written",
    ['{ file = "secrets/none" }', '{ env = "TEST_NOT_SET" }', '{ command = ["false"] }', '{ fil = "x" }', '""', "7"],
)
def test_a_secret_that_cannot_be_read_is_as_if_it_were_not_there(home: Home, fake: type[Fake], written: str) -> None:
    home.network("fake", f'client_id = "id-1"\nclient_secret = {written}')
    assert home.auth("fake").code == ExitCode.OK
    assert Fake.known == {"client_id": "id-1"}


def test_a_secret_written_as_text_is_known_where_nobody_else_can_read_it(home: Home, fake: type[Fake]) -> None:
    path = home.network("fake", 'client_secret = "canary-text"')
    home.auth("fake")
    assert told(Fake.known["client_secret"]) == "canary-text"
    path.chmod(0o644)
    home.auth("fake")
    assert "client_secret" not in Fake.known


def test_scopes_and_end_are_shown(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    said = home.auth("fake")
    assert said.out.splitlines()[:3] == [
        "fake is me.",
        f"Its access token is good until {SOON:%Y-%m-%d}, 60 days.",
        "Scopes of its access token: post.",
    ]
    row = home.row("fake")
    assert row.expires_at is not None
    assert abs(row.expires_at - SOON) < timedelta(seconds=1)
    assert row.obtained_at is not None  # the connector does not know, but it was now


def test_warnings_are_told(home: Home, fake: type[Fake]) -> None:
    fake.identity = Identity("7", "me", warnings=("the account has moved",))
    home.network("fake")
    assert "warning: the account has moved" in home.auth("fake").err


def test_a_pause_is_its_owners_and_outlasts_a_login(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    home.auth("fake")
    home.say("pause", "fake")
    said = home.auth("fake")
    assert (said.code, "`syndicate resume fake`" in said.out) == (ExitCode.OK, True)
    assert home.row("fake").health == "paused"


def test_publishing_by_hand_needs_no_account(home: Home, fake: type[Fake]) -> None:
    fake.identity, fake.secrets = Identity("", "published by hand"), {}
    path = home.network("fake")
    said = home.auth("fake")
    assert (said.code, said.out.splitlines()[0]) == (ExitCode.OK, "fake is published by hand.")
    assert (home.row("fake").account, home.row("fake").health) == (None, "ok")
    assert "enabled = true" in path.read_text()


def test_publishing_by_hand_from_now_on_is_no_change_of_account(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    home.auth("fake")
    fake.identity, fake.secrets = Identity("", "published by hand"), {}
    assert home.auth("fake").code == ExitCode.OK
    assert home.row("fake").account == "7"


def test_a_missing_library_is_named_with_the_way_to_get_it(home: Home, fake: type[Fake]) -> None:
    fake.raises = ModuleNotFoundError("No module named 'pyfake'", name="pyfake")
    home.network("fake")
    said = home.auth("fake")
    assert (said.code, "needs pyfake, which is not installed" in said.err) == (ExitCode.CONFIG, True)
    assert "→ try: pip install 'syndicator[fake]'" in said.err


# Where it is kept


def test_one_secret_is_called_as_the_network_and_several_as_their_settings(home: Home, fake: type[Fake]) -> None:
    path = home.network("fake")
    home.auth("fake")
    assert 'access_token = { file = "secrets/fake" }' in path.read_text()
    fake.secrets = {"access_token": "t-1234", "client_secret": "s-1234"}
    home.network("fake")
    home.auth("fake")
    assert (home.path / "secrets" / "fake-access_token").read_text() == "t-1234\n"
    assert (home.path / "secrets" / "fake-client_secret").read_text() == "s-1234\n"


def test_a_secret_that_is_there_already_stays_where_its_owner_put_it(home: Home, fake: type[Fake]) -> None:
    home.monkeypatch.setenv("TEST_FAKE_SECRET", "s-1234")
    path = home.network("fake", 'client_secret = { env = "TEST_FAKE_SECRET" }')
    fake.secrets = {"access_token": "t-1234", "client_secret": "s-1234"}
    home.auth("fake")
    assert 'client_secret = { env = "TEST_FAKE_SECRET" }' in path.read_text()
    assert not (home.path / "secrets" / "fake-client_secret").exists()


def test_a_new_secret_replaces_the_old_one_in_its_own_file(home: Home, fake: type[Fake]) -> None:
    old = home.secret("mine", "old-token")
    path = home.network("fake", 'access_token = { file = "secrets/mine" }')
    home.auth("fake")
    assert (old.read_text(), stat.S_IMODE(old.stat().st_mode)) == ("canary-new-token\n", 0o600)
    assert 'access_token = { file = "secrets/mine" }' in path.read_text()


def test_a_file_outside_of_our_directory_is_never_written(home: Home, fake: type[Fake]) -> None:
    outside = home.path.parent / "outside"
    outside.write_text("old-token\n")
    outside.chmod(0o600)
    path = home.network("fake", f'access_token = {{ file = "{outside}" }}')
    home.auth("fake")
    assert outside.read_text() == "old-token\n"
    assert "secrets/fake" in path.read_text()


def test_one_secret_never_overwrites_another(home: Home, fake: type[Fake]) -> None:
    app = home.secret("fake", "s-1234")
    home.network("fake", 'client_secret = { file = "secrets/fake" }')
    home.auth("fake")
    assert app.read_text() == "s-1234\n"
    assert (home.path / "secrets" / "fake-access_token").read_text() == "canary-new-token\n"


def test_two_settings_that_share_a_file_are_parted(home: Home, fake: type[Fake]) -> None:
    shared = home.secret("fake", "both")
    home.network("fake", 'client_secret = { file = "secrets/fake" }\naccess_token = { file = "secrets/fake" }')
    home.auth("fake")
    assert shared.read_text() == "both\n"


def test_what_a_daemon_has_written_meanwhile_is_not_lost(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    kept = FileTokens(home.path / "state" / "tokens" / "fake.json")
    kept.save({"session": "old", "corrections": {"a": 1}, "gone": 1})
    fake.tokens = {"session": "new"}
    fake.meanwhile = staticmethod(lambda: kept.save({"session": "old", "corrections": {"a": 1, "b": 2}}))
    home.auth("fake")
    assert kept.load() == {"session": "new", "corrections": {"a": 1, "b": 2}}


def test_tokens_of_a_login_that_fails_are_forgotten(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    kept = FileTokens(home.path / "state" / "tokens" / "fake.json")
    kept.save({"session": "old"})
    fake.tokens, fake.raises = {"session": "new"}, Retryable("down")
    assert home.auth("fake").code == ExitCode.LATER
    assert kept.load() == {"session": "old"}


def test_a_place_that_cannot_be_written_is_found_before_anybody_logs_in(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    home.monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "networks.d")
    Fake.known = {"not": "asked"}
    said = home.auth("fake")
    assert (said.code, Fake.known) == (ExitCode.CONFIG, {"not": "asked"})
    assert f"{home.path / 'networks.d'} cannot be written" in said.err


def test_a_disk_that_refuses_is_said_to_and_leaves_no_half_file(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    home.auth("fake")
    fake.secrets = {"access_token": "t-1234"}
    before = home.kept()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    home.monkeypatch.setattr(os, "fsync", full)
    said = home.auth("fake")
    assert (said.code, "cannot be written: No space left on device" in said.err) == (ExitCode.CONFIG, True)
    assert home.kept() == before


# Death in between


class Dead(BaseException):
    """The process ends here."""


def deadly(patch: pytest.MonkeyPatch, step: int) -> list[str]:
    """Let the process die before the `step`th of the things that a login stores; which of them were begun."""
    begun: list[str] = []

    def mortal(what: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            if len(begun) == step:
                raise Dead
            begun.append(what)
            return work(*args, **more)

        return done

    patch.setattr(auth_store, "_write", mortal("file", auth_store._write))
    patch.setattr(FileTokens, "save", mortal("tokens", FileTokens.save))
    patch.setattr(Ledger, "set_network", mortal("ledger", Ledger.set_network))
    return begun


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("again", [False, True], ids=["new", "again"])
def test_a_login_that_dies_halfway_leaves_what_works_or_says_what_to_do(home: Home, step: int, again: bool) -> None:
    with PretendBluesky() as service:
        home.network("bluesky", f'handle = "{service.account.handle}"\npds = "{service.url}"')
        (home.path / "config.toml").write_text('state_dir = "state"\n' + FEED)
        if again:
            assert home.auth("bluesky", "--paste", lines=(service.password,)).code == ExitCode.OK
            service.revoke(service.password)
            service.password = "news-news-news-news"
            service.account.app_passwords.add(service.password)
        with pytest.MonkeyPatch.context() as patch:
            begun = deadly(patch, step)
            with pytest.raises(Dead):
                home.auth("bluesky", "--paste", lines=(service.password,))
        assert begun == ["file", "tokens", "file", "ledger"][:step]
        checked = home.say("check")
        lines = [line for line in checked.out.splitlines() if line.startswith("bad") and "network" in line]
        assert lines == [] or "syndicate auth bluesky" in checked.out
        assert "bug" not in checked.out + checked.err
        done = home.auth("bluesky", "--paste", lines=(service.password,))
        assert done.code == ExitCode.OK
        assert "bad   network bluesky" not in home.say("check").out


# A configuration that is not ready


def test_another_network_that_is_half_made_does_not_stand_in_the_way(home: Home, fake: type[Fake]) -> None:
    home.network("other", 'nonsense = "x"', kind="fake")
    home.network("fake", 'nonsense_of_its_own = "x"')
    fake.tokens = {"session": "new"}
    assert home.auth("fake").code == ExitCode.OK
    assert home.row("fake").account == "7"
    assert FileTokens(home.path / "state" / "tokens" / "fake.json").load() == {"session": "new"}


def test_a_half_made_network_cannot_hide_a_changed_account(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    home.auth("fake")
    home.network("other", 'nonsense = "x"', kind="fake")
    fake.identity = Identity("8", "somebody")
    assert "--replace" in home.auth("fake").err


def test_a_broken_configuration_is_told_before_anybody_logs_in(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    (home.path / "config.toml").write_text(FEED + "nonsense = 1\n")
    Fake.known = {"not": "asked"}
    said = home.auth("fake")
    assert (said.code, Fake.known) == (ExitCode.CONFIG, {"not": "asked"})
    assert "nonsense" in said.err


@pytest.mark.parametrize("name", ["../x", "A", "a b", ""])
def test_a_name_that_can_be_none_is_a_usage_error(home: Home, name: str) -> None:
    said = home.auth(name)
    assert (said.code, "a name is made of" in said.err) == (ExitCode.USAGE, True)


def test_a_network_is_not_turned_into_another_kind(home: Home, fake: type[Fake]) -> None:
    home.network("fake")
    said = home.auth("fake", "--connector", "mastodon")
    assert (said.code, "says connector = “fake” already" in said.err) == (ExitCode.CONFIG, True)


def test_a_new_network_is_made_from_nothing(home: Home, fake: type[Fake]) -> None:
    assert home.auth("second", "--connector", "fake").code == ExitCode.OK
    text = (home.path / "networks.d" / "second.toml").read_text()
    assert 'connector = "fake"' in text
    assert "enabled = true" in text


# Canaries


class Recorder(PretendMastodon):
    """Remembers every secret that a login ever had, from both sides."""

    def secrets(self) -> set[str]:
        forms = [dict(re.findall(r'"(\w+)": "([^"]+)"', r.body.decode())) for r in self.requests if r.body]
        told = {form[name] for form in forms for name in ("code", "client_secret", "code_verifier") if name in form}
        apps = {app.client_secret for app in self.oauth.apps.values() if app is not self.app}
        return told | apps | set(self.oauth.codes) | set(self.tokens)


@pytest.mark.parametrize("way", ["browser", "by hand", "denied", "used code", "lost", "nonsense", "a bug"])
def test_no_secret_shows_or_is_kept_outside_of_its_file(home: Home, way: str) -> None:
    with Recorder() as service:
        home.network("mastodon", f'instance = "{service.url}"')
        pages = browser(home.monkeypatch, before=lambda: _spoil(service, way, home))
        service.oauth.denies = way == "denied"
        words, lines = ((), ()) if way != "by hand" else (("--paste",), (service.token,))
        said = home.say("--debug", "auth", "mastodon", "--port", str(home.port), *words, lines=lines)
        canaries = service.secrets()
    assert len(canaries) >= 2
    shown = said.out + said.err + "".join(pages)
    assert [canary for canary in canaries if canary in shown] == []
    elsewhere = [p for p in home.path.rglob("*") if p.is_file() and p.parent.name != "secrets"]
    assert any(path.name == "ledger.db" for path in elsewhere)
    assert [p for p in elsewhere for canary in canaries if canary.encode() in p.read_bytes()] == []
    kept = home.path / "secrets" / "mastodon"
    assert kept.exists() == (way in ("browser", "by hand"))


def _spoil(service: PretendMastodon, way: str, home: Home) -> None:
    """What happens between the owner's yes and the exchange of the code."""
    if way == "used code":
        for grant in service.oauth.codes.values():
            grant.used = True
    if way == "lost":
        service.fail_next(Fault.LOSE_REPLY, "POST /oauth/token")
    if way == "nonsense":  # a server that repeats what it was sent
        body = {"error": "invalid_request", "error_description": " ".join(service.oauth.codes)}
        service.fail_next(Fault.REFUSE, "POST /oauth/token", status=400, body=body)
    if way == "a bug":

        def broken(told: Mapping[str, Json]) -> None:
            raise RuntimeError(f"a bug that quotes {dict(told)}")

        home.monkeypatch.setattr("syndicator_mastodon.auth._granted", broken)
