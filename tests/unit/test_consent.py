"""What comes back from a consent page: brought by a browser over real connections, or copied by a person."""

import os
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from io import StringIO
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from syndicator.cli import consent, consent_listener
from syndicator.cli.consent_answer import Awaited, NotTaken
from syndicator.cli.consent_listener import LONGEST, PLACES, Listener
from syndicator.clock import ManualClock
from syndicator.errors import UsageError
from syndicator.log import redact, remember_secret
from tests.unit.config_ground import forget_secrets_afterwards

forget = pytest.fixture(autouse=True)(forget_secrets_afterwards)

PROOF = "a-proof-that-only-this-login-knows"
CODE = "the/code+of=this&login"
AWAITED = Awaited("state", PROOF, "code")
GOOD = f"code=the%2Fcode%2Bof%3Dthis%26login&state={PROOF}"
SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "BROWSER")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return int(one.getsockname()[1])


class Waiting:
    """A listener in a thread of its own, as a login would have it."""

    def __init__(self, awaited: Awaited = AWAITED, seconds: float = 20) -> None:
        self.listener = Listener(0)
        self.listener.open()
        self.found: dict[str, str] | None = None
        ready = threading.Event()

        def wait() -> None:
            self.found = self.listener.wait(awaited, seconds, ready.set)

        self.thread = threading.Thread(target=wait, daemon=True)
        self.thread.start()
        assert ready.wait(5)
        self.port = self.listener.port

    def get(self, path: str, host: str = "127.0.0.1", **how: str) -> requests.Response:
        return requests.get(f"http://{host}:{self.port}{path}", timeout=5, headers=how)

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 5)

    def ends(self) -> dict[str, str] | None:
        self.thread.join(5)
        assert not self.thread.is_alive()
        return self.found


@pytest.fixture
def waiting() -> Iterator[Waiting]:
    made = Waiting()
    yield made
    made.listener.take({})
    made.ends()


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


# A browser comes back


def test_the_browser_that_comes_back_is_thanked_and_believed(waiting: Waiting) -> None:
    page = waiting.get(f"/callback?{GOOD}")
    assert (page.status_code, "You can close this tab" in page.text) == (200, True)
    assert waiting.ends() == {"code": CODE, "state": PROOF}


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_localhost_may_mean_either_address(waiting: Waiting) -> None:
    assert waiting.get(f"/callback?{GOOD}", host="[::1]").status_code == 200
    assert waiting.ends() is not None


def test_nobody_else_s_machine_can_reach_it(waiting: Waiting) -> None:
    addresses = {server.server_address[0] for server in waiting.listener._servers}
    assert addresses <= {"127.0.0.1", "::1"}


def test_the_page_keeps_nothing_loads_nothing_and_tells_nobody(waiting: Waiting) -> None:
    page = waiting.get(f"/callback?{GOOD}")
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "://" not in page.text
    assert PROOF not in page.text + str(page.headers)


def test_a_refusal_is_an_answer_too_and_the_page_says_so(waiting: Waiting) -> None:
    page = waiting.get(f"/callback?error=access_denied&error_description=no&state={PROOF}")
    assert "The service said no" in page.text
    assert waiting.ends() == {"error": "access_denied", "error_description": "no", "state": PROOF}


@pytest.mark.parametrize(
    "path",
    [
        "/callback",
        "/callback?code=stolen",
        "/callback?code=stolen&state=wrong",
        f"/callback?code=stolen&state={PROOF}x",
        f"/callback?code=stolen&state=wrong&state={PROOF}",
        f"/callback?code=one&code=two&state={PROOF}",
        f"/callback?code=stolen&State={PROOF}",
        f"/callback?{'&'.join(f'x{i}=1' for i in range(40))}&{GOOD}",
    ],
)
def test_an_answer_without_the_proof_is_not_taken_and_the_wait_goes_on(waiting: Waiting, path: str) -> None:
    strange = waiting.get(path)
    assert (strange.status_code, "does not belong to this login" in strange.text) == (400, True)
    assert "stolen" not in strange.text
    assert waiting.listener.strangers == 1
    waiting.get(f"/callback?{GOOD}")
    assert (waiting.ends() or {})["code"] == CODE


