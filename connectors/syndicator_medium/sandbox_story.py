"""What the pretend Medium makes of the HTML it is sent: a flat row of blocks, as its editor has them.

Enters: HTML. Leaves: blocks. It shares nothing with the connector, so that neither can hide the other's mistakes.
Which elements the real Medium takes is only partly known; what is unconfirmed is marked here.
"""

import re
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Any

Piece = dict[str, str]

_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "li", "figure", "figcaption"}
_INLINE = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "code": "code", "u": "u"}
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass
class Graf:
    """One paragraph. `kind`: h1, h2, h3, p, blockquote, pre, uli, oli, figure, figcaption or hr."""

    kind: str
    pieces: list[Piece] = field(default_factory=list)
    src: str = ""
    alt: str = ""

    @property
    def text(self) -> str:
        return "".join(piece["text"] for piece in self.pieces)

    def html(self) -> str:
        """As the feed has it: headings are smaller there."""
        words = "".join(_written(piece, breaks=self.kind != "pre") for piece in self.pieces)
        if self.kind == "figure":
            return f'<figure><img alt="{escape(self.alt)}" src="{escape(self.src)}" /></figure>'
        if self.kind == "hr":
            return "<hr>"
        name = {"h1": "h3", "h2": "h3", "h3": "h4", "uli": "li", "oli": "li"}.get(self.kind, self.kind)
        return f"<{name}>{words}</{name}>"


def taken(html: str) -> list[Graf]:
    taking = _Taking()
    taking.feed(html)
    taking.close()
    taking.end_of_graf()
    return taking.grafs


class _Taking(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grafs: list[Graf] = []
        self.kinds: list[str] = []
        self.lists: list[str] = []
        self.marks: list[tuple[str, str]] = []
        self.pieces: list[Piece] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self.end_of_graf()
            self.kinds.append(tag)
        elif tag in ("ul", "ol", "table"):  # no tables: the words of a table run together (unconfirmed)
            self.end_of_graf()
            self.lists += [tag] if tag != "table" else []
        elif tag == "hr":
            self.end_of_graf()
            self.grafs.append(Graf("hr"))
        elif tag == "br":
            self.pieces.append(self._piece("\n"))
        elif tag == "img":
            self._picture(given)
        elif tag == "a" and given.get("href", "#")[:1] != "#":  # no anchors within a story
            self.marks.append(("a", given["href"]))
        elif tag in _INLINE:
            self.marks.append((_INLINE[tag], ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.end_of_graf()
            if tag in self.kinds:
                del self.kinds[len(self.kinds) - 1 - self.kinds[::-1].index(tag) :]
        elif tag in ("ul", "ol"):
            self.end_of_graf()
            self.lists = self.lists[:-1]
        elif tag == "table":
            self.end_of_graf()
        else:
            mark = _INLINE.get(tag, tag)
            at = next((i for i in reversed(range(len(self.marks))) if self.marks[i][0] == mark), None)
            if at is not None:
                del self.marks[at]

    def handle_data(self, data: str) -> None:
        if "pre" not in self.kinds:
            data = re.sub(r"[ \t\r\n\f]+", " ", data)
        self.pieces.append(self._piece(data))

    def end_of_graf(self) -> None:
        pieces, self.pieces = self.pieces, []
        if "".join(piece["text"] for piece in pieces).strip():
            self.grafs.append(Graf(self._kind(), pieces))

    def _kind(self) -> str:
        """Lists in lists are flattened, and a quotation is one paragraph (both unconfirmed)."""
        if "pre" in self.kinds:
            return "pre"
        if "li" in self.kinds:
            return "oli" if self.lists[-1:] == ["ol"] else "uli"
        inner = self.kinds[-1] if self.kinds else "p"
        if "blockquote" in self.kinds:
            return "blockquote"
        if inner == "h1" and any(graf.kind == "h1" for graf in self.grafs):
            return "h2"
        return {"h4": "h3", "h5": "h3", "h6": "h3", "figure": "p"}.get(inner, inner)

    def _picture(self, given: dict[str, str]) -> None:
        """Medium fetches it by its address; one that has none, or carries its own bytes, is not there."""
        if _ADDRESS.match(given.get("src", "")):
            self.end_of_graf()
            self.grafs.append(Graf("figure", src=given["src"], alt=given.get("alt", "")))

    def _piece(self, text: str) -> Piece:
        piece = {"text": text, "marks": " ".join(name for name, _ in self.marks)}
        href = next((href for name, href in self.marks if name == "a"), "")
        return {**piece, "href": href} if href else piece


def feed_html(grafs: list[Graf]) -> str:
    """The story without its title, items wrapped in lists, as the feed has it."""
    out, around = [], ""
    for graf in grafs[1:] if grafs and grafs[0].kind == "h1" else grafs:
        now = {"uli": "ul", "oli": "ol"}.get(graf.kind, "")
        if now != around:
            out += [f"</{around}>"] * bool(around) + [f"<{now}>"] * bool(now)
            around = now
        out.append(graf.html())
    return "".join([*out, *[f"</{around}>"] * bool(around)])


def shown(grafs: list[Graf]) -> list[dict[str, Any]]:
    """For the demo's page."""
    names = {"uli": "li", "oli": "li", "h3": "h2", "figcaption": "p"}
    blocks: list[dict[str, Any]] = []
    for graf in grafs:
        if graf.kind == "figure":
            # The pretend Medium notes which pictures it would fetch, and fetches none.
            image = {"data": b"", "mime": "image/png", "alt": graf.alt, "source": graf.src}
            blocks.append({"as": "figure", "pieces": [], "image": image})
        elif graf.kind != "hr":
            pieces = [{k: v for k, v in piece.items() if k != "marks"} for piece in graf.pieces]
            blocks.append({"as": names.get(graf.kind, graf.kind), "pieces": pieces})
    return blocks


def _written(piece: Piece, *, breaks: bool) -> str:
    text = escape(piece["text"], quote=False)
    text = text.replace("\n", "<br>") if breaks else text
    for mark in reversed(piece["marks"].split()):
        text = f'<a href="{escape(piece["href"])}">{text}</a>' if mark == "a" else f"<{mark}>{text}</{mark}>"
    return text
