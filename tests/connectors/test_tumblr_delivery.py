"""Publishing on Tumblr: what is sent, what comes back, and what a lost reply means."""

import email
import email.policy
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from syndicator.connector import AuthRequired, CanDelete, CanEdit, OutcomeUnknown, Proof, Rejected, Resend, Retryable
from syndicator.http import ReplyLost, is_cut
from syndicator.sandbox.service import Fault
from syndicator_tumblr.transport import Cut, answer
from tests.connectors.tumblr_ground import (
    CREATE,
    KEY,
    LIST,
    NOW,
    OTHER_KEY,
    PNG,
    Ground,
    card,
    image,
    refusal,
    rendering,
)


def test_a_receipt_names_the_copy_and_its_address_is_served() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering())
        (copy,) = ground.service.copies()
        assert (receipt.remote_id, receipt.url, receipt.proof) == (copy["id"], copy["url"], Proof.REPLY)
        assert requests.get(receipt.url or "", timeout=5).status_code == 200
    assert int(receipt.remote_id) > 2**53


def test_a_post_without_pictures_is_json_and_signed() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        (request,) = ground.service.seen(CREATE)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"].startswith("OAuth ")
    assert request.json()["slug"].endswith(KEY[:6])


def test_pictures_go_beside_the_body_under_the_names_it_uses() -> None:
    with Ground() as ground:
        ground.publish(rendering(card=card(image()), images=(image("dog", PNG + b"2"),)))
        (request,) = ground.service.seen(CREATE)
        (copy,) = ground.service.copies()
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = list(email.message_from_bytes(head + request.body, policy=email.policy.HTTP).iter_parts())
    names = [part.get_param("name", header="content-disposition") for part in parts]
    assert names == ["json", "img0", "img1"]
    assert parts[0].get_content_type() == "application/json"
    assert [(shown["data"], shown["alt"]) for shown in (b["image"] for b in copy["blocks"] if b.get("image"))] == [
        (PNG + b"2", "dog")
    ]
    assert copy["card"]["image"]["data"] == PNG


def test_the_same_prepared_post_is_the_same_to_the_byte() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(images=(image(),), card=None))
        connector = ground.connector()
        connector.deliver(sent, KEY)
        ground.pass_time(minutes=10)
        connector.deliver(sent, KEY)
        first, second = ground.service.seen(CREATE)
    assert first.body == second.body
    assert first.headers["authorization"] != second.headers["authorization"]


def test_every_request_introduces_itself_alike_and_without_a_version() -> None:
    with Ground() as ground:
        ground.publish(rendering(images=(image(),)))
        ground.find(rendering())
        agents = {request.headers["user-agent"] for request in ground.service.requests}
    assert len(agents) == 1
    assert not any(c.isdigit() for c in agents.pop())


@pytest.mark.parametrize(
    ("fault", "details", "published"),
    [
        (Fault.LOSE_REPLY, {}, 1),
        (Fault.RESET, {}, 0),
        (Fault.ERROR_AFTER, refusal(500, 8006), 1),
        (Fault.ERROR_AFTER, {"status": 502, "body": b"<html>Bad gateway</html>"}, 1),
        (Fault.REFUSE, refusal(503), 0),
        (Fault.REFUSE, {"status": 503, "body": b"<html>Down</html>"}, 0),
        (Fault.ERROR_AFTER, {"status": 200, "body": b"<html>Welcome</html>"}, 1),
        (Fault.ERROR_AFTER, {"status": 400, "body": b"<html>Bad request</html>"}, 1),
        (Fault.ERROR_AFTER, {"status": 403, "body": {"error": "no"}}, 1),
        (Fault.ERROR_AFTER, {"status": 302, "headers": {"Location": "/elsewhere"}}, 1),
        (Fault.REFUSE, {"status": 404, "body": ["no", "envelope"]}, 0),
        (Fault.REFUSE, {"status": 408, "body": {"meta": {"status": 408, "msg": "Timeout"}}}, 0),
    ],
)
def test_an_answer_that_proves_nothing_is_unknown(fault: Fault, details: dict[str, object], published: int) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(fault, CREATE, **details)
        with pytest.raises(OutcomeUnknown):
            ground.connector().deliver(sent, KEY)
        assert (len(ground.service.copies()), len(ground.service.seen(CREATE))) == (published, 1)


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.ERROR_AFTER])
def test_something_flubbed_is_no_proof(fault: Fault) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(fault, CREATE, status=400, body=ground.service.stumble())
        with pytest.raises(OutcomeUnknown, match="flubbed"):
            ground.connector().deliver(sent, KEY)


def test_a_silent_server_is_unknown_after_the_deadline() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.STALL, CREATE, seconds=0.9)
        with pytest.raises(OutcomeUnknown):
            ground.connector(deadline=0.3).deliver(sent, KEY)


def test_a_server_that_is_away_has_seen_nothing() -> None:
    ground = Ground()
    with ground:
        sent = ground.prepared(rendering())
    with pytest.raises(Retryable):
        ground.connector().deliver(sent, KEY)


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        (Fault.CUT_BODY, {}),
        (Fault.ERROR_AFTER, {"status": 201, "body": b""}),
        (Fault.ERROR_AFTER, {"status": 201, "body": b"<html>Created</html>"}),
        (Fault.ERROR_AFTER, {"status": 201, "body": {"meta": {"status": 201}, "response": []}}),
    ],
)
def test_a_yes_whose_details_were_lost_is_a_yes_and_is_looked_for(fault: Fault, details: dict[str, object]) -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(fault, CREATE, **details)
        receipt = ground.connector().deliver(sent, KEY)
        (copy,) = ground.service.copies()
    assert (receipt.remote_id, receipt.url, receipt.proof) == (copy["id"], copy["url"], Proof.REPLY)