@pytest.mark.parametrize(
    "path", ["/", "/favicon.ico", f"/callback/?{GOOD}", f"/CALLBACK?{GOOD}", f"/x?{GOOD}", f"/x/callback?{GOOD}"]
)
def test_other_paths_are_not_there(waiting: Waiting, path: str) -> None:
    missing = waiting.get(path)
    assert (missing.status_code, PROOF in missing.text) == (404, False)
    assert waiting.listener._taken is None


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT"])
def test_only_a_browser_that_looks_is_answered(waiting: Waiting, method: str) -> None:
    address = f"http://127.0.0.1:{waiting.port}/callback?{GOOD}"
    assert requests.request(method, address, timeout=5).status_code == 405
    assert waiting.listener._taken is None


def test_a_page_that_is_loaded_twice_changes_nothing() -> None:
    listener = Listener(0)
    listener.take({"code": "first"})
    listener.take({"code": "second"})
    assert listener._taken == {"code": "first"}


def test_what_the_browser_brought_is_never_shown_afterwards(waiting: Waiting) -> None:
    waiting.get(f"/callback?code=xyz-canary-code&oauth_verifier=xyz-canary-verifier&state={PROOF}&scope=write")
    waiting.ends()
    assert redact("xyz-canary-code, xyz-canary-verifier, write") == "[redacted], [redacted], write"


# Time


def test_after_the_time_is_over_nobody_is_waited_for() -> None:
    clock = ManualClock()
    before = clock.now()
    assert Listener(0, clock).wait(AWAITED, 300, lambda: None) is None
    assert (clock.now() - before).total_seconds() == 300


def test_the_port_is_free_again_afterwards(waiting: Waiting) -> None:
    waiting.get(f"/callback?{GOOD}")
    waiting.ends()
    again = Listener(waiting.port)
    again.open()
    again.close()


# Bad clients


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /callback?code=x",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"\x16\x03\x01\x02\x00\x01",  # a browser that tries https first
        b"GET /" + b"a" * (LONGEST + 5000),
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000,
    ],
    ids=["nothing", "half a line", "half a head", "TLS", "a long line", "many headers"],
)
def test_a_client_that_never_finishes_hinders_nobody(waiting: Waiting, sent: bytes) -> None:
    with waiting.connection() as slow:
        slow.sendall(sent)
        assert waiting.get(f"/callback?{GOOD}").status_code == 200
    assert waiting.ends() is not None


def test_a_client_has_only_so_long(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent_listener, "PATIENCE", 0.05)
    with waiting.connection() as slow:
        slow.sendall(b"GET /callback")
        assert slow.recv(1) == b""


def test_a_tls_handshake_is_ended_at_once_so_that_the_browser_can_try_without(waiting: Waiting) -> None:
    with waiting.connection() as hasty:
        hasty.sendall(b"\x16\x03\x01")
        assert hasty.recv(1) == b""


def test_a_client_has_only_so_many_bytes(waiting: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consent_listener, "PATIENCE", 60)
    with waiting.connection() as large, pytest.raises(ConnectionError):
        large.sendall(b"a" * 5_000_000)


def test_more_clients_than_places_do_not_keep_the_browser_out(waiting: Waiting) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(waiting.connection()) for _ in range(PLACES + 20)]
        assert waiting.get(f"/callback?{GOOD}").status_code == 200
        assert len(crowd) > PLACES
    assert waiting.ends() is not None


def test_a_flood_of_wrong_proofs_does_not_keep_the_browser_out(waiting: Waiting) -> None:
    def flood() -> None:
        for _ in range(30):
            with waiting.connection() as one:
                one.sendall(b"GET /callback?code=x&state=wrong HTTP/1.1\r\n\r\n")
                one.recv(1)

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waiting.listener.strangers == 120
    assert waiting.get(f"/callback?{GOOD}").status_code == 200
    assert waiting.ends() is not None


