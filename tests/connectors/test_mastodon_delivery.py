"""Publishing on Mastodon: what is sent, what comes back, and what a lost reply means."""

import sys
from subprocess import run

import pytest

from syndicator.connector import AuthRequired, OutcomeUnknown, Proof, Receipt, Rejected, Resend, Retryable, Scope
from syndicator.sandbox.service import Fault
from tests.connectors.mastodon_ground import KEY, LINK, OTHER_KEY, POST, Ground, image, rendering


def test_a_post_is_sent_as_json_with_everything_said() -> None:
    with Ground() as ground:
        ground.publish(rendering(content_warning="long"), visibility="unlisted")
        (request,) = ground.service.seen(POST)
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == KEY
    assert request.query["lang"] == ["en"]
    assert request.json() == {
        "status": rendering().text,
        "visibility": "unlisted",
        "language": "de",
        "spoiler_text": "long",
        "sensitive": True,
        "allowed_mentions": [],
    }


def test_a_receipt_names_the_copy() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering())
        (copy,) = ground.service.copies()
    assert (receipt.remote_id, receipt.url, receipt.proof) == (copy["id"], copy["url"], Proof.REPLY)
    assert receipt.warnings == ()


def test_the_publishing_request_is_made_once() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, POST, status=503)
        with pytest.raises(OutcomeUnknown):
            ground.publish(rendering())
        assert len(ground.service.seen(POST)) == 1


def test_the_token_never_shows_in_the_body_or_the_address() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        (request,) = ground.service.seen(POST)
    assert request.headers["authorization"] == f"Bearer {ground.service.token}"
    assert ground.service.token not in repr(request.body) + request.path


@pytest.mark.parametrize(
    ("fault", "details", "published"),
    [
        (Fault.LOSE_REPLY, {}, 1),
        (Fault.RESET, {}, 0),
        (Fault.ERROR_AFTER, {"status": 500}, 1),
        (Fault.ERROR_AFTER, {"status": 502}, 1),
        (Fault.REFUSE, {"status": 503}, 0),
        (Fault.REFUSE, {"status": 504}, 0),
        (Fault.REFUSE, {"status": 522}, 0),
        (Fault.REFUSE, {"status": 408}, 0),
    ],
)
def test_a_lost_reply_is_unknown(fault: Fault, details: dict[str, int], published: int) -> None:
    with Ground() as ground:
        ground.service.fail_next(fault, POST, **details)
        with pytest.raises(OutcomeUnknown):
            ground.publish(rendering())
        assert len(ground.service.copies()) == published


def test_a_silent_server_is_unknown_after_the_deadline() -> None:
    with Ground() as ground:
        connector = ground.connector(deadline=0.5)
        prepared = connector.prepare(rendering(), KEY)
        ground.service.fail_next(Fault.STALL, POST, seconds=1.5)
        with pytest.raises(OutcomeUnknown):
            connector.deliver(prepared, KEY)


@pytest.mark.parametrize("body", [b"", b"<html>", b'"yes"', b"[" * 100_000, b'{"id": "1", "url": '])
def test_a_yes_that_names_no_post_may_be_somebody_elses_and_is_looked_into(body: bytes) -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.ERROR_AFTER, POST, status=200, body=body)
        with pytest.raises(OutcomeUnknown):
            ground.publish(rendering())
        assert len(ground.service.copies()) == 1


def test_a_yes_whose_answer_is_cut_off_is_still_a_yes() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.CUT_BODY, POST)
        assert ground.publish(rendering()).remote_id == ""


def test_a_yes_with_a_strange_rate_limit_header_is_still_a_yes() -> None:
    with Ground() as ground:
        ground.service.fail_next(
            Fault.ERROR_AFTER, POST, status=200, headers={"X-RateLimit-Reset": "soon"}, body={"id": "7", "url": "u"}
        )
        assert ground.publish(rendering()).remote_id == "7"


def test_a_server_that_cannot_be_reached_has_published_nothing() -> None:
    with Ground() as ground:
        connector = ground.connector()
        prepared = connector.prepare(rendering(), KEY)
        connector.close()  # the pool would keep a connection that outlives the server's socket
    with pytest.raises(Retryable) as caught:
        connector.deliver(prepared, KEY)
    assert caught.value.scope is Scope.NETWORK


def test_the_same_key_gives_the_same_copy_within_the_hour() -> None:
    with Ground() as ground:
        first = ground.publish(rendering())
        ground.pass_time(minutes=59)
        assert ground.publish(rendering()).remote_id == first.remote_id
        assert len(ground.service.copies()) == 1


def test_another_key_gives_another_copy() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        ground.publish(rendering(), OTHER_KEY)
        assert len(ground.service.copies()) == 2


@pytest.mark.parametrize("version", ["4.6.0", "4.6.5"])
def test_the_500_for_a_known_key_is_unknown_and_then_found(version: str) -> None:
    with Ground(version=version) as ground:
        first = ground.publish(rendering())
        with pytest.raises(OutcomeUnknown):
            ground.publish(rendering())
        found = ground.connector().find(rendering(), KEY, ground.clock.now())
        assert found is not None
        assert found.remote_id == first.remote_id
        assert len(ground.service.copies()) == 1


