"""A folder, a connector over it, and renderings to put there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from syndicator.connector import Attachment, Rendering, TokenStore
from syndicator.http import Http
from syndicator_file.connector import FileConnector
from syndicator_file.settings import FileSettings

KEY = "3fa9c1d2" + "0" * 56
OTHER_KEY = "aa00bb11" + "0" * 56
NAME = "2026-11-20-around-the-lake-3fa9c1d2"
SINCE = datetime(2026, 11, 20, tzinfo=UTC)
WORDS = Rendering(
    text="Around the lake\n\nMist, and a heron.",
    link="https://ada.example/lake/",
    title="Around the lake",
    tags=("walks",),
    language="en",
    published=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
)
NO_HTTP = cast("Http", None)  # a folder is reached without
NO_TOKENS = cast("TokenStore", None)


def connector(folder: Path, **more: Any) -> FileConnector:
    return FileConnector.open(FileSettings(folder=folder, **more), NO_HTTP, NO_TOKENS)


def prepared(rendering: Rendering = WORDS, key: str = KEY) -> Rendering:
    """As the host would store it."""
    return FileConnector(FileSettings(folder=Path("/nowhere"))).prepare(rendering, key)


def picture(
    words: bytes = b"\x89PNG a lake", *, mime: str = "image/png", alt: str = "A lake", **more: Any
) -> Attachment:
    return Attachment(words, sha256(words).hexdigest(), mime, 30, 20, alt, **more)


def with_pictures(images: Iterable[Attachment], rendering: Rendering = WORDS) -> Rendering:
    return replace(rendering, images=tuple(images))


def everything_in(folder: Path) -> dict[str, bytes]:
    """All files, hidden ones too, by their path in the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
