"""The owner's template → pieces.

Enters: the template's source and plain values of one post. Leaves: pieces in reading order, so that shortening knows
what may shrink. Values are data, never source: braces in a title stay braces. Mistakes are ConfigErrors that name the
file and the line.
"""

import difflib
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syndicator.errors import ConfigError
from syndicator.render.pieces import Piece, Role

if TYPE_CHECKING:
    from jinja2 import Environment, Template

LONGEST_SOURCE = 4_000  # characters
LONGEST_RESULT = 1_000_000

_AS_THEY_ARE = ("author", "date", "feed", "network", "kind", "external_link", "subtitle", "language", "images")
_MARK = re.compile("([\U0010ff00-\U0010ff0f])")
_NO_FILTER = re.compile(r"No filter named '(\w+)'")
_HINT = "Change the template, then look at the result with: syndicate preview"


@dataclass(frozen=True, slots=True)
class Values:
    """What a template can name; texts cleaned. `link` is empty when the post has none."""

    title: str
    link: str
    summary: str  # the feed's excerpt, else the first paragraph
    text: str
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]  # as the network writes them, without '#'
    author: str
    date: datetime
    feed: str
    network: str
    kind: str
    external_link: str = ""
    subtitle: str = ""
    html: str = ""  # the post's own mark-up, sanitised
    language: str = ""
    images: int = 0  # how many the copy carries


NAMES = tuple(Values.__slots__)
Tagger = Callable[[Iterable[str]], tuple[str, ...]]  # tags → hashtags as the network writes them, without '#'


@dataclass(frozen=True, slots=True)
class Compiled:
    """`names` are the values that the template mentions."""

    names: frozenset[str]
    where: str
    template: "Template"

    def pieces(self, values: Values, tagger: Tagger = tuple) -> list[Piece]:
        """Where a value is marked with `shorten`, all others are firm. Raises ConfigError when the template fails on
        these values or prints without end."""
        return _read(self._pour(self._data(values, tagger)))

    def _data(self, values: Values, tagger: Tagger) -> dict[str, Any]:
        from syndicator.render.environment import Value
        from syndicator.render.filters import TAGGER

        untitled = not values.title and self.names.isdisjoint({"text", "summary", "html"})
        return {
            "title": Value(values.text, Role.BODY) if untitled else Value(values.title, Role.TITLE),
            "summary": Value(values.summary, Role.BODY),
            "text": Value(values.text, Role.BODY),
            "html": Value(values.html, Role.BODY),
            "link": Value(values.link, Role.LINK),
            "hashtags": Value(" ".join(f"#{word}" for word in values.hashtags), Role.TAGS),
            **{name: getattr(values, name) for name in _AS_THEY_ARE},
            "tags": list(values.tags),
            TAGGER: tagger,
        }

    def _pour(self, data: dict[str, Any]) -> str:
        parts, length = [], 0
        try:
            for part in self.template.generate(data):
                parts.append(part)
                length += len(part)
                if length > LONGEST_RESULT:
                    raise ConfigError(f"{self.where}: template: prints more than any network takes", hint=_HINT)
        except ConfigError:
            raise
        except Exception as error:
            raise _mistake(self.where, _line_of(error), _what(error)) from None
        return "".join(parts)


@functools.lru_cache(maxsize=64)
def compile_template(source: str, where: str) -> Compiled:
    """Raises ConfigError naming `where` and the line for anything that is wrong before any post is seen."""
    from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes

    if len(source) > LONGEST_SOURCE:
        raise _mistake(where, None, f"is longer than {LONGEST_SOURCE} characters")
    fence = _fence()
    try:
        tree = fence.parse(_MARK.sub("", source))
        unknown = meta.find_undeclared_variables(tree) - set(NAMES)
        for name in (n for n in tree.find_all(nodes.Name) if n.name in unknown):
            raise _mistake(where, name.lineno, _unknown(name.name))
        template = fence.from_string(tree)
    except TemplateSyntaxError as error:
        raise _mistake(where, error.lineno, _guessed(error.message or "cannot be read", fence.filters)) from None
    except (TemplateError, TypeError, RecursionError) as error:
        raise _mistake(where, None, _what(error)) from None
    return Compiled(frozenset(n.name for n in tree.find_all(nodes.Name)), where, template)


@functools.cache
def _fence() -> "Environment":
    from syndicator.render.environment import Fence

    return Fence()


def _read(marked: str) -> list[Piece]:
    """Text between marks → pieces; what the owner has not marked is firm, if anything is marked."""
    from syndicator.render.environment import SHRINKING

    found = list(_stretches(marked))
    if not any(mark in SHRINKING.values() for mark, _ in found):
        return [piece for _, piece in found]
    return [piece if mark in SHRINKING.values() else replace(piece, firm=True) for mark, piece in found]


def _stretches(marked: str) -> Iterator[tuple[str, Piece]]:
    """Each with its mark. Marks that a filter has torn apart lose their meaning and nothing else."""
    from syndicator.render.environment import END, OPEN, SHRINKING

    roles = {mark: role for marks in (OPEN, SHRINKING) for role, mark in marks.items()}
    outer = OPEN[Role.FIXED]
    opened = [outer]
    for part in _MARK.split(marked):
        if part in roles:
            opened.append(part)
        elif part == END:
            del opened[max(1, len(opened) - 1) :]
        elif part or opened[-1] != outer:
            yield opened[-1], Piece(roles[opened[-1]], part)


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1)
    return f"knows no '{name}'" + (f"; did you mean '{near[0]}'?" if near else f"; it can use {', '.join(NAMES)}")


def _guessed(said: str, known: Iterable[str]) -> str:
    """Jinja's words about a filter it does not know, and the nearest that it does."""
    name = _NO_FILTER.match(said)
    near = difflib.get_close_matches(name[1], list(known), n=1) if name else []
    return f"{said.rstrip('.')}; did you mean '{near[0]}'?" if near else said


def _mistake(where: str, line: int | None, what: str) -> ConfigError:
    place = "" if line is None else f"line {line}: "
    return ConfigError(f"{where}: template: {place}{what}", hint=_HINT)


def _what(error: Exception) -> str:
    """Jinja's own words are about names; any other error may quote a post, so it is escaped and kept short."""
    from jinja2 import TemplateError

    return str(error) if isinstance(error, TemplateError) else f"{type(error).__name__}: {ascii(str(error))[:120]}"


def _line_of(error: Exception) -> int | None:
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
