"""An installation in which everything happens that could give a secret away, and the places where it would be found.

Each secret of each connector is a word of its own. The post's address holds a word that is no secret and travels the
same ways: a channel in which that one is not found has not been looked at.
"""

import io
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import SecretStr

from syndicator import log
from syndicator.cli import main
from syndicator.config.files import load
from syndicator.connector import Receipt
from syndicator.errors import LedgerError
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Fault, PretendService
from syndicator.sandbox.stage import Stage, pretend_services, stage
from tests.unit.feed_ground import ParserHere

WITNESS = "a-witness-who-may-be-seen"
LOOKING = (
    ("status", "--json"),
    ("list", "--json"),
    ("check", "--json"),
    ("connectors", "--json"),
    ("status",),
    ("list",),
    ("check",),
)


@dataclass(slots=True)
class House:
    scene: Stage
    said: dict[str, str] = field(default_factory=dict)  # command → what it printed
    raised: str = ""
    reader: sqlite3.Connection | None = None

    @property
    def home(self) -> Path:
        return self.scene.config.parent

    def say(self, *words: str) -> str:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            main.run(["--config", str(self.scene.config), "--debug", *words])
        self.said[" ".join(words[:2])] = self.said.get(" ".join(words[:2]), "") + out.getvalue() + err.getvalue()
        return out.getvalue() + err.getvalue()

    def secrets(self) -> set[str]:
        found = set[str]()
        for network in load(self.scene.config).networks.values():
            found |= {value.get_secret_value() for _, value in network.settings if isinstance(value, SecretStr)}
        for tokens in (self.home / "state" / "tokens").glob("*.json"):
            found |= set(_long_words(json.loads(tokens.read_text())))
        return {secret for secret in found if len(secret) >= 8}

    def publish(self, name: str, age: timedelta) -> None:
        at = datetime.now(UTC) - age
        self.scene.blog.publish(Entry(name, "", f"<p>Words of {name}.</p>", at, ("walk",)))

    def files(self, *below: str) -> bytes:
        """All files there, but for those that are made to hold secrets."""
        own = (self.home / "networks.d", self.home / "state" / "tokens")
        paths = [path for path in self.home.joinpath(*below).rglob("*") if path.is_file() and path.parent not in own]
        return b"\n".join(path.read_bytes() for path in paths if path != self.scene.config)


def _long_words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str) and any(word in name.lower() for word in ("token", "secret", "jwt", "password")):
                yield one
            else:
                yield from _long_words(one)


def _bytes_of(*names: str) -> Callable[[House], bytes]:
    return lambda house: b"".join(path.read_bytes() for name in names for path in house.home.glob(name))


CHANNELS: dict[str, tuple[Callable[[House], bytes], str]] = {
    "standard output and error of all commands": (lambda h: "".join(h.said.values()).encode(), WITNESS),
    "status as JSON": (lambda h: h.said["status --json"].encode(), "mastodon"),
    "list as JSON": (lambda h: h.said["list --json"].encode(), WITNESS),
    "check as JSON": (lambda h: h.said["check --json"].encode(), "mastodon"),
    "connectors as JSON": (lambda h: h.said["connectors --json"].encode(), "mastodon"),
    "explain": (lambda h: b"".join(text.encode() for words, text in h.said.items() if "explain" in words), WITNESS),
    "the log in lines": (_bytes_of("log.logfmt"), WITNESS),
    "the log as JSON": (_bytes_of("log.json"), WITNESS),
    "tracebacks": (lambda h: h.raised.encode(), "Traceback"),
    "the journal of answers": (_bytes_of("state/outcomes.journal"), WITNESS),
    "the ledger": (_bytes_of("state/ledger.db"), WITNESS),
    "the ledger's write-ahead log": (_bytes_of("state/ledger.db-wal"), WITNESS),
    "the state directory": (lambda h: h.files("state"), WITNESS),
    "an export": (_bytes_of("export.jsonl"), WITNESS),
    "a backup": (_bytes_of("backup.db"), WITNESS),
    "the links for the blog": (_bytes_of("blog/syndication.json"), WITNESS),
    "a preview page": (_bytes_of("preview.html"), WITNESS),
    "folders for publishing by hand": (lambda h: h.files("state", "outbox"), WITNESS),
    "every other file": (lambda h: h.files(), WITNESS),
}
"""Channel → how to read it, and a word that proves that it was read."""

