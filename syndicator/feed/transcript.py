"""Values ⇄ JSON, checked against the types of their fields. Pure.

What comes back from a process that handled strangers' documents is not believed: only the shapes that our own
dataclasses describe get through, text loses the characters that no text needs, and nothing in it is ever executed.
"""

import json
import types
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from syndicator.feed.text import without_controls

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
_LARGEST_NUMBER = 10**9


class Unfit(ValueError):
    """What was read is not of the type that was expected."""


def written(value: "DataclassInstance") -> bytes:
    """A dataclass as UTF-8 JSON."""
    return json.dumps(asdict(value), ensure_ascii=False, default=_plain).encode("utf-8", errors="replace")


def understood(kind: type[T], data: bytes | bytearray) -> T:
    """The value of type `kind` that `data` stands for. Raises Unfit."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Unfit("not JSON") from error
    return cast("T", _reader(cast("Any", kind))(found))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} does not cross")


@lru_cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """What turns plain values into one of `kind`."""
    if is_dataclass(kind):
        return _dataclass(kind)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _optional(get_args(kind))
    if origin is tuple:
        return _tuple(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(kind)
    return _SIMPLE[kind]


def _dataclass(kind: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}

    def read(found: Any) -> Any:
        if not isinstance(found, dict) or found.keys() != readers.keys():
            raise Unfit(f"not the fields of {kind.__name__}")
        return kind(**{name: reader(found[name]) for name, reader in readers.items()})

    return read


def _optional(choices: tuple[Any, ...]) -> Callable[[Any], Any]:
    (kind,) = (choice for choice in choices if choice is not types.NoneType)
    reader = _reader(kind)
    return lambda found: None if found is None else reader(found)


def _tuple(items: tuple[Any, ...]) -> Callable[[Any], Any]:
    if items[-1] is Ellipsis:
        each = _reader(items[0])
        return lambda found: tuple(map(each, _list(found)))
    readers = [_reader(item) for item in items]

    def read(found: Any) -> Any:
        if len(_list(found)) != len(readers):
            raise Unfit("not that many values")
        return tuple(reader(value) for reader, value in zip(readers, found, strict=True))

    return read


def _enum(kind: type[Enum]) -> Callable[[Any], Any]:
    def read(found: Any) -> Any:
        try:
            return kind(found)
        except ValueError as error:
            raise Unfit(f"no {kind.__name__}") from error

    return read


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Unfit("no list")
    return found


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise Unfit("no text")
    return without_controls(found)


def _truth(found: Any) -> bool:
    if not isinstance(found, bool):
        raise Unfit("neither true nor false")
    return found


def _number(found: Any) -> int:
    if not isinstance(found, int) or isinstance(found, bool) or not -_LARGEST_NUMBER <= found <= _LARGEST_NUMBER:
        raise Unfit("no number")
    return found


def _moment(found: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(found))
        return moment.astimezone(UTC) if moment.tzinfo is not None else _refuse("a time without a zone")
    except (ValueError, OverflowError) as error:
        raise Unfit("no time") from error


def _span(found: Any) -> timedelta:
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found <= _LARGEST_NUMBER:
        raise Unfit("no length of time")
    return timedelta(seconds=found)


def _refuse(reason: str) -> Any:
    raise Unfit(reason)


_SIMPLE: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    bool: _truth,
    int: _number,
    datetime: _moment,
    timedelta: _span,
}