def test_a_copy_deleted_by_hand_is_not_sent_again_by_its_key() -> None:
    with Ground() as ground:
        ground.connector().delete(ground.publish(rendering()))
        with pytest.raises(Rejected, match="deleted"):
            ground.publish(rendering())
        assert ground.service.copies() == []


@pytest.mark.parametrize(
    ("version", "resend", "window"),
    [("4.7.3", Resend.KEY, 60), ("4.6.0+glitch", Resend.KEY, 60), ("4.5.9", Resend.LOOKUP, None)],
)
def test_the_key_counts_from_the_version_that_locks_it(version: str, resend: Resend, window: int | None) -> None:
    with Ground(version=version) as ground:
        can = ground.connector().capabilities
    minutes = can.key_window and can.key_window.total_seconds() / 60
    assert (can.resend, minutes) == (resend, window)
    assert can.settle.total_seconds() == 120


def test_a_limited_account_is_told_about() -> None:
    with Ground() as ground:
        ground.service.account.limited = True
        (warning,) = ground.publish(rendering()).warnings
    assert "unlisted" in warning


def test_a_mention_that_slipped_through_is_refused_by_the_server() -> None:
    with Ground() as ground, pytest.raises(Rejected, match="unexpected accounts"):
        ground.publish(rendering(text=f"hello @alice {LINK}"))


def test_a_text_that_is_too_long_is_rejected() -> None:
    with Ground() as ground, pytest.raises(Rejected, match="character limit of 500"):
        ground.publish(rendering(text="x" * 501))


def test_a_rate_limit_makes_the_network_wait_until_the_server_says() -> None:
    with Ground(posts_per_window=0) as ground:
        ground.service.fail_next(Fault.REFUSE, POST, status=429, headers={"Retry-After": "600"})
        with pytest.raises(Retryable) as caught:
            ground.publish(rendering())
    assert caught.value.scope is Scope.NETWORK
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() == 600


def test_a_bad_token_needs_the_owner() -> None:
    with Ground() as ground, pytest.raises(AuthRequired, match="syndicate auth"):
        ground.publish(rendering(), access_token="wrong")


def test_the_quote_policy_is_sent_to_servers_that_know_it() -> None:
    with Ground() as ground:
        ground.publish(rendering(), quotes="followers")
        (request,) = ground.service.seen(POST)
    assert request.json()["quote_approval_policy"] == "followers"


def test_the_quote_policy_is_not_sent_to_older_servers() -> None:
    with Ground(version="4.4.0") as ground:
        ground.publish(rendering(), quotes="followers")
        (request,) = ground.service.seen(POST)
    assert "quote_approval_policy" not in request.json()


def test_an_edit_replaces_everything_and_keeps_the_images() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(images=(image(),)))
        changed = rendering(text=f"corrected {LINK}", images=(image(alt="a black cat"),), content_warning="cats")
        ground.connector().edit(receipt, changed)
        (copy,) = ground.service.copies()
        assert len(ground.service.seen("POST /api/v./media")) == 1
    assert copy["text"] == f"corrected {LINK}"
    assert [picture["alt"] for picture in copy["images"]] == ["a black cat"]
    assert (copy["content_warning"], copy["sensitive"], copy["language"]) == ("cats", True, "de")


def test_an_edit_uploads_only_new_images() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(images=(image(),)))
        new = image("a dog", b"\x89PNG\r\n\x1a\nother")
        edited = ground.connector().edit(receipt, rendering(images=(image(), new)))
        (copy,) = ground.service.copies()
    assert [picture["alt"] for picture in copy["images"]] == ["a cat", "a dog"]
    assert [medium["sha256"] for medium in edited.extra["media"]] == [image().sha256, new.sha256]


def test_editing_a_deleted_copy_is_rejected() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering())
        ground.connector().delete(receipt)
        with pytest.raises(Rejected, match="not there any more"):
            ground.connector().edit(receipt, rendering())


def test_a_lost_reply_to_an_edit_may_be_tried_again() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering())
        ground.service.fail_next(Fault.LOSE_REPLY, "PUT")
        with pytest.raises(Retryable):
            ground.connector().edit(receipt, rendering(text=f"corrected {LINK}"))


def test_deleting_twice_is_a_success() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering())
        ground.connector().delete(receipt)
        ground.connector().delete(receipt)
        assert ground.service.copies() == []


def test_a_copy_without_an_id_is_left_alone() -> None:
    with Ground() as ground:
        ground.publish(rendering())
        with pytest.raises(Rejected, match="by hand"):
            ground.connector().delete(Receipt(""))
        assert ground.service.seen("DELETE") == []


def test_importing_the_connector_brings_no_heavy_library() -> None:
    program = "import sys, syndicator_mastodon.connector; print({'mastodon', 'regex', 'tenacity'} & set(sys.modules))"
    shown = run([sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": "connectors:."})
    assert shown.stdout.strip() == "set()", shown.stderr
