"""The whole path: the real Pass over a real ledger, real connectors and real HTTP. What goes out, when, and to whom."""

import json
from datetime import timedelta

import pytest

from syndicator.connector import Proof
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from tests.system.pass_ground import DAY, EACH, HOUR, MINUTE, Ground

SECOND = timedelta(seconds=1)

# First sight, news, no news


def test_at_first_sight_the_feed_is_recorded_and_nothing_sent(unseen: Ground) -> None:
    unseen.publish("a", "b", "c", "d", "e", "f", "g")
    report = unseen.walk()
    assert [(feed.result, feed.new) for feed in report.feeds] == [("recorded", 8)]
    assert report.exit_code == ExitCode.OK
    assert unseen.requests("mastodon") == unseen.requests("bluesky") == []
    assert set(unseen.states("mastodon") + unseen.states("bluesky")) == {State.SKIPPED}
    assert len(unseen.events.of("feed_recorded")) == 1


def test_a_new_post_goes_once_to_each_network(ground: Ground) -> None:
    ground.publish("walk", long=True, images=(("lake.png", "A lake at dawn"),), tags=("lakes",))
    report = ground.walk()
    assert report.exit_code == ExitCode.OK
    assert sorted((d.network, d.result) for d in report.deliveries) == [
        ("bluesky", "delivered"),
        ("mastodon", "delivered"),
    ]
    (toot,), (skeet,) = ground.copies("mastodon"), ground.copies("bluesky")
    assert toot["text"].startswith("About walk\n\nWords of walk and of no other. ")
    assert toot["text"].endswith(f" …\n\n{ground.link('walk')}\n\n#lakes")
    assert [image["alt"] for image in toot["images"]] == ["A lake at dawn"]
    assert skeet["text"].startswith("Words of walk and of no other. ")
    assert (skeet["card"]["url"], skeet["card"]["title"]) == (ground.link("walk"), "About walk")
    assert skeet["card"]["image"]["data"]


def test_a_note_carries_its_pictures_with_their_alt_texts(ground: Ground) -> None:
    ground.publish("walk", title="", images=(("lake.png", "A lake at dawn"), ("boat.png", "")))
    ground.walk()
    shown = [[image["alt"] for image in ground.copies(n)[0]["images"]] for n in ("mastodon", "bluesky")]
    assert shown == [["A lake at dawn", ""], ["A lake at dawn", ""]]


@EACH
def test_what_was_sent_is_recorded_with_its_address_and_proof(ground: Ground, network: str) -> None:
    ground.publish("walk")
    ground.walk()
    row, (copy,) = ground.delivery(network), ground.copies(network)
    assert (row.state, row.proof, row.url, row.attempts) == (State.DELIVERED, Proof.REPLY, copy["url"], 1)


