"""Where a feed is: believed slowly, remembered beside the owner's address, given up when it fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from syndicator import moving
from syndicator.ledger.rows import FeedMemory

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OLD, NEW, NEWER = (f"https://{name}.example/feed.xml" for name in ("old", "new", "newer"))
KNOWN = FeedMemory(
    "blog",
    OLD,
    '"tag"',
    "yesterday",
    checked_at=NOW,
    succeeded_at=NOW,
    next_check_at=NOW + HOUR,
    baseline=True,
    body_sha256="00",
    read_at=NOW,
    answered_by=NEW,
)


def after(*sightings: tuple[timedelta, str | None], memory: FeedMemory = KNOWN) -> FeedMemory:
    for since, moved_to in sightings:
        memory = moving.sighted(memory, moved_to, NOW + since)
    return memory


def test_a_new_address_is_used_after_three_sightings_and_a_day() -> None:
    moved = after((0 * DAY, NEW), (HOUR, NEW), (DAY, NEW))
    assert (moved.address, moved.url) == (NEW, OLD)
    assert (moved.moved_to, moved.moved_times, moved.moved_since) == (None, 0, None)


@pytest.mark.parametrize(
    "sightings",
    [
        [(0 * DAY, NEW), (DAY, NEW)],
        [(HOUR * number, NEW) for number in range(24)],
        [(0 * DAY, NEW), (HOUR, NEW), (2 * HOUR, None), (DAY, NEW), (2 * DAY - HOUR, NEW)],
        [(0 * DAY, NEW), (HOUR, NEWER), (DAY, NEW), (DAY + HOUR, NEW), (2 * DAY - HOUR, NEW)],
    ],
    ids=["twice", "within a day", "with an interruption", "with another between"],
)
def test_before_that_it_is_only_noted(sightings: list[tuple[timedelta, str | None]]) -> None:
    assert after(*sightings).address is None


def test_an_address_in_use_may_move_on() -> None:
    moved = after((0 * DAY, NEWER), (HOUR, NEWER), memory=replace(KNOWN, address=NEW))
    assert moved.address == NEW
    assert moving.sighted(moved, NEWER, NOW + DAY).address == NEWER
    assert moving.sighted(moved, None, NOW + DAY).address == NEW


def test_a_document_counts_only_if_it_shows_one_of_our_posts() -> None:
    seen = after((0 * DAY, NEW), (HOUR, NEW))
    assert moving.located(seen, NEW, NOW + DAY, known=1).address == NEW
    unknown = moving.located(seen, NEW, NOW + DAY, known=0)
    assert (unknown.address, unknown.moved_times) == (None, 0)
    assert moving.located(replace(KNOWN, baseline=False), NEW, NOW, known=0).moved_times == 1


# What the owner writes


@pytest.mark.parametrize("memory", [replace(KNOWN, address=NEW), replace(KNOWN, moved_to=NEW, moved_times=1)])
def test_when_the_owner_writes_the_new_address_down_nothing_is_asked_anew(memory: FeedMemory) -> None:
    settled = moving.under(NEW, memory)
    assert settled == replace(KNOWN, url=NEW)


def test_the_new_address_of_a_feed_that_fails_is_asked_at_once() -> None:
    failing = replace(KNOWN, address=NEW, gone_at=NOW, failing_since=NOW, failures=3, trouble="HTTP 410")
    settled = moving.under(NEW, failing)
    assert (settled.gone_at, settled.failing_since, settled.failures, settled.next_check_at) == (None, None, 0, None)
    assert settled.etag == '"tag"'


def test_at_any_other_address_nothing_of_the_old_server_counts_but_what_we_know_of_the_posts() -> None:
    memory = moving.under(NEWER, replace(KNOWN, address=NEW, gone_at=NOW, retry_after_until=NOW + DAY))
    assert memory == FeedMemory("blog", NEWER, baseline=True, succeeded_at=NOW, read_at=NOW)


def test_the_same_address_changes_nothing() -> None:
    assert moving.under(OLD, KNOWN) is KNOWN


def test_a_password_that_the_owner_adds_to_the_new_address_does_not_make_it_another() -> None:
    settled = moving.under("https://me:hush@new.example/feed.xml", replace(KNOWN, address=NEW))
    assert settled.etag == '"tag"'


# When it fails


@pytest.mark.parametrize(("lasted", "gone", "kept"), [(HOUR, False, True), (DAY, False, False), (HOUR, True, False)])
def test_a_new_address_that_fails_for_a_day_or_is_gone_gives_way_to_the_owners(
    lasted: timedelta, gone: bool, kept: bool
) -> None:
    failing = replace(KNOWN, address=NEW, failing_since=NOW - lasted)
    assert moving.given_up(failing, NOW, gone=gone).address == (NEW if kept else None)


# Strangers


def test_another_host_with_none_of_our_posts_is_not_taken_for_the_feed() -> None:
    said = moving.stranger(KNOWN, NEWER, posts=12, known=0)
    assert said is not None
    assert "newer.example" in said
    assert "12 posts" in said
    assert f'url = "{NEWER}"' in said


@pytest.mark.parametrize(
    ("answered", "posts", "known"),
    [
        (NEWER, 12, 1),
        (NEWER, 0, 0),
        ("https://old.example/other.xml", 12, 0),
        ("https://www.old.example/feed.xml", 12, 0),
        ("http://old.example/feed.xml", 12, 0),
    ],
    ids=["one is known", "it is empty", "the same host", "with www", "without encryption"],
)
def test_what_may_be_the_feed_is_read(answered: str, posts: int, known: int) -> None:
    assert moving.stranger(KNOWN, answered, posts=posts, known=known) is None


def test_at_first_sight_nobody_is_a_stranger() -> None:
    assert moving.stranger(replace(KNOWN, baseline=False), NEWER, posts=12, known=0) is None


def test_what_is_asked_in_place_of_the_owners_address_is_no_stranger() -> None:
    assert moving.stranger(replace(KNOWN, address=NEW), NEW, posts=12, known=0) is None
