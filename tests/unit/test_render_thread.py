"""A long note becomes parts that begin and end where a reader would."""

import pytest

from syndicator.connector import Hashtags, Part, Span, SpanKind
from syndicator.render.cutting import graphemes
from syndicator.render.marking import Marker
from syndicator.render.pieces import Piece, Role, join
from syndicator.render.shorten import Room
from syndicator.render.thread import split

LINK = "https://x.example/a/very/long/address/that/is/never/cut"


def parts(text: str, length: int, *, numbered: bool = False, most: int = 25) -> list[str]:
    marked, spans = join(Marker("", Hashtags.WORD, joiner="").mark([Piece(Role.BODY, text)]))
    return [part.text for part in split(marked, spans, Room(graphemes, length), numbered=numbered, most=most)]


def test_what_fits_is_no_thread() -> None:
    assert parts("Just a note.", 12) == []


def test_parts_end_with_paragraphs() -> None:
    text = "The first paragraph is short.\n\nThe second one too.\n\nAnd here is the third of them."
    assert parts(text, 60) == ["The first paragraph is short.\n\nThe second one too.", "And here is the third of them."]


def test_parts_end_with_sentences_where_a_paragraph_is_long() -> None:
    text = "One sentence by Dr. Ada is here. Another one follows it now. And a third."
    assert parts(text, 40) == ["One sentence by Dr. Ada is here.", "Another one follows it now. And a third."]


def test_parts_end_with_words_where_a_sentence_is_long() -> None:
    assert parts("one two three four five six seven", 12) == ["one two", "three four", "five six", "seven"]


def test_parts_of_a_script_without_spaces_end_by_its_rules() -> None:
    assert parts("吾輩は猫である。名前はまだ無い。どこで生れたか", 11) == [
        "吾輩は猫である。",
        "名前はまだ無い。",
        "どこで生れたか",
    ]
    assert parts("一二三四五六七、八九十", 7) == ["一二三四五六", "七、八九十"]


def test_a_giant_word_is_cut_between_clusters() -> None:
    family = "👨\u200d👩\u200d👧\u200d👦"
    assert parts(family * 25, 10) == [family * 10, family * 10, family * 5]


def test_a_number_stands_below_each_part_and_counts() -> None:
    text = "One sentence is here. Another one follows it. And a third."
    found = parts(text, 30, numbered=True)
    assert found == ["One sentence is here.\n\n1/3", "Another one follows it.\n\n2/3", "And a third.\n\n3/3"]


def test_numbers_of_two_digits_have_room_as_well() -> None:
    found = parts("word " * 24, 11, numbered=True)
    assert (len(found), found[0], found[-1]) == (24, "word\n\n1/24", "word\n\n24/24")
    assert max(map(graphemes, found)) <= 11


def test_what_needs_too_many_parts_is_no_thread() -> None:
    assert len(parts("word " * 5, 5, most=5)) == 5
    assert parts("word " * 6, 5, most=5) == []


def test_a_heading_goes_with_what_it_heads() -> None:
    text = "A first paragraph of words.\n\nHeading\n\nA second paragraph of words, which is longer."
    assert parts(text, 50) == [
        "A first paragraph of words.",
        "Heading\n\nA second paragraph of words, which is",
        "longer.",
    ]


def test_words_that_lead_on_go_with_the_list() -> None:
    text = "A first paragraph of words.\n\nHere is a list:\n• one thing\n• and another thing"
    assert parts(text, 50) == ["A first paragraph of words.", "Here is a list:\n• one thing\n• and another thing"]


def test_the_mark_of_a_list_never_ends_a_part() -> None:
    text = "Some words that fill a line\n• anothergiantwordthatislong\n• last"
    assert parts(text, 30) == ["Some words that fill a line", "• anothergiantwordthatislong", "• last"]


def test_addresses_and_what_else_is_live_stay_whole() -> None:
    text = f"Words before {LINK} and #tag behind it"
    marked, spans = join(Marker("", Hashtags.WORD, frozenset({"tag"})).mark([Piece(Role.BODY, text)]))
    found = split(marked, spans, Room(graphemes, len(LINK) + 3), numbered=False)
    assert [[part.text[s.start : s.end] for s in part.spans] for part in found] == [[], [LINK], ["#tag"]]


def test_an_address_that_is_longer_than_a_part_leaves_no_thread() -> None:
    assert parts(f"Words before {LINK} and behind", len(LINK) - 1) == []


def test_spans_count_from_the_start_of_their_part() -> None:
    spans = (Span(0, 4, SpanKind.TAG, "one"), Span(9, 13, SpanKind.TAG, "two"))
    assert split("#one and #two", spans, Room(len, 8), numbered=True) == ()
    assert split("#one and #two", spans, Room(len, 8), numbered=False) == (
        Part("#one and", (Span(0, 4, SpanKind.TAG, "one"),)),
        Part("#two", (Span(0, 4, SpanKind.TAG, "two"),)),
    )


def test_bytes_count_as_well() -> None:
    found = split("日本 " * 6, (), Room(graphemes, 100, 14), numbered=False)
    assert [part.text for part in found] == ["日本 日本"] * 3


@pytest.mark.parametrize("unit", ["A sentence (with brackets) and so on. ", "字", "• \n", "https://x.example/ "])
def test_a_very_long_text_is_refused_quickly(unit: str) -> None:
    counted: list[int] = []

    def counting(text: str) -> int:
        counted.append(len(text))
        return len(text)

    text = unit * (100_000 // len(unit))
    assert split(text, (), Room(counting, 300), numbered=True) == ()
    assert sum(counted) < 5 * len(text)
