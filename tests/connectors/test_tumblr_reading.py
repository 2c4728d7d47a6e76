"""Reading back: what counts as our copy, and when its absence is proven."""

from datetime import timedelta
from typing import Any

import pytest

from syndicator.connector import Proof, Rejected, Retryable
from syndicator.sandbox.service import Fault, Reply, Request
from tests.connectors.tumblr_ground import KEY, LINK, LIST, NOW, OTHER_KEY, Ground, linked, refusal, rendering

WORDS = "Eine ganz andere Notiz über das Wetter von gestern und heute."


def by_hand(ground: Ground, *, at: float = 0, **body: Any) -> Any:
    """Somebody posts on the blog, `at` seconds from now."""
    posts = ground.service.posts
    post = posts.create(ground.service.blog, {"content": [{"type": "text", "text": WORDS}], **body}, {})
    post.timestamp += at
    return post


def inline(text: str, url: str = LINK) -> dict[str, Any]:
    return {"type": "text", "text": text, "formatting": [{"start": 0, "end": len(text), "type": "link", "url": url}]}


def test_a_lost_copy_is_found_by_its_slug() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.LOSE_REPLY, "POST /v2/blog")
        with pytest.raises(Exception, match=r"."):
            ground.connector().deliver(sent, KEY)
        found = ground.find(sent)
        (copy,) = ground.service.copies()
    assert found is not None
    assert (found.remote_id, found.url, found.proof) == (copy["id"], copy["url"], Proof.READ_BACK)
    assert found.extra["slug"].endswith(KEY[:6])


def test_nothing_is_found_where_nothing_was_sent() -> None:
    with Ground() as ground:
        by_hand(ground)
        assert ground.find(ground.prepared(rendering())) is None
        assert ground.find(rendering(), "", NOW) is None


@pytest.mark.parametrize("wraps", [True, False])
@pytest.mark.parametrize(
    "body",
    [
        {"content": [{"type": "link", "url": LINK}]},
        {"content": [{"type": "link", "url": LINK.replace("https", "http") }]},
        {"source_url": LINK},
        {"content": [inline("Grüße 👋")]},
        {"content": [{"type": "text", "text": "Grüße  👋"}, inline("hier")]},
    ],
)  # fmt: skip
def test_a_copy_whose_slug_was_cut_is_found_by_its_other_marks(wraps: bool, body: dict[str, Any]) -> None:
    with Ground(wraps_links=wraps) as ground:
        post = by_hand(ground, **body)
        found = ground.find(ground.prepared(rendering()))
    assert found is not None
    assert found.remote_id == str(post.id)


@pytest.mark.parametrize(
    "body",
    [
        {"content": [{"type": "text", "text": WORDS}, inline("schön")]},
        {"content": [{"type": "link", "url": f"{LINK}&c=3"}]},
        {"content": [{"type": "text", "text": f"Siehe {LINK}"}]},
        {"source_url": "https://blog.example.org/"},
        {"content": [{"type": "link", "url": LINK}], "slug": "grusse-abcdef"},
    ],
)
def test_another_post_about_the_page_is_not_our_copy(body: dict[str, Any]) -> None:
    with Ground() as ground:
        by_hand(ground, **body)
        assert ground.find(ground.prepared(rendering())) is None


def test_a_text_that_is_ours_with_the_link_in_it_is_our_copy() -> None:
    text = f"{WORDS} Mehr: {LINK}"
    with Ground() as ground:
        by_hand(ground, content=[inline(text)])
        assert ground.find(linked(text, title="")) is not None


def test_an_older_post_is_not_the_copy_but_a_few_minutes_do_not_count() -> None:
    with Ground() as ground:
        by_hand(ground, at=-3600, source_url=LINK)
        assert ground.find(rendering()) is None
        near = by_hand(ground, at=-540, source_url=LINK)
        found = ground.find(rendering())
    assert found is not None
    assert found.remote_id == str(near.id)


def test_a_slug_of_which_only_the_key_is_left_is_ours_and_of_two_the_older_is_the_copy() -> None:
    with Ground() as ground:
        first = by_hand(ground, slug=KEY[:6])
        by_hand(ground, slug=f"x-{KEY[:6]}", at=60)
        found = ground.find(rendering())
    assert found is not None
    assert found.remote_id == str(first.id)


