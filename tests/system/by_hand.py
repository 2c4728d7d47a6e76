"""A service without an interface for programs: a person publishes, and what they published can be read on a page.

The service is a file of JSON, so that every Pass, in whatever process, meets the same one. `BlindHand` is the same
without the page. With an `account` in its file either of them publishes by itself.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from pydantic import BaseModel, ConfigDict

from syndicator.connector import (
    API,
    Capabilities,
    HandOff,
    Identity,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    Retryable,
    TokenStore,
)
from tests.system.pass_ground import Ground, ground_in

PAGE = "https://by-hand.example/new"
KINDS = {"by-hand": "ByHand", "blind-hand": "BlindHand"}


class HandSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    world: Path
    account: str = ""


class BlindHand:
    kind: ClassVar[str] = "blind-hand"
    api: ClassVar[int] = API
    Settings: ClassVar[type[BaseModel]] = HandSettings
    sandbox: ClassVar[str | None] = None

    def __init__(self, settings: HandSettings) -> None:
        self.settings = settings
        self.world = World(settings.world)

    @classmethod
    def open(cls, settings: HandSettings, http: Any, tokens: TokenStore) -> Self:
        return cls(settings)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            max_length=500,
            max_images=2,
            max_image_bytes=1_000_000,
            whole_post=True,
            by_hand=not self.settings.account,
            resend=Resend.NEVER,
        )

    def whoami(self) -> Identity:
        if "down" in self.world.read():
            raise Retryable(self.world.read()["down"])
        return Identity(self.settings.account, self.settings.account or "by hand")

    def measure(self, text: str) -> int:
        return len(text)

    def prepare(self, rendering: Rendering, key: str) -> Rendering:
        if not self.settings.account:
            raise Rejected("without an account nothing can be uploaded")
        return rendering

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        url = f"https://by-hand.example/{key[:8]}"
        self.world.note("sent", [*self.world.read().get("sent", []), url])
        return Receipt(key[:8], url)

    def hand_off(self, rendering: Rendering) -> HandOff:
        steps = ("Open the page.", "Paste the address of the original.")
        return HandOff(f"{PAGE}?url={rendering.link}", steps, html=rendering.html)

    def close(self) -> None:
        pass


class ByHand(BlindHand):
    kind: ClassVar[str] = "by-hand"

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        world = self.world.read()
        self.world.note("looks", [*world.get("looks", []), since.isoformat()])
        if "trouble" in world:
            raise Retryable(world["trouble"])
        url = world.get("published", {}).get(rendering.link)
        return Receipt("story", url) if url is not None else None


@dataclass(frozen=True, slots=True)
class World:
    """The service as it is."""

    path: Path

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return found

    def note(self, name: str, value: Any) -> None:
        self.path.write_text(json.dumps({**self.read(), name: value}))

    def forget(self, name: str) -> None:
        self.path.write_text(json.dumps({key: value for key, value in self.read().items() if key != name}))


@dataclass(frozen=True, slots=True)
class Desk:
    """An installation with one network that a person publishes on, and that person's view of it."""

    ground: Ground
    world: World
    network: str

    @property
    def outbox(self) -> Path:
        return self.ground.scene.config.parent / "state" / "outbox"

    @property
    def folders(self) -> list[Path]:
        return sorted(self.outbox.glob("*/*"))

    @property
    def looks(self) -> int:
        return len(self.world.read().get("looks", []))

    def told(self, event: str) -> int:
        return len(self.ground.events.of(event))

    def publish(self, name: str = "walk") -> str:
        """The person has done it; the address of their copy."""
        url = f"https://by-hand.example/me/{name}"
        self.world.note("published", {**self.world.read().get("published", {}), self.ground.link(name): url})
        return url

    def log_in(self, account: str) -> Callable[[], None]:
        """An account is connected; what is returned takes it out again."""
        file, line = f"networks.d/{self.network}.toml", f'account = "{account}"\n'
        self.ground.edit(file, "", line)
        return lambda: self.ground.edit(file, line, "")


@contextmanager
def desk_in(directory: Path, monkeypatch: pytest.MonkeyPatch, kind: str = "by-hand") -> Iterator[Desk]:
    """The feed is known; nothing has been published since."""
    _install(directory / "shelf", monkeypatch)
    with ground_in(directory, "none-of-ours") as ground:
        world = World(directory / "world.json")
        _add(ground, kind, world)
        ground.walk()
        yield Desk(ground, world, kind)


def add_blind_hand(desk: Desk) -> None:
    """A second network of the kind."""
    _add(desk.ground, "blind-hand", desk.world)


def _add(ground: Ground, kind: str, world: World) -> None:
    path = ground.scene.config.parent / "networks.d" / f"{kind}.toml"
    path.write_text(f'connector = "{kind}"\nworld = "{world.path}"\n')


def _install(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a package of connectors is installed: by entry points beside the code."""
    home = shelf / "by_hand-1.dist-info"
    home.mkdir(parents=True)
    points = "".join(f"{kind} = {__name__}:{name}\n" for kind, name in KINDS.items())
    (home / "METADATA").write_text("Metadata-Version: 2.1\nName: by-hand\nVersion: 1\n")
    (home / "entry_points.txt").write_text(f"[syndicator.connectors]\n{points}")
    monkeypatch.syspath_prepend(str(shelf))


def number_in(text: str) -> int:
    """The delivery that a command names."""
    found = re.search(r"syndicate done (\d+)", text)
    assert found is not None
    return int(found[1])
