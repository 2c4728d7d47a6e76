"""Where in a page the reader is, and which form Tumblr has for a text there. No text is kept here.

Enters: the edges of lists, items, quotes, headings and code as they go by. Leaves: the form of the text between them.
"""

from dataclasses import dataclass, replace

from syndicator_tumblr.blocks import DEEPEST, Range, Text, merged

_ONE_BLOCK = ("li", "figcaption")  # where Tumblr has room for one block, so paragraphs become lines


@dataclass(slots=True)
class _List:
    ordered: bool
    next: int


@dataclass(frozen=True, slots=True)
class _Item:
    subtype: str
    indent: int
    number: int | None


class Places:
    """`_way` leads from the outside in, the innermost last. Edges that match nothing are passed over."""

    def __init__(self) -> None:
        self.heading = ""
        self.code = 0
        self._way: list[str] = []
        self._lists: list[_List] = []
        self._items: list[_Item | None] = []

    @property
    def in_one_block(self) -> bool:
        return bool(self._way) and self._way[-1] in _ONE_BLOCK

    def __contains__(self, place: str) -> bool:
        return place in self._way

    def enter(self, place: str) -> None:
        self._way.append(place)

    def leave(self, place: str) -> None:
        if place in self._way:
            del self._way[len(self._way) - 1 - self._way[::-1].index(place)]

    def enter_list(self, start: str, *, ordered: bool) -> None:
        known = start.isascii() and start.isdigit() and len(start) < 6
        self._lists.append(_List(ordered, int(start) if known else 1))
        self.enter("list")

    def leave_list(self) -> None:
        if self._lists:
            self._lists.pop()
            self.leave("list")

    def enter_item(self) -> None:
        self.enter("li")
        if not self._lists:
            self._items.append(_Item("unordered-list-item", 0, None))
            return
        current = self._lists[-1]
        number = current.next if current.ordered else None
        current.next += 1
        kind = "ordered-list-item" if current.ordered else "unordered-list-item"
        self._items.append(_Item(kind, self._depth(), number))

    def leave_item(self) -> None:
        if self._items:
            self._items.pop()
            self.leave("li")

    def form(self, text: Text) -> Text:
        """`text` as the kind of block that belongs here. An item's mark goes to its first text only."""
        if self.code:
            return replace(text, subtype="chat")
        item = self._items[-1] if self._items and self._way[-1:] == ["li"] else None
        if item is not None:
            self._items[-1] = None
            return replace(text, subtype=item.subtype, indent=item.indent, number=item.number)
        if "blockquote" in self._way:
            return replace(text, subtype="indented", indent=self._depth(), formatting=self._bold_heading(text))
        return replace(text, subtype=self.heading)

    def _depth(self) -> int:
        return min(max(self._way.count("blockquote") + len(self._lists) - 1, 0), DEEPEST)

    def _bold_heading(self, text: Text) -> tuple[Range, ...]:
        """Tumblr has no headings in quotes."""
        bold = (Range(0, len(text.text), "bold"),) if self.heading else ()
        return tuple(merged((*text.formatting, *bold)))