@pytest.mark.parametrize(
    "line", [b"\r\n", b"GET\r\n", b"GET /callback\r\n", b"\xff\xfe \x00 x\r\n", b"GET http://[ HTTP/1.1\r\n"]
)
def test_what_is_no_request_is_said_to_be_none(waiting: Waiting, line: bytes) -> None:
    with waiting.connection() as odd:
        odd.sendall(line + b"\r\n\r\n")
        assert odd.recv(12) == b"HTTP/1.1 400"


@given(st.binary(max_size=200))
def test_no_request_makes_it_fall_over(head: bytes) -> None:
    page, found = Listener(0).answer(head)
    assert page.startswith(b"HTTP/1.1 4")
    assert found is None


# A port that is taken


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} .* another program uses it") as refused:
            Listener(port).open()
    assert f"--port {port + 1}" in str(refused.value.hint)
    assert "register the new address there too" in str(refused.value.hint)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_port_that_is_taken_on_the_other_localhost_is_taken() -> None:
    port = free_port()
    with (
        closing(socket.create_server(("::1", port), family=socket.AF_INET6)),
        pytest.raises(UsageError, match="another program uses it"),
    ):
        Listener(port).open()


def test_a_machine_without_ipv6_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket.bind

    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        if address[0] == "::1":
            raise OSError(99, "Cannot assign requested address")
        real(self, address)

    monkeypatch.setattr(socket.socket, "bind", bind)
    listener = Listener(0)
    listener.open()
    assert len(listener._servers) == 1
    listener.close()


def test_the_port_is_taken_before_anybody_has_agreed_to_anything() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        talk = consent.talk("mastodon", other.getsockname()[1], paste=False)
        with pytest.raises(UsageError, match="another program uses it"):
            _ = talk.redirect


# With a browser: what the terminal says


