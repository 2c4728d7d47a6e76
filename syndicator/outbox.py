"""The outbox: one folder for each copy that a person is to publish by hand.

Enters: a Rendering, and what its connector says a person has to do. Leaves: a folder with the card, the words and the
pictures, and none once the copy is out. Every file is replaced as a whole, and the same rendering gives the same bytes.
Nothing is removed that was not written here, and no link is followed to remove it.
"""

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from syndicator.config.models import Config
from syndicator.connector import Attachment, HandOff, Rendering
from syndicator.ledger.rows import Delivery
from syndicator.linkback.file import write as write_file
from syndicator.outbox_card import Picture, Prepared, card_html, card_markdown, clean, story_page

_FOLDER = re.compile(r"[a-z0-9_-]+/[a-z0-9-]+")
_OURS = re.compile(r"(card\.md|card\.html|text\.txt|story\.html|(cover|image-\d+)\.[a-z0-9]+)")
_HALF_WRITTEN = re.compile(rf"\.{_OURS.pattern}\.\w+")  # what a process leaves that dies while it writes
_SUFFIXES = {"image/jpeg": "jpg", "image/svg+xml": "svg"}
_LONGEST_SLUG = 40
_READABLE = 0o755  # its words are public already; who may come here at all is up to the directory above


@dataclass(frozen=True, slots=True)
class Folder:
    """What lies in one folder. `name` is relative to the outbox."""

    name: str
    files: Mapping[str, bytes]


def place(config: Config) -> Path:
    return config.outbox.path or config.state_dir / "outbox"


def compose(network: str, number: int, key: str, rendering: Rendering, hand_off: HandOff) -> Folder:
    """Everything a person needs, for delivery `number`. Pure."""
    pictures = dict(_pictures(rendering))
    shown = tuple(Picture(name, data.alt) for name, data in pictures.items())
    prepared = Prepared(network, number, rendering, hand_off, shown)
    files = {"card.md": card_markdown(prepared), "card.html": card_html(prepared)}
    if rendering.text and hand_off.takes_text:
        files["text.txt"] = f"{clean(rendering.text)}\n"
    if hand_off.html:
        files["story.html"] = story_page(prepared)
    written = {name: text.encode(errors="replace") for name, text in files.items()}
    return Folder(
        f"{network}/{_name(rendering, key)}", {**written, **{name: data.data for name, data in pictures.items()}}
    )


def write(root: Path, folder: Folder) -> Path:
    """Bring the folder up to date, whatever an earlier try left in it. Raises OSError."""
    directory = root / folder.name
    for level in (root, directory.parent, directory):
        _make(level)
    for name, content in folder.files.items():
        write_file(directory / name, content)
    for path in _written_here(directory):
        if path.name not in folder.files:
            path.unlink()
    return directory


def remove(root: Path, name: str) -> None:
    """Take a folder away; what its owner put beside our files stays. That it cannot be removed is no failure."""
    directory = root / name
    if not _FOLDER.fullmatch(name) or directory.is_symlink():
        return
    with suppress(OSError):
        for path in _written_here(directory):
            path.unlink()
        directory.rmdir()


def folder_of(delivery: Delivery, root: Path) -> Path | None:
    """Where a delivery that was handed off lies prepared."""
    name = delivery.extra.get("folder")
    return root / name if isinstance(name, str) and _FOLDER.fullmatch(name) else None


def clear(delivery: Delivery, root: Path) -> None:
    """It is not a person's to publish any more: nobody may find its folder and publish it after all."""
    name = delivery.extra.get("folder")
    if isinstance(name, str):
        remove(root, name)


def _pictures(rendering: Rendering) -> Iterator[tuple[str, "_Bytes"]]:
    """The picture of the card is the cover; without a card, the first of an article is. None is there twice."""
    cover = _cover(rendering)
    if cover is not None and not any(_is_of(image, cover) for image in rendering.images):
        yield f"cover.{_suffix(cover.mime)}", _Bytes(cover.alt, cover.data)
    for number, image in enumerate(rendering.images, 1):
        name = "cover" if cover is not None and _is_of(image, cover) else f"image-{number}"
        if image.data:
            yield f"{name}.{_suffix(image.mime)}", _Bytes(image.alt, image.data)


def _cover(rendering: Rendering) -> Attachment | None:
    if rendering.card is not None and rendering.card.image is not None and rendering.card.image.data:
        return rendering.card.image
    return rendering.images[0] if rendering.title and rendering.images else None


def _is_of(image: Attachment, cover: Attachment) -> bool:
    """Whether both were made of one picture; each use has its own size."""
    return image.sha256 == cover.sha256 or (image.source != "" and image.source == cover.source)


@dataclass(frozen=True, slots=True)
class _Bytes:
    alt: str
    data: bytes


def _suffix(mime: str) -> str:
    return _SUFFIXES.get(mime) or re.sub(r"[^a-z0-9]", "", mime.lower().partition("/")[2]) or "bin"


def _name(rendering: Rendering, key: str) -> str:
    """The day first, so that folders lie in order; the key last, so that no two posts share one."""
    at = rendering.published or rendering.composed
    return f"{at.date().isoformat() if at else 'undated'}-{_slug(rendering)}-{key[:6]}"


def _slug(rendering: Rendering) -> str:
    try:
        path = urlsplit(rendering.link or "").path
    except ValueError:
        path = ""
    last = next((part for part in reversed(path.split("/")) if part), "")
    return _ascii(unquote(last)) or _ascii(rendering.title) or "post"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")


def _make(directory: Path) -> None:
    """Readable whatever the umask says: the one who publishes is seldom the user the daemon runs as."""
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)  # the networks write side by side
        directory.chmod(_READABLE)


def _written_here(directory: Path) -> list[Path]:
    with os.scandir(directory) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if (_OURS.fullmatch(entry.name) or _HALF_WRITTEN.fullmatch(entry.name))
            and not entry.is_dir(follow_symlinks=False)
        ]
