"""Posts, names and the feed's memory: recorded together, read back as they were."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from syndicator.clock import ManualClock
from syndicator.feed.edits import fingerprint
from syndicator.feed.identify import Alias
from syndicator.feed.marks import Mark
from syndicator.ledger import posts
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, NewPost, Owed, Recording, SeenPost
from syndicator.ledger.states import State
from syndicator.ledger.tables import mark, post, post_event
from syndicator.post import Image, Kind, Post, Wish, Wishes
from tests.ledger.ledger_ground import FEED, MINUTE, Place, article, document, done, names, one_owed, ready, sent


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
        wishes=Wishes(Wish(title="Mine"), (("mastodon", Wish(truncate=False)),), only=("mastodon",), ignored=("odd",)),
    )
    [post_id] = ledger.record(Recording(FEED, (NewPost(full, names(1), clock.now()),), (), clock.now()))
    found = ledger.post(post_id)
    assert found.post == full
    assert (found.feed, found.aliases, found.first_seen) == ("blog", names(1), clock.now())
    assert found.fingerprint == fingerprint(full)


def test_a_post_is_the_same_text_whatever_order_its_fields_have() -> None:
    """Otherwise a version that adds a field in the middle would find every post changed."""
    fields = json.loads(posts.pack(article(1)))
    assert list(fields) == sorted(fields)


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


def test_what_is_no_edit_for_a_reader_is_taken_all_the_same(ledger: Ledger, clock: ManualClock) -> None:
    """Dates and the like leave the fingerprint as it is, and are sent and listed as they are now."""
    [post_id] = ledger.record(document(clock, [1]))
    dated = article(1, published=clock.now())
    assert fingerprint(dated) == fingerprint(article(1))
    ledger.record(document(clock, [], seen=(SeenPost(post_id, dated, names(1)),)))
    assert ledger.post(post_id).post == dated


def test_the_fingerprint_of_an_older_release_is_made_anew(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    with ledger._transactions.writing() as connection:
        connection.execute(update(post).values(fingerprint="0" * 64))
    ledger.record(document(clock, [], seen=(SeenPost(post_id, article(1), names(1)),)))
    assert ledger.post(post_id).fingerprint == fingerprint(article(1))


def test_copies_are_listed_under_the_address_that_their_post_has_now(ledger: Ledger, clock: ManualClock) -> None:
    row = ledger.finish(sent(ledger, one_owed(ledger, clock)), "delivered", outcome=done())
    moved = replace(article(1), link="https://blog.example/moved")
    ledger.record(document(clock, [], seen=(SeenPost(row.post_id, moved, names(1)),)))
    assert [link.permalink for link in ledger.links()] == ["https://blog.example/moved"]


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
    assert [row.post.guid for row in ledger.posts(since=days[2])] == ["guid-2", "guid-0"]
    assert ledger.posts("other") == []


def test_the_key_is_the_same_in_another_ledger(ledger: Ledger, clock: ManualClock, tmp_path: Path) -> None:
    home = tmp_path / "another"
    row = one_owed(ledger, clock, number=2)
    with Place(f"sqlite://{home}/ledger.db", home / "state", clock).create() as other:
        other.record(document(clock, [8, 9], (ready(),)))
        again = one_owed(other, clock, number=2)
    assert (row.key, again.id == row.id) == (again.key, False)
    assert len(bytes.fromhex(row.key)) == 32


ADDRESS = "https://blog.example/1"
UNNAMED = Post(None, None, title="A thought")


@pytest.mark.parametrize(
    ("content", "aliases", "name"),
    [
        (article(1), names(1)[::-1], names(1)[1]),
        (article(1), (), Alias("guid", "guid-1")),
        (Post(None, ADDRESS), (), Alias("guid", ADDRESS)),
        (UNNAMED, (), Alias("guid", fingerprint(UNNAMED))),
    ],
    ids=["its first name", "its guid", "its address", "what it says"],
)
def test_the_key_follows_from_the_best_that_a_post_is_called(
    content: Post, aliases: tuple[Alias, ...], name: Alias, clock: ManualClock, tmp_path: Path
) -> None:
    alike = (NewPost(content, aliases, clock.now(), (ready(),)), NewPost(article(2), (name,), clock.now(), (ready(),)))
    keys = []
    for number, new in enumerate(alike):
        home = tmp_path / str(number)
        with Place(f"sqlite://{home}/ledger.db", home / "state", clock).create() as ledger:
            ledger.record(Recording(FEED, (new,), (), clock.now()))
            keys += [row.key for row in ledger.deliveries()]
    assert keys[0] == keys[1]


def test_no_two_deliveries_share_a_key(ledger: Ledger, clock: ManualClock) -> None:
    parts = (ready("a"), ready("b"), replace(ready("a"), part=1))
    ledger.record(document(clock, [1, 2], parts))
    ledger.record(document(clock, [1], parts, feed=FeedMemory("other", "https://other.example/")))
    assert len({row.key for row in ledger.deliveries()}) == 9


# Knowing posts again


MOVED = (Alias("guid", "moved-1"), Alias("url", "//new.example/1"))


def again(post_id: int, post: Post, *aliases: Alias, **facts: Any) -> SeenPost:
    return SeenPost(post_id, post, aliases, **facts)


def test_a_post_is_found_by_the_marks_of_what_it_said_and_says(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    edited = replace(article(1), title="Another title", link="https://blog.example/other")
    ledger.record(document(clock, [], seen=(again(post_id, edited, before=article(1)),)))
    former, now = Mark("title", "title 1"), Mark("title", "another title")
    found, common = ledger.marked([former, now, Mark("slug", "1"), Mark("slug", "none")], ["blog"])
    assert (found, common) == ({post_id: frozenset({former, now, Mark("slug", "1")})}, frozenset())


def test_a_post_that_is_seen_as_it_was_leaves_nothing_new(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    with ledger._transactions.writing() as connection:
        connection.execute(delete(mark))
    ledger.record(document(clock, [], seen=(again(post_id, article(1)),)))
    with ledger._transactions.reading() as connection:
        assert [connection.execute(select(table)).all() for table in (mark, post_event)] == [[], []]


def test_marks_count_in_the_feeds_that_are_asked_for(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    title = Mark("title", "title 1")
    assert ledger.marked([title], ["other"]) == ({}, frozenset())
    assert ledger.marked([title], ["other", "blog"]) == ({post_id: frozenset({title})}, frozenset())


def test_a_mark_of_many_posts_is_told_apart_and_names_none(ledger: Ledger, clock: ManualClock) -> None:
    title = Mark("title", "link")

    def record(*numbers: int) -> None:
        new = tuple(NewPost(replace(article(n), title="Link"), names(n), clock.now()) for n in numbers)
        ledger.record(Recording(FEED, new, (), clock.now()))

    record(*range(8))
    found, common = ledger.marked([title], ["blog"])
    assert (len(found), common) == (8, frozenset())
    record(8)
    assert ledger.marked([title], ["blog"]) == ({}, frozenset({title}))


def test_posts_recorded_without_marks_are_given_them_once(ledger: Ledger, clock: ManualClock) -> None:
    """As in ledgers of earlier versions."""
    ids = ledger.record(document(clock, range(450)))
    with ledger._transactions.writing() as connection:
        connection.execute(delete(mark))
    ledger.mark_posts("blog")
    for number in (0, 449):
        assert ledger.marked([Mark("slug", str(number))], ["blog"])[0].keys() == {ids[number]}
    with ledger._transactions.writing() as connection:
        connection.execute(delete(mark))
    ledger.mark_posts("blog")
    assert ledger.marked([Mark("slug", "449")], ["blog"]) == ({}, frozenset())


def test_a_post_that_came_back_under_other_names_keeps_the_old_ones_and_tells(
    ledger: Ledger, clock: ManualClock
) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    clock.advance(MINUTE)
    back = again(post_id, replace(article(1), guid="moved-1"), *MOVED, reasons=("title", "date"))
    ledger.record(document(clock, [], seen=(back,)))
    assert set(ledger.post(post_id).aliases) == {*names(1), *MOVED}
    with ledger._transactions.reading() as connection:
        [row] = connection.execute(select(post_event)).all()
    assert (row.post_id, row.at, row.name) == (post_id, clock.now(), "rekeyed")
    assert row.detail == {"by": ["title", "date"], "names": ["moved-1", "//new.example/1"]}
    assert ledger.addresses([post_id]) == {post_id: ["//blog.example/1", "//new.example/1"]}


def test_a_post_that_looks_like_another_says_which(ledger: Ledger, clock: ManualClock) -> None:
    [first] = ledger.record(document(clock, [1]))
    new = NewPost(article(2), names(2), clock.now(), like=first)
    [second] = ledger.record(Recording(FEED, (new,), (), clock.now()))
    with ledger._transactions.reading() as connection:
        [row] = connection.execute(select(post_event)).all()
    assert (row.post_id, row.name, row.detail) == (second, "resembles", {"post": first})


def test_the_last_document_is_what_was_seen_when_it_was_read(ledger: Ledger, clock: ManualClock) -> None:
    assert ledger.last_document("blog", None) == []
    first, second = ledger.record(document(clock, [1, 2]))
    clock.advance(MINUTE)
    ledger.record(document(clock, [3], seen=(again(second, article(2)),)))
    assert [row.id for row in ledger.last_document("blog", clock.now())] == [second, second + 1]
    assert [row.id for row in ledger.last_document("blog", None)] == [second, second + 1]
    assert [row.id for row in ledger.last_document("blog", clock.now() - MINUTE)] == [first, second, second + 1]
    assert ledger.last_document("other", None) == []


def test_what_a_post_says_is_for_its_own_feed_to_tell(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1]))
    before = ledger.post(post_id)
    clock.advance(MINUTE)
    other = FeedMemory("other", "https://blog.example/tag/feed.xml")
    cut = again(post_id, replace(article(1), title="Cut"), Alias("guid", "in-other"))
    assert ledger.strangers([post_id], "other") == {post_id}
    ledger.record(document(clock, [], seen=(cut,), feed=other))
    after = ledger.post(post_id)
    assert (after.post, after.last_seen) == (before.post, before.last_seen)
    assert ledger.known([Alias("guid", "in-other")], feed="other") == {Alias("guid", "in-other"): post_id}
    assert ledger.strangers([post_id], "other") == set()


def test_a_post_known_from_another_feed_is_owed_where_it_was_not(ledger: Ledger, clock: ManualClock) -> None:
    [post_id] = ledger.record(document(clock, [1], (ready("a"),)))
    other = FeedMemory("other", "https://blog.example/tag/feed.xml")
    seen = again(post_id, article(1), owed=(Owed("a", State.HELD, "old"), Owed("b", State.READY, "new")))
    ledger.record(document(clock, [], seen=(seen,), feed=other))
    assert [(d.network, d.state) for d in ledger.deliveries(post_id=post_id)] == [
        ("a", State.READY),
        ("b", State.READY),
    ]


# Posts dated ahead that are taken back


def test_what_is_taken_back_before_its_day_is_left_out_and_waits_again_when_it_returns(
    ledger: Ledger, clock: ManualClock
) -> None:
    day = clock.now() + timedelta(days=2)
    ahead = (Owed("a", State.READY, "scheduled", day), Owed("b", State.HELD, "approve", day), ready("c"))
    row = one_owed(ledger, clock, ahead[0])
    for owed in ahead[1:]:
        ledger.owe(row.post_id, owed, actor="syndicator", cause=owed.cause)
    others = ledger.record(document(clock, [8, 9]))
    ledger.record(replace(document(clock, []), absent=(row.post_id, *others)))
    states = {d.network: (d.state, d.cause) for d in ledger.deliveries()}
    assert states == {"a": (State.SKIPPED, "withdrawn"), "b": (State.HELD, "approve"), "c": (State.READY, "new")}
    dated = replace(article(1), published=day)
    back = replace(document(clock, [], seen=(again(row.post_id, dated),)), returned=(row.post_id,))
    ledger.record(back)
    assert ledger.delivery(row.id).due_at == day
    assert (ledger.delivery(row.id).state, ledger.delivery(row.id).cause) == (State.READY, "scheduled")


def test_what_returns_after_its_day_goes_out_at_once(ledger: Ledger, clock: ManualClock) -> None:
    day = clock.now() + MINUTE
    row = one_owed(ledger, clock, Owed("a", State.READY, "scheduled", day))
    ledger.record(replace(document(clock, []), absent=(row.post_id,)))
    clock.advance(timedelta(days=3))
    seen = again(row.post_id, replace(article(1), published=day))
    ledger.record(replace(document(clock, [], seen=(seen,)), returned=(row.post_id,)))
    assert [d.id for d in ledger.due("a", clock.now())] == [row.id]


def test_what_is_due_already_is_not_taken_back(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock, Owed("a", State.READY, "scheduled", clock.now()))
    ledger.record(replace(document(clock, []), absent=(row.post_id,)))
    assert ledger.delivery(row.id) == row
