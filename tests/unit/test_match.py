"""Posts under new names: which are old acquaintances, which only look like them, which are new."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syndicator.feed.marks import Mark, marks_of, slug_of, tokens
from syndicator.feed.match import Candidate, Likeness, is_mass_change, match, plainly_another, plainly_this, twins
from syndicator.post import Post

DAY = timedelta(days=1)
START = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
SUBJECTS = ("lakes", "bicycles", "type", "bread", "maps", "winter", "radio", "stone", "letters", "wood")


def words(subject: str, count: int = 60) -> str:
    """Some sentences that no other subject shares."""
    return " ".join(f"{subject} {n} says {subject}{n * 7}" for n in range(count))


def article(n: int, **changes: Any) -> Post:
    subject = SUBJECTS[n % len(SUBJECTS)]
    return replace(
        Post(
            guid=f"https://blog.example/2026/{subject}/",
            link=f"https://blog.example/2026/{subject}/",
            title=f"On {subject}",
            text=words(subject),
            published=START + n * 3 * DAY,
        ),
        **changes,
    )


def known(posts: Sequence[Post], *, stood: bool = True) -> list[Candidate]:
    return [Candidate(n + 1, post, frozenset(), stood) for n, post in enumerate(posts)]


def matched(entry: Post, before: Post, present: Sequence[Post] = (), *, stood: bool = True, mass: bool = False) -> str:
    """What one entry is to one post: itself, alike, or new."""
    found = match([entry], known([before], stood=stood), present, mass=mass)
    return "new" if 0 not in found else "itself" if found[0].sure else "alike"


# An older post is still there, so that whatever is gone has not left by age.
OLDER = article(9, published=START - 9 * DAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"link": "https://new.example/2026/bicycles/"},
        {"link": "https://blog.example/posts/a-better-slug"},
        {"link": "https://blog.example/x", "title": "About riding"},
        {"link": "https://blog.example/x", "text": "Only an excerpt is left of it."},
        {"link": "https://blog.example/x", "published": None},
        {"link": "https://blog.example/x", "published": START + 3 * DAY + timedelta(hours=5)},
        {"link": "https://blog.example/x", "published": START + 20 * DAY},
        {"link": "https://blog.example/x", "title": "ON BICYCLES!", "text": words("bicycles").replace(" ", "\n\n")},
    ],
)
def test_a_post_under_new_names_is_itself(changes: dict[str, Any]) -> None:
    assert matched(article(1, guid="new", **changes), article(1), [OLDER]) == "itself"


def test_what_spoke_for_it_is_told() -> None:
    found = match(
        [article(1, guid="x", link="https://new.example/bicycles/")], known([article(1)]), [OLDER], mass=False
    )
    assert found == {0: Likeness(1, sure=True, reasons=("title", "address", "date", "words"))}


def test_another_post_is_new() -> None:
    assert matched(article(2), article(1), [OLDER]) == "new"


def test_two_posts_of_one_day_are_two() -> None:
    assert matched(article(2, published=article(1).published), article(1), [OLDER]) == "new"


@pytest.mark.parametrize("apart", [DAY, 7 * DAY, 365 * DAY])
@pytest.mark.parametrize("text", ["", "Links of the week.", words("wood")])
def test_a_series_with_one_title_is_never_one_post(apart: timedelta, text: str) -> None:
    """Its earlier part leaves the feed by age in the moment in which the later one comes."""
    before = article(
        1, title="Links", link="https://blog.example/2026/01/links/", text=words("bicycles") if text else ""
    )
    after = replace(before, guid="b", link="https://blog.example/2026/02/links/", text=text)
    after = replace(after, published=(before.published or START) + apart)
    present = [article(n) for n in range(2, 6)]
    assert matched(after, before, present) in ("alike", "new")
    assert matched(after, before, []) in ("alike", "new")
    assert matched(after, before, [], mass=True) in ("alike", "new")


def test_numbers_part_what_is_alike_in_everything_else() -> None:
    before = article(1, title="Part 1", text=words("bicycles"))
    after = article(1, title="Part 2", text=words("bicycles"), guid="b", link="https://blog.example/b/")
    assert matched(after, before, [OLDER]) == "alike"


def test_the_same_words_a_year_later_are_not_taken_for_the_same_post() -> None:
    again = article(1, guid="b", link="https://blog.example/2027/bicycles/", published=START + 368 * DAY)
    assert matched(again, article(1), [OLDER], stood=False) == "alike"


def test_a_title_that_several_posts_share_says_little() -> None:
    notes = [article(n, title="Note", link=f"https://blog.example/{n}", text="", published=START) for n in range(3)]
    after = replace(notes[0], guid="x", link="https://blog.example/x")
    assert match([after], known(notes), [], mass=False) == {}


def test_a_note_is_known_by_its_words_and_its_moment() -> None:
    note = Post("a", "https://blog.example/1", text="Rain again.", published=START)
    moved = replace(note, guid="b", link="https://new.example/one")
    assert matched(moved, note, [OLDER]) == "itself"
    assert matched(replace(moved, published=START + 2 * DAY), note, [OLDER]) == "new"
    assert matched(replace(moved, text="Sun at last."), note, [OLDER]) == "new"


def test_each_post_is_used_once_and_the_best_fits_first() -> None:
    posts = [article(1), article(1, title="On bicycles, again", published=START + 4 * DAY, text=words("radio"))]
    moved = [replace(post, guid=None, link=f"https://new.example/{n}") for n, post in enumerate(posts)]
    found = match(moved[::-1], known(posts), [OLDER], mass=False)
    assert {index: likeness.post_id for index, likeness in found.items()} == {0: 2, 1: 1}


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    text = "湖のほとりで自転車に乗る人々は、冬になると手紙を書き、春になると地図を広げて遠くの町を思う。" * 4
    before = Post("a", "https://blog.example/1", title="湖のほとりの自転車", text=text, published=START)
    after = replace(before, guid="b", link="https://new.example/x", published=None)
    assert tokens("湖のほとり") == list("湖のほとり")
    assert matched(replace(after, text=text[:-20] + "終わり"), before, [OLDER]) == "itself"
    assert (
        matched(replace(after, text="山の上で羊を飼う人々は、夏になると歌を歌い、秋になると火を囲む。" * 5), before)
        == "new"
    )


# Moves of a whole blog


def moved(posts: Sequence[Post], **changes: Any) -> list[Post]:
    return [replace(p, guid=None, link=f"https://new.example/p/{n}", **changes) for n, p in enumerate(posts)]


def all_sure(found: dict[int, Likeness], count: int) -> bool:
    return {i: like.post_id for i, like in found.items() if like.sure} == {i: i + 1 for i in range(count)}


@pytest.mark.parametrize(
    "changes",
    [{}, {"text": ""}, {"published": None}, {"published": None, "text": ""}, {"published": START + 400 * DAY}],
)
def test_a_blog_that_moves_as_a_whole_is_known_by_its_titles(changes: dict[str, Any]) -> None:
    posts = [article(n) for n in range(8)]
    assert all_sure(match(moved(posts, **changes), known(posts), [], mass=True), 8)


def test_dates_of_the_day_of_the_move_tell_nothing() -> None:
    posts = [article(n, text="") for n in range(8)]
    carried = [replace(p, published=START + 400 * DAY + timedelta(minutes=7 * n)) for n, p in enumerate(moved(posts))]
    assert all_sure(match(carried, known(posts), [], mass=True), 8)


def test_a_feed_that_has_rolled_over_as_a_whole_has_not_moved() -> None:
    weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    week = [article(n, title=f"Links for {d}", text="", published=START + n * DAY) for n, d in enumerate(weekdays)]
    next_week = [replace(p, published=(p.published or START) + 7 * DAY) for p in moved(week)]
    assert not any(likeness.sure for likeness in match(next_week, known(week), [], mass=True).values())


@pytest.mark.parametrize(("slug", "verdict"), [("30", "alike"), ("on-riding", "itself")])
def test_two_feeds_of_a_site_may_number_their_posts_alike(slug: str, verdict: str) -> None:
    note = article(1, link=f"https://blog.example/notes/{slug}/", title="On riding", text="Short.")
    essay = article(1, link=f"https://blog.example/essays/{slug}/", title="Something else", text="Also short.")
    assert matched(note, essay, stood=False) == verdict


@pytest.mark.parametrize(
    ("left", "gone", "stood", "is_mass"),
    [(3, 3, 3, True), (2, 3, 3, False), (3, 2, 3, False), (9, 5, 10, True), (9, 4, 10, False), (3, 3, 6, True)],
)
def test_a_mass_change_is_half_of_the_blog_and_no_less_than_three(
    left: int, gone: int, stood: int, is_mass: bool
) -> None:
    assert is_mass_change(left, gone, stood) is is_mass


# Names used again


def test_a_page_used_for_the_next_issue_is_another_post() -> None:
    before, after = article(1), article(2, guid="x", link=article(1).link)
    assert plainly_another(after, before, by_guid=False)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "On bicycles"},
        {"title": ""},
        {"published": article(1).published},
        {"published": None},
        {"text": words("bicycles")},
        {"text": "Short."},
    ],
)
def test_an_edited_post_is_no_other_one(changes: dict[str, Any]) -> None:
    after = article(2, link=article(1).link)
    assert not plainly_another(replace(after, **changes), article(1), by_guid=False)


def test_where_words_are_few_a_guid_that_went_elsewhere_was_used_again() -> None:
    before = article(1, text="Wheels and wind.")
    after = article(2, guid=before.guid, text="Serif or not.")
    assert plainly_another(after, before, by_guid=True)
    assert not plainly_another(replace(after, link=before.link), before, by_guid=True)
    assert not plainly_another(replace(after, text=before.text), before, by_guid=True)


def test_a_post_that_agrees_in_title_and_date_is_this_one() -> None:
    assert plainly_this(article(1, text="Cut."), article(1))
    assert plainly_this(article(1, published=None), article(1))
    assert not plainly_this(article(1, published=START, text="Cut."), article(1))
    assert not plainly_this(article(2), article(1))


# Twins


def test_a_post_listed_under_two_names_is_noticed() -> None:
    twin = article(1, guid="b", link="https://blog.example/notes/bicycles")
    assert twins([twin], [article(0), article(1)]) == {0: 1}
    assert twins([article(1), twin], [article(0)]) == {1: None}


@pytest.mark.parametrize("changes", [{"text": words("radio")}, {"title": "Else", "published": START}, {"text": ""}])
def test_two_posts_that_share_something_are_no_twins(changes: dict[str, Any]) -> None:
    assert twins([article(1, guid="b", link="https://blog.example/b", **changes)], [article(1)]) == {}


# Marks


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("//blog.example/2026/01/Lakes", "lakes"),
        ("//blog.example/day#n3", "day#n3"),
        ("//blog.example/?p=7", "?p=7"),
        ("//blog.example?p=7", "?p=7"),
        ("//blog.example", ""),
    ],
)
def test_the_end_of_an_address_outlives_the_rest(address: str, slug: str) -> None:
    assert slug_of(address) == slug


def test_a_post_bears_the_marks_that_it_has() -> None:
    assert {mark.kind for mark in marks_of(article(1))} == {"title", "slug", "words", "time"}
    assert marks_of(Post("a", None, text="Rain.")) == ()
    assert marks_of(Post("a", None, title="Lakes, again!")) == (Mark("title", "lakes again"),)
    assert marks_of(Post("a", None, title="👍")) == (Mark("title", "👍"),)


def test_notes_are_this_one_by_their_words() -> None:
    note = Post("1", "https://blog.example/1", text="Rain again.", published=START)
    assert plainly_this(replace(note, published=None), note)
    assert not plainly_this(replace(note, text="Sun."), note)
    assert not plainly_this(replace(note, text=""), replace(note, text=""))


def test_a_page_without_title_and_words_is_not_taken_for_another_by_its_address_alone() -> None:
    page = Post("a", "https://blog.example/redirect/")
    assert matched(replace(page, guid="b", link="https://new.example/redirect/"), page, mass=True) == "alike"


def test_months_between_two_dates_speak_against() -> None:
    before = article(1, text="")
    after = replace(before, guid="b", link="https://blog.example/2027/bicycles/")
    near, far = (replace(after, published=START + 3 * DAY + days * DAY) for days in (29, 31))
    assert (matched(near, before, [OLDER]), matched(far, before, [OLDER])) == ("alike", "new")


def test_the_end_of_an_address_it_had_long_ago_counts_too() -> None:
    before = article(1, title="", text="Wheels and wind.", published=None)
    after = replace(before, guid="b", link="https://new.example/riding/", published=None)
    assert matched(after, before, [OLDER]) == "new"
    found = match([after], [Candidate(7, before, frozenset({"riding"}), True)], [OLDER], mass=False)
    assert found == {0: Likeness(7, sure=True, reasons=("address", "words"))}


def test_what_it_was_once_called_and_dated_counts_too() -> None:
    before = article(1, title="On wheels", published=START - 900 * DAY, text="")
    after = article(1, guid="b", link="https://new.example/x/", text="")
    assert match([after], [Candidate(7, before, frozenset(), True)], [OLDER], mass=False) == {}
    former = frozenset(marks_of(after))
    found = match([after], [Candidate(7, before, frozenset(), True, former)], [OLDER], mass=False)
    assert found == {0: Likeness(7, sure=True, reasons=("title", "date"))}
