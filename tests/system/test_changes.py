"""What becomes of posts at their source: edited, vanished, gone, back. The real Pass over a real ledger and real HTTP;
nothing of it sends a copy, and `explain` tells all of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from syndicator.exitcode import ExitCode
from syndicator.feed.edits import fingerprint
from syndicator.ledger.posts import pack
from syndicator.ledger.rows import Happening
from syndicator.ledger.states import State
from syndicator.ledger.tables import feed, post
from syndicator.pages import ACCEPT
from syndicator.sandbox.blog import Entry
from syndicator.sandbox.service import Fault
from tests.system.pass_ground import DAY, HOUR, MINUTE, TWO, Ground

LONG_TEXT = "<p>Written anew from the first word to the last, because the old one told nothing.</p>"


def entry(ground: Ground, name: str) -> Entry:
    return next(one for one in ground.scene.blog.entries if one.slug == name)


def rewrite(ground: Ground, *names: str, change: Callable[[Entry], Entry]) -> None:
    entries = ground.scene.blog.entries
    entries[:] = [change(one) if one.slug in names else one for one in entries]


def retitle(ground: Ground, name: str, title: str = "A better title") -> None:
    rewrite(ground, name, change=lambda one: replace(one, title=title))


def take_out(ground: Ground, *names: str) -> None:
    """Off the blog: out of the feed, and its page answers 404."""
    ground.scene.blog.entries[:] = [one for one in ground.scene.blog.entries if one.slug not in names]


def answer_with(ground: Ground, status: int, name: str = "walk", **headers: str) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, f"^GET /{name}/$", status=status, headers=headers)


def history(ground: Ground, name: str = "walk") -> list[Happening]:
    with ground.ledger() as ledger:
        (row,) = ledger.find_posts(ground.link(name))
        return ledger.history(row.id)


def names(ground: Ground, name: str = "walk") -> list[str]:
    return [one.name for one in history(ground, name)]


def looks(ground: Ground, name: str = "walk") -> int:
    """Requests for a page on our own account."""
    return len([r for r in ground.scene.blog.seen(f"^GET /{name}/$") if r.headers["accept"] == ACCEPT])


def copies(ground: Ground) -> list[str]:
    return [copy["text"] for network in TWO for copy in ground.copies(network)]


def explained(ground: Ground, capsys: pytest.CaptureFixture[str], *words: str, name: str = "walk") -> str:
    capsys.readouterr()
    assert ground.say("explain", ground.link(name), *words) == ExitCode.OK
    return capsys.readouterr().out


@pytest.fixture
def announced(ground: Ground) -> Ground:
    """Three posts are out, and so is a walk by the lake between them."""
    ground.publish("before", age=3 * HOUR)
    ground.publish("walk", long=True, age=2 * HOUR)
    ground.publish("after", age=HOUR)
    ground.walk()
    assert len(copies(ground)) == 6
    ground.later(HOUR)
    return ground


# Edits


def test_an_edit_is_told_once_and_sends_nothing(announced: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    before = copies(announced)
    retitle(announced, "walk")
    announced.walk()
    assert (names(announced), announced.events.of("post_edited")) == ([], [])
    announced.later(HOUR)
    announced.walk()  # the feed says that nothing is new: it still reads so
    assert names(announced) == ["edited"]
    (told,) = announced.events.of("post_edited")
    assert told == {"feed": "blog", "post": announced.link("walk"), "parts": ["title"], "size": "material"}
    announced.later(HOUR)
    announced.walk()
    assert (len(history(announced)), copies(announced)) == (1, before)
    (one,) = history(announced)
    assert (one.detail["revision"], one.at - HOUR) == (1, announced.clock.now() - 2 * HOUR)
    assert "Edited: title; nothing is sent for it." in explained(announced, capsys)


def test_while_an_edit_waits_explain_says_so(announced: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    retitle(announced, "walk")
    announced.walk()
    assert "counts as an edit once it has been seen again" in explained(announced, capsys)


def test_an_edit_stands_after_a_quarter_of_an_hour_even_if_the_feed_cannot_be_read(announced: Ground) -> None:
    retitle(announced, "walk")
    announced.walk()
    announced.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=503)
    announced.later(14 * MINUTE)
    announced.walk()
    assert names(announced) == []
    announced.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=503)
    announced.later(MINUTE)
    announced.walk()
    assert names(announced) == ["edited"]


def test_a_wording_that_lasted_for_one_answer_was_never_an_edit(announced: Ground) -> None:
    retitle(announced, "walk")
    announced.walk()
    retitle(announced, "walk", "About walk")
    announced.later(MINUTE)
    announced.walk()
    announced.later(DAY)
    announced.walk()
    assert names(announced) == []


def test_a_slip_of_the_pen_is_small(announced: Ground) -> None:
    rewrite(announced, "walk", change=lambda one: replace(one, body=one.body.replace("Words of", "Wordes of", 1)))
    announced.walk()
    announced.later(HOUR)
    announced.walk()
    assert [(one.detail["parts"], one.detail["rule"]) for one in history(announced)] == [(["text"], "few-words")]
    assert announced.events.of("post_edited")[0]["size"] == "small"


def test_what_has_not_been_sent_goes_out_in_its_newest_words(ground: Ground) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "30m"')
    ground.publish("walk", long=True)
    ground.walk()
    retitle(ground, "walk")
    ground.later(10 * MINUTE)
    ground.walk()
    ground.later(20 * MINUTE)
    ground.walk()
    assert copies(ground)[0].startswith("A better title\n")
    assert len(copies(ground)) == 2


def test_what_is_frozen_stays_as_it_is(ground: Ground) -> None:
    ground.scene.services["mastodon"].fail_next(Fault.REFUSE, "POST /api/v1/statuses", status=503)
    ground.publish("walk", long=True)
    ground.walk()
    retitle(ground, "walk")
    ground.later(HOUR)
    ground.walk()
    ground.later(HOUR)
    ground.walk()
    assert names(ground) == ["edited"]
    assert [copy["text"].split("\n")[0] for copy in ground.copies("mastodon")] == ["About walk"]


def test_another_template_is_one_event_for_the_feed_and_no_edit(ground: Ground) -> None:
    ground.publish(*"abcde", age=HOUR)
    ground.walk()
    ground.say("release", "ALL")
    ground.walk()
    sent = len(copies(ground))
    rewrite(
        ground, *"abcde", change=lambda one: replace(one, body=one.body + "<p>Filed under lakes and other waters</p>")
    )
    for _ in range(3):
        ground.later(HOUR)
        ground.walk()
    assert [told["posts"] for told in ground.events.of("feed_rewritten")] == [5]
    assert [names(ground, name) for name in "abcde"] == [[]] * 5
    assert len(copies(ground)) == sent


def test_the_links_to_our_copies_are_no_edit(announced: Ground) -> None:
    url = announced.copies("mastodon")[1]["url"]
    line = f'<p>Also on: <a class="u-syndication" href="{url}">Mastodon</a></p>'
    rewrite(announced, "walk", change=lambda one: replace(one, body=one.body + line))
    for _ in range(3):
        announced.walk()
        announced.later(HOUR)
    assert names(announced) == []


def test_going_back_to_the_old_words_is_told_after_a_day_as_what_it_is(
    announced: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    retitle(announced, "walk")
    for _ in range(2):
        announced.walk()
        announced.later(HOUR)
    retitle(announced, "walk", "About walk")
    for _ in range(3):
        announced.walk()
        announced.later(HOUR)
    assert names(announced) == ["edited"]
    announced.later(DAY)
    announced.walk()
    assert [one.detail.get("again") for one in history(announced)] == [None, True]
    assert "back to an earlier wording" in explained(announced, capsys)


def test_a_document_that_is_cut_off_edits_nothing(announced: Ground) -> None:
    body = announced.feed()
    announced.serve(body[: body.index(b"Words of walk") + 200])
    for _ in range(2):
        announced.walk()
        announced.later(HOUR)
    announced.serve(None)
    for _ in range(2):
        announced.walk()
        announced.later(HOUR)
    assert [names(announced, name) for name in ("before", "walk", "after")] == [[], [], []]


@pytest.mark.parametrize("reader", [None, "0"])
def test_a_ledger_whose_fingerprints_were_made_otherwise_knows_of_no_edits(
    announced: Ground, reader: str | None
) -> None:
    """As after an upgrade: another formula, another parser, and texts that it reads a little differently."""
    with announced.ledger() as ledger, ledger._transactions.writing() as connection:
        connection.execute(update(post).values(fingerprint="00" * 32))
        connection.execute(update(feed).values(reader=reader))
        connection.execute(
            update(post).where(post.c.id == 3).values(content=pack(replace(ledger.post(3).post, title="x")))
        )
    for _ in range(3):
        announced.walk()
        announced.later(HOUR)
    assert [names(announced, name) for name in ("before", "walk", "after")] == [[], [], []]
    with announced.ledger() as ledger:
        rows = [ledger.post(number) for number in (2, 3, 4)]
    assert [row.fingerprint for row in rows] == [fingerprint(row.post) for row in rows]


def test_an_older_formula_alone_makes_no_edits(announced: Ground) -> None:
    with announced.ledger() as ledger, ledger._transactions.writing() as connection:
        connection.execute(update(post).values(fingerprint="00" * 32))
    retitle(announced, "walk")
    for _ in range(2):
        announced.walk()
        announced.later(HOUR)
    assert [names(announced, name) for name in ("before", "walk", "after")] == [[], ["edited"], []]


# Vanishing


def vanish(ground: Ground, *names: str) -> None:
    """Out of the feed, seen so on two polls an hour apart; the pages are asked in the second."""
    take_out(ground, *names)
    ground.walk()
    ground.later(HOUR)


def test_a_post_whose_page_answers_410_is_gone(announced: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    vanish(announced, "walk")
    asked = looks(announced)
    answer_with(announced, 410)
    announced.walk()
    assert (names(announced), looks(announced)) == (["vanished", "gone"], asked + 1)
    (told,) = announced.events.of("post_gone")
    assert (told["post"], told["reason"]) == (announced.link("walk"), "HTTP 410")
    assert "by hand" in told["hint"]
    assert "Gone: its page answered HTTP 410" in explained(announced, capsys)
    assert len(copies(announced)) == 6
    announced.later(DAY)
    announced.walk()
    assert (names(announced), looks(announced)) == (["vanished", "gone"], asked + 1)


def test_a_page_that_answers_404_is_asked_once_more_a_day_later(
    announced: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    vanish(announced, "walk")
    asked = looks(announced)
    announced.walk()
    assert names(announced) == ["vanished"]
    assert "missing from the feed for" in explained(announced, capsys)
    announced.later(DAY - MINUTE)
    announced.walk()
    assert (names(announced), looks(announced)) == (["vanished"], asked + 1)
    announced.later(MINUTE)
    announced.walk()
    assert (names(announced), looks(announced)) == (["vanished", "gone"], asked + 2)


def test_nothing_is_asked_after_the_first_document_without_a_post(announced: Ground) -> None:
    asked = looks(announced)
    take_out(announced, "walk")
    announced.walk()
    announced.later(59 * MINUTE)
    announced.walk()
    assert (names(announced), looks(announced)) == ([], asked)


def test_a_post_that_is_back_in_time_has_never_been_away(announced: Ground) -> None:
    walk, asked = entry(announced, "walk"), looks(announced)
    take_out(announced, "walk")
    announced.walk()
    announced.scene.blog.entries.insert(1, walk)
    for _ in range(3):
        announced.later(HOUR)
        announced.walk()
    assert (names(announced), looks(announced), len(copies(announced))) == ([], asked, 6)


def test_a_page_that_is_there_ends_the_matter(announced: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    vanish(announced, "walk")
    for _ in range(3):
        answer_with(announced, 200)
        announced.walk()
        announced.later(DAY)
    assert names(announced) == ["vanished", "unlisted"]
    assert announced.events.of("post_gone") == []
    assert "its page is still there" in explained(announced, capsys)


def test_a_page_that_has_moved_gives_the_post_a_new_name(announced: Ground) -> None:
    walk, url = entry(announced, "walk"), announced.scene.blog.url
    vanish(announced, "walk")
    answer_with(announced, 301, Location=f"{url}/strolls/")
    answer_with(announced, 200, "strolls")
    announced.walk()
    assert names(announced) == ["vanished", "moved"]
    with announced.ledger() as ledger:
        (row,) = ledger.find_posts(f"{url}/strolls/")
    assert row.post.link == announced.link("walk")
    announced.scene.blog.entries.insert(0, replace(walk, slug="strolls", title="Strolls", body=LONG_TEXT))
    announced.later(HOUR)
    announced.walk()
    assert (names(announced)[-1], len(copies(announced))) == ("back", 6)


def test_the_front_page_is_nobodys_new_address(announced: Ground) -> None:
    vanish(announced, "walk")
    answer_with(announced, 301, Location=f"{announced.scene.blog.url}/")
    announced.walk()
    assert names(announced) == ["vanished", "unlisted"]


@pytest.mark.parametrize("status", [403, 429, 503])
def test_any_other_answer_proves_nothing(announced: Ground, status: int) -> None:
    vanish(announced, "walk")
    for _ in range(4):
        answer_with(announced, status)
        announced.walk()
        announced.later(DAY)
    assert names(announced) == ["vanished"]
    assert announced.events.of("post_gone") == []


def test_a_post_that_comes_back_from_the_dead_is_told_and_not_announced(
    announced: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    walk = entry(announced, "walk")
    vanish(announced, "walk")
    answer_with(announced, 410)
    announced.walk()
    announced.later(DAY)
    announced.scene.blog.entries.insert(1, walk)
    announced.walk()
    assert names(announced) == ["vanished", "gone", "back"]
    assert announced.events.of("post_back") == [{"feed": "blog", "post": announced.link("walk"), "was": "gone"}]
    assert len(copies(announced)) == 6
    assert "Back in the feed; it was gone" in explained(announced, capsys)


def test_what_scrolls_out_of_the_feed_is_not_missing(announced: Ground) -> None:
    announced.publish("new")
    take_out(announced, "old", "before")
    for _ in range(3):
        announced.walk()
        announced.later(HOUR)
    assert names(announced, "before") == names(announced, "old") == []
    assert looks(announced, "old") == 0


def test_when_half_of_the_feed_is_missing_nothing_is_asked(announced: Ground) -> None:
    announced.publish("new")
    announced.walk()
    asked = [looks(announced, name) for name in ("walk", "after", "new")]
    vanish(announced, "walk", "after", "new")
    for _ in range(3):
        announced.walk()
        announced.later(DAY)
    assert [looks(announced, name) for name in ("walk", "after", "new")] == asked
    assert names(announced) == []


def test_a_document_that_is_cut_off_proves_no_absence(announced: Ground) -> None:
    body, asked = announced.feed(), looks(announced)
    announced.serve(body[: body.index(b"<title>About walk")])
    for _ in range(4):
        announced.walk()
        announced.later(DAY)
    assert (names(announced), looks(announced)) == ([], asked)


def test_a_few_pages_are_asked_in_one_pass_and_the_others_in_the_next(ground: Ground) -> None:
    posts = [f"p{n}" for n in range(12)]
    ground.publish(*posts, age=DAY)
    ground.walk()
    ground.scene.blog.requests.clear()
    vanish(ground, *posts[3:8])
    ground.walk()
    assert sum(looks(ground, name) for name in posts) == 3
    ground.later(MINUTE)
    ground.walk()
    assert sum(looks(ground, name) for name in posts) == 5


# What was not sent of a post that is gone


def test_what_was_not_sent_of_a_post_that_is_gone_is_held_and_goes_out_on_its_owners_word(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.edit("networks.d/mastodon.toml", "", 'settle = "3d"\nbest_before = "60d"\n')
    ground.publish("walk", long=True)
    ground.walk()
    ground.publish("later")
    vanish(ground, "walk")
    answer_with(ground, 410)
    report = ground.walk()
    held = ground.delivery("mastodon")
    assert (held.state, held.cause, ground.delivery("bluesky").state) == (State.HELD, "source-gone", State.DELIVERED)
    assert [(told["network"], told["reason"]) for told in ground.events.of("delivery_held")] == [
        ("mastodon", "source-gone")
    ]
    assert report.exit_code == ExitCode.PERSON
    assert "the post is gone from the blog" in explained(ground, capsys)
    ground.later(4 * DAY)
    ground.walk()
    assert not any("walk" in copy["text"] for copy in ground.copies("mastodon"))
    assert ground.say("release", str(held.id)) == ExitCode.OK
    ground.later(DAY)
    ground.walk()
    assert ground.delivery("mastodon").state is State.DELIVERED


def test_what_is_found_unsent_only_later_is_held_all_the_same(ground: Ground) -> None:
    ground.edit("networks.d/mastodon.toml", "", "approve = true\n")
    ground.publish("walk", long=True)
    ground.walk()
    vanish(ground, "walk")
    answer_with(ground, 410)
    ground.walk()
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").cause) == (State.HELD, "approve")
    assert ground.say("release", str(ground.delivery("mastodon").id)) == ExitCode.OK
    ground.walk()
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").cause) == (State.HELD, "source-gone")


# Told to programs, and cheap


def test_explain_tells_programs_the_same(announced: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    retitle(announced, "walk")
    for _ in range(2):
        announced.walk()
        announced.later(HOUR)
    (story,) = json.loads(explained(announced, capsys, "--json"))
    lines: list[dict[str, Any]] = story["history"]
    assert [line["name"] for line in lines] == ["edited"]
    assert story["open"] == []


def test_a_feed_without_news_asks_for_no_page_and_writes_no_happening(announced: Ground) -> None:
    announced.walk()
    before = {name: looks(announced, name) for name in ("before", "walk", "after")}
    for _ in range(5):
        announced.later(DAY)
        announced.walk()
    assert {name: looks(announced, name) for name in before} == before
    assert [names(announced, name) for name in before] == [[], [], []]
