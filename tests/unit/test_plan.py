"""What is owed for a new post, to whom and when: every rule of `plan`, and which of two rules wins."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syndicator.feed.identify import Alias, Sighting
from syndicator.ledger.rows import FeedMemory, Gap, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.plan import (
    A_DAY,
    ARCHIVE,
    DAY,
    FEW,
    LATE,
    LONG_AGO,
    LONG_AWAY,
    MOST,
    SLACK,
    USUAL,
    Reading,
    Rules,
    plan,
)
from syndicator.post import Post

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KNOWN_FEED = FeedMemory("blog", "https://blog.example/feed.xml", etag='"2"', baseline=True)
NEW_FEED = FeedMemory("blog", "https://blog.example/feed.xml", etag='"1"')
SETTLE = timedelta(minutes=5)
RULES = Rules("mastodon", SETTLE, timedelta(hours=48), exclude_tags=frozenset({"diary"}))
SKIP, HOLD, SEND = State.SKIPPED, State.HELD, State.READY


def post(number: int = 1, *, age: timedelta | None = None, tags: tuple[str, ...] = (), link: str | None = None) -> Post:
    """A post `age` old; without a date when `age` is None."""
    published = None if age is None else NOW - age
    return Post(f"guid-{number}", link or f"https://blog.example/{number}", tags=tags, published=published)


def sighting(one: Post, post_id: int | None = None) -> Sighting:
    return Sighting(one, (Alias("guid", one.guid or ""),), post_id)


def planned(
    posts: Sequence[Post], feed: FeedMemory = KNOWN_FEED, rules: Sequence[Rules] = (RULES,), **facts: Any
) -> Recording:
    """`facts` are fields of Reading."""
    return plan([sighting(p) for p in posts], feed, rules, Reading(NOW, **facts))


def decided(one: Post, feed: FeedMemory = KNOWN_FEED, rules: Rules = RULES) -> Owed:
    (new,) = planned([one], feed, [rules]).new
    (owed,) = new.owed
    return owed


def test_a_new_post_goes_out_after_the_settle_time() -> None:
    assert decided(post(age=timedelta(hours=1))) == Owed("mastodon", SEND, "new", NOW + SETTLE)


def test_the_numbers_are_meant() -> None:
    """Each of them decides what people's readers get to see, so changing one has to be meant."""
    assert (timedelta(minutes=10), timedelta(days=1), timedelta(days=3)) == (SLACK, DAY, LATE)
    assert (timedelta(days=45), timedelta(days=14)) == (LONG_AGO, LONG_AWAY)
    assert (ARCHIVE, USUAL, MOST, A_DAY, FEW) == (4, 5, 30, 2, 2)


@pytest.mark.parametrize(
    ("one", "state", "cause", "due_in"),
    [
        (post(age=None), SEND, "new", SETTLE),
        (post(age=timedelta(hours=48)), SEND, "new", SETTLE),
        (post(age=timedelta(hours=48, seconds=1)), HOLD, "old", None),
        (post(age=-SLACK), SEND, "new", SETTLE),
        (post(age=-timedelta(days=7)), SEND, "scheduled", timedelta(days=7)),
        (post(tags=("Diary",)), SKIP, "tag:diary", None),
        (post(age=timedelta(days=9), tags=("diary",)), SKIP, "tag:diary", None),
        (post(link="http://localhost:1313/a/"), HOLD, "local-link", None),
        (post(link="http://site.test/a/"), HOLD, "local-link", None),
        (post(link="http://192.168.1.7/a/"), HOLD, "local-link", None),
        (post(link="http://[::1]:1313/a/"), HOLD, "local-link", None),
        (post(link="http://127.0.0.1/a/", age=timedelta(days=9)), HOLD, "local-link", None),
        (post(link="https://8.8.8.8/a/"), SEND, "new", SETTLE),
    ],
)
def test_the_first_reason_that_applies_decides(one: Post, state: State, cause: str, due_in: timedelta | None) -> None:
    due_at = None if due_in is None else NOW + due_in
    assert decided(one) == Owed("mastodon", state, cause, due_at)


def test_a_post_without_a_link_leads_to_nobody_s_own_machine() -> None:
    assert decided(Post("guid-1", None)).cause == "new"


def test_a_blog_on_the_owner_s_own_machine_may_link_there() -> None:
    feed = FeedMemory("blog", "http://localhost:1313/feed.xml", baseline=True)
    assert decided(post(link="http://localhost:1313/a/"), feed).state is SEND


