"""What a reader sees of a status. Enters: its HTML. Leaves: pieces of text, some with an address. Pure."""

from html.parser import HTMLParser

Piece = dict[str, str]


class _Reader(HTMLParser):
    """Leaves out what Mastodon's style sheet hides, and puts the ellipsis where it shows one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[Piece] = []
        self._href = ""
        self._classes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "span":
            self._classes.append(given.get("class") or "")
        elif tag == "a":
            self._href = given.get("href") or ""
        elif tag == "br" or (tag == "p" and self.pieces):
            self._add("\n" if tag == "br" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = ""
        elif tag == "span" and self._classes and self._classes.pop() == "ellipsis":
            self._add("…")

    def handle_data(self, data: str) -> None:
        if "invisible" not in self._classes:
            self._add(data)

    def _add(self, text: str) -> None:
        last = self.pieces[-1] if self.pieces else None
        if last is not None and last.get("href", "") == self._href:
            last["text"] += text
        else:
            self.pieces.append({"text": text, "href": self._href} if self._href else {"text": text})


def pieces(content: str) -> list[Piece]:
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return reader.pieces
