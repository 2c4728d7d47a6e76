"""A clean machine for configuration tests: an empty home, no variables of ours, and a connector that sends nothing."""

import os
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import pytest
from pydantic import BaseModel, ConfigDict, field_validator

from syndicator import redact
from syndicator.config.files import load
from syndicator.config.models import Config
from syndicator.config.secrets import Secret
from syndicator.connector import Capabilities, Identity, Receipt, Rendering, TokenStore
from syndicator.errors import ConfigError, CredentialError
from syndicator.registry import Registry

CONFIG = """\
[[feed]]
name = "blog"
url = "https://blog.example/feed.xml"
"""
NETWORK = """\
connector = "fake"
instance = "https://social.example"
access_token = "from-the-file"
"""


def forget_secrets_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The redactor is one per process; what these tests call secret must not be hidden in other tests' logs."""
    monkeypatch.setattr(redact, "_secrets", type(redact._secrets)())


_OURS = ("SYNDICATOR_", "XDG_", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY")


class FakeSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    instance: str = "https://social.example"
    access_token: Secret
    spare: Secret | None = None
    visibility: Literal["public", "unlisted"] = "public"

    @field_validator("instance")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError(f"{value} is not an https address")
        return value


class FakeConnector:
    kind: ClassVar[str] = "fake"
    api: ClassVar[int] = 1
    stability: ClassVar[str] = "experimental"
    Settings: ClassVar[type[BaseModel]] = FakeSettings
    sandbox: ClassVar[str | None] = None

    @classmethod
    def open(cls, settings: Any, http: Any, tokens: TokenStore) -> Self:
        return cls()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(max_length=500)

    def whoami(self) -> Identity:
        return Identity("1", "fake")

    def measure(self, text: str) -> int:
        return len(text)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        return Receipt("1")

    def close(self) -> None:
        pass


class Ground:
    """A configuration directory, `home`, with one feed and, as far as asked for, networks."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        forget_secrets_afterwards(monkeypatch)
        self.home = home
        self.monkeypatch = monkeypatch
        self.registry = Registry.of({"fake": FakeConnector})
        for name in [name for name in os.environ if name.startswith(_OURS)]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", str(home / "user"))
        monkeypatch.chdir(home)

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def config(self, extra: str = "", *, feed: str = CONFIG) -> Path:
        return self.write("config.toml", feed + extra)

    def network(self, text: str = NETWORK, name: str = "fake", mode: int = 0o600) -> Path:
        return self.write(f"networks.d/{name}.toml", text, mode)

    def load(self, *, with_secrets: bool = True) -> Config:
        return load(self.home, registry=self.registry, with_secrets=with_secrets)

    def problems(self) -> list[str]:
        """What is wrong, each without the directory; the exit code is the business of single tests."""
        with pytest.raises((ConfigError, CredentialError)) as caught:
            self.load()
        assert caught.value.problems
        return [problem.replace(f"{self.home}/", "") for problem in caught.value.problems]