def test_without_a_best_before_no_post_is_too_old() -> None:
    assert decided(post(age=timedelta(days=900)), rules=Rules("mastodon", SETTLE, None)).state is SEND


@pytest.mark.parametrize(
    ("tags", "state", "cause"),
    [(("Photo", "lake"), SEND, "new"), (("lake",), SKIP, "not-included"), ((), SKIP, "not-included")],
)
def test_a_network_that_includes_tags_wants_one_of_them(tags: tuple[str, ...], state: State, cause: str) -> None:
    rules = Rules("mastodon", SETTLE, None, include_tags=frozenset({"photo"}))
    owed = decided(post(tags=tags), rules=rules)
    assert (owed.state, owed.cause) == (state, cause)


def test_where_the_owner_approves_each_post_it_is_held_until_then() -> None:
    rules = Rules("linkedin", SETTLE, timedelta(hours=48), approve=True)
    owed = decided(post(), rules=rules)
    assert (owed.state, owed.cause, owed.due_at) == (State.HELD, "approve", None)


def test_a_post_dated_ahead_keeps_its_date_while_it_waits_for_approval() -> None:
    ahead = post(age=-timedelta(days=2))
    owed = decided(ahead, rules=Rules("linkedin", SETTLE, None, approve=True))
    assert (owed.state, owed.due_at) == (State.HELD, ahead.published)


def test_an_excluded_tag_outweighs_an_included_one() -> None:
    rules = Rules("m", SETTLE, None, include_tags=frozenset({"photo"}), exclude_tags=frozenset({"draft"}))
    assert decided(post(tags=("photo", "draft")), rules=rules).cause == "tag:draft"


def test_of_several_excluded_tags_the_first_by_name_is_given() -> None:
    rules = Rules("m", SETTLE, None, exclude_tags=frozenset({"b", "a"}))
    assert decided(post(tags=("b", "a")), rules=rules).cause == "tag:a"


def test_each_network_decides_by_its_own_rules() -> None:
    rules = [RULES, Rules("bluesky", timedelta(0), None)]
    (new,) = planned([post(age=timedelta(days=9))], rules=rules).new
    assert [(o.network, o.cause, o.due_at) for o in new.owed] == [("mastodon", "old", None), ("bluesky", "new", NOW)]


@pytest.mark.parametrize("one", [post(), post(age=timedelta(days=9)), post(tags=("diary",)), post(age=-SETTLE)])
def test_at_first_sight_everything_is_recorded_and_nothing_sent(one: Post) -> None:
    assert decided(one, NEW_FEED) == Owed("mastodon", SKIP, "baseline", None)


def test_at_first_sight_no_number_of_posts_is_a_burst() -> None:
    recording = planned([post(n) for n in range(50)], NEW_FEED)
    assert {owed.cause for new in recording.new for owed in new.owed} == {"baseline"}


@pytest.mark.parametrize(("count", "cause"), [(5, "new"), (6, "burst")])
def test_more_new_posts_than_usual_are_held(count: int, cause: str) -> None:
    recording = planned([post(n) for n in range(count)])
    assert {owed.cause for new in recording.new for owed in new.owed} == {cause}


def test_known_posts_do_not_count_towards_a_burst() -> None:
    sightings = [sighting(post(n), post_id=n) for n in range(50)] + [sighting(post(99))]
    (new,) = plan(sightings, KNOWN_FEED, [RULES], Reading(NOW, burst=1)).new
    assert new.owed[0].cause == "new"


def test_what_is_excluded_stays_out_of_a_burst_too() -> None:
    recording = planned([post(n, tags=("diary",)) for n in range(6)])
    assert {owed.state for new in recording.new for owed in new.owed} == {SKIP}


def test_copies_appear_in_the_order_of_the_blog() -> None:
    newest_first = [post(1), post(2, age=timedelta(hours=1)), post(3, age=timedelta(hours=3))]
    assert [new.post.guid for new in planned(newest_first).new] == ["guid-3", "guid-2", "guid-1"]


def test_a_known_post_is_only_seen_again() -> None:
    recording = plan([sighting(post(4), post_id=7)], KNOWN_FEED, [RULES], Reading(NOW))
    assert recording.new == ()
    assert recording.seen == (SeenPost(7, post(4), (Alias("guid", "guid-4"),)),)


def test_of_posts_without_a_date_the_lowest_in_the_feed_is_the_oldest() -> None:
    assert [new.post.guid for new in planned([post(1), post(2), post(3)]).new] == ["guid-3", "guid-2", "guid-1"]


