"""What one copy on Tumblr asks for: its state, and the blogs that it mentions."""

from dataclasses import replace
from typing import Any

import pytest

from syndicator.connector import Rendering, Retryable, Span, SpanKind
from syndicator.sandbox.service import Fault
from tests.connectors.tumblr_ground import CHANGE, CREATE, KEY, Ground, linked, rendering


def calling(*handles: str) -> Rendering:
    text, spans = "Grüße 👋 an", list[Span]()
    for handle in handles:
        shown = f"@{handle.removeprefix('@')}"
        spans.append(Span(len(text) + 1, len(text) + 1 + len(shown), SpanKind.MENTION, handle))
        text += f" {shown}"
    return rendering(text, spans=tuple(spans))


def formatting(ground: Ground) -> list[dict[str, Any]]:
    return [one for block in ground.posts[-1].content for one in block.get("formatting", [])]


@pytest.mark.parametrize("asked", ["published", "queue", "private", "draft"])
def test_what_is_asked_for_one_copy_goes_before_the_networks_state(asked: str) -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(visibility=asked), state="queue" if asked != "queue" else "published")
        (post,) = ground.posts
    assert post.state == asked
    assert (receipt.url is not None) is (asked in ("published", "private"))


def test_only_what_is_queued_is_given_a_time() -> None:
    with Ground() as ground:
        queue = {"state": "queue", "publish_in": "2h"}
        planned = ground.prepared(rendering(), **queue)
        at_once = ground.prepared(rendering(visibility="published"), **queue)
    assert "publish_on" in (planned.prepared or {})["body"]
    assert "publish_on" not in (at_once.prepared or {})["body"]


def test_a_draft_is_not_staged() -> None:
    with Ground() as ground:
        ground.publish(rendering(visibility="draft"), stage=True)
        assert [post.state for post in ground.posts] == ["draft"]
        assert len(ground.service.seen(CREATE)) == 1
        assert ground.service.seen(CHANGE) == []


def test_a_copy_is_looked_for_in_the_state_that_it_asked_for() -> None:
    with Ground() as ground:
        sent = rendering(visibility="draft")
        ground.publish(sent)
        assert ground.find(sent) is not None
        with pytest.raises(Retryable, match="private"):
            ground.find(linked(visibility="private"), "9" * 64)


@pytest.mark.parametrize("written", ["grace", "@grace", "grace.tumblr.com"])
def test_a_blog_becomes_a_mention_of_its_inner_id(written: str) -> None:
    with Ground() as ground:
        (blog,) = ground.service.others
        receipt = ground.publish(calling(written))
        (one,) = formatting(ground)
        words = ground.posts[-1].content[0]["text"]
    assert (one["type"], one["blog"], receipt.warnings) == ("mention", {"uuid": blog.uuid}, ())
    assert words[one["start"] : one["end"]] == f"@{written.removeprefix('@')}"


def test_an_inner_id_needs_no_question() -> None:
    with Ground() as ground:
        sent = calling("grace")
        ground.publish(replace(sent, spans=(replace(sent.spans[0], target="t:pretend-77"),)))
        assert formatting(ground)[0]["blog"] == {"uuid": "t:pretend-77"}
        assert ground.service.seen("GET /v2/blog/.*/info") == []


@pytest.mark.parametrize("handle", ["nobody", "no/body/at all"])
def test_a_blog_that_is_not_there_stays_a_word_with_a_warning(handle: str) -> None:
    with Ground() as ground:
        receipt = ground.publish(calling(handle))
        assert formatting(ground) == []
    assert f"there is no blog {handle}" in receipt.warnings[0]


def test_a_blog_without_an_id_is_linked_to() -> None:
    with Ground() as ground:
        told = {"meta": {"status": 200, "msg": "OK"}, "response": {"blog": {"name": "grace"}}}
        ground.service.fail_next(Fault.REFUSE, "GET /v2/blog/.*/info", status=200, body=told)
        ground.publish(calling("grace"))
        (one,) = formatting(ground)
    assert (one["type"], one["url"]) == ("link", "https://grace.tumblr.com/")


def test_when_nobody_can_say_whose_a_blog_is_the_copy_waits() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, "GET /v2/blog/.*/info", status=500)
        with pytest.raises(Retryable):
            ground.prepared(calling("grace"))
        assert ground.posts == []


def test_no_more_blogs_are_mentioned_than_tumblr_takes() -> None:
    with Ground() as ground:
        ground.publish(calling(*["grace"] * 60))
        assert len(formatting(ground)) == 50


def test_a_whole_post_is_not_made_of_the_text_so_nobody_is_asked_for() -> None:
    with Ground() as ground:
        ground.publish(replace(calling("nobody"), html="<p>Grüße</p>"), layout="full")
        assert ground.service.seen("GET /v2/blog/nobody") == []


def test_by_hand_the_state_is_one_of_the_steps() -> None:
    hand: dict[str, Any] = {"mode": "handoff", "consumer_secret": None, "token": None, "token_secret": None}
    with Ground() as ground:
        steps = ground.connector(**hand).hand_off(rendering(visibility="private")).steps
        plain = ground.connector(**hand).hand_off(rendering()).steps
    assert "private" in steps[-2]
    assert len(plain) == len(steps) - 1


def test_the_states_stand_from_the_widest_to_the_narrowest() -> None:
    with Ground() as ground:
        assert ground.connector().capabilities.visibilities == ("published", "queue", "private", "draft")
        assert ground.prepared(rendering(), KEY).visibility == ""
