"""A service whose copies can answer each other: each is a line of a file, so that every Pass, in whatever process,
meets the same one. Its notes have a paragraph each, so a post of three paragraphs is a thread of three parts.

What it does to the next requests stands in another file: `lose` publishes and gives no answer, `cut` publishes and
does not say how it calls the copy, `refuse` publishes nothing, `hurt` publishes nothing and never will.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from syndicator.connector import (
    API,
    Capabilities,
    Identity,
    OutcomeUnknown,
    Part,
    Receipt,
    Rejected,
    Rendering,
    Resend,
    Retryable,
    TokenStore,
)
from syndicator.post import Post
from syndicator.rendering import Made

KIND = "rope"
OUTSIDE = ("lose", "cut", "refuse", "hurt")


class RopeSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    shore: Path
    threads: bool = True
    looks: bool = True


@dataclass(frozen=True, slots=True)
class Shore:
    """The service as it is."""

    path: Path

    def copies(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("copies")]

    def texts(self) -> list[str]:
        return [copy["text"] for copy in self.copies()]

    def publish(self, copy: dict[str, Any]) -> None:
        """In one write, so that a kill leaves a whole copy or none."""
        self._append("copies", json.dumps(copy))

    def next(self, *faults: str) -> None:
        for fault in faults:
            assert fault in (*OUTSIDE, "well")
            self._append("faults", fault)

    def fault(self) -> str:
        """What happens to this request: the n-th fault is for the n-th one since the service began."""
        number = len(self._lines("asked"))
        self._append("asked", ".")
        return dict(enumerate(self._lines("faults"))).get(number, "well")

    def calm(self) -> None:
        (self.path / "faults").unlink(missing_ok=True)

    def _lines(self, name: str) -> list[str]:
        path = self.path / name
        return path.read_text().splitlines() if path.exists() else []

    def _append(self, name: str, line: str) -> None:
        self.path.mkdir(exist_ok=True)
        descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)


class Rope:
    kind: ClassVar[str] = KIND
    api: ClassVar[int] = API
    Settings: ClassVar[type[BaseModel]] = RopeSettings
    sandbox: ClassVar[str | None] = None

    def __init__(self, settings: RopeSettings) -> None:
        self.settings = settings
        self.shore = Shore(settings.shore)

    @classmethod
    def open(cls, settings: RopeSettings, http: Any, tokens: TokenStore) -> "Rope | BlindRope":
        return BlindRope(settings) if not settings.looks else Rope(settings)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(max_length=500, thread=self.settings.threads, resend=Resend.LOOKUP)

    def whoami(self) -> Identity:
        return Identity("7", "me")

    def measure(self, text: str) -> int:
        return len(text)

    def deliver(self, rendering: Rendering, key: str) -> Receipt:
        fault = self.shore.fault()
        if fault == "refuse":
            raise Retryable("503 try later")
        if fault == "hurt":
            raise Rejected("422 no")
        name, to = f"{key[:8]}-{len(self.shore.copies())}", rendering.reply_to
        self.shore.publish(
            {
                "id": name,
                "text": rendering.text,
                "answers": to and to.parent.remote_id,
                "thread": to and to.root.remote_id,
                "made": rendering.composed and rendering.composed.isoformat(),
                "knot": to and to.parent.extra.get("knot"),
            }
        )
        if fault == "lose":
            raise OutcomeUnknown("connection reset")
        return Receipt("") if fault == "cut" else self._receipt(name)

    def close(self) -> None:
        pass

    def _receipt(self, name: str) -> Receipt:
        return Receipt(name, f"https://rope.example/{name}", extra={"knot": name[::-1]})

    def find(self, rendering: Rendering, key: str, since: datetime) -> Receipt | None:
        found = (c for c in self.shore.copies() if c["text"] == rendering.text and c["id"].startswith(key[:8]))
        return next((self._receipt(copy["id"]) for copy in found), None)


class BlindRope:
    """The same without a list of what is there."""

    kind, api, Settings, sandbox = Rope.kind, Rope.api, Rope.Settings, None

    def __init__(self, settings: RopeSettings) -> None:
        self.rope = Rope(settings)

    def __getattr__(self, name: str) -> Any:
        if name == "find":
            raise AttributeError(name)
        return getattr(self.rope, name)


def in_parts(post: Post, *told: Any, **_: Any) -> Made:
    """In place of `rendering.make`: each paragraph is a part."""
    now = next(one for one in told if isinstance(one, datetime))
    first, *rest = [words.strip() for words in post.text.split("\n\n") if words.strip()]
    return Made(Rendering(first, link=post.link, rest=tuple(Part(words) for words in rest), composed=now))


def chains(shore: Shore) -> dict[str, list[tuple[str, str | None]]]:
    """The first words of each thread → all that is there of it, as `chain` has it; a copy that answers nothing and
    ought to stands alone."""
    copies = shore.copies()
    words = {copy["id"]: copy["text"] for copy in copies}
    found: dict[str, list[tuple[str, str | None]]] = {}
    for copy in copies:
        begin = words.get(copy["thread"], copy["text"])
        found.setdefault(begin, []).append((copy["text"], words.get(copy["answers"])))
    return found


def chain(*words: str) -> list[tuple[str, str | None]]:
    """What `Harbour.said` tells of one whole thread."""
    return list(zip(words, (None, *words[:-1]), strict=True))


def moor(config: Path, shore: Shore, **settings: Any) -> None:
    """Write the network's file."""
    lines = {"connector": KIND, "shore": str(shore.path), **settings}
    path = config.parent / "networks.d" / f"{KIND}.toml"
    path.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items()))


def shelf(directory: Path) -> Path:
    """A directory that has the connector as an installed package has it: by entry points."""
    home = directory / "shelf" / "rope-1.dist-info"
    home.mkdir(parents=True)
    (home / "METADATA").write_text("Metadata-Version: 2.1\nName: rope\nVersion: 1\n")
    (home / "entry_points.txt").write_text(f"[syndicator.connectors]\n{KIND} = {__name__}:Rope\n")
    return home.parent
