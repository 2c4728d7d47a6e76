"""The title and the tags of a story."""

import pytest

from syndicator.connector import Rendering
from syndicator_medium.story import tell
from tests.connectors.medium_ground import LINK, rendering

FOOTER = f'<hr>\n<p><em>Originally published at </em><a href="{LINK}"><em>blog.example.org</em></a><em>.</em></p>'


def test_a_long_title_stands_whole_in_the_story_and_is_cut_for_lists() -> None:
    title = "word " * 30 + "end"
    told = tell(rendering(title=title))
    assert (told.title, f"<h1>{title}</h1>" in told.html) == (title, True)
    assert told.listed_title == "word " * 19 + "word…"


def test_a_title_is_never_cut_within_what_people_see_as_one_letter() -> None:
    family = "👩‍👩‍👧‍👦"
    told = tell(rendering(title=family * 20))
    assert told.listed_title == family * 9 + "…"
    assert len(told.listed_title.encode("utf-16-le")) <= 200


def test_a_title_of_exactly_a_hundred_is_not_touched() -> None:
    assert tell(rendering(title="x" * 100)).listed_title == "x" * 100


@pytest.mark.parametrize(
    ("html", "title"),
    [
        (f"<p>Just shipped it. Now sleep{', and sleep' * 9}.</p>", "Just shipped it"),
        (f"<p>Did it work? Nobody knows{', and nobody' * 9}.</p>", "Did it work?"),
        (f"<p>{'lorem ' * 40}</p>", "lorem " * 12 + "lorem…"),
        ("<p>Line one<br>line two</p>", "Line one"),
        ('<figure><img src="https://b.example/a.jpg" alt="A harbour"></figure>', "A harbour"),
        ('<figure><img src="https://b.example/a.jpg" alt=""></figure>', "blog.example.org"),
        ("<p>" + "今日は晴れです。" * 20 + "</p>", "今日は晴れです。今日は晴れです"),
    ],
)  # fmt: skip
def test_a_note_gets_its_title_from_its_first_words(html: str, title: str) -> None:
    told = tell(rendering(html=html, title=""))
    assert told.title == title


def test_a_note_that_fits_into_its_title_is_not_said_twice() -> None:
    assert tell(rendering(html="<p>Just shipped it.</p>", title="")).html == f"<h1>Just shipped it.</h1>\n{FOOTER}"


def test_a_short_note_with_a_link_keeps_the_link() -> None:
    note = '<p>Just <a href="https://o.example/">shipped</a> it.</p>'
    assert tell(rendering(html=note, title="")).html.count("shipped") == 2


def test_nothing_at_all_is_untitled() -> None:
    assert tell(Rendering(text="")).title == "Untitled"


# Tags


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("a", "b", "c", "d"), ("a", "b", "c")),
        (("z", "y"), ("z", "y")),
        (("#Python", "python", " web  dev "), ("Python", "web dev")),
        (("x" * 26, "a", "y" * 25), ("a", "y" * 25)),
        (("", "#", "a"), ("a",)),
    ],
)
def test_the_first_three_tags_that_medium_takes_go_along(given: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert tell(rendering(tags=given)).tags == kept


def test_a_tag_that_is_too_long_is_named() -> None:
    assert any("x" * 26 in warning for warning in tell(rendering(tags=("x" * 26,))).warnings)
