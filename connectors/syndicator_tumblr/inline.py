"""The running text of one block while it is being read: white space as browsers fold it, formatting as offsets.

Enters: words and the formats that open and close around them. Leaves: a Text, with no mark on mere blanks.
"""

import re
from dataclasses import dataclass, replace

from syndicator_tumblr.blocks import SPACE, Range, Text, marked, piece, stripped

_FOLD = re.compile(f"[{SPACE}]+")
_EMPTY_LINES = re.compile(r"(?:[ \t\r\f]*\n)*")


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    start: int
    type: str
    url: str


class Inline:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._done: list[Range] = []
        self._open: list[_Open] = []

    @property
    def last(self) -> str:
        """The last character; empty where nothing has been written."""
        return self._parts[-1][-1] if self._parts else ""

    @property
    def target(self) -> str:
        """Where a click leads here; empty outside of links."""
        return next((one.url for one in reversed(self._open) if one.type == "link"), "")

    def write(self, words: str) -> None:
        """Text of a page: white space counts as one blank, and as none at the beginning of a line."""
        text = _FOLD.sub(" ", words)
        self.keep(text.lstrip(" ") if self.last in ("", " ", "\n") else text)

    def keep(self, words: str) -> None:
        """Text to the letter, as in `pre`."""
        if words:
            self._parts.append(words)
            self._length += len(words)

    def line(self, *, forced: bool) -> None:
        """The end of a line; when not `forced`, only where something stands in it."""
        if not forced and self.last in ("", "\n"):
            return
        if self.last == " ":
            self._parts[-1] = self._parts[-1][:-1]
            self._parts, self._length = [p for p in self._parts if p], self._length - 1
        self.keep("\n")

    def open(self, tag: str, kind: str, url: str = "") -> None:
        """Begin a format. Links do not nest: a new one ends the one before."""
        if kind == "link":
            self._end("link")
        self._open.append(_Open(tag, self._length, kind, url))

    def close(self, tag: str) -> None:
        """End the format that `tag` began last, if it did."""
        for at in reversed(range(len(self._open))):
            if self._open[at].tag == tag:
                self._finish(self._open.pop(at))
                return

    def _end(self, kind: str) -> None:
        for one in [one for one in self._open if one.type == kind]:
            self._open.remove(one)
            self._finish(one)

    def _finish(self, one: _Open) -> None:
        if one.type and one.start < self._length:
            self._done.append(Range(one.start, self._length, one.type, one.url))

    def take(self, *, kept: bool = False) -> Text:
        """What was collected, ready for the next block; formats that are still open go on there.

        `kept`: blanks at the beginning of a line mean something.
        """
        for one in self._open:
            self._finish(one)
        text, length = "".join(self._parts), self._length
        whole = Text(text, tuple(replace(r, end=min(r.end, length)) for r in self._done))
        self._parts, self._length, self._done = [], 0, []
        self._open = [replace(one, start=0) for one in self._open]
        return _without_empty_lines(whole) if kept else stripped(whole)


def _without_empty_lines(block: Text) -> Text:
    """Code begins with its first line that says something, and keeps the blanks before it."""
    first = _EMPTY_LINES.match(block.text)
    end = len(block.text.rstrip(SPACE))
    return marked(piece(block, min(first.end() if first else 0, end), end))
