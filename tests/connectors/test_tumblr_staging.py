"""Stage, then publish: a draft first, then its number, and never twice."""

from dataclasses import replace

import pytest

from syndicator.connector import ConnectorError, OutcomeUnknown, Proof, Receipt, Rendering, Retryable
from syndicator.sandbox.service import Fault
from tests.connectors.tumblr_ground import CHANGE, CREATE, KEY, OTHER_KEY, PNG, Ground, card, image, refusal, rendering

SHOW = r"GET /v2/blog/[^/]+/posts/\d+$"

PICTURED = rendering(card=card(image("poster")), images=(image("dog", PNG + b"2"), image("cat", PNG + b"3")))


def states(ground: Ground) -> list[str]:
    return [post.state for post in ground.posts]


def answer_to(ground: Ground, sent: Rendering) -> Receipt | ConnectorError | None:
    try:
        return ground.connector(stage=True).deliver(sent, KEY)
    except ConnectorError as error:
        return error


def test_preparing_makes_a_draft_and_delivering_publishes_it_by_its_number() -> None:
    with Ground() as ground:
        sent = ground.prepared(PICTURED, stage=True)
        assert (states(ground), ground.service.copies()) == (["draft"], [])
        receipt = ground.connector(stage=True).deliver(sent, KEY)
        (copy,) = ground.service.copies()
        assert states(ground) == ["published"]
        (change,) = ground.service.seen(CHANGE)
    assert change.path.endswith(f"/{(sent.prepared or {})['draft']}")
    assert change.headers["content-type"] == "application/json"
    assert (receipt.remote_id, receipt.url) == (copy["id"], copy["url"])
    assert [block["image"]["data"] for block in copy["blocks"] if block.get("image")] == [PNG + b"2", PNG + b"3"]
    assert copy["card"]["image"]["data"] == PNG


@pytest.mark.parametrize("names_new_id", [True, False])
def test_the_receipt_has_the_number_that_readers_see(names_new_id: bool) -> None:
    with Ground(names_new_id=names_new_id) as ground:
        receipt = ground.publish(rendering(), stage=True)
        (post,) = ground.posts
    assert (receipt.remote_id, receipt.proof) == (str(post.id), Proof.REPLY)
    assert receipt.extra["draft"] == str(post.genesis)


def test_a_number_that_is_not_known_yet_is_left_empty() -> None:
    with Ground(names_new_id=False, list_lag=60) as ground:
        receipt = ground.publish(rendering(), stage=True)
    assert (receipt.remote_id, receipt.url) == ("", None)


def test_preparing_again_leaves_one_draft() -> None:
    with Ground() as ground:
        ground.prepared(rendering(), stage=True)
        sent = ground.prepared(PICTURED, stage=True)
        assert states(ground) == ["draft"]
        ground.connector(stage=True).deliver(sent, KEY)
        assert states(ground) == ["published"]


def test_drafts_of_the_owner_and_of_other_deliveries_stay() -> None:
    with Ground() as ground:
        ground.service.posts.create(
            ground.service.blog, {"content": [{"type": "text", "text": "x"}], "state": "draft"}, {}
        )
        ground.prepared(rendering(), OTHER_KEY, stage=True)
        ground.publish(rendering(), stage=True)
        assert states(ground) == ["draft", "draft", "published"]


@pytest.mark.parametrize(
    ("pattern", "details", "words"),
    [
        (CREATE, {"status": 201, "body": {"meta": {"status": 201}, "response": {}}}, "under which number"),
        (SHOW, refusal(404), "does not know it yet"),
        (
            SHOW,
            {"status": 200, "body": {"meta": {"status": 200}, "response": {"content": []}}},
            "not kept all pictures",
        ),
    ],
)
def test_a_draft_that_is_not_as_it_was_made_is_made_anew(pattern: str, details: dict[str, object], words: str) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.ERROR_AFTER, pattern, **details)
        with pytest.raises(Retryable, match=words):
            ground.prepared(PICTURED, stage=True)
        ground.prepared(PICTURED, stage=True)
        assert states(ground) == ["draft"]


@pytest.mark.parametrize("fault", [Fault.CUT_BODY, Fault.LOSE_REPLY])
def test_a_draft_whose_number_was_lost_is_made_anew(fault: Fault) -> None:
    with Ground() as ground:
        ground.service.fail_next(fault, CREATE)
        with pytest.raises(Retryable):
            ground.prepared(rendering(), stage=True)
        ground.prepared(rendering(), stage=True)
        assert states(ground) == ["draft"]


@pytest.mark.parametrize("details", [refusal(500), refusal(400, 0), {"status": 200, "body": b"<html>"}])
def test_staging_never_ends_unknown(details: dict[str, object]) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.ERROR_AFTER, CREATE, **details)
        with pytest.raises(Retryable):
            ground.prepared(rendering(), stage=True)


