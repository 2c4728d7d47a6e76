"""Where the keys of a TOML text stand: tomllib tells positions only for syntax errors.

Enters: a text that tomllib has accepted. Leaves: a map from key paths, list indexes included, to line numbers. It reads
keys only and never returns a value. Used when something is wrong, so it may be slow.
"""

import re
import tomllib
from collections.abc import Sequence

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"""(?:"{1,2})?|\'\'\'.*?\'\'\'(?:\'{1,2})?|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<blank>[ \t\r]+)|(?P<mark>[\[\]{}=,.])|(?P<bare>[^\s\[\]{}=,.\"'\#]+)",
    re.DOTALL,
)


def positions(text: str) -> dict[Path, int]:
    """The line of every key; of a table, the line of its first header."""
    return _Scanner(text).scan()


def line_of(where: dict[Path, int], path: Sequence[str | int]) -> int:
    """The line of `path`, or of the nearest table that holds it; 1 when nothing is known."""
    steps = tuple(path)
    return next((where[steps[:n]] for n in range(len(steps), 0, -1) if steps[:n] in where), 1)


class _Scanner:
    """Recursive descent over tokens; strings and comments are single tokens, so brackets inside them do not count."""

    def __init__(self, text: str) -> None:
        self._tokens = [(str(m.lastgroup), m.group()) for m in _TOKEN.finditer(text)]
        self._next = 0
        self._line = 1
        self._where: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}  # of arrays of tables, as far as read

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_to_content():
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._where

    def _header(self) -> Path:
        self._take()
        of_tables = self._peek() == "["
        if of_tables:
            self._take()
        keys = self._key("]")
        path = self._within_arrays(keys[:-1]) + keys[-1:]
        if of_tables:
            index = self._lengths[path] = self._lengths.get(path, -1) + 1
            path = (*path, index)
        else:
            path = self._within_arrays(keys)
        self._note(path)
        if of_tables:
            self._take()
        return path

    def _within_arrays(self, keys: Path) -> Path:
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._lengths:
                path = (*path, self._lengths[path])
        return path

    def _pair(self, table: Path) -> None:
        path = table + self._key("=")
        self._note(path, after=len(table))
        self._value(path)

    def _key(self, end: str) -> Path:
        """Read a dotted key and the mark that ends it."""
        names: list[str] = []
        while self._next < len(self._tokens):
            kind, text = self._take()
            if text == end and kind == "mark":
                break
            if kind in ("bare", "string"):
                names.append(_unquoted(text))
        return tuple(names)

    def _value(self, path: Path) -> None:
        self._skip_blank()
        match self._peek():
            case "{":
                self._inline_table(path)
            case "[":
                self._array(path)
            case _:
                while self._peek() not in ("\n", ",", "]", "}", ""):
                    self._take()

    def _inline_table(self, path: Path) -> None:
        self._take()
        while self._skip_to_content() and self._peek() != "}":
            if self._peek() == ",":
                self._take()
            else:
                self._pair(path)
        self._take()

    def _array(self, path: Path) -> None:
        self._take()
        index = 0
        while self._skip_to_content() and self._peek() != "]":
            if self._peek() == ",":
                self._take()
                index += 1
            else:
                self._note((*path, index))
                self._value((*path, index))
        self._take()

    def _note(self, path: Path, after: int = 0) -> None:
        for n in range(after + 1, len(path) + 1):
            self._where.setdefault(path[:n], self._line)

    def _skip_to_content(self) -> bool:
        while self._next < len(self._tokens) and self._tokens[self._next][0] in ("blank", "newline", "comment"):
            self._take()
        return self._next < len(self._tokens)

    def _skip_blank(self) -> None:
        while self._next < len(self._tokens) and self._tokens[self._next][0] in ("blank", "comment"):
            self._take()

    def _peek(self) -> str:
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            return "newline", ""
        kind, text = self._tokens[self._next]
        self._next += 1
        self._line += text.count("\n")
        return kind, text


def _unquoted(text: str) -> str:
    if text[0] not in "\"'":
        return text
    return str(tomllib.loads(f"x = {text}")["x"])