SINCE = NOW - timedelta(minutes=30)  # the feed has been looked at since the loss
LOST = Gap(NOW - timedelta(days=9), NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        (post(age=timedelta(hours=2)), "restored"),
        (post(age=timedelta(days=10)), "restored"),
        (post(age=timedelta(days=10, seconds=1)), "new"),
        (post(age=timedelta(minutes=50)), "restored"),  # clocks of blogs run ahead
        (post(age=timedelta(minutes=50, seconds=-1)), "new"),
        (post(age=None), "restored"),
        (post(age=timedelta(hours=2), tags=("diary",)), "tag:diary"),
    ],
)
def test_a_post_of_a_time_that_the_ledger_lost_is_held(one: Post, cause: str) -> None:
    rules = Rules("mastodon", SETTLE, None, exclude_tags=frozenset({"diary"}))
    (new,) = plan([sighting(one)], KNOWN_FEED, [rules], Reading(NOW, SINCE, gap=LOST)).new
    assert new.owed[0].cause == cause


@pytest.mark.parametrize("age", [timedelta(days=11), timedelta(days=44), timedelta(days=400)])
def test_the_first_look_after_a_loss_finds_nothing_new_that_may_have_been_there(age: timedelta) -> None:
    (new,) = planned([post(age=age)], last=LOST.start, gap=LOST).new
    assert (new.owed[0].state, new.owed[0].cause) == (HOLD, "restored")
    (later,) = planned([post(age=age)], last=LOST.end + timedelta(seconds=1), gap=LOST).new
    assert later.owed[0].cause != "restored"


def test_what_was_written_after_a_loss_is_new_at_the_first_look() -> None:
    (new,) = planned([post(age=timedelta(minutes=20))], last=LOST.start, gap=LOST).new
    assert (new.owed[0].state, new.owed[0].cause) == (SEND, "new")


@pytest.mark.parametrize(("since", "cause"), [(timedelta(hours=23), "new"), (timedelta(days=1), "restored")])
def test_a_first_look_long_after_a_loss_takes_nothing_for_news(since: timedelta, cause: str) -> None:
    """The clock that gave the gap its end may have been a year behind, and nobody would know. A feed that was never
    read here has lost nothing."""
    gap, news = Gap(NOW - timedelta(days=9), NOW - since), [post(age=timedelta(minutes=20))]
    (new,) = planned(news, last=gap.start, gap=gap).new
    assert new.owed[0].cause == cause
    (first,) = planned(news, last=None, gap=gap).new
    assert first.owed[0].cause == "new"


@pytest.mark.parametrize(
    ("after", "held"), [(timedelta(0), True), (timedelta(hours=23), True), (timedelta(days=1), False)]
)
def test_what_is_dated_ahead_soon_after_a_gap_may_be_of_the_lost_time_by_a_clock_that_is_right(
    after: timedelta, held: bool
) -> None:
    gap = Gap(NOW - after - timedelta(days=9), NOW - after)
    (new,) = planned([post(age=-timedelta(hours=5))], last=gap.end + timedelta(seconds=1), gap=gap).new
    assert new.owed[0].cause == ("restored" if held else "scheduled")


def test_of_a_long_time_that_was_lost_nothing_is_taken_for_an_archive_or_a_flood() -> None:
    lost = Gap(NOW - timedelta(days=90), NOW - timedelta(hours=1))
    new = planned([post(n, age=timedelta(days=9 * n)) for n in range(1, 10)], last=lost.start, gap=lost).new
    assert {(one.owed[0].state, one.owed[0].cause) for one in new} == {(HOLD, "restored")}


def test_a_day_after_the_loss_a_post_without_a_date_is_new() -> None:
    gap = Gap(NOW - timedelta(days=9), NOW - timedelta(days=1))
    (new,) = plan([sighting(post(age=None))], KNOWN_FEED, [RULES], Reading(NOW, SINCE, gap=gap)).new
    assert new.owed[0].cause == "new"


@pytest.mark.parametrize("feed", [NEW_FEED, KNOWN_FEED])
def test_the_feed_is_known_from_then_on_with_its_new_validators(feed: FeedMemory) -> None:
    recording = planned([], feed)
    assert (recording.feed.baseline, recording.feed.etag, recording.seen_at) == (True, feed.etag, NOW)


def test_a_feed_that_goes_nowhere_is_recorded_all_the_same() -> None:
    (new,) = planned([post()], rules=[]).new
    assert (new.owed, new.first_seen, new.aliases) == ((), NOW, (Alias("guid", "guid-1"),))


# How the feed was read


def causes(recording: Recording) -> list[str]:
    """Of the new posts, in their order."""
    return [owed.cause for new in recording.new for owed in new.owed]