@pytest.fixture
def no_screen(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in SCREEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    return monkeypatch


def browser_in(directory: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that notes which address it was sent to, and talks as browsers do."""
    noted = directory / f"{name}.txt"
    program = directory / name
    program.write_text(f'#!/bin/sh\necho chatter; echo noise >&2; echo "$1" > {noted}.part; mv {noted}.part {noted}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", f"{program} %s &")
    monkeypatch.setattr("webbrowser._tryorder", None)
    monkeypatch.setattr("webbrowser._browsers", {})
    return noted


def eventually(happens: Callable[[], bool]) -> bool:
    return any(happens() or threading.Event().wait(0.02) for _ in range(250))


def test_nobody_coming_back_is_a_usage_error_with_the_next_step(
    no_screen: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = consent.talk("mastodon", free_port(), paste=False, clock=ManualClock())
    with pytest.raises(UsageError, match="nobody came back from the browser within 5 minutes") as late:
        talk.consent("https://social.example/oauth", proof=("state", PROOF))
    assert str(late.value.hint).startswith("syndicate auth mastodon, or with --paste")
    out, err = capsys.readouterr()
    assert out == ""
    assert "https://social.example/oauth" in err.splitlines()


def test_answers_that_were_not_taken_are_mentioned_when_nobody_else_came(no_screen: pytest.MonkeyPatch) -> None:
    talk = consent.talk("mastodon", free_port(), paste=False, clock=ManualClock())
    talk._listener.strangers = 2
    with pytest.raises(UsageError, match="2 answers that came did not belong to this login and were not taken"):
        talk.consent("https://social.example/oauth", proof=("state", PROOF))


def test_without_a_screen_it_says_how_to_do_it_from_elsewhere(
    no_screen: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    with pytest.raises(UsageError):
        consent.talk("tumblr", port, paste=False, clock=ManualClock()).consent("https://x.example/", proof=("s", "p"))
    said = capsys.readouterr().err
    assert f"  ssh -L {port}:localhost:{port} HOST" in said.splitlines()
    assert "  syndicate auth tumblr --paste" in said.splitlines()


def test_a_secret_in_the_address_of_the_page_does_not_spoil_it(
    no_screen: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    remember_secret("client-id-that-is-secret-too")
    page = "https://social.example/oauth?client_id=client-id-that-is-secret-too"
    with pytest.raises(UsageError):
        consent.talk("x", free_port(), paste=False, clock=ManualClock()).consent(page, proof=("state", PROOF))
    assert page in capsys.readouterr().err.splitlines()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a browser may outlive who started it
def test_a_browser_with_windows_is_sent_to_the_page_and_kept_off_the_terminal(
    no_screen: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    noted = browser_in(tmp_path, "windows", no_screen)
    no_screen.setenv("DISPLAY", ":7")
    assert consent.open_browser("https://social.example/?a=1&b=2") is True
    assert eventually(noted.exists)
    assert noted.read_text() == "https://social.example/?a=1&b=2\n"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("environ", "name", "page"),
    [
        ({}, "windows", "https://social.example/"),
        ({"DISPLAY": ":7", "SSH_CONNECTION": "x"}, "windows", "https://social.example/"),
        ({"DISPLAY": ":7"}, "w3m", "https://social.example/"),
        ({"WAYLAND_DISPLAY": "w"}, "lynx", "https://social.example/"),
        ({"DISPLAY": ":7"}, "windows", "file:///etc/passwd"),
        ({"DISPLAY": ":7"}, "windows", "--help"),
    ],
)
def test_no_browser_is_opened_that_nobody_would_see_or_that_takes_the_terminal(
    no_screen: pytest.MonkeyPatch, tmp_path: Path, environ: dict[str, str], name: str, page: str
) -> None:
    noted = browser_in(tmp_path, name, no_screen)
    for variable, value in environ.items():
        no_screen.setenv(variable, value)
    assert consent.open_browser(page) is False
    assert not noted.exists()


def test_a_browser_that_runs_in_the_terminal_is_not_opened(no_screen: pytest.MonkeyPatch, tmp_path: Path) -> None:
    browser_in(tmp_path, "mine", no_screen)
    no_screen.setenv("DISPLAY", ":7")
    no_screen.setenv("BROWSER", f"{tmp_path / 'mine'} %s")
    assert consent.open_browser("https://social.example/") is False


# Copied by hand


@pytest.mark.parametrize(
    "pasted",
    [
        f"http://localhost:8765/callback?{GOOD}",
        f"  <http://127.0.0.1:8765/callback?{GOOD}#_=_>\n",
        f"localhost:8765/callback?{GOOD}",
        f"/callback?{GOOD}",
        GOOD,
    ],
)
def test_whatever_part_of_the_address_is_copied_is_understood(pasted: str) -> None:
    assert AWAITED.pasted(pasted) == {"code": CODE, "state": PROOF}


def test_a_bare_code_is_taken_as_the_answer() -> None:
    assert Awaited("oauth_token", "t", "oauth_verifier").pasted(" abc+/== \n") == {"oauth_verifier": "abc+/=="}


def test_a_refusal_can_be_copied_too() -> None:
    found = AWAITED.pasted(f"http://localhost:8765/callback?error=user_cancelled_login&state={PROOF}")
    assert found == {"error": "user_cancelled_login", "state": PROOF}


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "neither a code nor the address"),
        ("I do not know", "neither a code nor the address"),
        ("http://localhost:8765/callback", "neither a code nor the address"),
        ("http://localhost:8765/callback?code=canary&state=older", "belongs to another login"),
        ("http://localhost:8765/callback?code=canary", "belongs to another login"),
        (f"https://social.example/oauth/authorize?state={PROOF}", "not where the browser ended up"),
        ("http://[/callback?code=canary", "not an address"),
    ],
)
def test_what_cannot_be_the_answer_is_refused_with_the_reason_and_not_repeated(pasted: str, why: str) -> None:
    with pytest.raises(NotTaken, match=why) as refused:
        AWAITED.pasted(pasted)
    assert "canary" not in str(refused.value)


@given(st.text(max_size=80))
def test_whatever_is_pasted_is_either_taken_or_refused(text: str) -> None:
    try:
        found = AWAITED.pasted(text)
    except NotTaken:
        return
    assert found.get("state") == PROOF or list(found) == ["code"]


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=6))
def test_only_the_proof_itself_proves(parameters: dict[str, str]) -> None:
    from urllib.parse import urlencode

    parameters.pop("state", None)
    assert AWAITED.taken(urlencode(parameters)) is None
    assert AWAITED.taken(urlencode({**parameters, "state": PROOF})) == {**parameters, "state": PROOF}


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("".join(f"{line}\n" for line in lines)))


def at_terminal(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    answers = iter(lines)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: next(answers))


def test_in_a_pipe_a_wrong_proof_ends_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, f"http://localhost:8765/callback?code=x&state={PROOF}x", "never read")
    with pytest.raises(UsageError, match="belongs to another login") as refused:
        consent.talk("x", 8765, paste=True).consent("https://x.example/", proof=("state", PROOF))
    assert refused.value.hint == "syndicate auth x --paste"
    assert sys.stdin.readline() == "never read\n"


def test_at_a_terminal_it_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch)
    at_terminal(monkeypatch, "/callback?code=x&state=wrong", "", GOOD)
    found = consent.talk("x", 8765, paste=True).consent("https://x.example/", proof=("state", PROOF))
    assert found == {"code": CODE, "state": PROOF}
    said = capsys.readouterr().err
    assert "That address belongs to another login than this one: open the page above, and no older one." in said
    assert "http://localhost:8765/callback and finds nothing there." in said


def test_three_tries_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch)
    at_terminal(monkeypatch, "", "", "", GOOD)
    with pytest.raises(UsageError, match="neither a code nor"):
        consent.talk("x", 8765, paste=True).consent("https://x.example/", proof=("state", PROOF))


def test_by_hand_nothing_listens_and_no_port_is_taken() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        talk = consent.talk("x", port, paste=True)
        assert (talk.listens, talk.redirect) == (False, f"http://localhost:{port}/callback")


# Questions


def test_secrets_are_known_to_the_redactor_from_the_moment_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "xyz-canary-told")
    assert consent.talk("x", 8765, paste=True).ask_secret("Secret") == "xyz-canary-told"
    assert redact("xyz-canary-told") == "[redacted]"


def test_on_a_terminal_lines_are_broken_between_words_and_addresses_never(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = f"https://social.example/{'a' * 100}"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "20")
    typed(monkeypatch, "answer")
    talk = consent.talk("x", 8765, paste=True)
    talk.show(f"words that need more than one line\n\n{page}")
    talk.ask("and a question as well")
    assert capsys.readouterr().err == (f"words that need more\nthan one line\n\n{page}\nand a question as\nwell: ")


def test_in_a_pipe_lines_stay_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    consent.talk("x", 8765, paste=True).show("words that need more than one line")
    assert capsys.readouterr().err == "words that need more than one line\n"


def test_without_a_terminal_nothing_is_asked_but_in_a_pipe_on_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "answer")
    with pytest.raises(UsageError, match="no terminal to ask at") as refused:
        consent.talk("x", free_port(), paste=False).ask("Question")
    assert refused.value.hint == "syndicate auth x --paste < ANSWERS"
    assert consent.talk("x", 8765, paste=True).ask("Question") == "answer"


def test_answers_that_end_too_early_are_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch)
    with pytest.raises(UsageError, match="ended before the questions did"):
        consent.talk("x", 8765, paste=True).ask_secret("Secret")


def test_the_terminal_is_given_back_after_a_browser_that_cannot_start(
    no_screen: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    browser_in(tmp_path, "gone", no_screen)
    (tmp_path / "gone").unlink()
    no_screen.setenv("DISPLAY", ":7")
    before = len(list(Path("/proc/self/fd").iterdir()))
    assert consent.open_browser("https://social.example/") is False
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    os.write(2, b"here again")
    assert capfd.readouterr().err == "here again"
