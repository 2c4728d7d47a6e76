"""Rows F-23 to F-25: the clock jumps ahead or back, and feeds have dates that cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator.ledger.states import State
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.service import Fault
from syndicator.sandbox.stage import pretend_services
from syndicator_bluesky import tid
from syndicator_mastodon.sandbox import PretendMastodon
from tests.system.pass_ground import DAY, HOUR, MINUTE, PUBLISHING, Ground, ground_in

YEAR = 365 * DAY


def published(ground: Ground, network: str) -> int:
    return len(ground.scene.services[network].seen(PUBLISHING[network]))


def until_settled(ground: Ground, network: str, name: str = "walk", passes: int = 6) -> State:
    for _ in range(passes):
        ground.walk()
        if ground.delivery(network, name).state not in (State.UNKNOWN, State.READY, State.DEFERRED):
            break
        ground.later(3 * MINUTE)
    return ground.delivery(network, name).state


# F-23


@pytest.mark.needs("mastodon")
@pytest.mark.parametrize(("fault", "there"), [(Fault.LOSE_REPLY, 1), (Fault.RESET, 0)])
def test_an_hour_ahead_while_a_key_is_valid_the_copy_is_looked_for_twice_before_it_is_sent_again(
    tmp_path: Path, fault: Fault, there: int
) -> None:
    """F-23. Whether the hour has really passed nobody knows; so the service's memory of the key is not relied upon."""
    with ground_in(tmp_path, "mastodon") as ground:
        ground.walk()
        ground.scene.services["mastodon"].fail_next(fault, PUBLISHING["mastodon"])
        ground.publish("walk")
        ground.walk()
        assert (ground.delivery("mastodon").state, len(ground.copies("mastodon"))) == (State.UNKNOWN, there)
        ground.later(HOUR)
        ground.walk()
        row = ground.delivery("mastodon")
        assert (row.state, row.negative_reads) == ((State.DELIVERED, 0) if there else (State.UNKNOWN, 1))
        ground.later(2 * MINUTE)
        ground.walk()
        assert (ground.delivery("mastodon").state, len(ground.copies("mastodon"))) == (State.DELIVERED, 1)


# F-24: a machine that woke up a year ahead, worked, and was then told the time. The services' clocks were right.


def misled(ground: Ground, by: timedelta) -> None:
    """Our clock goes wrong by so much; those of the services do not."""
    ground.later(by)
    for service in ground.scene.services.values():
        service.now = lambda: (ground.clock.now() - by).timestamp()  # noqa: PLW0108 - `now` is another one later


def put_right(ground: Ground, by: timedelta) -> None:
    ground.later(-by)
    for service in ground.scene.services.values():
        service.now = lambda: ground.clock.now().timestamp()


@pytest.fixture
def ahead(tmp_path: Path) -> Iterator[Ground]:
    """Installed at the right time; then the clock went a year ahead."""
    with ground_in(tmp_path, "mastodon", "bluesky") as ground:
        ground.walk()
        misled(ground, YEAR)
        yield ground


def back(ground: Ground) -> None:
    put_right(ground, YEAR)


def test_a_feed_that_was_asked_a_year_ahead_is_asked_again_as_soon_as_the_clock_is_right(ahead: Ground) -> None:
    ahead.walk()
    back(ahead)
    ahead.publish("walk")
    ahead.later(HOUR)
    ahead.walk(by_hand=False)
    assert ahead.delivery("mastodon").state is State.DELIVERED


def test_so_is_a_feed_whose_server_had_asked_for_patience(ahead: Ground) -> None:
    ahead.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=429, headers={"Retry-After": "3600"})
    ahead.walk()
    back(ahead)
    ahead.publish("walk")
    ahead.later(HOUR)
    ahead.walk(by_hand=False)
    assert ahead.delivery("mastodon").state is State.DELIVERED


@pytest.mark.parametrize("status", [429, 503])
def test_a_network_that_was_to_be_left_alone_a_year_ahead_is_called_again(ahead: Ground, status: int) -> None:
    service = ahead.scene.services["mastodon"]
    service.fail_next(Fault.REFUSE, service.identity, status=status, headers={"Retry-After": "600"})
    ahead.publish("walk", age=-timedelta(seconds=0))
    ahead.walk()
    assert ahead.delivery("mastodon").state is State.READY
    back(ahead)
    ahead.later(HOUR)
    ahead.walk(by_hand=False)
    assert ahead.delivery("mastodon").state is State.DELIVERED


