"""JSON as people type it → values. Pure, and linear in the length of the text.

Takes what strict JSON refuses: comments, single quotes, names without quotes, commas after the last item, line breaks
within a text. Raises ValueError for everything else, and evaluates nothing.
"""

import json
import re
from collections.abc import Iterator

LONGEST = 100_000  # characters
DEEPEST = 30
_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)"
    r'|(?P<text>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')'
    r"|(?P<mark>[{}\[\],:])"
    r"|(?P<word>[^\s{}\[\],:\"'/]+)",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,2})?")
_WORDS = {"true": "true", "false": "false", "null": "null", "True": "true", "False": "false", "None": "null"}
_ESCAPE = re.compile(r"\\.|\"", re.DOTALL)
_ESCAPES = {"\\'": "'", '"': '\\"'}


def loads(text: str) -> object:
    """Raises ValueError."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST:,} characters")
    strict = "".join(_strict(list(_tokens(text))))
    try:
        return json.loads(strict, strict=False)
    except RecursionError:  # cannot happen below DEEPEST; a guard, not a path
        raise ValueError("it is nested too deeply") from None


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"character {at + 1} makes no sense there")
        at = found.end()
        if found.lastgroup != "space":
            yield str(found.lastgroup), found[0]


def _strict(tokens: list[tuple[str, str]]) -> Iterator[str]:
    depth = 0
    for (kind, part), (_, after) in zip(tokens, [*tokens[1:], ("", "")], strict=True):
        if kind == "text":
            yield _text(part)
        elif kind == "word":
            yield json.dumps(part) if after == ":" else _value(part)
        elif not (part == "," and after in ("}", "]")):
            depth += 1 if part in ("{", "[") else -1 if part in ("}", "]") else 0
            if depth > DEEPEST:
                raise ValueError("it is nested too deeply")
            yield part


def _text(token: str) -> str:
    """In double quotes; an apostrophe needs no escape there, a double quote does."""
    return '"' + _ESCAPE.sub(lambda found: _ESCAPES.get(found[0], found[0]), token[1:-1]) + '"'


def _value(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    if _NUMBER.fullmatch(word):
        return word
    raise ValueError(f"“{word[:20]}” needs quotes")