def hours(*ages: int) -> list[Post]:
    return [post(n, age=timedelta(hours=age)) for n, age in enumerate(ages)]


def days(*ages: int) -> list[Post]:
    return hours(*(24 * age for age in ages))


LAST_HOUR = NOW - timedelta(hours=1)
ANY_AGE = Rules("mastodon", SETTLE, None)


def test_the_tag_that_every_blog_can_set_keeps_a_post_at_home() -> None:
    assert decided(post(tags=("NoSyndicate",))) == Owed("mastodon", SKIP, "tagged:nosyndicate")


@pytest.mark.parametrize(("pause", "most"), [(1 / 24, 5), (2, 5), (3, 6), (5, 10), (13, 26)])
def test_after_a_pause_more_posts_are_usual(pause: float, most: int) -> None:
    last = NOW - timedelta(days=pause)
    known = [sighting(post(1000 + n), n) for n in range(20)]
    for count, cause in ((most, "new"), (most + 1, "burst")):
        news = [sighting(p) for p in hours(*range(count))]
        assert set(causes(plan(news + known, KNOWN_FEED, [ANY_AGE], Reading(NOW, last)))) == {cause}


def test_never_are_more_than_thirty_posts_usual() -> None:
    last = NOW - timedelta(days=14)
    known = [sighting(post(1000 + n), n) for n in range(20)]
    news = [sighting(p) for p in hours(*range(30))]
    assert set(causes(plan(news + known, KNOWN_FEED, [ANY_AGE], Reading(NOW, last)))) == {"burst"}


def test_a_document_that_is_nearly_all_news_of_these_days_is_a_mishap() -> None:
    last = NOW - timedelta(days=10)
    news, known = [sighting(p) for p in hours(1, 2, 3, 4, 5, 6, 7, 8)], [sighting(post(90 + n), n) for n in range(3)]
    assert set(causes(plan(news + known[:2], KNOWN_FEED, [RULES], Reading(NOW, last)))) == {"burst"}
    assert set(causes(plan(news + known, KNOWN_FEED, [RULES], Reading(NOW, last)))) == {"new"}


def test_what_the_owner_says_of_bursts_counts_whatever_the_pause() -> None:
    last = NOW - timedelta(days=10)
    assert set(causes(planned(hours(1, 2, 3), last=last, burst=2))) == {"burst"}
    assert set(causes(planned(hours(*range(1, 40)), last=last, burst=50))) == {"new"}


def test_old_posts_do_not_make_a_burst_of_the_new_one() -> None:
    ages = [1, *(24 * 365,) * 20]
    recording = planned(hours(*ages), last=LAST_HOUR)
    assert sorted(set(causes(recording))) == ["archive", "new"]


def test_an_archive_that_appears_is_left_out() -> None:
    recording = planned(days(100, 200, 300, 400), last=LAST_HOUR, rules=[ANY_AGE])
    assert {(o.state, o.cause) for new in recording.new for o in new.owed} == {(SKIP, "archive")}


def test_an_archive_is_more_than_a_few_old_posts() -> None:
    assert ARCHIVE == 4
    assert set(causes(planned(days(100, 200, 300), last=LAST_HOUR))) == {"old"}
    assert set(causes(planned(days(100, 200, 300), last=LAST_HOUR, rules=[ANY_AGE]))) == {"new"}


def test_of_an_archive_what_may_be_a_draft_at_last_finished_is_held() -> None:
    recording = planned(days(10, 44, 46, 300), last=LAST_HOUR, rules=[ANY_AGE])
    assert timedelta(days=45) == LONG_AGO
    assert sorted(causes(recording)) == ["archive", "archive", "old", "old"]


def test_a_post_is_news_if_it_is_dated_shortly_before_the_last_look() -> None:
    on_the_edge = [post(n, age=timedelta(hours=1) + LATE) for n in range(4)]
    assert set(causes(planned(on_the_edge, last=LAST_HOUR, rules=[ANY_AGE]))) == {"new"}
    before = [post(n, age=timedelta(hours=1, seconds=1) + LATE) for n in range(4)]
    assert set(causes(planned(before, last=LAST_HOUR, rules=[ANY_AGE]))) == {"old"}


def test_what_came_while_nobody_looked_for_weeks_is_held_unless_it_is_fresh() -> None:
    posts = [post(1, age=timedelta(hours=71)), post(2, age=timedelta(hours=73)), post(3)]
    recording = planned(posts, last=NOW - LONG_AWAY - timedelta(hours=1), rules=[ANY_AGE])
    assert {new.post.guid: new.owed[0].cause for new in recording.new} == {
        "guid-1": "new",
        "guid-2": "away",
        "guid-3": "away",
    }
    assert set(causes(planned(posts, last=NOW - LONG_AWAY, rules=[ANY_AGE]))) == {"new"}


