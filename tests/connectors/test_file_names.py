"""Whatever the title: a name that any file system takes, that a person can read, and that is the delivery's own."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator_file.naming import name_of, slug
from tests.connectors.file_ground import KEY, OTHER_KEY, WORDS, connector, prepared

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=600)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Around the lake", "around-the-lake"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\CON\\nul.txt", "c-con-nul-txt"),
        ("a\0b\nc\td", "a-b-c-d"),
        ("-rf / --no-preserve-root", "rf-no-preserve-root"),
        ("It’s Ada's", "its-adas"),
        ("GRÖSSE & Straße", "grösse-strasse"),
        ("\u202egnp.exe", "gnp-exe"),
        ("שלום לכולם", "שלום-לכולם"),
        ("湖のまわり", "湖のまわり"),
        ("नमस्ते दुनिया", "नमस्ते-दुनिया"),
        ("🎉👩‍👩‍👧‍👦", ""),
        ("\ud800", ""),
        ("!" * 400 + " what nobody reads", ""),
        ("", ""),
    ],
)
def test_a_title_becomes_words(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_a_title_of_five_thousand_letters_is_cut_between_words() -> None:
    name = name_of(replace(WORDS, title="walking " * 625), KEY)
    assert len(name.encode()) <= 100
    assert name.endswith("-walking-3fa9c1d2")
    assert len(name_of(replace(WORDS, title="ﷺ" * 5000), KEY).encode()) <= 100
    assert len(name_of(replace(WORDS, title="湖" * 5000), KEY).encode()) <= 100


def test_without_a_title_the_words_name_it_and_without_words_its_day() -> None:
    note = replace(WORDS, title="", text="Mist, and a heron.")
    assert name_of(note, KEY) == "2026-11-20-mist-and-a-heron-3fa9c1d2"
    assert name_of(replace(note, text="🎉"), KEY) == "2026-11-20-3fa9c1d2"
    assert name_of(replace(note, published=None), KEY) == "undated-mist-and-a-heron-3fa9c1d2"


def test_two_deliveries_of_one_title_have_two_names() -> None:
    assert name_of(WORDS, KEY) != name_of(WORDS, OTHER_KEY)


@given(ANYTHING)
def test_no_title_makes_a_name_that_is_more_than_a_name(title: str) -> None:
    name = name_of(replace(WORDS, title=title), KEY)
    assert re.fullmatch(r"2026-11-20-(?:.+-)?3fa9c1d2", name)
    assert len(name.encode()) <= 100  # bytes, so no lone surrogate either
    assert {unicodedata.category(letter)[0] for letter in name} <= set("LMNP")
    assert not set(name) & set('/\\:*?"<>|. ')


@pytest.mark.parametrize("title", ["../../x", "a\0b", "x" * 5000, "🎉", "\u202e\u2066", "CON", "aux.", "\ud800"])
def test_hostile_titles_stay_in_the_folder(tmp_path: Path, title: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    words = replace(WORDS, title=title, text=f"{title} and more")
    connector(folder, layout="full").deliver(prepared(words), KEY)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    (copy,) = folder.iterdir()
    assert {path.name for path in copy.iterdir()} == {"post.md", "post.json", "post.html"}
