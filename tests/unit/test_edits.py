"""What is an edit, what is none, which edits are material, and when one is believed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.feed import edits
from syndicator.feed.edits import Edit, Former, Wording, fingerprint, parts, settle, watch, weigh
from syndicator.post import Image, Post

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COPY = "https://social.example/@me/900"
WALK = Post(
    guid="walk",
    link="https://blog.example/walk/",
    title="A walk by the lake",
    html="<p>We walked for three hours, and met nobody but a heron.</p>",
    text="We walked for three hours, and met nobody but a heron.",
    published=NOW - DAY,
    images=(Image("https://blog.example/images/lake.jpg", "The lake"), Image("https://blog.example/images/heron.png")),
)


def worded(text: str) -> Post:
    return replace(WALK, text=text, html=f"<p>{text}</p>")


EDITED = worded("We walked for three hours, and met nobody at all but an old heron who slept.")

# What counts

NOT_EDITS: dict[str, Callable[[Post], Post]] = {
    "its dates": lambda p: replace(p, published=NOW, updated=NOW),
    "mark-up": lambda p: replace(p, html="<div class='new'><p><em>We</em> walked for three hours</p></div>"),
    "https": lambda p: replace(p, link="http://www.blog.example/walk/?utm_source=feed"),
    "another host for pictures": lambda p: replace(
        p,
        images=(Image("https://i0.wp.com/blog.example/images/lake.jpg?w=640"), Image("https://cdn.example/heron.png")),
    ),
    "other sizes of pictures": lambda p: replace(
        p, images=(Image("https://blog.example/lake-1024x768.jpg"), Image("https://blog.example/heron@2x.webp"))
    ),
    "pictures with a hash in their names": lambda p: replace(
        p, images=(Image("https://blog.example/lake.3f2a9c1b.jpg"), Image("https://b.example/heron_hu12ab34cd_9.png"))
    ),
    "the order of pictures": lambda p: replace(p, images=p.images[::-1]),
    "alt texts": lambda p: replace(p, images=tuple(replace(i, alt="Another") for i in p.images)),
    "tags and language": lambda p: replace(p, tags=("lakes",), language="en"),
    "typography": lambda p: replace(p, text=p.text.replace(", ", " – ").upper(), title="A walk by the lake…"),
    "addresses that stand in the text": lambda p: replace(p, text=p.text + " https://blog.example/a?build=77"),
    "another guid": lambda p: replace(p, guid="tag:blog.example,2026:walk"),
    "the excerpt": lambda p: replace(p, summary="We walked."),
}
EDITS: dict[str, tuple[Callable[[Post], Post], tuple[str, ...]]] = {
    "title": (lambda p: replace(p, title="A run by the lake"), ("title",)),
    "no title": (lambda p: replace(p, title=""), ("title",)),
    "a word": (lambda p: worded(p.text.replace("three", "four")), ("text",)),
    "the order of words": (lambda p: worded("heron a " + p.text.removesuffix(" a heron.")), ("text",)),
    "an emoji": (lambda p: worded(p.text + " 🪿"), ("text",)),
    "a currency": (lambda p: worded(p.text + " €"), ("text",)),
    "one picture less": (lambda p: replace(p, images=p.images[:1]), ("images",)),
    "the same picture twice": (lambda p: replace(p, images=p.images * 2), ("images",)),
    "another picture": (lambda p: replace(p, images=(p.images[0], Image("https://b.example/duck.png"))), ("images",)),
    "pictures told apart by their day": (
        lambda p: replace(p, images=(p.images[0], Image("https://b.example/heron_20260301.png"))),
        ("images",),
    ),
    "link": (lambda p: replace(p, link="https://blog.example/a-walk/"), ("link",)),
    "what a link post is about": (lambda p: replace(p, external_link="https://herons.example/"), ("link",)),
    "title and text": (lambda p: replace(worded("Other."), title="Other"), ("title", "text")),
}


@pytest.mark.parametrize("name", NOT_EDITS)
def test_this_is_no_edit(name: str) -> None:
    after = NOT_EDITS[name](WALK)
    assert after != WALK
    assert parts(WALK, after) == ()
    assert fingerprint(after) == fingerprint(WALK)


@pytest.mark.parametrize("name", EDITS)
def test_this_is_an_edit(name: str) -> None:
    change, changed = EDITS[name]
    assert parts(WALK, change(WALK)) == changed
    assert fingerprint(change(WALK)) != fingerprint(WALK)


@given(st.text(max_size=60), st.text(max_size=60))
def test_equal_fingerprints_mean_that_no_part_differs(one: str, other: str) -> None:
    before, after = worded(one), replace(worded(other), title=one[:9])
    before = replace(before, title=other[:9])
    assert (fingerprint(before) == fingerprint(after)) == (parts(before, after) == ())


@pytest.mark.parametrize(
    "line",
    [
        f'<p>Also on: <a class="u-syndication" href="{COPY}">Mastodon</a></p>',
        f'<p>Also on</p><ul><li><a href="{COPY}">a friendly place called Mastodon or so</a></li></ul>'.replace(
            "<p>Also on</p>", "<h3>Also on</h3>"
        ),
        f'<p>Elsewhere:</p><div><a href="{COPY}?utm_source=blog">Mastodon</a></div>',
        f'<footer><a href="{COPY}">See and discuss this on Mastodon, where it is read</a></footer>',
    ],
)
def test_the_links_to_our_own_copies_are_no_edit(line: str) -> None:
    text = WALK.text + "\n\nAlso on: Mastodon"
    after = replace(WALK, html=WALK.html + line, text=text)
    assert parts(WALK, after, frozenset({COPY})) == ()
    assert parts(WALK, after) == ("text",)


def test_an_edit_beside_the_links_to_our_copies_is_one() -> None:
    line = f'<p>Also on: <a href="{COPY}">Mastodon</a></p>'
    after = replace(EDITED, html=EDITED.html + line, text=EDITED.text + "\n\nAlso on: Mastodon")
    assert parts(WALK, after, frozenset({COPY})) == ("text",)


def test_a_link_to_a_copy_within_a_sentence_takes_no_other_words_with_it() -> None:
    sentence = f'<p>As I said on <a href="{COPY}">Mastodon</a>, the heron of the northern shore is shy.</p>'
    without = "<p>As I said on , the heron of the northern shore is shy.</p>"
    before, after = replace(WALK, html=WALK.html), replace(WALK, html=WALK.html + sentence)
    assert parts(before, after, frozenset({COPY})) == ("text",)
    assert parts(replace(WALK, html=WALK.html + without), after, frozenset({COPY})) == ()


# Material or small


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (EDITS["title"][0], (True, "title")),
        (EDITS["link"][0], (True, "link")),
        (EDITS["one picture less"][0], (True, "images")),
        (lambda p: worded(p.text.replace("three", "3")), (True, "numbers")),
        (lambda p: worded(p.text.replace("three", "for").replace("nobody", "noone")), (False, "few-words")),
        (lambda p: worded(p.text + " One two three."), (False, "few-words")),
        (lambda p: worded(p.text + " One two three four."), (True, "words")),
        (lambda p: worded(p.text.replace("We walked for three hours, and ", "")), (True, "words")),
    ],
)
def test_an_edit_is_material_or_small_by_a_rule_that_has_a_name(
    change: Callable[[Post], Post], expected: tuple[bool, str]
) -> None:
    after = change(WALK)
    assert weigh(WALK, after, parts(WALK, after)) == expected


def test_in_scripts_without_spaces_each_character_counts() -> None:
    before, small, large = worded("我們在湖邊散步"), worded("我們在河邊散步"), worded("他昨天去了市場")
    assert weigh(before, small, ("text",)) == (False, "few-words")
    assert weigh(before, large, ("text",)) == (True, "words")


# When it is believed


UNTOUCHED = Wording(WALK)


def walk_through(*steps: tuple[Post, timedelta], known: Wording = UNTOUCHED) -> tuple[Wording, list[Edit]]:
    """Read documents one after another, each `timedelta` after the one before."""
    now, found = NOW, []
    for post, later in steps:
        now += later
        known, edit = watch(known, post, now)
        found += [edit] if edit is not None else []
    return known, found


def test_an_edit_is_believed_when_two_answers_in_a_row_show_it() -> None:
    known, found = walk_through((EDITED, HOUR))
    assert (found, known.content, known.accepted, known.changed_at) == ([], EDITED, WALK, NOW + HOUR)
    known, found = walk_through((EDITED, HOUR), (EDITED, MINUTE))
    assert found == [Edit(("text",), True, "words", False, NOW + HOUR, 1)]
    assert known == Wording(EDITED, former=(Former(fingerprint(WALK), NOW + HOUR + MINUTE),), revision=1)


def test_what_lasted_for_one_answer_only_is_no_edit() -> None:
    known, found = walk_through((EDITED, HOUR), (WALK, HOUR), (WALK, HOUR))
    assert (known, found) == (Wording(WALK), [])


def test_an_edit_that_goes_on_is_believed_once_it_rests() -> None:
    halfway = worded("We walked for")
    known, found = walk_through((halfway, HOUR), (EDITED, MINUTE))
    assert (found, known.accepted, known.changed_at) == ([], WALK, NOW + HOUR + MINUTE)
    known, found = walk_through((EDITED, MINUTE), known=known)
    assert [edit.parts for edit in found] == [("text",)]


@pytest.mark.parametrize(
    ("later", "seen_again", "believed"),
    [
        (15 * MINUTE, False, True),
        (15 * MINUTE - timedelta(seconds=1), False, False),
        (MINUTE, True, True),
    ],
)
def test_between_two_documents_an_edit_is_believed_by_its_age_or_by_another_answer(
    later: timedelta, seen_again: bool, believed: bool
) -> None:
    waiting = Wording(EDITED, accepted=WALK, changed_at=NOW)
    known, edit = settle(waiting, NOW + later, seen_again=seen_again)
    assert (edit is not None, known.revision, known.accepted is None) == (believed, int(believed), believed)


def test_going_back_to_an_earlier_wording_has_to_stand_for_a_day_and_is_marked() -> None:
    edited, _ = walk_through((EDITED, HOUR), (EDITED, HOUR))
    _, found = walk_through((WALK, HOUR), (WALK, HOUR), (WALK, 20 * HOUR), known=edited)
    assert found == []
    back, found = walk_through((WALK, HOUR), (WALK, DAY), known=edited)
    assert [(edit.again, edit.revision) for edit in found] == [(True, 1)]
    assert (back.revision, back.accepted) == (1, None)


def test_a_post_that_goes_to_and_fro_is_edited_once_at_most() -> None:
    steps = [
        (EDITED, HOUR),
        (EDITED, HOUR),
        *[(post, HOUR) for _ in range(20) for post in (WALK, WALK, EDITED, EDITED)],
    ]
    _, found = walk_through(*steps)
    assert [edit.again for edit in found] == [False]


def test_after_a_month_an_earlier_wording_is_a_new_edit() -> None:
    edited, _ = walk_through((EDITED, HOUR), (EDITED, HOUR))
    later = timedelta(days=31)
    _, found = walk_through((WALK, later), (WALK, HOUR), known=edited)
    assert [(edit.again, edit.revision) for edit in found] == [(False, 2)]


def test_five_former_wordings_are_remembered_and_no_more() -> None:
    posts = [worded(f"Wording number {n} of this.") for n in range(8)]
    known, found = walk_through(*[(post, HOUR) for post in posts for _ in range(2)])
    assert (len(found), known.revision, len(known.former)) == (8, 8, edits.FORMER)
    assert known.former[0].fingerprint == fingerprint(posts[6])


def test_what_a_template_changes_is_taken_over_without_a_word() -> None:
    known, edit = watch(Wording(WALK), EDITED, NOW, quiet=True)
    assert (known, edit) == (Wording(EDITED), None)


def test_a_template_does_not_swallow_an_edit_that_waits() -> None:
    waiting, _ = walk_through((EDITED, HOUR))
    other = worded(EDITED.text + " Filed under lakes")
    waiting, edit = watch(waiting, other, NOW + 2 * HOUR, quiet=True)
    assert edit is None
    _, found = walk_through((other, 3 * HOUR), known=waiting)
    assert [edit.parts for edit in found] == [("text",)]


@pytest.mark.parametrize(
    ("changed", "posts", "template"), [(3, 3, False), (4, 4, True), (4, 13, True), (4, 14, False), (30, 100, True)]
)
def test_many_changes_at_once_are_a_template(changed: int, posts: int, template: bool) -> None:
    assert edits.is_template(changed, posts) is template


# Any history


VERSIONS = [WALK, EDITED, replace(WALK, title="Another title"), worded("Something else entirely.")]
STEPS = st.lists(
    st.tuples(st.integers(0, len(VERSIONS) - 1), st.sampled_from(sorted(NOT_EDITS)), st.integers(1, 50)), max_size=25
)


@given(STEPS)
def test_no_edit_that_stays_is_lost_and_none_is_made_up(steps: list[tuple[int, str, int]]) -> None:
    """Whatever went before, what stands for two days is what was last believed; dates, mark-up and pictures' hosts
    change at every step and count for nothing."""
    known, found, now = Wording(WALK), [], NOW
    for version, disguise, hours in [*steps, *[(steps[-1][0] if steps else 0, "its dates", 48)] * 2]:
        now += hours * HOUR
        said = NOT_EDITS[disguise](VERSIONS[version])
        said = said if disguise in ("its dates", "https") else VERSIONS[version]
        known, edit = watch(known, said, now)
        found += [edit] if edit is not None else []
    last = VERSIONS[steps[-1][0]] if steps else WALK
    assert known.accepted is None
    assert parts(known.content, last) == ()
    assert len(found) <= len({version for version, _, _ in steps}) * len(steps)
    if all(version == 0 for version, _, _ in steps):
        assert found == []
    if found:
        assert known.revision == sum(not edit.again for edit in found)