def test_of_two_the_older_is_the_copy_and_our_slug_goes_before() -> None:
    with Ground() as ground:
        first = by_hand(ground, source_url=LINK)
        by_hand(ground, at=60, source_url=LINK)
        found = ground.find(rendering())
        assert found is not None
        assert found.remote_id == str(first.id)
        named = by_hand(ground, at=120, slug=f"x-{KEY[:6]}")
        again = ground.find(rendering())
    assert again is not None
    assert again.remote_id == str(named.id)


def test_a_list_of_many_pages_is_read_to_before_the_attempt() -> None:
    with Ground() as ground:
        wanted = by_hand(ground, slug=f"x-{KEY[:6]}")
        for second in range(1, 71):
            by_hand(ground, at=second)
        found = ground.find(rendering())
        pages = ground.service.seen(LIST)
    assert found is not None
    assert (found.remote_id, len(pages)) == (str(wanted.id), 5)


def test_posts_of_one_second_are_not_torn_apart_by_the_page() -> None:
    with Ground() as ground:
        wanted = by_hand(ground, slug=f"x-{KEY[:6]}")
        for _ in range(15):
            by_hand(ground)
        for second in range(1, 11):
            by_hand(ground, at=second)
        found = ground.find(rendering())
    assert found is not None
    assert found.remote_id == str(wanted.id)


def test_more_posts_of_one_second_than_a_page_holds_prove_nothing() -> None:
    with Ground() as ground:
        for _ in range(30):
            by_hand(ground)
        with pytest.raises(Retryable, match="to its end"):
            ground.find(rendering())


def test_reading_stops_where_the_past_begins() -> None:
    with Ground() as ground:
        for hour in range(1, 60):
            by_hand(ground, at=-3600 * hour)
        assert ground.find(rendering()) is None
        assert len(ground.service.seen(LIST)) == 1


def test_a_pinned_old_post_does_not_end_the_reading() -> None:
    with Ground() as ground:
        wanted = by_hand(ground, slug=f"x-{KEY[:6]}")
        for second in range(1, 30):
            by_hand(ground, at=second)
        by_hand(ground, at=-9_000_000).pinned = True
        found = ground.find(rendering())
    assert found is not None
    assert found.remote_id == str(wanted.id)


def test_what_the_list_does_not_show_yet_is_not_found_yet() -> None:
    with Ground(list_lag=90.0) as ground:
        sent = ground.prepared(rendering())
        ground.connector().deliver(sent, KEY)
        assert ground.find(sent) is None
        ground.pass_time(seconds=180)
        assert ground.find(sent) is not None


@pytest.mark.parametrize(
    "details",
    [
        {"status": 500},
        refusal(503),
        {"status": 200, "body": b"<html>"},
        {"status": 200, "body": {"meta": {"status": 200}, "response": {"posts": "none"}}},
        {"status": 200, "body": {"meta": {"status": 200}, "response": {"posts": [{"slug": "x"}]}}},
        {"status": 200, "body": {"meta": {"status": 200}, "response": {"posts": [{"id": 1, "timestamp": "x"}]}}},
        {"status": 200, "body": {"meta": {"status": 200}, "response": {"posts": [{"id": 1}]}}},
        {"status": 200, "body": {"meta": {"status": 200}, "response": {"blog": {"uuid": "t:other"}, "posts": []}}},
    ],
)
def test_a_list_that_cannot_be_trusted_proves_nothing(details: dict[str, Any]) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.REFUSE, LIST, **details)
        with pytest.raises(Retryable):
            ground.find(sent)


def test_a_list_that_is_said_to_be_elsewhere_is_not_followed() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.REFUSE, LIST, status=302, headers={"Location": "/v2/blog/ada/posts?moved=1"})
        with pytest.raises(Rejected, match="points to"):
            ground.find(sent)
        assert not any("moved" in request.query for request in ground.service.requests)


def test_half_a_list_proves_nothing() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.CUT_BODY, LIST)
        with pytest.raises(Retryable):
            ground.find(sent)


