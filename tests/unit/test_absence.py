"""Which posts should stand in a document and do not, and what it takes to call one gone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.feed.absence import PATIENCE, Missing, Page, Stood, absent, begin, is_new_address, judge

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LINK = "https://blog.example/2026/walk/"


def day(number: int) -> datetime:
    return NOW + number * DAY


def left_out(before: list[int], after: list[int], *, dated: bool = True, order: list[int] | None = None) -> list[int]:
    """Post n is of day n. Feeds begin with the newest unless `order` says otherwise."""
    left = [Stood(n, day(n) if dated else None) for n in before if n not in after]
    known = [n for n in after if n in before]
    dates = [day(n) if dated else None for n in order or sorted(after, reverse=True)]
    return absent(left, len(before), known, dates)


# In the window or past it


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 4, 5], [3]),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4], [5]),
        ([1, 2, 3, 4, 5], [2, 3, 4, 5], []),
        ([1, 2, 3, 4, 5], [2, 3, 4, 5, 6], []),
        ([1, 2, 3, 4, 5], [2, 3, 5, 6], [4]),
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6], []),
        ([1, 2], [1], [2]),
        ([1, 2, 3, 4, 5], [4, 5, 6, 7, 8], []),
    ],
    ids=["within", "newest", "oldest", "moved on", "both", "nothing", "of two", "much moved on"],
)
def test_what_left_from_within_the_window_is_missing(
    before: list[int], after: list[int], lost: list[int], dated: bool
) -> None:
    assert left_out(before, after, dated=dated) == lost


def test_a_window_that_begins_with_the_oldest_counts_from_the_other_end() -> None:
    assert left_out([1, 2, 3, 4, 5], [2, 4, 5, 6], order=[2, 4, 5, 6]) == [3]
    assert left_out([2, 3, 4, 5], [3, 4, 5, 6], order=[3, 4, 5, 6]) == []


def test_a_pinned_old_post_does_not_keep_the_window_open() -> None:
    assert left_out([1, 6, 7, 8, 9], [1, 7, 8, 9, 10], order=[1, 10, 9, 8, 7]) == []
    assert left_out([1, 6, 7, 8, 9], [1, 6, 8, 9], order=[1, 9, 8, 6]) == [7]


def test_a_document_without_entries_or_without_anything_known_proves_nothing() -> None:
    assert left_out([1, 2], []) == []
    assert left_out([1, 2, 3], [7, 8], order=[8, 7]) == []
    assert absent([Stood(9, day(9))], 1, [], [day(1)]) == []


@pytest.mark.parametrize(
    ("posts", "without", "believed"),
    [(4, 2, True), (5, 3, False), (6, 3, False), (7, 3, True), (20, 9, True), (20, 10, False), (3, 2, True)],
)
def test_when_half_of_the_feed_is_missing_it_is_a_mishap(posts: int, without: int, believed: bool) -> None:
    before = list(range(posts))
    lost = left_out(before, [0, *before[1 + without :]])
    assert (len(lost) == without) is believed


# Proof


def asked(*answers: tuple[int | None, timedelta], deleted: bool = False) -> Missing:
    """Each answer is given some time after the one before."""
    now, missing = NOW, begin(NOW, deleted=deleted)
    for status, later in answers:
        now += later
        missing = judge(missing, Page(status), now)
    return missing


def test_its_page_is_asked_an_hour_later_and_at_once_where_the_feed_calls_it_deleted() -> None:
    assert begin(NOW) == Missing(NOW, None, None, NOW + HOUR)
    assert begin(NOW, deleted=True) == Missing(NOW, "deleted", None, NOW)


def test_410_is_proof() -> None:
    assert asked((410, HOUR)) == Missing(NOW, "gone", NOW + HOUR, None)


def test_404_is_proof_on_the_second_day() -> None:
    assert asked((404, HOUR)) == Missing(NOW, "404", NOW + HOUR, NOW + HOUR + DAY)
    assert asked((404, HOUR), (404, DAY - timedelta(seconds=1))).look == "404"
    assert asked((404, HOUR), (404, DAY)).look == "gone"


@pytest.mark.parametrize("status", [404, 410])
def test_what_the_feed_calls_deleted_needs_one_answer(status: int) -> None:
    assert asked((status, HOUR), deleted=True).look == "gone"


@pytest.mark.parametrize("deleted", [True, False])
def test_a_page_that_is_there_ends_the_matter(deleted: bool) -> None:
    assert asked((200, HOUR), deleted=deleted) == Missing(NOW, "unlisted", NOW + HOUR, None)
    assert asked((404, HOUR), (200, DAY)).look == "unlisted"


def test_a_page_that_has_moved_ends_it_too() -> None:
    page = Page(200, "HTTP 200", "https://blog.example/new/")
    assert judge(begin(NOW), page, NOW + HOUR) == Missing(NOW, "moved", NOW + HOUR, None)


@pytest.mark.parametrize("status", [None, 301, 401, 403, 429, 451, 500, 503])
def test_any_other_answer_proves_nothing_and_is_asked_again_ever_more_seldom(status: int | None) -> None:
    first = asked((status, HOUR))
    assert (first.look, first.look_at) == (None, NOW + 2 * HOUR)
    assert asked((status, 5 * HOUR)).look_at == NOW + 10 * HOUR
    assert asked((status, 30 * DAY)).look_at == NOW + 37 * DAY
    assert asked((status, PATIENCE + HOUR)) == Missing(NOW, "unclear", NOW + PATIENCE + HOUR, None)


def test_an_answer_that_proves_nothing_does_not_undo_a_404() -> None:
    missing = asked((404, HOUR), (503, DAY))
    assert (missing.look, missing.looked_at) == ("404", NOW + HOUR)
    assert judge(missing, Page(404), NOW + 2 * DAY).look == "gone"


@given(st.lists(st.tuples(st.sampled_from([None, 200, 301, 403, 404, 410, 503]), st.integers(1, 100)), max_size=12))
def test_nothing_is_gone_without_410_or_two_404_a_day_apart(answers: list[tuple[int | None, int]]) -> None:
    now, missing = NOW, begin(NOW)
    given_: list[tuple[int | None, datetime]] = []
    for status, hours in answers:
        if missing.look_at is None:
            break
        now += hours * HOUR
        given_.append((status, now))
        missing = judge(missing, Page(status), now)
    since = max((i for i, (status, _) in enumerate(given_) if status == 200), default=-1) + 1
    first = next((at for status, at in given_[since:] if status == 404), now)
    last = given_[-1][0] if given_ else None
    assert (missing.look == "gone") == (last == 410 or (last == 404 and now - first >= DAY))


# Where a redirect leads


@pytest.mark.parametrize(
    ("address", "new"),
    [
        ("https://blog.example/2026/03/a-walk/", True),
        ("https://other.example/walk", True),
        ("https://blog.example/", False),
        ("https://www.blog.example", False),
        ("https://blog.example/2026/", False),
        ("http://blog.example/2026/walk/index.html", False),
        ("https://blog.example/404.html", False),
        ("https://blog.example/login?next=/2026/walk/", False),
        ("mailto:me@blog.example", False),
    ],
)
def test_a_new_address_is_one_that_can_be_that_of_a_post(address: str, new: bool) -> None:
    assert is_new_address(LINK, address) is new
