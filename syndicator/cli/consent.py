"""The person who connects an account, as a connector meets them: questions, sentences, and a page to agree on.

Enters: what a connector wants to know. Leaves: answers. Everything that is said goes to stderr, so that stdout stays
clean; what is secret is never shown, neither while it is typed nor later. Nothing is stored here.
"""

import contextlib
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from syndicator.cli import show
from syndicator.cli.consent_answer import Awaited, NotTaken
from syndicator.cli.consent_listener import Listener
from syndicator.clock import Clock
from syndicator.errors import UsageError
from syndicator.log import escape, remember_secret

PORT = 8765
PATIENCE = timedelta(minutes=5)
_TRIES = 3
_TEXT_BROWSERS = {"www-browser", "browsh", "elinks", "links", "links2", "lynx", "w3m"}


class Asking:
    """At a terminal, questions are asked there; otherwise answers are lines of standard input, in their order."""

    def __init__(self, network: str, listener: Listener, *, piped: bool) -> None:
        self._network = network
        self._listener = listener
        self._piped = piped  # whether standard input may stand in for a terminal

    def ask(self, question: str) -> str:
        self._need_answers()
        sys.stdout.flush()
        sys.stderr.write(_prompt(question))
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            sys.stderr.write("\n")
            raise UsageError("the answers ended before the questions did", hint="syndicate auth --help")
        return line.strip()

    def ask_secret(self, question: str) -> str:
        at_terminal = sys.stdin.isatty()
        answer = _unseen(_prompt(f"{question} (hidden while you type)")) if at_terminal else self.ask(question)
        remember_secret(answer)
        return answer

    def show(self, text: str) -> None:
        """On a terminal, broken between words; an address alone on its line is never broken."""
        show.trouble(*(piece for line in text.splitlines() for piece in _fitting(line)))

    def close(self) -> None:
        self._listener.close()

    def _need_answers(self) -> None:
        if not self._piped and not sys.stdin.isatty():
            raise UsageError("there is no terminal to ask at", hint=f"syndicate auth {self._network} --paste < ANSWERS")


class WithBrowser(Asking):
    """The browser brings the service's answer to an address of this machine."""

    listens = True

    @property
    def redirect(self) -> str:
        """Raises UsageError when the port is taken, early: before anybody has typed or agreed to anything."""
        self._listener.open()
        return self._listener.address

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> dict[str, str]:
        self._listener.open()
        show_page("Open this page, log in if it asks you to, and agree:", page)
        awaited = Awaited(*proof, answer)
        found = self._listener.wait(awaited, PATIENCE.total_seconds(), lambda: self._lead(page))
        if found is None:
            raise self._nobody_came()
        self.show("The browser came back.")
        return found

    def _lead(self, page: str) -> None:
        if open_browser(page):
            self.show("Your browser should be showing it by now.")
        else:
            self._say_how_without_a_browser()
        self.show(f"Waiting {PATIENCE.seconds // 60} minutes for the answer; Ctrl-C ends that.")

    def _say_how_without_a_browser(self) -> None:
        port = self._listener.port
        self.show(
            f"The answer comes to {self._listener.address}, so the browser has to\n"
            "be on this machine. If it is on another one, type this there first, HOST being\n"
            f"this machine, and open the page there:\n\n  ssh -L {port}:localhost:{port} HOST\n\n"
            "Or end this with Ctrl-C and carry the answer over by hand:\n\n"
            f"  syndicate auth {self._network} --paste\n\n"
        )

    def _nobody_came(self) -> UsageError:
        strangers = self._listener.strangers
        other = (
            f"; {show.count(strangers, 'answer')} that came did not belong to this login and "
            f"{'was' if strangers == 1 else 'were'} not taken"
            if strangers
            else ""
        )
        return UsageError(
            f"nobody came back from the browser within {PATIENCE.seconds // 60} minutes{other}",
            hint=f"syndicate auth {self._network}, or with --paste where the browser cannot reach this machine",
        )


class ByHand(Asking):
    """The person copies the answer out of the browser."""

    listens = False

    @property
    def redirect(self) -> str:
        return self._listener.address

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> dict[str, str]:
        show_page("Open this page in any browser, log in if it asks you to, and agree:", page)
        self.show(
            "The browser then goes to an address that begins with\n"
            f"{self.redirect} and finds nothing there. That is as it\n"
            "should be: copy the whole address out of its address bar."
        )
        awaited = Awaited(*proof, answer)
        for left in range(_TRIES - 1, -1, -1):
            try:
                return awaited.pasted(self.ask_secret("The address, or the code in it"))
            except NotTaken as error:
                if not left or not sys.stdin.isatty():
                    raise UsageError(str(error), hint=f"syndicate auth {self._network} --paste") from error
                self.show(f"{str(error)[0].upper()}{str(error)[1:]}.")
        raise AssertionError("the last try returns or raises")


def talk(network: str, port: int, *, paste: bool, clock: Clock | None = None) -> WithBrowser | ByHand:
    listener = Listener(port, clock)
    return ByHand(network, listener, piped=True) if paste else WithBrowser(network, listener, piped=False)


def show_page(words: str, page: str) -> None:
    """The address alone on its line, to be clicked or copied; whole, so it does not go through the redactor."""
    sys.stdout.flush()
    sys.stderr.write(f"{escape(words)}\n\n{escape(page)}\n\n")
    sys.stderr.flush()


def open_browser(page: str) -> bool:
    """Whether a browser with windows of its own was sent to `page`."""
    browser = _browser() if page.startswith(("https://", "http://")) else None
    if browser is None:
        return False
    with _terminal_untouched():
        try:
            return bool(browser.open(page))
        except OSError:
            return False


class _CanOpen(Protocol):
    def open(self, url: str) -> bool: ...


def _browser() -> _CanOpen | None:
    """None where there is no screen, or where it would be far from the person: at the other end of an SSH session."""
    environ = os.environ
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ:
        return None
    if sys.platform != "darwin" and not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return None
    import webbrowser

    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return None
    # A browser of this exact class is run in the terminal and waited for.
    in_terminal = type(found) is webbrowser.GenericBrowser or Path(str(found.name)).name in _TEXT_BROWSERS
    return None if in_terminal else found


@contextlib.contextmanager
def _terminal_untouched() -> Iterator[None]:
    """Whatever is started meanwhile can neither write to our terminal nor read from it; browsers are talkative."""
    kept = [os.dup(number) for number in range(3)]
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        for number in range(3):
            os.dup2(nowhere, number)
        yield
    finally:
        for number, was in enumerate(kept):
            os.dup2(was, number)
        for number in (nowhere, *kept):
            os.close(number)


def _prompt(question: str) -> str:
    return "\n".join(_fitting(f"{escape(question)}:")) + " "


def _fitting(line: str) -> list[str]:
    if not sys.stderr.isatty():
        return [line]
    width = shutil.get_terminal_size().columns
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]


def _unseen(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt, stream=sys.stderr).strip()
    except EOFError:
        raise UsageError("the answers ended before the questions did", hint="syndicate auth --help") from None