def test_the_blog_gets_the_links_back(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk()
    document = json.loads(ground.scene.links.read_text())
    copies = document["posts"][ground.link("walk")]["syndication"]
    assert {c["target"]: c["url"] for c in copies} == {n: ground.copies(n)[0]["url"] for n in ("bluesky", "mastodon")}


def test_a_second_pass_sends_nothing_and_makes_one_conditional_request(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk()
    before = ground.counts()
    report = ground.walk()
    assert (report.exit_code, report.deliveries, report.feeds[0].result) == (ExitCode.OK, [], "unchanged")
    assert ground.counts() == {**before, "blog": before["blog"] + 1}
    assert ground.scene.blog.requests[-1].headers["if-none-match"]


def test_an_edited_post_is_not_a_new_one(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk()
    ground.scene.blog.entries.pop(0)
    ground.publish("walk", title="A better title")
    report = ground.walk()
    assert [(feed.new, feed.known) for feed in report.feeds] == [(0, 2)]
    assert len(ground.copies("mastodon")) == 1


def test_posts_go_out_in_the_order_of_the_blog(ground: Ground) -> None:
    ground.publish("first", "second", "third")
    ground.walk()
    shown = [copy["text"].split("\n")[0] for copy in ground.copies("mastodon")]
    assert shown == ["About first", "About second", "About third"]


def test_a_post_waits_for_its_settle_time(ground: Ground) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "5m"')
    ground.publish("walk")
    assert ground.walk().deliveries == []
    ground.later(5 * MINUTE - SECOND)
    assert ground.walk().deliveries == []
    ground.later(SECOND)
    assert len(ground.walk().deliveries) == 2


def test_a_pass_for_one_network_leaves_the_others_waiting(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk(networks=frozenset({"bluesky"}))
    assert (ground.delivery("bluesky").state, ground.delivery("mastodon").state) == (State.DELIVERED, State.READY)


def test_a_feed_whose_server_asked_for_patience_gets_it_even_by_hand(ground: Ground) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=429, headers={"Retry-After": "3600"})
    assert ground.walk().exit_code == ExitCode.FEED
    before = ground.counts()
    ground.later(HOUR - SECOND)
    ground.walk()
    assert ground.counts() == before
    ground.later(SECOND)
    assert ground.walk().feeds[0].result == "unchanged"


# Rules and guards


def test_more_new_posts_than_usual_are_held_until_they_are_released(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.publish("a", "b", "c", "d", "e", "f")
    report = ground.walk()
    assert (report.exit_code, report.waiting, ground.requests("mastodon")) == (ExitCode.PERSON, 12, [])
    assert ground.say("release", "ALL") == ExitCode.OK
    assert ground.walk().exit_code == ExitCode.OK
    assert [len(ground.copies(n)) for n in ("mastodon", "bluesky")] == [6, 6]


@pytest.mark.parametrize("ahead", [3 * HOUR, 10 * DAY], ids=["today", "in ten days"])
def test_a_post_dated_ahead_waits_for_its_date_and_is_not_too_late_then(ground: Ground, ahead: timedelta) -> None:
    ground.publish("walk", age=-ahead)
    assert ground.walk().deliveries == []
    ground.later(ahead - SECOND)
    assert ground.walk().deliveries == []
    ground.later(SECOND)
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.delivery("mastodon").state is ground.delivery("bluesky").state is State.DELIVERED


def test_a_post_with_an_excluded_tag_is_left_out_there_and_goes_elsewhere(ground: Ground) -> None:
    ground.edit("networks.d/mastodon.toml", "", '[filter]\nexclude_tags = ["diary"]\n')
    ground.publish("walk", tags=("Diary",))
    assert ground.walk().exit_code == ExitCode.OK
    assert (ground.delivery("mastodon").state, ground.delivery("mastodon").cause) == (State.SKIPPED, "tag:diary")
    assert ground.delivery("bluesky").state is State.DELIVERED


def test_a_template_that_fails_on_a_post_is_told_and_the_post_goes_out(ground: Ground) -> None:
    ground.edit("networks.d/mastodon.toml", "", 'template = "{{ 1 // 0 }}"\n')
    ground.publish("walk")
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.delivery("mastodon").state is ground.delivery("bluesky").state is State.DELIVERED
    assert [c["text"].split("\n")[0] for c in ground.copies("mastodon")] == ["About walk"]
    (warned,) = ground.events.of("copy_warned")
    assert "mastodon.toml: template: line 1: ZeroDivisionError" in warned["reason"]


def test_a_template_that_cannot_be_read_is_a_mistake_of_the_configuration(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.edit("networks.d/mastodon.toml", "", 'template = "{{ titel }}"\n')
    assert ground.say("status") == ExitCode.CONFIG
    assert "mastodon.toml:4: template: line 1: knows no 'titel'; did you mean 'title'?" in capsys.readouterr().err


@pytest.mark.parametrize("answer", [None, b"<html>no picture</html>"], ids=["missing", "no picture"])
def test_a_post_goes_out_without_a_picture_that_cannot_be_had(ground: Ground, answer: bytes | None) -> None:
    ground.draw(answer)
    ground.publish("walk", title="", images=(("lake.png", "A lake"),))
    assert ground.walk().exit_code == ExitCode.OK
    assert [len(ground.copies(n)[0]["images"]) for n in ("mastodon", "bluesky")] == [0, 0]
    warned = [facts for facts in ground.events.of("copy_warned") if " is left out: " in facts["reason"]]
    assert {facts["network"] for facts in warned} == {"mastodon", "bluesky"}
    assert all("lake.png of " in facts["reason"] for facts in warned)


# Link-back


def test_links_that_cannot_be_written_touch_no_delivery_and_are_made_good(ground: Ground) -> None:
    ground.scene.links.unlink()
    ground.scene.links.mkdir()
    ground.publish("walk")
    report = ground.walk()
    assert (report.exit_code, report.waiting, report.pending) == (ExitCode.LEDGER, 0, 0)
    assert "Is a directory" in str(report.linkback)
    assert ground.delivery("mastodon").state is State.DELIVERED
    assert ground.walk().exit_code == ExitCode.LEDGER
    ground.scene.links.rmdir()
    assert ground.walk().exit_code == ExitCode.OK
    assert ground.link("walk") in ground.scene.links.read_text()
    assert len(ground.copies("mastodon")) == 1


def test_a_place_that_cannot_even_be_looked_at_is_a_failed_link_back(ground: Ground) -> None:
    ground.edit("config.toml", "syndication.json", f"{'x' * 300}.json")
    assert ground.walk().exit_code == ExitCode.LEDGER


def test_a_second_form_asked_for_later_is_written_without_waiting_for_a_new_copy(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk()
    flat = ground.scene.links.with_name("flat.json")
    ground.edit("config.toml", "", f'flat = "{flat}"\n')
    ground.walk()
    assert set(json.loads(flat.read_text())) == {ground.link("walk")}


def test_links_are_written_only_when_they_change(ground: Ground) -> None:
    ground.publish("walk")
    ground.walk()
    before = ground.scene.links.stat().st_mtime_ns
    ground.walk()
    assert ground.scene.links.stat().st_mtime_ns == before
    with ground.ledger() as ledger:
        assert ledger.links_to_write() is None


# For cron


def test_a_run_of_what_is_due_asks_no_feed_before_its_time(ground: Ground) -> None:
    ground.feed_is_due()
    assert ground.say("run", "--due") == ExitCode.OK
    asked = ground.counts()["blog"]
    ground.publish("walk")
    assert ground.say("run", "--due") == ExitCode.OK
    assert ground.counts()["blog"] == asked
    assert ground.say("run") == ExitCode.OK
    assert ground.counts()["blog"] > asked
    assert len(ground.copies("mastodon")) == 1