def test_the_beginning_of_some_other_yes_is_no_yes() -> None:
    response = requests.Response()
    response.status_code = 200
    vars(response)["is_cut"] = True  # as the guarded session marks it
    assert is_cut(response)
    with pytest.raises(ReplyLost) as lost:
        answer(response)
    assert not isinstance(lost.value, Cut)


@pytest.mark.parametrize("lag", [True, False])
def test_a_yes_stays_one_when_the_copy_does_not_show(lag: bool) -> None:
    with Ground(list_lag=60.0 if lag else 0.0) as ground:
        sent = ground.prepared(rendering())
        ground.service.fail_next(Fault.CUT_BODY, CREATE)
        if not lag:
            ground.service.fail_next(Fault.REFUSE, LIST, status=500)
        receipt = ground.connector().deliver(sent, KEY)
    assert (receipt.remote_id, receipt.url, receipt.proof) == ("", None, Proof.REPLY)
    with pytest.raises(Rejected, match="by hand"):
        ground.connector().delete(receipt)


@pytest.mark.parametrize(
    ("chosen", "state", "visible"),
    [
        ({"state": "queue"}, "queue", False),
        ({"state": "draft"}, "draft", False),
        ({"state": "private"}, "private", True),
        ({"state": "queue", "publish_in": "2h"}, "queue", False),
    ],
)
def test_what_is_not_out_has_no_address(chosen: dict[str, str], state: str, visible: bool) -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(), **chosen)
        (post,) = ground.posts
    assert (post.state, receipt.url is not None) == (state, visible)
    assert receipt.extra["slug"] == post.slug


def test_a_time_that_has_passed_meanwhile_is_planned_anew() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering(), state="queue", publish_in="1h")
        ground.pass_time(hours=2)
        with pytest.raises(Retryable) as passed:
            ground.connector(state="queue", publish_in="1h").deliver(sent, KEY)
        assert passed.value.prepare_again
        assert not ground.service.seen(CREATE)
        again = ground.prepared(rendering(), state="queue", publish_in="1h")
    assert (again.prepared or {})["body"]["publish_on"] == (NOW + timedelta(hours=3)).isoformat()


def test_what_was_made_for_one_blog_does_not_go_to_another() -> None:
    with Ground() as ground:
        sent = ground.prepared(rendering())
        ground.service.add_blog("eva")
        with pytest.raises(AuthRequired, match=r"ada\.tumblr\.com.*eva\.tumblr\.com"):
            ground.connector(blog="eva").deliver(sent, KEY)
        assert not ground.service.seen(CREATE)


def test_preparing_twice_gives_the_same() -> None:
    with Ground() as ground:
        assert ground.prepared(rendering()) == ground.prepared(rendering())


def test_deliver_prepares_what_was_not_prepared() -> None:
    with Ground() as ground:
        assert ground.connector().deliver(rendering(), KEY).remote_id


# Deleting


def test_a_copy_is_deleted_once_and_gone_is_as_good() -> None:
    with Ground() as ground:
        kept, gone = ground.publish(rendering()), ground.publish(rendering(), OTHER_KEY)
        connector = ground.connector()
        connector.delete(gone)
        connector.delete(gone)
        assert [copy["id"] for copy in ground.service.copies()] == [kept.remote_id]
    assert isinstance(connector, CanDelete)
    assert not isinstance(connector, CanEdit)


def test_a_queued_post_that_has_come_out_is_deleted_by_its_slug() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(), state="queue")
        ground.publish(rendering(), OTHER_KEY)
        ground.service.publish_queue()
        assert receipt.remote_id not in [copy["id"] for copy in ground.service.copies()]
        ground.connector().delete(receipt)
        assert [post.slug[-6:] for post in ground.posts] == [OTHER_KEY[:6]]


# What it can


def test_the_layouts_differ_in_what_they_carry() -> None:
    with Ground() as ground:
        link, full = ground.connector().capabilities, ground.connector(layout="full").capabilities
    assert ((link.card, link.whole_post), (full.card, full.whole_post)) == ((True, False), (True, True))
    assert (link.resend, link.settle, full.max_images) == (Resend.LOOKUP, timedelta(seconds=180), 30)


def test_code_points_are_counted() -> None:
    with Ground() as ground:
        assert ground.connector().measure("👨‍👨‍👦🌳") == 6


def test_a_body_keeps_every_letter() -> None:
    text = "שלום @name (x) [y] 👩‍👩‍👧‍👦 <b> & „“ \\ | ` # * _ ~"
    with Ground() as ground:
        ground.publish(rendering(text, title="", card=None))
        (request,) = ground.service.seen(CREATE)
    assert json.loads(request.body)["content"] == [{"type": "text", "text": text}]


def test_a_picture_that_stands_twice_is_sent_twice() -> None:
    source = "https://blog.example.org/cat.png"
    sent = rendering(
        html=f'<img src="{source}"><p>x</p><img src="{source}">', images=(image(source=source),), card=None
    )
    with Ground() as ground:
        ground.publish(replace(sent, title=""), layout="full")
        (post,) = ground.posts
    assert [block["type"] for block in post.content] == ["image", "text", "image"]
