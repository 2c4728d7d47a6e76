"""What one poll leaves for the next: conditions, times, the address, and what is told of failures."""

from typing import Any

import pytest

from syndicator.feed import version
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory
from syndicator.polling import DEAF, FULL_EVERY
from syndicator.run import Scope, make_pass
from syndicator.sandbox.service import Fault, Reply, Request
from tests.system.pass_ground import DAY, HOUR, MINUTE, Blog, Ground

FEED = "GET /feed.xml"


@pytest.fixture
def blog(ground: Ground) -> Blog:
    assert isinstance(ground.scene.blog, Blog)
    return ground.scene.blog


def memory(ground: Ground) -> FeedMemory:
    with ground.ledger() as ledger:
        return ledger.feed("blog")


def conditions(ground: Ground) -> tuple[str | None, str | None]:
    """Of the last question."""
    headers = ground.scene.blog.seen("GET /.*xml")[-1].headers
    return headers.get("if-none-match"), headers.get("if-modified-since")


def results(ground: Ground, *, by_hand: bool = True) -> list[str]:
    return [feed.result for feed in ground.walk(by_hand=by_hand).feeds]


def named(ground: Ground) -> list[str]:
    with ground.host() as host:
        return [feed.result for feed in make_pass(host, Scope(feeds=frozenset({"blog"}))).feeds]


