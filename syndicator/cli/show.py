"""Printing, the only way out to the terminal: lines, tables, JSON, trouble.

Enters: text and values. Leaves: bytes on stdout or stderr. Tables are drawn by rich on a terminal and are plain aligned
columns in a pipe. Everything passes the escaper, so remote text cannot drive the terminal.
"""

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from syndicator.log import escape, redact

GAP = "  "


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    style: str = ""  # rich's words: "red", "bold yellow"


def line(text: str = "") -> None:
    sys.stdout.write(f"{escape(text)}\n")


def prose(text: str) -> None:
    """A line of a copy, for reading: joiners inside emoji stay, those that only keep a word from being a tag do not."""
    sys.stdout.write(f"{_readable(text)}\n")


def styled(cells: Iterable[Cell]) -> None:
    """A line of a copy in several styles; on a terminal only, elsewhere it is mere words. It is not wrapped."""
    pieces = [Cell(_readable(cell.text), cell.style) for cell in cells]
    if not on_terminal():
        sys.stdout.write("".join(piece.text for piece in pieces).rstrip() + "\n")
        return
    from rich.text import Text

    _console().print(Text.assemble(*((piece.text, piece.style) for piece in pieces)), soft_wrap=True)


def columns() -> int:
    """How wide the terminal is; 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns if on_terminal() else 80


def _readable(text: str) -> str:
    joiner = "\N{ZERO WIDTH JOINER}"
    return joiner.join(escape(part) for part in text.replace("\N{WORD JOINER}", "").split(joiner))


def trouble(*lines: str) -> None:
    """Write to stderr; what was written to stdout before stands before it."""
    sys.stdout.flush()
    sys.stderr.writelines(f"{escape(redact(text))}\n" for text in lines)


def heading(text: str) -> None:
    if on_terminal():
        _console().print(_styled(Cell(text, "bold")))
    else:
        line(text)


def table(titles: Sequence[str], rows: Iterable[Sequence[str | Cell]]) -> None:
    cells = [[_cell(value) for value in row] for row in rows]
    if on_terminal():
        _draw(titles, cells)
    else:
        _align([[Cell(title) for title in titles], *cells])


def as_json(value: Any) -> None:
    """One JSON document on one line. Escapes all that is not ASCII, which is also safe on a terminal."""
    sys.stdout.write(json_text(value) + "\n")


def json_text(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=True)


def plain(value: Any) -> Any:
    """Dataclasses, times and sets as what JSON knows; times as ISO 8601 in UTC, lengths in seconds."""
    match value:
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted(plain(item) for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)


def on_terminal() -> bool:
    return sys.stdout.isatty()


def shorten(text: str, width: int) -> str:
    """At most `width` characters, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= width else f"{words[: width - 1].rstrip()}…"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: 1 post, 2 posts."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _cell(value: str | Cell) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)


def _align(rows: Sequence[Sequence[Cell]]) -> None:
    widths = [max(_width(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell.text + " " * (width - _width(cell.text)) for cell, width in zip(row, widths, strict=True))
        line(GAP.join(padded).rstrip())


def _width(text: str) -> int:
    """The columns a terminal needs for `text`."""
    return sum(
        2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in escape(text)
        if unicodedata.category(c) not in ("Mn", "Me", "Cf")
    )


def _draw(titles: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in titles:
        drawn.add_column(title, overflow="fold")
    for row in rows:
        drawn.add_row(*map(_styled, row))
    _console().print(drawn)


def _styled(cell: Cell) -> Any:
    """As rich text without rich's own mark-up: a title in [brackets] is a title."""
    from rich.text import Text

    return Text(escape(cell.text), style=cell.style)


def _console() -> Any:
    """Honours NO_COLOR and TERM=dumb by itself; finds no addresses or numbers to colour in our text."""
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
