"""The fenced-in template language: Jinja2's immutable sandbox, with what can hang or bloat a process taken out.

Enters: a template and plain data. Leaves: text with marks around every value (`template.py` reads them). The sandbox
alone lets 'a' * 10**9, ljust and "%0999999999d" take a gigabyte each; those ways are closed here. Imported only when
an owner has written a template.
"""

import functools
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from syndicator.render.pieces import Role

FIRST_MARK = 0x10FF00  # U+10FF00…: private use, removed from every value and template beforehand
END = chr(FIRST_MARK + 0xF)
OPEN = {role: chr(FIRST_MARK + number) for number, role in enumerate(Role)}
SHRINKING = {role: chr(FIRST_MARK + 8 + number) for number, role in enumerate(Role)}  # marked by the owner
MARKS = frozenset({END, *OPEN.values(), *SHRINKING.values()})
MOST = 100_000  # characters a single step may make

_FILTERS = (
    "capitalize d default first float int last length list lower reverse select reject sort string "
    "striptags title trim truncate unique upper urlencode wordcount replace"
)
_METHOD_NAMES = (
    "capitalize casefold count endswith find isalpha isdigit islower isupper lower lstrip partition removeprefix "
    "removesuffix rpartition rsplit rstrip split splitlines startswith strip title upper"
)
_METHODS = frozenset(_METHOD_NAMES.split())
_KEEPS = frozenset({Role.TITLE, Role.BODY})
_UNMARK = dict.fromkeys(map(ord, MARKS))


class Value(str):
    """A value that knows its place in a copy, also after a filter."""

    __slots__ = ("role", "shrinks")
    role: Role
    shrinks: bool  # its owner allows it, and so nothing else in the copy

    def __new__(cls, text: str, role: Role, *, shrinks: bool = False) -> "Value":
        value = super().__new__(cls, text)
        value.role = role
        value.shrinks = shrinks
        return value

    def __getitem__(self, key: Any) -> str:
        part = super().__getitem__(key)
        return Value(part, self.role, shrinks=self.shrinks) if self.role in _KEEPS else part


class Fence(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self) -> None:
        from syndicator.render.filters import FILTERS as OURS

        super().__init__(undefined=StrictUndefined, finalize=marked, autoescape=False)
        self.globals = {}
        self.filters = {name: _keeping(FILTERS[name]) for name in _FILTERS.split()}
        self.filters |= {"replace": _keeping(_replace), "join": _join, **OURS}

    def wrap_str_format(self, value: Any) -> None:
        """No str.format: "{:>999999999}" passes the sandbox."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str):
            return attr in _METHODS
        return isinstance(obj, datetime | LoopContext) and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str) and len(left) + len(right) <= MOST:
            return left + right
        if all(isinstance(side, int | float) and abs(side) <= MOST for side in (left, right)) and operator != "**":
            return super().call_binop(context, operator, left, right)
        raise SecurityError(f"'{operator}' works on small numbers only; put texts side by side, or join them with ~")


def marked(value: Any) -> str:
    text = printed(value)
    if not MARKS.isdisjoint(text):  # the result of a macro, marked already
        return text
    if isinstance(value, Value):
        return f"{(SHRINKING if value.shrinks else OPEN)[value.role]}{text}{END}"
    return f"{OPEN[Role.WORDS]}{text}{END}"


def unmarked(text: str) -> str:
    return text.translate(_UNMARK)


def printed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _keeping(function: Callable[..., Any]) -> Callable[..., Any]:
    """A shortened title is still a title: it may shrink further, and its '@' must call nobody."""

    @functools.wraps(function)
    def kept(*arguments: Any, **options: Any) -> Any:
        result = function(*arguments, **options)
        known = next((a for a in arguments[:2] if isinstance(a, Value) and a.role in _KEEPS), None)
        if known is None or not isinstance(result, str):
            return result
        return Value(str(result), known.role, shrinks=known.shrinks)

    return kept


def _replace(text: str, old: str, new: str) -> str:
    if not old or len(text) + text.count(old) * len(new) > MOST:
        raise SecurityError("replace would make a text that is too long")
    return str(text).replace(old, new)


def _join(values: Iterable[Any], separator: str = "") -> str:
    parts = [printed(value) for value in values]
    if sum(map(len, parts)) + len(parts) * len(separator) > MOST:
        raise SecurityError("join would make a text that is too long")
    return separator.join(parts)