def test_a_refused_draft_is_made_plain() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, CREATE, **refusal(400, 8001))
        with pytest.raises(Retryable) as refused:
            ground.prepared(rendering(), stage=True)
        assert refused.value.prepare_again
        sent = ground.prepared(rendering(), stage=True)
    assert all("subtype" not in block for block in (sent.prepared or {})["body"]["content"])


def test_a_lost_reply_is_found_by_the_drafts_number() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), stage=True)
        ground.service.fail_next(Fault.LOSE_REPLY, CHANGE)
        assert isinstance(answer_to(ground, sent), OutcomeUnknown)
        (post,) = ground.posts
        post.slug = "renamed"
        found = ground.find(replace(sent, link=None), stage=True)
    assert found is not None
    assert found.remote_id == str(post.id)


def test_as_long_as_the_draft_is_one_it_is_not_out_and_publishing_it_again_is_once() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), stage=True)
        ground.service.fail_next(Fault.RESET, CHANGE)
        assert isinstance(answer_to(ground, sent), OutcomeUnknown)
        assert ground.find(sent, stage=True) is None
        assert isinstance(answer_to(ground, sent), Receipt)
        again = answer_to(ground, sent)
        assert states(ground) == ["published"]
    assert isinstance(again, Receipt)
    assert again.proof is Proof.SAME_RECORD


def test_a_draft_that_is_gone_and_not_found_is_unknown_until_a_person_says() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), stage=True)
        ground.service.posts.all.clear()
        answer = answer_to(ground, sent)
        assert isinstance(answer, OutcomeUnknown)
        assert "somebody deleted it" in answer.reason
        with pytest.raises(Retryable, match="somebody deleted it"):
            ground.find(sent, stage=True)
        assert ground.service.copies() == []


@pytest.mark.parametrize(
    ("details", "words"),
    [(refusal(404), "the draft is not there any more"), ({"status": 404, "body": b"<html>"}, "not Tumblr's own")],
)
def test_a_draft_that_is_said_to_be_gone_and_is_there_is_not_out(details: dict[str, object], words: str) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), stage=True)
        ground.service.fail_next(Fault.REFUSE, CHANGE, **details)
        answer = answer_to(ground, sent)
        assert isinstance(answer, OutcomeUnknown)
        assert words in answer.reason
        assert ground.find(sent, stage=True) is None


def test_a_draft_over_which_tumblr_stumbles_can_be_published_again_and_again() -> None:
    """Its number is published once, so nobody has to be asked."""
    with Ground() as ground:
        sent = ground.prepared(rendering(), stage=True)
        for _ in range(4):
            ground.service.fail_next(Fault.REFUSE, CHANGE, **refusal(400, 0))
            assert isinstance(answer_to(ground, sent), OutcomeUnknown)
            assert ground.find(sent, stage=True) is None
        assert isinstance(answer_to(ground, sent), Receipt)


def test_a_draft_that_came_out_and_is_not_listed_yet_is_unknown() -> None:
    with Ground(list_lag=60) as ground:
        sent = ground.prepared(rendering(), stage=True)
        ground.service.fail_next(Fault.LOSE_REPLY, CHANGE)
        answer_to(ground, sent)
        assert isinstance(answer_to(ground, sent), OutcomeUnknown)
        with pytest.raises(Retryable):
            ground.find(sent, stage=True)
        ground.pass_time(minutes=3)
        assert ground.find(sent, stage=True) is not None
        assert len(ground.service.copies()) == 1


def test_a_late_request_finds_the_old_draft_gone() -> None:
    with Ground() as ground:
        old = ground.prepared(rendering(), stage=True)
        new = ground.prepared(rendering(), stage=True)
        assert isinstance(answer_to(ground, new), Receipt)
        late = answer_to(ground, old)
        assert states(ground) == ["published"]
    assert not isinstance(late, Receipt) or late.remote_id == str(ground.posts[0].id)


@pytest.mark.parametrize(
    ("chosen", "state"), [({"state": "queue", "publish_in": "1h"}, "queue"), ({"state": "private"}, "private")]
)
def test_what_is_staged_can_be_queued_or_private(chosen: dict[str, str], state: str) -> None:
    with Ground() as ground:
        ground.publish(rendering(), stage=True, **chosen)
        (post,) = ground.posts
    assert (post.state, post.publish_on is not None) == (state, "publish_in" in chosen)


def test_a_staged_private_post_that_is_still_a_draft_is_not_out() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), stage=True, state="private")
        assert ground.find(sent, stage=True, state="private") is None


def test_deleting_what_was_staged_deletes_the_copy() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(), stage=True)
        ground.connector().delete(receipt)
        assert ground.posts == []
