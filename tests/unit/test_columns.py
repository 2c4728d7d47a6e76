"""How wide a text is on a terminal, and where its lines end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.cli.columns import shorten, width, wrap

SIGNS = st.sampled_from("ab ßé\u0301日本語の、。ไทย한글 👩‍👩‍👧🇦🇹👍🏽\u200d\n\t–#@שלום")
TEXTS = st.text(SIGNS, max_size=80)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本", 4),
        ("e\u0301", 1),
        ("👩‍👩‍👧", 2),
        ("🇦🇹", 2),
        ("❤️", 2),
        ("ไทย", 3),
        ("한글", 4),
        ("", 0),
        ("\u200d", 0),
    ],
)
def test_the_width_is_what_a_terminal_draws(text: str, columns: int) -> None:
    assert width(text) == columns


def lines(text: str, columns: int) -> list[str]:
    return [text[start:end] for start, end in wrap(text, columns)]


def test_lines_end_between_words() -> None:
    assert lines("one two three\n\nfour", 8) == ["one two", "three", "", "four"]


def test_scripts_without_blanks_end_anywhere_but_not_before_a_full_stop() -> None:
    assert lines("今朝の湖は。とても", 10) == ["今朝の湖", "は。とても"]
    assert lines("、" * 6, 8) == ["、" * 4, "、" * 2]


def test_what_is_wider_than_a_line_is_cut_unless_it_is_an_address() -> None:
    assert lines("x" * 12, 5) == ["xxxxx", "xxxxx", "xx"]
    address = "https://blog.example/a-walk-along-the-lake/"
    assert lines(f"see {address} now", 12) == ["see", address, "now"]


def test_a_long_title_is_cut_by_columns() -> None:
    assert shorten("one  two\nthree", 9) == "one two…"
    assert (shorten("湖" * 9, 8), shorten("short", 8)) == ("湖湖湖…", "short")


@given(TEXTS, st.integers(4, 30))
def test_wrapping_loses_nothing_but_blanks_and_every_line_fits(text: str, columns: int) -> None:
    found = list(wrap(text, columns))
    assert [end for _, end in found] == sorted(end for _, end in found)
    assert "".join("".join(text[a:b] for a, b in found).split()) == "".join(text.split())
    assert [line for line in lines(text.replace("\t", " "), columns) if width(line) > columns] == []