@pytest.mark.parametrize(("before", "after"), [(45, 0), (0, 45)])
@pytest.mark.parametrize("state", ["queue", "draft"])
def test_what_waits_is_found_where_it_waits(state: str, before: int, after: int) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), state=state)
        assert ground.find(sent, state=state) is None
        for _ in range(before):
            by_hand(ground, state=state)
        ground.connector(state=state).deliver(sent, KEY)
        for _ in range(after):
            by_hand(ground, state=state)
        found = ground.find(sent, state=state)
        post = ground.posts[before]
        assert len(ground.service.seen(f"GET /v2/blog/[^/]+/posts/{state}$")) <= 5
    assert found is not None
    assert (found.remote_id, found.url) == (str(post.id), None)


@pytest.mark.parametrize(("at", "found"), [(-3600, False), (0, True), (-NOW.timestamp(), True)])
def test_of_what_waits_an_old_post_about_the_page_is_not_ours_and_one_without_a_time_may_be(
    at: float, found: bool
) -> None:
    with Ground() as ground:
        by_hand(ground, at=at, state="queue", source_url=LINK)
        assert (ground.find(rendering(), state="queue") is not None) is found


@pytest.mark.parametrize(("state", "path"), [("published", ""), ("queue", "/queue"), ("draft", "/draft")])
def test_a_list_that_does_not_end_proves_nothing(state: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicator_tumblr.reading.MOST_PAGES", 2)
    with Ground() as ground:
        for second in range(60):
            by_hand(ground, at=second, state=state)
        with pytest.raises(Retryable, match="longer than 40 posts"):
            ground.find(rendering(), state=state)
        assert len(ground.service.seen(f"GET /v2/blog/[^/]+/posts{path}$")) == 2


@pytest.mark.parametrize("post", [{"slug": "x"}, {"id": "x"}, {"id": 1, "timestamp": "x"}])
def test_a_list_of_drafts_that_cannot_be_read_proves_nothing(post: dict[str, Any]) -> None:
    with Ground() as ground:
        body = {"meta": {"status": 200}, "response": {"posts": [post]}}
        ground.service.fail_next(Fault.REFUSE, "GET /v2/blog/[^/]+/posts/draft$", status=200, body=body)
        with pytest.raises(Retryable, match="unreadable"):
            ground.find(rendering(), state="draft")


def test_what_has_come_out_of_the_queue_is_found_where_it_is_now() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), state="queue")
        receipt = ground.connector(state="queue").deliver(sent, KEY)
        ground.service.publish_queue()
        found = ground.find(sent, state="queue")
    assert found is not None
    assert (found.remote_id != receipt.remote_id, found.url is not None) == (True, True)


def test_what_comes_out_between_two_lists_is_not_missed() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), state="queue")
        ground.connector(state="queue").deliver(sent, KEY)
        show, seen = ground.service.answer, []

        def comes_out_after_the_first_list(request: Request) -> Reply:
            reply = show(request)
            seen.append(request.path)
            if len(seen) == 1:
                ground.service.publish_queue()
            return reply

        ground.service.answer = comes_out_after_the_first_list  # type: ignore[method-assign]
        assert ground.find(sent, state="queue") is not None


@pytest.mark.parametrize("listed", [True, False])
def test_a_private_post_that_is_not_listed_may_be_there(listed: bool) -> None:
    with Ground(lists_private=listed) as ground:
        sent = ground.prepared(rendering(), state="private")
        with pytest.raises(Retryable, match="proves nothing"):
            ground.find(sent, state="private")
        ground.connector(state="private").deliver(sent, KEY)
        if listed:
            assert ground.find(sent, state="private") is not None
        else:
            with pytest.raises(Retryable, match="proves nothing"):
                ground.find(sent, state="private")


def test_the_state_that_was_sent_decides_where_to_look() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), state="draft")
        ground.connector(state="draft").deliver(sent, KEY)
        assert ground.find(sent) is not None


def test_the_copy_of_another_delivery_is_not_taken() -> None:
    with Ground() as ground:
        ground.publish(rendering(), OTHER_KEY)
        assert ground.find(ground.prepared(rendering())) is None


def test_reading_is_for_the_time_asked_about() -> None:
    with Ground() as ground:
        by_hand(ground, source_url=LINK)
        assert ground.find(rendering(), since=NOW + timedelta(minutes=11)) is None
        assert ground.find(rendering(), since=NOW + timedelta(minutes=9)) is not None
