"""Posts, names and the feed's memory: recorded together, read back as they were."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from syndicator.clock import ManualClock
from syndicator.feed.identify import Alias
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, NewPost, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.post import Image, Kind, Post, fingerprint
from tests.ledger.ledger_ground import FEED, MINUTE, Place, article, document, names, one_owed, ready


def test_a_post_comes_back_as_it_was_recorded(ledger: Ledger, clock: ManualClock) -> None:
    full = Post(
        guid="tag:blog.example,2026:1",
        link="https://blog.example/1",
        title="Ünïcode – “quoted” 🦣",
        html="<p>Hi</p>",
        text="Hi",
        summary="H",
        published=clock.now() - timedelta(days=1, microseconds=7),
        updated=clock.now(),
        tags=("one", "two"),
        images=(Image("https://blog.example/a.jpg", "a cat", lead=True),),
        language="de",
        author="Ada",
        kind=Kind.PHOTO,
        external_link="https://elsewhere.example/",
    )
    [post_id] = ledger.record(Recording(FEED, (NewPost(full, names(1), clock.now()),), (), clock.now()))
    found = ledger.post(post_id)
    assert found.post == full
    assert (found.feed, found.aliases, found.first_seen) == ("blog", names(1), clock.now())
    assert found.fingerprint == fingerprint(full)


def test_text_that_no_database_takes_is_stored_all_the_same(ledger: Ledger, clock: ManualClock) -> None:
    hostile = Post("nul \0 and half \ud83d", None, title="\0\ud83d")
    name = Alias("guid", "nul \0 and half \ud83d")
    new = NewPost(hostile, (name,), clock.now(), (Owed("m", State.HELD, "odd \0 \ud83d"),))
    [post_id] = ledger.record(Recording(FEED, (new,), (), clock.now()))
    assert ledger.post(post_id).post == hostile
    assert ledger.known([name], feed="blog") == {name: post_id}


def test_a_name_may_be_longer_than_an_index_entry(ledger: Ledger, clock: ManualClock) -> None:
    name = Alias("guid", "".join(chr(97 + i * i % 26) for i in range(20_000)))
    new = NewPost(article(1), (name,), clock.now())
    [post_id] = ledger.record(Recording(FEED, (new,), (), clock.now()))
    assert ledger.known([name], feed="blog") == {name: post_id}


def test_ids_come_back_in_the_order_of_the_recording(ledger: Ledger, clock: ManualClock) -> None:
    ids = ledger.record(document(clock, range(120), (ready(),)))
    assert [ledger.post(i).post.guid for i in (ids[0], ids[60], ids[119])] == ["guid-0", "guid-60", "guid-119"]
    assert ids == sorted(ids)


def test_names_are_found_whatever_their_number(ledger: Ledger, clock: ManualClock) -> None:
    ids = ledger.record(document(clock, range(1200)))
    wanted = [alias for number in range(1300) for alias in names(number)]
    found = ledger.known(wanted, feed="blog")
    assert len(found) == 2400
    assert found[Alias("guid", "guid-1199")] == found[Alias("url", "//blog.example/1199")] == ids[1199]


def test_a_guid_means_something_in_its_own_feed_only(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1]))
    ledger.remember_feed(FeedMemory("other", "https://other.example/feed"))
    assert ledger.known([Alias("guid", "guid-1")], feed="other") == {}
    assert ledger.known([Alias("guid", "guid-1")]) != {}


def test_an_address_means_the_same_page_in_every_feed(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    address = Alias("url", "//blog.example/1")
    assert ledger.known([address], feed="other") == {address: post_id}


def test_a_feeds_own_post_comes_before_another_feeds(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1]))
    [mine] = ledger.record(document(clock, [1], feed=FeedMemory("other", "https://other.example/feed")))
    address = Alias("url", "//blog.example/1")
    assert ledger.known([address], feed="other") == {address: mine}


def test_a_known_post_takes_new_words_and_new_names(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    clock.advance(MINUTE)
    edited = replace(article(1), title="Edited")
    seen = SeenPost(post_id, edited, (Alias("guid", "moved-1"), *names(1)))
    assert ledger.record(document(clock, [], seen=(seen,))) == []
    found = ledger.post(post_id)
    assert (found.post, found.last_seen, found.fingerprint) == (edited, clock.now(), fingerprint(edited))
    assert Alias("guid", "moved-1") in found.aliases


def test_a_name_never_changes_its_owner(ledger: Ledger, clock: ManualClock) -> None:
    first, second = ledger.record(document(clock, [1, 2]))
    ledger.record(document(clock, [], seen=(SeenPost(second, article(2), names(1)),)))
    assert ledger.known([Alias("guid", "guid-1")], feed="blog") == {Alias("guid", "guid-1"): first}


def test_a_new_post_under_a_taken_name_is_refused_whole(ledger: Ledger, clock: ManualClock) -> None:
    ledger.record(document(clock, [1]))
    again = NewPost(article(2), names(1), clock.now(), (ready(),))
    with pytest.raises(IntegrityError):
        ledger.record(Recording(replace(FEED, etag='"2"'), (again,), (), clock.now()))
    assert ledger.feed("blog").etag == '"1"'
    assert len(ledger.posts()) == 1


def test_posts_deliveries_and_validators_are_one_transaction(ledger: Ledger, clock: ManualClock) -> None:
    twice = (ready(), ready())
    with pytest.raises(IntegrityError):
        ledger.record(document(clock, [1], twice))
    assert ledger.feed("blog") == FeedMemory("blog")
    assert (ledger.posts(), ledger.deliveries()) == ([], [])


def test_a_feed_never_heard_of_is_a_blank(ledger: Ledger) -> None:
    assert ledger.feed("blog") == FeedMemory("blog", url="", baseline=False)
    assert ledger.feeds() == []


def test_a_feeds_memory_comes_back(ledger: Ledger, clock: ManualClock) -> None:
    now = clock.now()
    memory = FeedMemory("blog", FEED.url, '"e"', "Mon", now, now, now + MINUTE, 3, now, "ab" * 32, True, "404")
    ledger.remember_feed(FEED)
    ledger.remember_feed(memory)
    assert ledger.feed("blog") == memory
    assert ledger.feeds() == [memory]


@pytest.mark.parametrize("name", ["guid-1", "https://blog.example/1", "http://www.blog.example/1/?utm_source=x"])
def test_a_post_is_found_by_guid_and_by_address_in_any_spelling(ledger: Ledger, clock: ManualClock, name: str) -> None:
    ledger.record(document(clock, [1, 2]))
    assert [row.post.guid for row in ledger.find_posts(name)] == ["guid-1"]


def test_what_was_never_seen_is_not_found(ledger: Ledger) -> None:
    assert ledger.find_posts("https://blog.example/none") == []
    with pytest.raises(LookupError):
        ledger.post(7)
    with pytest.raises(LookupError):
        ledger.delivery(7)


def test_posts_are_listed_by_their_own_date(ledger: Ledger, clock: ManualClock) -> None:
    days = [clock.now() - timedelta(days=n) for n in (1, 9, 3)]
    new = tuple(NewPost(article(n, day), names(n), clock.now()) for n, day in enumerate(days))
    ledger.record(Recording(FEED, new, (), clock.now()))
    assert [row.post.guid for row in ledger.posts("blog")] == ["guid-1", "guid-2", "guid-0"]
    assert [row.post.guid for row in ledger.posts("blog", last=2)] == ["guid-2", "guid-0"]
    assert [row.post.guid for row in ledger.posts(since=clock.now() - timedelta(days=4))] == ["guid-2", "guid-0"]
    assert ledger.posts("other") == []


def test_the_key_is_the_same_in_another_ledger(ledger: Ledger, clock: ManualClock, tmp_path: Path) -> None:
    home = tmp_path / "another"
    row = one_owed(ledger, clock, number=2)
    with Place(f"sqlite://{home}/ledger.db", home / "state", clock).create() as other:
        other.record(document(clock, [8, 9], (ready(),)))
        again = one_owed(other, clock, number=2)
    assert (row.key, again.id == row.id) == (again.key, False)
    assert len(bytes.fromhex(row.key)) == 32


def test_no_two_deliveries_share_a_key(ledger: Ledger, clock: ManualClock) -> None:
    parts = (ready("a"), ready("b"), replace(ready("a"), part=1))
    ledger.record(document(clock, [1, 2], parts))
    ledger.record(document(clock, [1], parts, feed=FeedMemory("other", "https://other.example/")))
    assert len({row.key for row in ledger.deliveries()}) == 9