def test_a_few_undated_posts_are_news_wherever_they_stand() -> None:
    known = sighting(post(9), 1)
    recording = plan([known, sighting(post(1)), sighting(post(2))], KNOWN_FEED, [RULES], Reading(NOW, LAST_HOUR))
    assert set(causes(recording)) == {"new"}


def test_many_undated_posts_are_news_only_above_what_is_known() -> None:
    known = sighting(post(9), 1)
    sightings = [sighting(post(1)), known, sighting(post(2)), sighting(post(3))]
    recording = plan(sightings, KNOWN_FEED, [RULES], Reading(NOW, LAST_HOUR))
    assert {new.post.guid: new.owed[0].cause for new in recording.new} == {
        "guid-1": "new",
        "guid-2": "undated",
        "guid-3": "undated",
    }


def test_under_a_new_address_only_what_is_younger_than_the_last_look_is_news() -> None:
    posts = [post(1, age=timedelta(minutes=30)), post(2, age=timedelta(hours=2)), post(3, age=timedelta(hours=26))]
    recording = planned([*posts, post(4)], last=LAST_HOUR, readdressed=True, rules=[ANY_AGE])
    owed = {new.post.guid: new.owed[0] for new in recording.new}
    assert {guid: (o.state, o.cause) for guid, o in owed.items()} == {
        "guid-1": (SEND, "new"),
        "guid-2": (HOLD, "readdressed"),
        "guid-3": (SKIP, "baseline"),
        "guid-4": (SKIP, "baseline"),
    }


def test_under_a_new_address_an_undated_post_beside_known_ones_is_news() -> None:
    sightings = [sighting(post(1)), sighting(post(9), 1)]
    reading = Reading(NOW, LAST_HOUR, readdressed=True)
    assert causes(plan(sightings, KNOWN_FEED, [RULES], reading)) == ["new"]


def test_a_document_of_strangers_is_held_where_it_tells_of_a_past_we_would_know() -> None:
    strange = planned([*hours(1), *days(30, 60)], last=LAST_HOUR, strange=True)
    assert set(causes(strange)) == {"strange"}
    assert set(causes(planned(hours(1, 2, 3), last=LAST_HOUR, strange=True))) == {"new"}
    assert set(causes(planned([post(1), post(2), post(3)], last=LAST_HOUR, strange=True))) == {"strange"}


@pytest.mark.parametrize("doubt", ["look-alike", "repurposed"])
def test_a_doubt_about_a_post_holds_it_alone(doubt: str) -> None:
    doubtful = Sighting(post(1, age=timedelta(hours=1)), (Alias("guid", "guid-1"),), None, doubt, like=7)
    recording = plan([doubtful, sighting(post(2))], KNOWN_FEED, [RULES], Reading(NOW, LAST_HOUR, burst=1))
    assert {(new.post.guid, new.like, new.owed[0].cause) for new in recording.new} == {
        ("guid-1", 7, doubt),
        ("guid-2", None, "new"),
    }


def test_what_is_held_by_a_guard_keeps_its_own_date() -> None:
    ahead = [post(n, age=-timedelta(days=1)) for n in range(6)]
    owed = [o for new in planned(ahead).new for o in new.owed]
    assert {(o.cause, o.due_at) for o in owed} == {("burst", NOW + timedelta(days=1))}


def test_a_post_known_from_another_feed_is_owed_where_only_this_feed_goes() -> None:
    known = sighting(post(1, age=timedelta(hours=1)), 7)
    (seen,) = plan([known], KNOWN_FEED, [RULES], Reading(NOW, LAST_HOUR, elsewhere=frozenset({7}))).seen
    assert seen.owed == (Owed("mastodon", SEND, "new", NOW + SETTLE),)
    (seen,) = plan([known], NEW_FEED, [RULES], Reading(NOW, LAST_HOUR, elsewhere=frozenset({7}))).seen
    assert seen.owed == ()


def test_how_a_known_post_was_known_and_what_it_said_go_along() -> None:
    back = Sighting(post(1), (Alias("guid", "guid-1"),), 7, reasons=("title", "date"))
    (seen,) = plan([back], KNOWN_FEED, [RULES], Reading(NOW, before={7: post(2)})).seen
    assert (seen.reasons, seen.before, seen.owed) == (("title", "date"), post(2), ())