def test_a_delivery_that_was_put_off_a_year_ahead_is_tried_again(ahead: Ground) -> None:
    ahead.scene.services["mastodon"].fail_next(Fault.REFUSE, PUBLISHING["mastodon"], status=429)
    ahead.publish("walk")
    ahead.walk()
    assert ahead.delivery("mastodon").state in (State.DEFERRED, State.READY)
    back(ahead)
    ahead.later(HOUR)
    assert until_settled(ahead, "mastodon") is State.DELIVERED


@pytest.mark.parametrize("network", ["mastodon", "bluesky"])
@pytest.mark.parametrize(("fault", "there"), [(Fault.LOSE_REPLY, 1), (Fault.RESET, 0)])
def test_a_doubt_of_a_year_ahead_is_settled_and_never_doubled(
    ahead: Ground, network: str, fault: Fault, there: int
) -> None:
    ahead.scene.services[network].fail_next(fault, PUBLISHING[network])
    ahead.publish("walk")
    ahead.walk()
    assert ahead.delivery(network).state is State.UNKNOWN
    back(ahead)
    ahead.later(MINUTE)
    state = until_settled(ahead, network)
    if network == "mastodon" and not there:
        assert (state, len(ahead.copies(network))) == (State.ASK, 0)
    else:
        assert (state, len(ahead.copies(network))) == (State.DELIVERED, 1)


def goes_out_an_hour_after_the_clock_is_right(ahead: Ground) -> None:
    assert ahead.delivery("mastodon").state is State.READY
    back(ahead)
    ahead.later(HOUR)
    assert until_settled(ahead, "mastodon") is State.DELIVERED


def test_a_post_that_was_seen_a_year_ahead_does_not_wait_for_that_day(ahead: Ground) -> None:
    ahead.edit("config.toml", 'settle = "0s"', 'settle = "10m"')
    ahead.publish("walk")
    ahead.walk()
    goes_out_an_hour_after_the_clock_is_right(ahead)


def test_a_page_that_was_to_be_looked_for_a_year_ahead_is_looked_for(ahead: Ground) -> None:
    ahead.publish("walk")
    ahead.scene.blog.fail_next(Fault.REFUSE, "GET /walk/", status=404)
    ahead.walk()
    goes_out_an_hour_after_the_clock_is_right(ahead)


def test_a_year_back_and_forth_floods_nobody(ahead: Ground) -> None:
    back(ahead)
    misled(ahead, -YEAR)
    ahead.walk()
    ahead.publish("walk")
    ahead.walk()
    put_right(ahead, -YEAR)
    for _ in range(3):
        ahead.walk()
        ahead.later(HOUR)
    assert [len(ahead.copies(network)) for network in ("mastodon", "bluesky")] == [1, 1]


@pytest.mark.needs("tumblr")
@pytest.mark.parametrize("network", ["mastodon", "tumblr", "bluesky"])
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(-20 * HOUR, marks=pytest.mark.slow),
        pytest.param(-20 * MINUTE, marks=pytest.mark.slow),
        20 * MINUTE,
        20 * HOUR,
    ],
)
def test_a_clock_that_is_wrong_all_the_time_doubles_no_copy_whose_answer_was_lost(
    tmp_path: Path, network: str, wrong: timedelta
) -> None:
    """A list is read from a day before the sending on, so that the copy is in it whatever our clock said."""
    cast = {"mastodon": PretendMastodon(flavour="gotosocial")} if network == "mastodon" else pretend_services(network)
    with ground_in(tmp_path, cast=cast) as ground:
        misled(ground, wrong)
        ground.walk()
        ground.scene.services[network].fail_next(Fault.LOSE_REPLY, PUBLISHING[network])
        ground.publish("walk")
        ground.walk()
        ground.later(3 * MINUTE)
        assert until_settled(ground, network) is State.DELIVERED
        assert len(ground.copies(network)) == 1


