"""What would be left of a directory if the power went: everything that was synced, and of the rest whatever is worst.

Enters: the directory as it was, and the log that `disk.c` wrote. Leaves, for each moment, the directories that a disk
may come back with. A file's content counts as kept once the file was synced, a name once its directory was. Of what was
not, nothing may be there, all of it, the names without the contents, the contents without the names, the last write
alone, or the last write cut at a sector. It changes no file.
"""

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

SECTOR = 512
_HEAD = struct.Struct("=iiiiqqq")
Left = dict[str, bytes | None]
"""Path → content; None for a directory."""


class Kind(IntEnum):
    WRITE = 1
    TRUNCATE = 2
    EXTEND = 3
    SYNC = 4
    CREATE = 5
    RENAME = 6
    UNLINK = 7
    LINK = 8
    MKDIR = 9
    MARK = 10


@dataclass(frozen=True, slots=True)
class Event:
    kind: Kind
    inode: int
    offset: int
    path: str
    to: str
    data: bytes

    @property
    def said(self) -> dict[str, Any]:
        """What a mark tells."""
        found: dict[str, Any] = json.loads(self.path)
        return found


@dataclass(slots=True)
class _File:
    kept: bytes = b""
    open: list[Event] = field(default_factory=list)  # since the last sync


def events_of(log: Path) -> Iterator[Event]:
    raw, at = log.read_bytes(), 0
    while at < len(raw):
        kind, path, to, _, inode, offset, size = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        has_data = size if kind == Kind.WRITE else 0
        cuts = [at, at + path, at + path + to, at + path + to + has_data]
        first, second, data = (raw[start:end] for start, end in pairwise(cuts))
        yield Event(Kind(kind), inode, offset, first.decode(), second.decode(), data)
        at = cuts[3]


class Remains:
    """Made before the life that is recorded; then takes its events one by one."""

    def __init__(self, *roots: Path) -> None:
        self._files: dict[int, _File] = {}
        self._number_of: dict[int, int] = {}  # inode, which the system may use again → our number
        self._names: dict[str, int | None] = {}
        self._last: Event | None = None
        for root in roots:
            for path in [root, *sorted(root.rglob("*"))] if root.exists() else []:
                self._names[str(path)] = None if path.is_dir() else self._new(path.stat().st_ino, path.read_bytes())
        self._kept_names = dict(self._names)
        self._open_names: list[tuple[Event, int | None]] = []

    def _new(self, inode: int, kept: bytes = b"") -> int:
        number = len(self._files) + 1
        self._files[number], self._number_of[inode] = _File(kept), number
        return number

    def take(self, event: Event) -> None:
        self._last = event
        match event.kind:
            case Kind.WRITE | Kind.TRUNCATE | Kind.EXTEND:
                self._files[self._number_of[event.inode]].open.append(event)
            case Kind.SYNC if self._names.get(event.path) is None:  # a directory, of ours or above
                self._keep_names(event.path)
            case Kind.SYNC:
                file = self._files[self._number_of[event.inode]]
                file.kept, file.open = _applied(file.kept, file.open), []
            case Kind.CREATE | Kind.RENAME | Kind.UNLINK | Kind.LINK | Kind.MKDIR:
                number = self._new(event.inode) if event.kind is Kind.CREATE else None
                _rename(self._names, event, number)
                self._open_names.append((event, number))

    def _keep_names(self, directory: str) -> None:
        here = [one for one in self._open_names if str(Path(one[0].path).parent) == directory]
        for event, number in here:
            _rename(self._kept_names, event, number)
        self._open_names = [one for one in self._open_names if one not in here]

    # What is left

    def left(self) -> Iterator[tuple[str, Left]]:
        """Every way in which the disk may come back, each with a word for it."""
        yield "all lost", self._with(self._kept_names, lambda file: file.kept)
        yield "all there", self.all_there()
        yield "names without contents", self._with(self._names, lambda file: file.kept)
        yield "contents without names", self._with(self._kept_names, lambda file: _applied(file.kept, file.open))
        yield "the last write alone", self._with(self._names, lambda file: _applied(file.kept, file.open[-1:]))
        if self._last is not None and self._last.kind is Kind.WRITE:
            sectors = (len(self._last.data) - 1) // SECTOR
            for cut in sorted({1, sectors // 2, sectors} - {0}) if sectors else ():
                yield f"torn after {cut} sectors", self._torn(cut * SECTOR)

    def all_there(self) -> Left:
        return self._with(self._names, lambda file: _applied(file.kept, file.open))

    def _torn(self, size: int) -> Left:
        last = self._last

        def content(file: _File) -> bytes:
            if last is None or not file.open or file.open[-1] is not last:
                return _applied(file.kept, file.open)
            return _written(_applied(file.kept, file.open[:-1]), last.offset, last.data[:size])

        return self._with(self._names, content)

    def _with(self, names: dict[str, int | None], content: Callable[[_File], bytes]) -> Left:
        """A name in a directory that is lost is lost as well."""
        found: Left = {}
        for path, number in sorted(names.items()):
            parent = str(Path(path).parent)
            if parent in names or parent not in self._names:
                found[path] = None if number is None else content(self._files[number])
        return found


def _rename(names: dict[str, int | None], event: Event, number: int | None) -> None:
    match event.kind:
        case Kind.CREATE | Kind.MKDIR:
            names[event.path] = number
        case Kind.UNLINK:
            names.pop(event.path, None)
        case Kind.LINK:
            names[event.to] = names[event.path]
        case Kind.RENAME:
            names[event.to] = names.pop(event.path)


def _applied(content: bytes, events: list[Event]) -> bytes:
    for event in events:
        match event.kind:
            case Kind.WRITE:
                content = _written(content, event.offset, event.data)
            case Kind.TRUNCATE:
                content = content[: event.offset].ljust(event.offset, b"\0")
            case Kind.EXTEND:
                content = content.ljust(event.offset, b"\0")
    return content


def _written(content: bytes, offset: int, data: bytes) -> bytes:
    return content[:offset].ljust(offset, b"\0") + data + content[offset + len(data) :]
