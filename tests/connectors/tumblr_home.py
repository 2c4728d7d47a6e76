"""An installation with one Tumblr network, its blog and its pretend service, and the real command line on it."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests

from syndicator import log
from syndicator.cli import consent, main
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.stage import write_config
from syndicator_tumblr.sandbox import PretendTumblr
from tests.unit.config_ground import forget_secrets_afterwards

CREDENTIALS = ("consumer_key", "consumer_secret", "token", "token_secret")


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(slots=True)
class Home:
    path: Path
    blog: PretendBlog
    service: PretendTumblr
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def write(self, **changes: str | bool | None) -> None:
        """The network's file, each string of the login in a file of its own; None leaves a setting out."""
        wanted = {"enabled": True, **self.service.settings(), **changes}
        lines = ['connector = "tumblr"']
        for name, value in wanted.items():
            if name in CREDENTIALS and value is not None:
                self._keep(name, str(value))
                lines.append(f'{name} = {{ file = "secrets/tumblr-{name}" }}')
            elif value is not None:
                lines.append(f"{name} = {str(value).lower()}" if isinstance(value, bool) else f'{name} = "{value}"')
        (self.path / "networks.d" / "tumblr.toml").write_text("\n".join(lines) + "\n")

    def _keep(self, name: str, secret: str) -> None:
        path = self.path / "secrets" / f"tumblr-{name}"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{secret}\n")

    def say(self, *words: str, lines: tuple[str, ...] = ()) -> Said:
        self.monkeypatch.setattr("sys.stdin", StringIO("".join(f"{line}\n" for line in lines)))
        code = main.run(["--config", str(self.path), *words])
        out, err = self.capsys.readouterr()
        return Said(code, out, err)

    def auth(self, *words: str, lines: tuple[str, ...] = ()) -> Said:
        with closing(socket.create_server(("127.0.0.1", 0))) as one:
            port = str(one.getsockname()[1])
        return self.say("auth", "tumblr", "--port", port, *words, lines=lines)

    def publish(self, name: str) -> None:
        words, moment = f"<p>Words of {name}.</p>", datetime.now(UTC) - timedelta(minutes=1)
        self.blog.publish(Entry(name, f"About {name}", words, moment, ("web",)))

    def browser(self, *, change: Callable[[str], str] = str, before: Callable[[], object] = lambda: None) -> None:
        """One that agrees and goes where it is sent; `before` it gets there, something happens."""

        def go(page: str) -> bool:
            back = requests.get(page, allow_redirects=False, timeout=5).headers["Location"]
            before()
            requests.get(change(back), timeout=5)
            return True

        self.monkeypatch.setattr(consent, "open_browser", go)

    def at_debug_level(self) -> None:
        """Whatever is logged is shown, by the libraries below as well; those that name URLs as the host has them."""
        configure = log.configure

        def loudly(*_: object, **__: object) -> None:
            configure(level="debug")
            for name in ("syndicator", "syndicator_tumblr", "pytumblr", "oauthlib", "requests_oauthlib"):
                logging.getLogger(name).setLevel(logging.DEBUG)

        for name in ("oauthlib", "requests_oauthlib", "pytumblr"):
            self.monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
        self.monkeypatch.setattr(log, "configure", loudly)

    def stored(self) -> Iterator[tuple[Path, bytes]]:
        """Every file but those of the secrets."""
        for path in sorted(self.path.rglob("*")):
            if path.is_file() and path.parent.name != "secrets":
                yield path, path.read_bytes()


@contextmanager
def home_in(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, **how: Any
) -> Iterator[Home]:
    """Nothing is published yet, and the feed has been seen."""
    forget_secrets_afterwards(monkeypatch)
    with ExitStack() as stack:
        blog, service = stack.enter_context(PretendBlog()), stack.enter_context(PretendTumblr(**how))
        write_config(path, blog.feed_url, {}, path / "links.json")
        home = Home(path, blog, service, capsys, monkeypatch)
        home.write()
        said = home.say("run")
        assert said.code == 0, said.all
        yield home
