"""A pretend place: a folder of its own, for the demo and the tests.

There is no server, so there is nothing to answer. What lies in the folder is read here with other means than it was
written with: the words from the record, the pictures from the files that it names, a whole post from its page.
"""

import json
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "figcaption"}


class PretendFolder:
    def __enter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="copies-")
        self.folder = Path(self._directory.name) / "copies"
        self._elsewhere = self.folder.with_name("elsewhere")
        self.folder.mkdir()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._directory.cleanup()

    def settings(self) -> dict[str, Any]:
        return {"folder": str(self.folder)}

    def copies(self) -> list[dict[str, Any]]:
        """What somebody would find in the folder, the oldest first."""
        place = self.folder if self.folder.exists() else self._elsewhere
        found = [path for path in place.iterdir() if not path.name.startswith(".")]
        return [_copy(path) for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def revoke(self) -> None:
        """The disk is not there."""
        self.folder.rename(self._elsewhere)

    def restore(self) -> None:
        self._elsewhere.rename(self.folder)

    def become_another(self) -> dict[str, Any]:
        """The owner names another folder."""
        other = self.folder.with_name("another")
        other.mkdir()
        return {"folder": str(other)}


def _copy(path: Path) -> dict[str, Any]:
    told = json.loads((path / "post.json").read_text(encoding="utf-8"))
    copy = {
        "id": path.name,
        "author": "You",
        "reply_to": (told["reply_to"] or {}).get("parent"),
        "visibility": told["visibility"],
        "replies": told["replies"],
        "source": told["link"],
        "language": told["language"],
        "tags": told["tags"],
        "content_warning": told["content_warning"],
        "card": _card(path, told["card"]),
    }
    page = path / "post.html"
    if page.exists():
        return {**copy, "blocks": _Page(path).read(page.read_text(encoding="utf-8"))}
    return {**copy, "text": told["text"], "images": [_image(path, one["file"], one["alt"]) for one in told["images"]]}


def _card(path: Path, card: dict[str, Any] | None) -> dict[str, Any] | None:
    if card is None:
        return None
    image = card["image"]
    return {**card, "image": None if image is None else _image(path, image["file"], image["alt"])}


def _image(path: Path, file: str, alt: str) -> dict[str, Any]:
    data = (path / file).read_bytes()
    return {"data": data, "mime": _mime(data), "alt": alt}


def _mime(data: bytes) -> str:
    """By its first bytes, as a viewer would tell."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"GIF8"):
        return "image/gif"
    return "image/webp" if data[8:12] == b"WEBP" else "image/jpeg"


class _Page(HTMLParser):
    """What a reader of the page sees, block by block."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._blocks: list[dict[str, Any]] = []
        self._href: str | None = None
        self._open = False

    def read(self, html: str) -> list[dict[str, Any]]:
        self.feed(html)
        self.close()
        return [block for block in self._blocks if block["as"] == "figure" or block["pieces"]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _BLOCKS:
            self._begin(tag)
        elif tag == "a":
            self._href = told.get("href")
        elif tag == "br":
            self.handle_data("\n")
        elif tag == "img":
            self._blocks.append({"as": "figure", "image": self._shown(told)})
            self._open = False

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = None
        elif tag in _BLOCKS:
            self._open = False

    def handle_data(self, data: str) -> None:
        if not self._open:
            if not data.strip():
                return
            self._begin("p")
        piece = {"text": data} if self._href is None else {"text": data, "href": self._href}
        self._blocks[-1]["pieces"].append(piece)

    def _begin(self, tag: str) -> None:
        self._blocks.append({"as": tag, "pieces": []})
        self._open = True

    def _shown(self, told: dict[str, str | None]) -> dict[str, Any]:
        source, alt = told.get("src") or "", told.get("alt") or ""
        return {"src": source, "alt": alt} if "/" in source else _image(self._path, source, alt)