LAYERS = (
    "syndicator.http.GuardedSession.send",
    "syndicator.polling.fetch",
    "syndicator.reading.read",
    "syndicator.host.Host.connect",
    "syndicator.deliver.make",
    "syndicator_mastodon.connector.MastodonConnector.whoami",
    "syndicator_mastodon.connector.MastodonConnector.deliver",
    "syndicator.settle._find",
    "syndicator.ledger.ledger.Ledger.start",
    "syndicator.ledger.ledger.Ledger.finish",
    "syndicator.run.summarise",
)
"""Where an exception is forced whose words are the secrets, as those of a library are that quotes its request."""


@contextmanager
def house_in(directory: Path, patch: pytest.MonkeyPatch) -> Iterator[House]:
    """Everything has happened in it."""
    cast = pretend_services("bluesky", "mastodon", "tumblr", "linkedin", "medium")
    by_hand = cast["medium"]
    vars(by_hand)["settings"] = vars(type(by_hand))["settings_by_hand"].__get__(by_hand)
    with stage(directory, PretendBlog(), cast=cast) as scene:
        house = House(scene)
        scene.config.write_text(scene.config.read_text().replace("[defaults]\n", "[defaults]\nburst = 1000\n"))
        try:
            _live(house, patch)
            yield house
        finally:
            if house.reader is not None:
                house.reader.close()


def _live(house: House, patch: pytest.MonkeyPatch) -> None:
    with _logging(house, patch, "logfmt"):
        patch.setattr("syndicator.cli.hosting.Parser", ParserHere)
        house.say("run")
        house.publish(WITNESS, timedelta(hours=2))
        house.say("run")
        _spoilt_answers(house)
    _open_a_second_time(house)
    with _logging(house, patch, "json"):
        _forced_exceptions(house, patch)
        house.publish(f"{WITNESS}-again", timedelta(minutes=3))
        house.say("run")
    for words in (
        *LOOKING,
        ("explain", f"{house.scene.blog.url}/{WITNESS}/"),
        ("export", str(house.home / "export.jsonl")),
    ):
        house.say(*words)
    _answer_that_cannot_be_committed(house, patch)
    house.say("backup", str(house.home / "backup.db"))
    house.say("preview", "--html", str(house.home / "preview.html"), f"{house.scene.blog.url}/{WITNESS}/")


def _open_a_second_time(house: House) -> None:
    """Whoever closes a ledger last folds its write-ahead log into it."""
    house.reader = sqlite3.connect(house.home / "state" / "ledger.db")
    house.reader.execute("SELECT * FROM meta").fetchall()


@contextmanager
def _logging(house: House, patch: pytest.MonkeyPatch, form: Literal["logfmt", "json"]) -> Iterator[None]:
    """The log at debug level into a file of its own."""
    configure = log.configure
    with (house.home / f"log.{form}").open("w") as file, patch.context() as here:
        here.setattr(log, "configure", lambda *_, **__: configure(form, level="debug", stream=file))
        yield


def _answer_that_cannot_be_committed(house: House, patch: pytest.MonkeyPatch) -> None:
    """A post is out, and its row cannot be written: what is kept beside the ledger."""
    house.publish(f"{WITNESS}-kept", timedelta(minutes=1))
    with patch.context() as here:
        here.setattr("syndicator.ledger.moves.finish", _full_disk)
        here.setattr(
            "syndicator_mastodon.connector.MastodonConnector.deliver",
            lambda *_: Receipt("7", f"https://social.example/{WITNESS}-kept"),
        )
        house.say("run", "--only", "mastodon")


def _full_disk(*_: Any, **__: Any) -> Any:
    raise LedgerError("the disk is full")


def _spoilt_answers(house: House) -> None:
    """Services that repeat what they were sent, in every status."""
    for number, status in enumerate((400, 429)):
        house.publish(f"{WITNESS}-{status}", timedelta(minutes=90 - number))
        for service in _served(house):
            words = " ".join(sorted(house.secrets()))
            service.fail_next(Fault.REFUSE, service.publishing, status=status, body={"error": words, "message": words})
        house.say("run")


def _served(house: House) -> Sequence[PretendService]:
    return [service for service in house.scene.services.values() if isinstance(service, PretendService)]


def _forced_exceptions(house: House, patch: pytest.MonkeyPatch) -> None:
    for number, layer in enumerate(LAYERS):
        house.publish(f"{WITNESS}-layer-{number}", timedelta(minutes=60 - number))
        with patch.context() as here:
            here.setattr(layer, partial(_leak, " ".join(sorted(house.secrets()))))
            house.raised += house.say("run")


class Leak(Exception):
    """As libraries raise it."""


def _leak(words: str, *_: Any, **__: Any) -> Any:
    raise Leak(f"400 Client Error for {words}, sent as Bearer {words}")