@pytest.fixture
def serving(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The blog answers each path that is in here with what stands there, a Reply or a function of the request."""
    answers: dict[str, Any] = {}
    usual = ground.scene.blog.answer

    def answer(request: Request) -> Reply:
        given = answers.get(request.path)
        if given is None:
            return usual(request)
        reply: Reply = given if isinstance(given, Reply) else given(request)
        return reply

    monkeypatch.setattr(ground.scene.blog, "answer", answer)
    return answers


# Conditions


def test_after_eight_days_the_whole_document_is_asked_for_once(ground: Ground) -> None:
    begun = memory(ground).full_at
    assert begun is not None
    ground.clock.advance(begun + FULL_EVERY - ground.clock.now() - MINUTE)
    assert results(ground) == ["unchanged"]
    assert conditions(ground) != (None, None)
    ground.later(MINUTE)
    assert results(ground) == ["unchanged"]
    assert conditions(ground) == (None, None)
    assert results(ground) == ["unchanged"]
    assert conditions(ground) != (None, None)


class Died(BaseException):
    """Stands for SIGKILL: nothing of the program handles it."""


def test_who_dies_while_posts_are_recorded_finds_them_the_next_time(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validators that were kept without their posts would hide them behind a 304 for ever."""

    def die(*_: object) -> None:
        raise Died

    ground.publish("walk")
    with monkeypatch.context() as dying:
        dying.setattr(Ledger, "record", die)
        with pytest.raises(Died):
            ground.walk()
    ground.walk()
    assert [len(ground.copies(network)) for network in ("mastodon", "bluesky")] == [1, 1]


def test_another_version_of_the_parser_reads_the_whole_document_once(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert memory(ground).reader == version.READER
    monkeypatch.setattr("syndicator.polling.READER", "next")
    assert results(ground) == ["read"]
    assert conditions(ground) == (None, None)
    assert results(ground) == ["unchanged"]
    assert conditions(ground) != (None, None)


def test_the_validators_of_a_document_that_could_not_be_used_are_not_kept(ground: Ground) -> None:
    before = memory(ground)
    ground.serve(b"no feed at all")
    assert results(ground) == ["failed"]
    assert (memory(ground).etag, memory(ground).body_sha256) == (before.etag, before.body_sha256)
    ground.serve(None)
    assert results(ground) == ["unchanged"]


def test_a_new_address_is_asked_without_the_validators_of_the_old_one(ground: Ground, blog: Blog) -> None:
    ground.edit("config.toml", "/feed.xml", "/other.xml")
    ground.walk()
    assert conditions(ground) == (None, None)
    assert memory(ground).url == f"{blog.url}/other.xml"


def test_the_same_bytes_without_a_validator_are_no_news(ground: Ground, serving: dict[str, Any]) -> None:
    serving["/feed.xml"] = Reply(200, ground.feed(), {"Content-Type": "application/rss+xml"})
    assert results(ground) == ["unchanged"]
    after = memory(ground)
    assert (after.etag, after.last_modified) == (None, None)
    assert after.next_check_at is not None
    assert after.next_check_at - ground.clock.now() >= 2 * HOUR


def test_an_etag_that_its_server_does_not_know_again_is_left_out_after_three_tries(
    ground: Ground, serving: dict[str, Any]
) -> None:
    body, dated = ground.feed(), "Mon, 01 Jun 2026 10:00:00 GMT"

    def deflated(request: Request) -> Reply:
        if "if-none-match" not in request.headers and request.headers.get("if-modified-since") == dated:
            return Reply(304)
        return Reply(200, body, {"ETag": '"a-gzip"', "Last-Modified": dated})

    serving["/feed.xml"] = deflated
    ground.walk()  # its validators are new
    for _ in range(DEAF):
        assert results(ground) == ["unchanged"]
        assert conditions(ground) == ('"a-gzip"', dated)
    assert results(ground) == ["unchanged"]
    assert conditions(ground) == (None, dated)
    assert results(ground) == ["unchanged"]
    assert conditions(ground) == (None, dated)


# Times


def test_a_restart_does_not_shorten_the_wait(ground: Ground, blog: Blog) -> None:
    ground.walk()
    due = memory(ground).next_check_at
    assert due is not None
    asked = len(blog.seen(FEED))
    while ground.clock.now() + 7 * MINUTE < due:
        ground.later(7 * MINUTE)
        assert results(ground, by_hand=False) == []
    assert len(blog.seen(FEED)) == asked
    ground.clock.advance(due - ground.clock.now())
    assert results(ground, by_hand=False) == ["unchanged"]


def test_what_a_redirect_wishes_holds_by_hand_too(ground: Ground, serving: dict[str, Any]) -> None:
    ground.edit("config.toml", "/feed.xml", "/door")
    serving["/door"] = Reply(302, None, {"Location": "/feed.xml", "Retry-After": "7200"})
    assert results(ground) == ["read"]
    ground.later(2 * HOUR - MINUTE)
    assert results(ground) == []
    ground.later(MINUTE)
    assert results(ground) == ["unchanged"]


def test_a_week_that_a_server_asks_for_is_given(ground: Ground) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, FEED, status=503, headers={"Retry-After": "604800"})
    ground.walk(by_hand=True)
    ground.later(7 * DAY - MINUTE)
    assert results(ground) == []
    ground.later(MINUTE)
    assert results(ground) == ["unchanged"]


def test_the_minutes_that_a_channel_asks_for_hold_after_unchanged_answers_too(
    ground: Ground, serving: dict[str, Any]
) -> None:
    body = ground.feed().replace(b"<description/>", b"<description/><ttl>240</ttl>")
    assert b"<ttl>" in body
    serving["/feed.xml"] = lambda request: Reply(
        304 if request.headers.get("if-none-match") == '"t"' else 200, body, {"ETag": '"t"'}
    )
    for _ in range(2):
        ground.walk()
        due = memory(ground).next_check_at
        assert due is not None
        assert due - ground.clock.now() >= 4 * HOUR


# Failures


def test_a_failure_that_goes_on_is_told_once_a_day_and_its_end_too(ground: Ground, serving: dict[str, Any]) -> None:
    serving["/feed.xml"] = Reply(500)
    begun = ground.clock.now()
    while ground.clock.now() - begun < 3 * DAY:
        ground.feed_is_due()
        ground.walk(by_hand=False)
        ground.later(6 * HOUR)
    assert len(ground.events.of("feed_failed")) == 3
    assert memory(ground).failing_since == begun
    serving.clear()
    ground.walk()
    assert len(ground.events.of("feed_recovered")) == 1
    assert memory(ground).failing_since is None


def test_whoever_asks_by_hand_is_told_each_time(ground: Ground, serving: dict[str, Any]) -> None:
    serving["/feed.xml"] = Reply(500)
    ground.walk()
    ground.walk()
    assert len(ground.events.of("feed_failed")) == 2


def test_what_is_gone_is_told_once_and_asked_again_only_by_name(
    ground: Ground, blog: Blog, serving: dict[str, Any]
) -> None:
    serving["/feed.xml"] = Reply(410)
    ground.walk(by_hand=False)
    ground.feed_is_due()
    ground.walk(by_hand=False)
    asked = len(blog.seen(FEED))
    ground.later(30 * DAY)
    assert (results(ground), results(ground, by_hand=False)) == ([], [])
    assert (len(blog.seen(FEED)), len(ground.events.of("feed_gone"))) == (asked, 1)
    assert named(ground) == ["failed"]
    serving.clear()
    assert named(ground) == ["read"]
    assert memory(ground).gone_at is None
    assert results(ground) == ["unchanged"]


def test_a_feed_that_is_gone_is_asked_for_at_its_new_address(ground: Ground, serving: dict[str, Any]) -> None:
    serving["/feed.xml"] = Reply(410)
    ground.walk()
    serving["/new.xml"] = Reply(200, ground.scene.blog.answer(Request("GET", "/old/", {}, {}, b"")).body)
    ground.edit("config.toml", "/feed.xml", "/new.xml")
    assert results(ground, by_hand=False) == ["failed"]
    assert memory(ground).gone_at is None


# Moves


def move(ground: Ground, serving: dict[str, Any], status: int = 301) -> None:
    """The feed is at /new.xml now."""
    usual = ground.scene.blog.__class__.answer

    def there(request: Request) -> Reply:
        return usual(ground.scene.blog, Request("GET", "/feed.xml", {}, request.headers, b""))

    serving["/new.xml"] = there
    serving["/feed.xml"] = Reply(status, None, {"Location": "/new.xml"})


def test_a_feed_that_has_moved_for_good_is_asked_for_there_after_a_day(
    ground: Ground, blog: Blog, serving: dict[str, Any]
) -> None:
    move(ground, serving)
    for _ in range(3):
        ground.walk()
        ground.later(12 * HOUR)
    assert [event["url"] for event in ground.events.of("feed_moved")] == [f"{blog.url}/new.xml"]
    asked = len(blog.seen(FEED))
    ground.publish("walk")
    assert results(ground) == ["read"]
    assert len(blog.seen(FEED)) == asked
    assert len(ground.copies("mastodon")) == 1
    assert memory(ground).url == f"{blog.url}/feed.xml"


def test_when_the_owner_writes_it_down_the_next_question_is_conditional(
    ground: Ground, serving: dict[str, Any]
) -> None:
    move(ground, serving)
    for _ in range(3):
        ground.walk()
        ground.later(12 * HOUR)
    ground.edit("config.toml", "/feed.xml", "/new.xml")
    assert results(ground) == ["unchanged"]
    assert conditions(ground)[0] is not None
    assert len(ground.events.of("feed_moved")) == 1


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_feed_that_is_elsewhere_for_a_while_is_asked_for_where_it_was(
    ground: Ground, blog: Blog, serving: dict[str, Any], status: int
) -> None:
    move(ground, serving, status)
    for _ in range(6):
        ground.walk()
        ground.later(12 * HOUR)
    assert ground.events.of("feed_moved") == []
    assert len(blog.seen(FEED)) >= 6
    assert memory(ground).address is None


def test_a_new_address_that_fails_gives_way_to_the_owners(ground: Ground, blog: Blog, serving: dict[str, Any]) -> None:
    move(ground, serving)
    for _ in range(3):
        ground.walk()
        ground.later(12 * HOUR)
    assert memory(ground).address is not None
    serving["/new.xml"] = Reply(410)
    serving["/feed.xml"] = None
    assert results(ground) == ["failed"]
    assert memory(ground).next_check_at is not None
    assert results(ground) == ["read"]
    assert memory(ground).address is None


# Others on the same host


def test_one_host_is_asked_one_thing_at_a_time(ground: Ground, blog: Blog, serving: dict[str, Any]) -> None:
    more = "".join(f'[[feed]]\nname = "f{n}"\nurl = "{blog.url}/{n}.xml"\n\n' for n in range(6))
    ground.edit("config.toml", "[defaults]", f"{more}[defaults]")
    body = ground.feed()
    for number in range(6):
        serving[f"/{number}.xml"] = Reply(200, body)
    ground.walk()
    order = [request.path for request in blog.seen("GET /.*xml")][-7:]
    assert order == ["/feed.xml", *(f"/{number}.xml" for number in range(6))]
