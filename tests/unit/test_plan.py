"""What is owed for a new post, to whom and when: every rule of `plan`, and which of two rules wins."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from syndicator.feed.identify import Alias, Sighting
from syndicator.ledger.rows import FeedMemory, Gap, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.plan import SLACK, Rules, plan
from syndicator.post import Post

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KNOWN_FEED = FeedMemory("blog", "https://blog.example/feed.xml", etag='"2"', baseline=True)
NEW_FEED = FeedMemory("blog", "https://blog.example/feed.xml", etag='"1"')
SETTLE = timedelta(minutes=5)
RULES = Rules("mastodon", SETTLE, timedelta(hours=48), exclude_tags=frozenset({"nosyndicate"}))
SKIP, HOLD, SEND = State.SKIPPED, State.HELD, State.READY


def post(number: int = 1, *, age: timedelta | None = None, tags: tuple[str, ...] = (), link: str | None = None) -> Post:
    """A post `age` old; without a date when `age` is None."""
    published = None if age is None else NOW - age
    return Post(f"guid-{number}", link or f"https://blog.example/{number}", tags=tags, published=published)


def sighting(one: Post, post_id: int | None = None) -> Sighting:
    return Sighting(one, (Alias("guid", one.guid or ""),), post_id)


def planned(
    posts: Sequence[Post], feed: FeedMemory = KNOWN_FEED, rules: Sequence[Rules] = (RULES,), burst: int = 5
) -> Recording:
    return plan([sighting(p) for p in posts], feed, rules, burst=burst, now=NOW)


def decided(one: Post, feed: FeedMemory = KNOWN_FEED, rules: Rules = RULES) -> Owed:
    (new,) = planned([one], feed, [rules]).new
    (owed,) = new.owed
    return owed


def test_a_new_post_goes_out_after_the_settle_time() -> None:
    assert decided(post(age=timedelta(hours=1))) == Owed("mastodon", SEND, "new", NOW + SETTLE)


@pytest.mark.parametrize(
    ("one", "state", "cause", "due_in"),
    [
        (post(age=None), SEND, "new", SETTLE),
        (post(age=timedelta(hours=48)), SEND, "new", SETTLE),
        (post(age=timedelta(hours=48, seconds=1)), HOLD, "old", None),
        (post(age=-SLACK), SEND, "new", SETTLE),
        (post(age=-timedelta(days=7)), SEND, "scheduled", timedelta(days=7)),
        (post(tags=("NoSyndicate",)), SKIP, "tag:nosyndicate", None),
        (post(age=timedelta(days=9), tags=("nosyndicate",)), SKIP, "tag:nosyndicate", None),
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


@pytest.mark.parametrize("one", [post(), post(age=timedelta(days=9)), post(tags=("nosyndicate",)), post(age=-SETTLE)])
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
    (new,) = plan(sightings, KNOWN_FEED, [RULES], burst=1, now=NOW).new
    assert new.owed[0].cause == "new"


def test_what_is_excluded_stays_out_of_a_burst_too() -> None:
    recording = planned([post(n, tags=("nosyndicate",)) for n in range(6)])
    assert {owed.state for new in recording.new for owed in new.owed} == {SKIP}


def test_copies_appear_in_the_order_of_the_blog() -> None:
    newest_first = [post(1), post(2, age=timedelta(hours=1)), post(3, age=timedelta(hours=3))]
    assert [new.post.guid for new in planned(newest_first).new] == ["guid-3", "guid-2", "guid-1"]


def test_a_known_post_is_only_seen_again() -> None:
    recording = plan([sighting(post(4), post_id=7)], KNOWN_FEED, [RULES], burst=5, now=NOW)
    assert recording.new == ()
    assert recording.seen == (SeenPost(7, post(4), (Alias("guid", "guid-4"),)),)


def test_of_posts_without_a_date_the_lowest_in_the_feed_is_the_oldest() -> None:
    assert [new.post.guid for new in planned([post(1), post(2), post(3)]).new] == ["guid-3", "guid-2", "guid-1"]


LOST = Gap(NOW - timedelta(days=9), NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("one", "cause"),
    [
        (post(age=timedelta(hours=2)), "restored"),
        (post(age=timedelta(days=10)), "restored"),
        (post(age=timedelta(days=10, seconds=1)), "new"),
        (post(age=timedelta(minutes=59)), "new"),
        (post(age=None), "restored"),
        (post(age=timedelta(hours=2), tags=("nosyndicate",)), "tag:nosyndicate"),
    ],
)
def test_a_post_of_a_time_that_the_ledger_lost_is_held(one: Post, cause: str) -> None:
    rules = Rules("mastodon", SETTLE, None, exclude_tags=frozenset({"nosyndicate"}))
    (new,) = plan([sighting(one)], KNOWN_FEED, [rules], burst=5, now=NOW, gap=LOST).new
    assert new.owed[0].cause == cause


def test_a_day_after_the_loss_a_post_without_a_date_is_new() -> None:
    gap = Gap(NOW - timedelta(days=9), NOW - timedelta(days=1))
    (new,) = plan([sighting(post(age=None))], KNOWN_FEED, [RULES], burst=5, now=NOW, gap=gap).new
    assert new.owed[0].cause == "new"


@pytest.mark.parametrize("feed", [NEW_FEED, KNOWN_FEED])
def test_the_feed_is_known_from_then_on_with_its_new_validators(feed: FeedMemory) -> None:
    recording = planned([], feed)
    assert (recording.feed.baseline, recording.feed.etag, recording.seen_at) == (True, feed.etag, NOW)


def test_a_feed_that_goes_nowhere_is_recorded_all_the_same() -> None:
    (new,) = planned([post()], rules=[]).new
    assert (new.owed, new.first_seen, new.aliases) == ((), NOW, (Alias("guid", "guid-1"),))