def test_the_copy_of_another_post_that_says_the_same_is_not_taken_for_this_one(tmp_path: Path) -> None:
    """What makes a day's copies count is no proof for a post that says the same as yesterday's: its owner is asked."""
    with ground_in(tmp_path, cast={"mastodon": PretendMastodon(flavour="gotosocial")}) as ground:
        ground.walk()
        for name in ("monday", "tuesday"):
            ground.scene.blog.publish(Entry(name, "", "<p>Good morning.</p>", ground.clock.now()))
            if name == "tuesday":
                ground.scene.services["mastodon"].fail_next(Fault.RESET, PUBLISHING["mastodon"])
            ground.walk()
            ground.later(HOUR)
        ground.walk()
        assert ground.delivery("mastodon", "tuesday").state is State.UNKNOWN
        ground.later(2 * DAY)
        assert until_settled(ground, "mastodon", "tuesday") is State.ASK
        assert len(ground.copies("mastodon")) == 1


@pytest.mark.parametrize("wrong", [YEAR, -YEAR])
def test_no_record_is_dated_later_than_our_clock_says(tmp_path: Path, wrong: timedelta) -> None:
    with ground_in(tmp_path, "bluesky") as ground:
        misled(ground, wrong)
        ground.walk()
        ground.publish("walk", age=-DAY)  # a date ahead of now is waited for; its record is not dated by it
        ground.walk()
        ground.later(DAY + MINUTE)
        ground.walk()
        key = (ground.delivery("bluesky").remote_id or "").rpartition("/")[2]
        assert "" < key <= tid.encode(int(ground.clock.now().timestamp() * 1e6), 1023)


# F-25

ODD_DATES = {
    "the-first-second": "Thu, 01 Jan 1970 00:00:00 GMT",
    "before-all-time": "Wed, 31 Dec 1969 23:59:59 GMT",
    "far-ahead": "Fri, 31 Dec 2099 23:59:59 GMT",
    "a-leap-second": "Sat, 31 Dec 2016 23:59:60 GMT",
    "an-hour-that-was-not": "Sun, 29 Mar 2026 02:30:00 CET",
    "an-hour-that-was-twice": "Sun, 25 Oct 2026 02:30:00 CEST",
    "no-zone": "Tue, 01 Sep 2026 12:00:00",
    "no-date": "",
    "no-such-day": "Fri, 31 Feb 2026 12:00:00 GMT",
}


@contextmanager
def without_pages(directory: Path) -> Iterator[Ground]:
    """A blog whose posts have no pages that could be asked for, and need none."""
    with ground_in(directory, "mastodon") as ground:
        ground.edit("config.toml", "[defaults]\n", "[defaults]\nwait_for_page = false\n")
        ground.walk()
        yield ground


def test_dates_that_cannot_be_crash_nothing_and_announce_nothing_old(tmp_path: Path) -> None:
    with without_pages(tmp_path) as ground:
        known = ground.feed().decode()
        for number, (name, date) in enumerate(ODD_DATES.items(), start=1):
            link, dated = ground.link(name), f"<pubDate>{date}</pubDate>" if date else ""
            item = f"<item><title>{name}</title><link>{link}</link><guid>{link}</guid>{dated}</item>"
            known = known.replace("<item>", f"{item}<item>", 1)
            if number % 3 == 0:
                ground.serve(known.encode())
                ground.later(DAY)
                ground.walk()
        with ground.ledger() as ledger:
            recorded = {(row.post.link or "").rstrip("/").rpartition("/")[2]: row for row in ledger.posts()}
        assert set(ODD_DATES) <= set(recorded)
        sent = {name for name in ODD_DATES if ground.delivery("mastodon", name).state is State.DELIVERED}
        assert sent == {"no-date", "before-all-time", "the-first-second", "no-such-day"}
        assert ground.delivery("mastodon", "far-ahead").state in (State.READY, State.HELD)
        assert len(ground.copies("mastodon")) == len(sent)


def test_posts_without_dates_go_out_in_the_order_of_the_feed(tmp_path: Path) -> None:
    with without_pages(tmp_path) as ground:
        items = "".join(
            f"<item><title>{name}</title><link>{ground.link(name)}</link></item>"
            for name in ("third", "second", "first")
        )
        ground.serve(ground.feed().replace(b"<item>", items.encode() + b"<item>", 1))
        ground.later(HOUR)
        ground.walk()
        said = [
            next(name for name in ("first", "second", "third") if name in str(copy))
            for copy in ground.copies("mastodon")
        ]
        assert said == ["first", "second", "third"]
