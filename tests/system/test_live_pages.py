"""No copy leads to a page that is not there: the real Pass, the real ledger, a blog whose feed is quicker than it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syndicator import pages
from syndicator.exitcode import ExitCode
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.owing import key_of
from syndicator.ledger.rows import DEAD, WAITING
from syndicator.ledger.states import State
from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Fault, Request
from tests.system.pass_ground import DAY, EACH, HOUR, MINUTE, TWO, Ground

SECOND = timedelta(seconds=1)


def looks(blog: PretendBlog, name: str = "walk") -> list[Request]:
    """Requests for a page on our own account; what builds a link card asks for the same page in other words."""
    return [r for r in blog.seen(f"^GET /{name}/$") if r.headers["accept"] == pages.ACCEPT]


def write(ground: Ground, *names: str, age: timedelta = MINUTE) -> None:
    ground.publish(*names, long=True, age=age)


def causes(ground: Ground) -> set[str]:
    return {ground.delivery(network).cause for network in TWO}


def until_dead(ground: Ground) -> None:
    """Look as often, and for as long, as is enough."""
    for _ in range(pages.FEWEST):
        ground.walk()
        ground.later(pages.PATIENCE / 2)


# A page that is there


def test_a_post_for_several_networks_costs_one_look_and_never_another(ground: Ground) -> None:
    ground.edit("networks.d/bluesky.toml", "", 'settle = "1h"\n')
    write(ground, "walk")
    ground.walk()
    assert (len(ground.copies("mastodon")), len(looks(ground.scene.blog))) == (1, 1)
    ground.later(HOUR)
    ground.walk()
    assert (len(ground.copies("bluesky")), len(looks(ground.scene.blog))) == (1, 1)
    assert not {name for name, _ in ground.events.told if name.startswith("page_")}


def test_nothing_is_asked_for_before_a_post_is_due(ground: Ground) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "5m"')
    write(ground, "walk")
    ground.walk()
    assert looks(ground.scene.blog) == []
    ground.later(5 * MINUTE)
    ground.walk()
    assert len(looks(ground.scene.blog)) == 1


def test_the_first_sight_of_a_feed_asks_for_no_page(unseen: Ground) -> None:
    write(unseen, "a", "b")
    unseen.walk()
    assert unseen.scene.blog.seen("^GET /[ab]/$") == []


def test_a_post_dated_ahead_is_looked_for_when_its_time_comes(ground: Ground) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk", age=-3 * HOUR)
    ground.walk()
    assert looks(ground.scene.blog) == []
    ground.later(3 * HOUR)
    ground.walk()
    assert (len(looks(ground.scene.blog)), ground.copies("mastodon")) == (1, [])
    ground.scene.blog.unbuilt.clear()
    ground.later(2 * MINUTE)
    ground.walk()
    assert len(ground.copies("mastodon")) == len(ground.copies("bluesky")) == 1


# A page that comes later


def test_a_feed_may_be_quicker_than_its_pages(ground: Ground) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    report = ground.walk()
    assert (report.exit_code, report.deliveries) == (ExitCode.OK, [])
    assert ground.requests("mastodon") == ground.requests("bluesky") == []
    assert causes(ground) == {f"{WAITING}1:HTTP 404"}
    ground.scene.blog.unbuilt.clear()
    ground.later(2 * MINUTE - SECOND)
    ground.walk()
    assert len(looks(ground.scene.blog)) == 1
    ground.later(SECOND)
    assert ground.walk().exit_code == ExitCode.OK
    assert len(ground.copies("mastodon")) == len(ground.copies("bluesky")) == 1
    assert [ground.delivery(network).attempts for network in TWO] == [1, 1]


def test_it_is_looked_for_at_growing_distances_and_each_look_is_told(ground: Ground) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    ground.walk()
    for minutes in (2, 5, 15, 60, 60, 60):
        with ground.ledger() as ledger:
            assert ledger.next_due() == ground.clock.now() + minutes * MINUTE
        ground.later(minutes * MINUTE)
        ground.walk(by_hand=False)
    assert len(looks(ground.scene.blog)) == 7
    assert [facts["looks"] for facts in ground.events.of("page_missing")] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        (Fault.REFUSE, {"status": 410}),
        (Fault.REFUSE, {"status": 503}),
        (Fault.RESET, {}),
        (Fault.STALL, {"seconds": 1.0}),
    ],
    ids=["gone", "out of order", "reset", "too late"],
)
def test_whatever_keeps_a_page_away_keeps_its_copies_back(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, fault: Fault, details: dict[str, float]
) -> None:
    ground.scene.blog.fail_next(fault, "GET /walk/", **details)
    write(ground, "walk")
    with monkeypatch.context() as patch:
        patch.setattr(pages, "DEADLINE", 0.3)
        ground.walk()
    assert [ground.delivery(network).state for network in TWO] == [State.READY, State.READY]
    assert ground.requests("mastodon") == []
    ground.later(2 * MINUTE)
    ground.walk()
    assert [ground.delivery(network).state for network in TWO] == [State.DELIVERED, State.DELIVERED]


def test_other_posts_go_on_meanwhile(ground: Ground) -> None:
    ground.scene.blog.unbuilt.add("first")
    write(ground, "first", "second")
    ground.walk()
    assert [copy["text"].split("\n")[0] for copy in ground.copies("mastodon")] == ["About second"]


def test_what_died_while_asking_asks_again(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCut(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise PowerCut

    write(ground, "walk")
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "page_is_live", die)
        with pytest.raises(PowerCut):
            ground.walk()
    ground.walk()
    assert (len(looks(ground.scene.blog)), len(ground.copies("mastodon"))) == (2, 1)


# A page that does not come


def test_after_a_day_its_copies_are_held_and_that_is_told_once(ground: Ground) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    until_dead(ground)
    assert causes(ground) == {DEAD}
    assert {ground.delivery(network).state for network in TWO} == {State.HELD}
    held = ground.events.of("delivery_held")
    assert sorted((facts["network"], facts["reason"]) for facts in held) == [(n, DEAD) for n in sorted(TWO)]
    before = len(looks(ground.scene.blog))
    ground.later(DAY)
    assert ground.walk().exit_code == ExitCode.PERSON
    assert (len(looks(ground.scene.blog)), ground.copies("mastodon")) == (before, [])


def test_what_is_released_then_goes_out_without_another_look(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    until_dead(ground)
    before = len(looks(ground.scene.blog))
    assert ground.say("release", "--cause", DEAD) == ExitCode.OK
    assert ground.walk().exit_code == ExitCode.OK
    assert len(ground.copies("mastodon")) == len(ground.copies("bluesky")) == 1
    assert len(looks(ground.scene.blog)) == before


def test_a_machine_that_was_asleep_has_not_waited(ground: Ground) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    ground.walk()
    ground.later(30 * HOUR)
    ground.walk()
    assert causes(ground) == {f"{WAITING}2:HTTP 404"}
    ground.scene.blog.unbuilt.clear()
    ground.later(5 * MINUTE)
    ground.walk()
    assert len(ground.copies("mastodon")) == 1


# Who may not look


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_blog_behind_a_guard_is_announced_with_a_warning(ground: Ground, status: int) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, "GET /walk/", status=status)
    write(ground, "walk")
    assert ground.walk().exit_code == ExitCode.OK
    assert len(ground.copies("mastodon")) == len(ground.copies("bluesky")) == 1
    (warned,) = ground.events.of("page_warned")
    assert (warned["post"], f"HTTP {status}" in warned["reason"]) == (ground.link("walk"), True)


@pytest.mark.parametrize("where", ["for all", "for a feed"])
def test_the_look_can_be_switched_off(ground: Ground, where: str) -> None:
    if where == "for all":
        ground.edit("config.toml", 'settle = "0s"', 'settle = "0s"\nwait_for_page = false')
    else:
        ground.edit("config.toml", 'name = "blog"', 'name = "blog"\nwait_for_page = false')
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    ground.walk()
    assert (looks(ground.scene.blog), len(ground.copies("mastodon"))) == ([], 1)


def test_a_feed_can_be_looked_after_where_the_others_are_not(ground: Ground) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "0s"\nwait_for_page = false')
    ground.edit("config.toml", 'name = "blog"', 'name = "blog"\nwait_for_page = true')
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    ground.walk()
    assert ground.copies("mastodon") == []


def test_a_post_without_an_address_waits_for_nothing(ground: Ground) -> None:
    write(ground, "walk")
    link = ground.link("walk").encode()
    bare = ground.feed().replace(b"<link>" + link + b"</link>", b"")
    ground.serve(bare.replace(b"<guid>" + link, b'<guid isPermaLink="false">a-note'))
    ground.walk()
    assert len(ground.copies("mastodon")) == 1
    assert ground.scene.blog.seen("walk") == []


@pytest.mark.parametrize("words", [("preview", "--latest", "1"), ("run", "--dry-run")], ids=["preview", "dry run"])
def test_looking_at_copies_beforehand_asks_for_no_page(
    ground: Ground, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    assert ground.say(*words) == ExitCode.OK
    assert "About walk" in capsys.readouterr().out
    assert looks(ground.scene.blog) == []


# Posts that take another way


def test_a_post_that_waited_for_its_owners_word_is_looked_for_then(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    for network in TWO:
        ground.edit(f"networks.d/{network}.toml", "", "approve = true\n")
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    ground.walk()
    assert looks(ground.scene.blog) == []
    ground.say("release", "ALL")
    ground.walk()
    assert (len(looks(ground.scene.blog)), ground.copies("mastodon")) == (1, [])
    ground.scene.blog.unbuilt.clear()
    ground.later(2 * MINUTE)
    ground.walk()
    assert len(ground.copies("mastodon")) == 1


def test_a_post_of_the_past_is_looked_for_too(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    ground.scene.blog.unbuilt.add("old")
    assert ground.say("backfill", "--last", "1") == ExitCode.OK
    ground.later(MINUTE)
    ground.walk()
    assert (len(looks(ground.scene.blog, "old")), ground.copies("mastodon")) == (1, [])


def test_what_becomes_due_during_a_pass_is_left_for_the_next(ground: Ground) -> None:
    ground.publish("second", long=True, age=-11 * MINUTE)
    ground.publish("walk", images=(("lake.png", "A lake"),), title="")
    ground.scene.blog.unbuilt.add("second")
    ground.while_drawing(lambda: ground.later(12 * MINUTE))
    ground.walk()
    assert len(ground.copies("mastodon")) == len(ground.copies("bluesky")) == 1
    assert {ground.delivery(network, "second").state for network in TWO} == {State.READY}
    assert looks(ground.scene.blog, "second") == []
    ground.later(pages.NEXT_TURN)
    ground.walk()
    assert (len(looks(ground.scene.blog, "second")), len(ground.copies("mastodon"))) == (1, 1)


def test_a_pass_looks_for_so_many_pages_and_the_next_goes_on(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST", 2)
    write(ground, "a", "b", "c")
    ground.walk()
    assert [len(ground.copies(n)) for n in TWO] == [2, 2]
    ground.later(pages.NEXT_TURN)
    ground.walk()
    assert [len(ground.copies(n)) for n in TWO] == [3, 3]


# A blog that stalls


class Elsewhere(PretendBlog):
    """A blog on a host of another name."""

    @property
    def url(self) -> str:
        return super().url.replace("127.0.0.1", "localhost")


@pytest.fixture
def other(ground: Ground) -> Iterator[PretendBlog]:
    """A second blog of the same owner."""
    with Elsewhere([Entry("hello", "Hello", "<p>Hello.</p>", ground.clock.now() - 30 * DAY)]) as blog:
        ground.edit("config.toml", "", f'\n[[feed]]\nname = "other"\nurl = "{blog.feed_url}"\n')
        ground.walk()
        yield blog


def test_a_blog_that_stalls_does_not_keep_back_another(
    ground: Ground, other: PretendBlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "DEADLINE", 1.0)  # on a busy machine the other blog needs time as well
    ground.scene.blog.fail_next(Fault.STALL, "GET /(a|b|c)/", seconds=2.0)
    write(ground, "a", "b", "c")
    other.publish(Entry("there", "About there", "<p>Words.</p>", ground.clock.now() - MINUTE))
    ground.walk()
    assert [copy["text"].split("\n")[0] for copy in ground.copies("mastodon")] == ["About there"]
    assert len(ground.scene.blog.seen("^GET /(a|b|c)/$")) == 1  # a host that is silent is not asked for more
    assert {ground.delivery("mastodon", name).cause for name in "abc"} == {
        f"{WAITING}1:127.0.0.1: no answer within 1 s"
    }


def test_no_page_is_asked_for_after_the_time_for_all_of_them(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BUDGET", 0.0)
    write(ground, "walk")
    ground.walk()
    assert (looks(ground.scene.blog), ground.copies("mastodon")) == ([], [])
    monkeypatch.setattr(pages, "BUDGET", 30.0)
    ground.later(pages.NEXT_TURN)
    ground.walk()
    assert len(ground.copies("mastodon")) == 1


# How a page spells its address


@EACH
def test_copies_link_to_the_spelling_of_the_page(ground: Ground, network: str) -> None:
    ground.scene.blog.canonical = lambda entry: f"{ground.link(entry.slug)}index.html"
    write(ground, "walk")
    ground.walk()
    (copy,) = ground.copies(network)
    assert f"{ground.link('walk')}index.html" in str(copy)
    assert ground.events.of("page_warned") == []


def test_its_keys_and_the_blogs_own_links_stay_those_of_the_feed(ground: Ground) -> None:
    ground.edit("networks.d/bluesky.toml", "", 'settle = "1h"\n')
    ground.scene.blog.canonical = lambda entry: f"{ground.link(entry.slug)}index.html"
    write(ground, "walk")
    ground.walk()
    with ground.ledger() as ledger:
        (post,) = ledger.find_posts(ground.link("walk"))
        identity = next(
            line["identity"] for line in ledger.export() if line.get("id") == post.id and "identity" in line
        )
    assert [ground.delivery(n).key for n in TWO] == [key_of(identity, n, 0) for n in TWO]
    assert ground.link("walk") in ground.scene.links.read_text()
    assert "index.html" not in ground.scene.links.read_text()


def test_a_page_that_names_another_host_is_not_followed_and_told_once(ground: Ground) -> None:
    ground.edit("networks.d/bluesky.toml", "", 'settle = "1h"\n')
    ground.scene.blog.canonical = lambda entry: f"https://elsewhere.example/{entry.slug}/"
    write(ground, "walk")
    ground.walk()
    ground.later(HOUR)
    ground.walk()
    assert ground.link("walk") in ground.copies("mastodon")[0]["text"]
    (warned,) = ground.events.of("page_warned")
    assert "https://elsewhere.example/walk/" in warned["reason"]


def test_a_page_that_names_another_page_of_the_blog_is_not_followed(ground: Ground) -> None:
    ground.scene.blog.canonical = lambda entry: ground.link("old")
    write(ground, "walk")
    ground.walk()
    assert ground.link("walk") in ground.copies("mastodon")[0]["text"]
    assert ground.events.of("page_warned") == []


# What the owner sees


def test_list_status_and_explain_say_what_is_waited_for(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    for wait in (2, 5, 15):
        ground.walk()
        ground.later(wait * MINUTE)
    said = []
    for verb in (["list"], ["status"], ["explain", ground.link("walk")]):
        assert ground.say(*verb) == ExitCode.OK
        said.append(capsys.readouterr().out)
    assert all("its page is not live yet (HTTP 404), looked 3 times" in text for text in said)
    assert "its page is looked for again" in said[2]


def test_explain_says_when_the_page_was_there_and_how_it_spells_itself(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.scene.blog.canonical = lambda entry: f"{ground.link(entry.slug)}index.html"
    write(ground, "walk")
    ground.walk()
    ground.say("explain", ground.link("walk"))
    assert f"where it calls itself {ground.link('walk')}index.html" in capsys.readouterr().out


def test_one_command_is_named_for_what_is_held(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    ground.scene.blog.unbuilt.add("walk")
    write(ground, "walk")
    until_dead(ground)
    ground.say("status")
    shown = capsys.readouterr().out
    assert f"--cause {DEAD}" in shown
    assert "its page was not there" in shown
