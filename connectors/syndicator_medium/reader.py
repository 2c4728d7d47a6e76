"""The post's HTML → blocks as Medium has them: flat, where HTML nests.

Enters: sanitised HTML with absolute addresses, and the post's own. Leaves: blocks, and what could not be carried along.
No word is dropped or changed, but for what no reader of the original sees; where Medium has no element for a thing
(tables, lists in lists, embedded players) its words go into lines and links. Pure.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from syndicator_medium.addresses import WEB, in_a_copy, page_of_player, scheme
from syndicator_medium.blocks import Block, Kind, Mark, Run, collapsed, ordered, tidy
from syndicator_medium.scripts import TABLES, reads_otherwise, scripted
from syndicator_medium.vocabulary import (
    BREAKING,
    CELLS,
    HEADINGS,
    LISTS,
    LOST_PICTURE,
    LOST_SCRIPT,
    LOST_STRIKE,
    LOST_TABLE,
    MARKS,
    PLAYERS,
    STRUCK,
    UNSEEN,
    VOID,
)

BETWEEN_CELLS = " · "
_START = re.compile(r"-?\d{1,6}")
_EMPTY_LINES = re.compile(r"\A(?:[ \t\r]*\n)+")


@dataclass(slots=True)
class _Open:
    """An element that is open. `count`: the items of a list, the cells of a row, the number of an item."""

    name: str
    mark: Mark | None = None
    group: int = 0
    count: int = 0
    block: Block | None = None  # of a list item: where its words stand
    address: str = ""  # of a player


@dataclass(slots=True)
class Read:
    blocks: list[Block] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def read(html: str, page: str | None) -> Read:
    """`page`: the post's own address; links to places within it lead nowhere in a copy."""
    reader = _Reader(page or "")
    reader.feed(html)
    reader.close()
    reader.end()
    return Read(_without_gutters(reader.blocks), list(dict.fromkeys(reader.lost)))


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self.blocks: list[Block] = []
        self.lost: list[str] = []
        self.stack: list[_Open] = []
        self.runs: list[Run] = []
        self.groups = 0

    # What the parser tells

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in BREAKING:
            self._boundary(tag)
        self._before(tag, given)
        if tag not in VOID:
            self.stack.append(self._open(tag, given))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._inside({tag}):
            return
        while True:
            if self.stack[-1].name in BREAKING:
                self._boundary(self.stack[-1].name)
            closed = self.stack.pop()
            self._after(closed)
            if closed.name == tag:
                return

    def handle_data(self, data: str) -> None:
        self._say(data if self._inside({"pre"}) else collapsed(self._scripted(data)))

    def end(self) -> None:
        while self.stack:
            self.handle_endtag(self.stack[-1].name)
        self._flush()

    # Elements

    def _before(self, tag: str, given: dict[str, str]) -> None:
        if tag == "br":
            self._say(" " if self._in_cell() else "\n")
        elif tag == "hr":
            self._flush()
            self.blocks.append(Block(Kind.LINE))
        elif tag == "img":
            self._picture(given)
        elif tag == "q":
            self._say("“")
        elif tag == "embed":
            self._player(given.get("src", ""))
        elif tag == "source" and self.stack and self.stack[-1].name in ("video", "audio"):
            self.stack[-1].address = self.stack[-1].address or given.get("src", "")
        elif tag == "tr":
            self._new_row()
        elif tag in CELLS:
            self._new_cell()
        elif tag in STRUCK:
            self.lost.append(LOST_STRIKE)

    def _open(self, tag: str, given: dict[str, str]) -> _Open:
        self.groups += 1
        opened = _Open(tag, self._mark_of(tag, given), self.groups)
        if tag in PLAYERS:
            opened.address = given.get("src") or given.get("data", "")
        elif tag == "ol" and _START.fullmatch(given.get("start", "")):
            opened.count = int(given["start"]) - 1
        elif tag == "li":
            opened.count = self._next_number()
        return opened

    def _mark_of(self, tag: str, given: dict[str, str]) -> Mark | None:
        if tag == "a":
            href = in_a_copy(given.get("href", ""), self.page)
            return ("a", href) if href else None
        if tag in HEADINGS and self._inside({"li", "blockquote", *CELLS}):
            return ("strong", "")
        return (MARKS[tag], "") if tag in MARKS else None

    def _after(self, closed: _Open) -> None:
        if closed.name == "q":
            self._say("”")
        elif closed.name in PLAYERS:
            self._player(closed.address)

    def _next_number(self) -> int:
        """Of an item that begins now, counted in the list right around it."""
        around = next((element for element in self._inwards() if element.name in LISTS), None)
        if around is None:
            return 1
        around.count += 1
        return around.count

    def _picture(self, given: dict[str, str]) -> None:
        if self._inside(UNSEEN):
            return
        address = given.get("src", "").strip()
        if scheme(address) not in WEB:
            self.lost.append(LOST_PICTURE)
            return
        link = tuple(mark for mark in self._marks() if mark[0] == "a")
        self._flush()
        block = Block(Kind.PICTURE, [Run("", link)], self._group("figure"), picture=address, alt=given.get("alt", ""))
        self.blocks.append(block)

    def _player(self, address: str) -> None:
        address = page_of_player(in_a_copy(address, self.page))
        if not address or self._inside(UNSEEN):
            return
        self._flush()
        self.blocks.append(Block(Kind.TEXT, [Run(address, (("a", address),))]))

    # Words

    def _say(self, text: str) -> None:
        if text and not self._inside(UNSEEN):
            self.runs.append(Run(text, self._marks()))

    def _marks(self) -> tuple[Mark, ...]:
        in_code = self._inside({"pre"})
        marks = (element.mark for element in self.stack if element.mark)
        return ordered(mark for mark in marks if not (in_code and mark[0] == "code"))

    def _scripted(self, text: str) -> str:
        element = next((one.name for one in self._inwards() if one.name in TABLES), None)
        if element is None or not text.strip():
            return text
        fitting = scripted(text, element)
        if fitting is None and reads_otherwise(text):
            self.lost.append(LOST_SCRIPT)
        return text if fitting is None else fitting

    # Where we are

    def _inwards(self) -> Iterator[_Open]:
        """The open elements, the innermost first."""
        return reversed(self.stack)

    def _inside(self, names: Collection[str]) -> bool:
        return any(element.name in names for element in self.stack)

    def _group(self, name: str) -> int:
        return next((element.group for element in self._inwards() if element.name == name), 0)

    def _in_cell(self) -> bool:
        """Whether words stand in a table's cell and in nothing that breaks out of it."""
        return next((e.name in CELLS for e in self._inwards() if e.name in {*CELLS, "pre", "caption"}), False)

    # Tables

    def _new_row(self) -> None:
        if self._line_has_begun():
            self.runs.append(Run("\n"))
            self.lost.append(LOST_TABLE)

    def _new_cell(self) -> None:
        if self._line_has_begun():
            self.runs.append(Run(BETWEEN_CELLS))
            self.lost.append(LOST_TABLE)

    def _line_has_begun(self) -> bool:
        for run in reversed(self.runs):
            if run.text == "\n" or run.text.strip():
                return run.text != "\n"
        return False

    # Blocks

    def _boundary(self, tag: str) -> None:
        if self._in_cell() and tag not in ("pre", "table", "caption"):
            self.runs.append(Run(" "))
        else:
            self._flush()

    def _flush(self) -> None:
        """Make a block of the words so far, of the kind that the open elements say."""
        runs, self.runs = self.runs, []
        kind, group = self._kind()
        runs = _trimmed(runs) if kind is Kind.CODE else tidy(runs)
        if not any(run.text.strip() for run in runs):
            return
        items = self._items()
        if items and kind in (Kind.TEXT, Kind.QUOTE) and not self._in_cell():
            self._item(items, runs, kind, group)
        else:
            self.blocks.append(Block(kind, runs, group))

    def _kind(self) -> tuple[Kind, int]:
        for element in self._inwards():
            if element.name == "pre":
                return Kind.CODE, self._group("table")
            if element.name in HEADINGS and element.mark is None:
                return HEADINGS[element.name], 0
            if element.name == "figcaption":
                return Kind.CAPTION, self._group("figure")
        quote = next((element.group for element in self.stack if element.name == "blockquote"), 0)
        return (Kind.QUOTE, quote) if quote else (Kind.TEXT, 0)

    def _items(self) -> list[_Open]:
        """The list items around, up to a quotation: what is quoted within an item is no item."""
        names = [element.name for element in self.stack]
        quoted = names.index("blockquote") if "blockquote" in names else 0
        return [element for element in self.stack[quoted:] if element.name == "li"]

    def _item(self, items: list[_Open], runs: list[Run], kind: Kind, group: int) -> None:
        """Words in a list. Medium's lists have one level, so what stands deeper becomes lines of the item above it."""
        outer, inner = items[0], items[-1]
        if inner.block is None and (inner is not outer or kind is Kind.QUOTE):
            runs = [Run(self._lead(items)), *runs]
        if outer.block is not None and self.blocks[-1] is outer.block:
            outer.block.runs += [Run("\n"), *runs]
            inner.block = outer.block
            return
        if outer.block is None and kind is not Kind.QUOTE:
            around = next((element for element in self.stack if element.name in LISTS), None)
            kind, group = (LISTS[around.name], around.group) if around else (Kind.BULLET, 0)
        made = Block(kind, runs, group, number=outer.count)
        self.blocks.append(made)
        outer.block, inner.block = outer.block or made, inner.block or made

    def _lead(self, items: list[_Open]) -> str:
        """What tells an item that is only a line: its number, or a dash below a bullet."""
        innermost = next((element.name for element in self._inwards() if element.name in LISTS), "ul")
        ordinal = f"{items[-1].count}. " if innermost == "ol" else ""
        if len(items) == 1:
            return ordinal or "• "
        return "\u2003" * (len(items) - 2) + (ordinal or "– ")


def _trimmed(runs: list[Run]) -> list[Run]:
    """Code, without empty lines at its beginning and end; what is left stays as it was written."""
    whole = "".join(run.text for run in runs)
    start, end = len(whole) - len(_EMPTY_LINES.sub("", whole, count=1)), len(whole.rstrip(" \t\r\n"))
    kept, at = [], 0
    for run in runs:
        text = run.text[max(start - at, 0) : max(end - at, 0)]
        at += len(run.text)
        kept += [Run(text, run.marks)] if text else []
    return kept


def _without_gutters(blocks: list[Block]) -> list[Block]:
    """Code highlighters put line numbers into a cell beside the code; they are not part of it."""
    return [block for at, block in enumerate(blocks) if not _is_gutter(block, blocks[at + 1 : at + 2])]


def _is_gutter(block: Block, following: list[Block]) -> bool:
    if block.kind is not Kind.CODE or not block.group or not following or following[0].group != block.group:
        return False
    numbers = block.text.split()
    return following[0].kind is Kind.CODE and numbers == [str(at) for at in range(1, len(numbers) + 1)]
