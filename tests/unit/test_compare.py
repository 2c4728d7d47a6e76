"""What differs between two copies of one post."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Card, Part
from syndicator.preview.compare import changes, stretches
from syndicator.preview.copy import Copy
from tests.unit.preview_ground import CAN, LINK, POST, WHOLE, a_copy, attached, copy, story

TEXTS = st.text(st.sampled_from("ab cd.\n\t–日本語👩‍👩‍👧"), max_size=60)


def marked(before: str, after: str) -> str:
    signs = {"same": "{}", "del": "[-{}-]", "ins": "{{+{}+}}"}
    return "".join(signs[one.how].format(one.text) for one in stretches(before, after))


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_a_comparison(before: str, after: str) -> None:
    found = stretches(before, after)
    assert "".join(one.text for one in found if one.how != "ins") == before
    assert "".join(one.text for one in found if one.how != "del") == after
    assert (before == after) == all(one.how == "same" for one in found)


def test_whole_words_change_and_phrases_stay_together() -> None:
    assert marked("the still lake at dawn", "the calm river at dawn") == "the [-still lake-]{+calm river+} at dawn"
    assert marked("one\n\ntwo", "one\n\n2") == "one\n\n[-two-]{+2+}"
    assert marked("今朝の湖", "今夜の湖") == "今[-朝-]{+夜+}の湖"


def test_a_very_long_text_is_compared_by_lines() -> None:
    lines = [f"line {n} has some words\n" for n in range(3000)]
    changed = [*lines[:1500], "another line\n", *lines[1501:]]
    assert [one.text for one in stretches("".join(lines), "".join(changed)) if one.how == "del"] == [
        lines[1500].rstrip()
    ]


def what(before: Copy, after: Copy) -> list[str]:
    return [change.what for change in changes(before, after)]


def test_the_same_copy_made_later_is_the_same() -> None:
    from datetime import UTC, datetime

    later = copy(rendering=a_copy(composed=datetime(2030, 1, 1, tzinfo=UTC)))
    assert changes(copy(rendering=a_copy()), later) == ()


def test_everything_that_a_reader_would_notice_is_named() -> None:
    before = copy(rendering=a_copy())
    card = Card(LINK, "A walk")
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"text": "other", "spans": ()}, ["text"]),
        ({"spans": ()}, ["links"]),
        ({"rest": (Part("two"),)}, ["part 2"]),
        ({"tags": ("lake",)}, ["tags"]),
        ({"images": attached(1)}, ["picture 1", "alt text 1"]),
        ({"card": card}, ["card"]),
        ({"content_warning": "Food"}, ["content warning"]),
        ({"sensitive": True}, ["sensitive"]),
        ({"visibility": "unlisted"}, ["visibility"]),
        ({"replies": "nobody"}, ["replies"]),
        ({"language": "de"}, ["language"]),
    ]
    for more, names in cases:
        assert what(before, copy(rendering=a_copy(**more))) == names


def test_a_picture_of_the_same_size_with_other_bytes_is_another_picture() -> None:
    (one,) = attached(1)
    again = replace(one, sha256="f" * 64)
    assert what(copy(rendering=a_copy(images=(one,))), copy(rendering=a_copy(images=(again,)))) == ["picture 1"]


def test_warnings_and_being_held_are_changes_too() -> None:
    assert what(copy(), copy(warnings=("No picture.",), held="no alt text")) == ["warnings", "held"]


def test_a_copy_that_cannot_be_made_any_more_says_so() -> None:
    broken = Copy("mastodon", POST, trouble="the template is wrong")
    assert "trouble" in what(copy(), broken)
    assert what(broken, broken) == []


def test_a_whole_post_is_compared_as_its_readers_get_it() -> None:
    before = copy("medium", story(), can=WHOLE)
    after = copy("medium", replace(story(), html=story().html.replace("First", "Other"), text="teaser"), can=WHOLE)
    assert what(before, after) == ["post"]
    assert what(replace(before, can=CAN), replace(after, can=CAN)) == ["text"]
