import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.config.lines import Path, line_of, positions

TEXT = '''\
# a comment = "with a key"
plain = 1
dotted.inner = 2
"quoted key" = "a = b # c ["
long = """
not = "a key"
[not.a.table]
"""
raw = \'\'\'
neither = 1
\'\'\'

[table] # remark
inside = [
  1, # one
  { deep = 1,
    deeper = 2 },
]

[[feed]]
name = "a"
[[feed]]
name = "b"
secret = { file = "x", env = "]" }

[feed.sub]
key = 1
[table."sub table"]
last = 1'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("plain",), 2),
        (("dotted",), 3),
        (("dotted", "inner"), 3),
        (("quoted key",), 4),
        (("long",), 5),
        (("raw",), 9),
        (("table",), 13),
        (("table", "inside"), 14),
        (("table", "inside", 0), 15),
        (("table", "inside", 1), 16),
        (("table", "inside", 1, "deep"), 16),
        (("table", "inside", 1, "deeper"), 17),
        (("feed",), 20),
        (("feed", 0), 20),
        (("feed", 0, "name"), 21),
        (("feed", 1), 22),
        (("feed", 1, "name"), 23),
        (("feed", 1, "secret", "env"), 24),
        (("feed", 1, "sub", "key"), 27),
        (("table", "sub table", "last"), 29),
    ],
)
def test_a_key_has_its_line(path: Path, line: int) -> None:
    assert positions(TEXT)[path] == line


@pytest.mark.parametrize("path", [("not",), ("neither",), ("not", "a", "table"), ("a comment",)])
def test_what_only_looks_like_a_key_has_none(path: Path) -> None:
    assert path not in positions(TEXT)


def test_a_missing_key_is_shown_at_its_table() -> None:
    where = positions(TEXT)
    assert line_of(where, ("feed", 1, "url")) == 22
    assert line_of(where, ("unheard", "of")) == 1


@pytest.mark.parametrize("text", ["", "[", "a", "a =", "[[a", "a = {", "a = [", 'a = "', "= 1", "]", "\x00", "a = ]"])
def test_a_broken_text_does_not_hang_it(text: str) -> None:
    assert all(line == 1 for line in positions(text).values())


_KEYS = st.sampled_from(["a", "b", "c-d", "_", "1"])
_VALUES = st.recursive(
    st.sampled_from([1, True, "", "]", "}", "a = 1", "# no", '"', "\\", "\n[t]\n", "'''"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


def _paths(value: Any, before: Path = ()) -> set[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: set[Path] = set()
    for key, inner in items:
        found |= {(*before, key)} | _paths(inner, (*before, key))
    return found


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    return json.dumps(value)


@given(st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_it_finds_exactly_the_keys_that_tomllib_finds(table: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in table.items())
    assert set(positions(text)) == _paths(tomllib.loads(text))
    assert [positions(text)[(key,)] for key in table] == list(range(1, len(table) + 1))
