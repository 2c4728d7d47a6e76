"""A first look at sanitised markup: what can be told of an element only at its end.

Enters: well-formed HTML from the sanitiser. Leaves: numbers of elements (in the order of their start tags) that are
footnotes, references to them, quotations with marks of their own, or tables that only lay out a page. It keeps no text.
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# What engines call them: #fn1, #_ftn1, #footnote-1, #user-content-fn-1, #easy-footnote-bottom-1, #cite_note-3.
_REFERENCE = re.compile(
    r"#(?:user-content-)?_?(?:(?:sd)?f(?:oot)?note|fn(?!ref)|ftn(?!ref)|e(?:nd)?note|easy-footnote-bottom|"
    r"cite[_-]note|note-?\d)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"#(?:user-content-)?_?(?:fn-?ref|ftnref|footnote-?(?:anchor|ref|back)|cite[_-]ref|easy-footnote-\d|ref-?\d|"
    r"sdfootnote\d+anc|f(?:oot)?note\d+anc|r(?:eturn)?-?note)",
    re.IGNORECASE,
)
_ARROW = re.compile("[↩↵⏎⤴⮐]")
_SHORT = re.compile(r"[\[(]?\s*(?:\d{1,3}|[a-z]|[ivx]{1,4}|[*†‡§¶]{1,3})\s*[\])]?", re.IGNORECASE)
_NOTE_BLOCKS = ("p", "div", "dd", "aside", "section")
_WITHIN_A_CELL = {"p", "div", "ul", "ol", "pre", "table", "blockquote", "h1", "h2", "h3", "h4", "figure", "img"}
_QUOTES = {"“": "”“", "„": "“”", "”": "”", "«": "»", "»": "«", "「": "」", "『": "』", '"': '"', "‘": "’", "‚": "‘’"}
VOID = frozenset({"br", "img", "hr", "wbr", "source"})


@dataclass(slots=True)
class Found:
    references: set[int] = field(default_factory=set)  # anchors that say nothing: to a footnote, and back
    footnotes: set[int] = field(default_factory=set)  # elements that hold a note whose reference is gone
    marked_quotes: set[int] = field(default_factory=set)
    layouts: set[int] = field(default_factory=set)
    references_to_notes: list[str] = field(default_factory=list)  # addresses, of the first kind only


def outline(safe: str) -> Found:
    looker = _Looker()
    looker.feed(safe)
    looker.close()
    return looker.found


def is_footnote(href: str) -> bool:
    return bool(_REFERENCE.search(href) or _BACK.search(href))


@dataclass(slots=True)
class _Open:
    tag: str
    number: int
    href: str = ""
    text: str = ""  # of anchors; of quotations the first and last characters
    cells: int = 0
    blocks: int = 0


class _Looker(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Found()
        self.number = 0
        self.open: list[_Open] = []
        self.watched: list[_Open] = []  # anchors and quotations
        self.tables: list[_Open] = []
        self.first_reference: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.number += 1
        self._in_table(tag)
        if tag in VOID:
            return
        element = _Open(tag, self.number, dict(attrs).get("href") or "" if tag == "a" else "")
        self.open.append(element)
        if tag in {"a", "blockquote"}:
            self.watched.append(element)
        if tag == "table":
            self.tables.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].tag != tag:
            return
        element = self.open.pop()
        match tag:
            case "a":
                self.watched.pop()
                self._anchor(element)
            case "blockquote":
                self.watched.pop()
                if element.text and element.text[-1:] in _QUOTES.get(element.text[:1], ()) and len(element.text) > 1:
                    self.found.marked_quotes.add(element.number)
            case "table":
                self.tables.pop()

    def handle_data(self, data: str) -> None:
        words = data.strip()
        if not words:
            return
        for element in self.watched[-8:]:
            element.text = (
                (element.text + words) if element.tag == "a" else (element.text[:1] or words[:1]) + words[-1:]
            )
            element.text = element.text[:200]

    def _in_table(self, tag: str) -> None:
        """A table with one cell to a row, or with whole chapters in its cells, is no table to its readers."""
        if not self.tables:
            return
        table = self.tables[-1]
        if tag == "tr":
            table.cells = 0
        elif tag in {"td", "th"}:
            table.cells, table.blocks = table.cells + 1, 0
            if table.cells == 1:
                self.found.layouts.add(table.number) if table.href != "columns" else None
            else:
                table.href = "columns"
                self.found.layouts.discard(table.number) if table.text != "chapters" else None
        elif tag in _WITHIN_A_CELL:
            table.blocks += 1
            if table.blocks > 1 or tag in {"table", "pre"}:
                table.text = "chapters"
                self.found.layouts.add(table.number)

    def _anchor(self, anchor: _Open) -> None:
        if "#" not in anchor.href:
            return
        back = _BACK.search(anchor.href) or _ARROW.search(anchor.text)
        in_sup = any(element.tag == "sup" for element in self.open[-3:])
        if back:
            self.found.references.add(anchor.number)
            self._note()
        elif (_REFERENCE.search(anchor.href) or in_sup) and _SHORT.fullmatch(anchor.text):
            self.found.references.add(anchor.number)
            self.found.references_to_notes.append(anchor.href)
            self.first_reference = self.first_reference or anchor.number

    def _note(self) -> None:
        """The element around a way back is a footnote, if a reference led there."""
        kinds = ("li",) if any(element.tag == "li" for element in self.open) else _NOTE_BLOCKS
        around = next((element for element in reversed(self.open) if element.tag in kinds), None)
        if around is not None and self.first_reference is not None and around.number > self.first_reference:
            self.found.footnotes.add(around.number)
