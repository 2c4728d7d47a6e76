"""Threads and visibilities on Mastodon and its relatives: what is asked for, and what a server makes of it."""

from dataclasses import replace

import pytest

from syndicator.connector import OutcomeUnknown, Proof, Receipt, Rejected, Rendering, ReplyTo, Retryable
from syndicator.sandbox.service import Fault
from tests.connectors.mastodon_ground import KEY, LINK, OTHER_KEY, POST, Ground, rendering

THIRD_KEY = "3" * 64
WORDS = "The same words, twice."


def part(root: Receipt, parent: Receipt, text: str = WORDS) -> Rendering:
    """A further part: no link in its text, so that only its words and its place tell it."""
    return replace(rendering(text), link=LINK, reply_to=ReplyTo(root, parent))


@pytest.mark.parametrize("flavour", ["mastodon", "gotosocial", "takahe", "hollo", "snac", "pleroma"])
def test_each_part_answers_the_one_before(flavour: str) -> None:
    with Ground(flavour) as ground:
        first = ground.publish(rendering())
        second = ground.publish(part(first, first), OTHER_KEY)
        ground.publish(part(first, second), THIRD_KEY)
        begins, follows, ends = ground.service.copies()
    assert (begins["reply_to"], follows["reply_to"], ends["reply_to"]) == (None, begins["url"], follows["url"])


def test_a_part_whose_reply_was_lost_is_found_by_its_place_and_not_its_twin() -> None:
    with Ground() as ground:
        first = ground.publish(rendering())
        second = ground.publish(part(first, first), OTHER_KEY)
        began = ground.clock.now()
        connector = ground.connector()
        assert connector.find(part(first, second), THIRD_KEY, began) is None
        ground.service.fail_next(Fault.LOSE_REPLY, POST)
        with pytest.raises(OutcomeUnknown):
            ground.publish(part(first, second), THIRD_KEY)
        found = connector.find(part(first, second), THIRD_KEY, began)
        third = ground.service.copies()[-1]
    assert found is not None
    assert (found.remote_id, found.proof) == (third["id"], Proof.READ_BACK)


def test_a_part_is_found_although_the_server_has_forgotten_what_it_answers() -> None:
    with Ground() as ground:
        first = ground.publish(rendering())
        second = ground.publish(part(first, first), OTHER_KEY)
        ground.connector().delete(first)
        found = ground.connector().find(part(first, first), OTHER_KEY, ground.clock.now())
    assert found is not None
    assert found.remote_id == second.remote_id
    assert any("did not keep" in warning for warning in found.warnings)


def test_a_part_is_never_taken_for_the_one_it_answers() -> None:
    with Ground() as ground:
        first = ground.publish(rendering(WORDS))
        assert ground.connector().find(part(first, first), OTHER_KEY, ground.clock.now()) is None


@pytest.mark.parametrize("flavour", ["mastodon", "gotosocial", "takahe", "hollo", "snac"])
def test_without_its_parent_a_part_is_not_published(flavour: str) -> None:
    with Ground(flavour) as ground:
        first = ground.publish(rendering())
        ground.connector().delete(first)
        with pytest.raises(Rejected, match="not on the server any more"):
            ground.publish(part(first, first), OTHER_KEY)
        assert ground.service.copies() == []


@pytest.mark.parametrize("flavour", ["mastodon", "gotosocial", "hollo"])
def test_a_parent_that_goes_in_the_last_moment_is_told_by_the_refusal(flavour: str) -> None:
    with Ground(flavour) as ground:
        first = ground.publish(rendering())
        connector = ground.connector()
        prepared = connector.prepare(part(first, first), OTHER_KEY)
        ground.connector().delete(first)
        ground.service.fail_next(Fault.REFUSE, "GET /api/v1/statuses/", status=200, body={"id": first.remote_id})
        with pytest.raises(Rejected, match="the thread ends there"):
            connector.deliver(prepared, OTHER_KEY)


def test_a_server_that_drops_the_place_of_a_part_is_told_about() -> None:
    with Ground("takahe") as ground:
        first = ground.publish(rendering())
        connector = ground.connector()
        prepared = connector.prepare(part(first, first), OTHER_KEY)
        ground.connector().delete(first)
        ground.service.fail_next(Fault.REFUSE, "GET /api/v1/statuses/", status=200, body={"id": first.remote_id})
        receipt = connector.deliver(prepared, OTHER_KEY)
        (copy,) = ground.service.copies()
    assert receipt.remote_id == copy["id"]
    assert "did not keep which copy it answers" in receipt.warnings[0]


def test_a_part_of_a_copy_without_a_name_is_rejected_before_anything_is_sent() -> None:
    with Ground() as ground:
        with pytest.raises(Rejected, match="was lost with the server's answer"):
            ground.publish(part(Receipt("1"), Receipt("")))
        assert ground.service.seen(POST) == []


@pytest.mark.parametrize("status", [500, 503])
def test_when_nobody_can_say_whether_the_parent_is_there_the_part_waits(status: int) -> None:
    with Ground() as ground:
        first = ground.publish(rendering())
        ground.service.fail_next(Fault.REFUSE, "GET /api/v1/statuses/", status=status)
        with pytest.raises(Retryable):
            ground.publish(part(first, first), OTHER_KEY)
        assert len(ground.service.copies()) == 1


def test_a_token_that_may_not_read_may_go_on_with_a_thread() -> None:
    with Ground() as ground:
        first = ground.publish(rendering())
        ground.service.fail_next(Fault.REFUSE, "GET /api/v1/statuses/", status=403, body={"error": "outside"})
        assert ground.publish(part(first, first), OTHER_KEY).remote_id


def test_a_cut_yes_to_the_beginning_of_a_thread_is_looked_into_for_its_name() -> None:
    from syndicator.connector import Part

    with Ground() as ground:
        ground.service.fail_next(Fault.CUT_BODY, POST)
        with pytest.raises(OutcomeUnknown):
            ground.publish(rendering(rest=(Part(WORDS),)))


def test_a_deleted_part_is_not_sent_again_by_its_key() -> None:
    with Ground() as ground:
        first = ground.publish(rendering())
        second = ground.publish(part(first, first), OTHER_KEY)
        ground.connector().delete(second)
        with pytest.raises(Rejected, match="deleted since"):
            ground.publish(part(first, first), OTHER_KEY)


# Visibilities


@pytest.mark.parametrize("asked", ["public", "unlisted", "private", "direct"])
def test_what_is_asked_for_one_copy_goes_before_the_networks_setting(asked: str) -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(visibility=asked), visibility="unlisted")
        (copy,) = ground.service.copies()
    assert (copy["visibility"], receipt.warnings) == (asked, ())


def test_a_copy_that_says_nothing_is_as_the_network_says() -> None:
    with Ground("gotosocial") as ground:
        ground.publish(rendering(), visibility="private")
        (copy,) = ground.service.copies()
    assert copy["visibility"] == "private"


@pytest.mark.parametrize(
    ("flavour", "narrowest"), [("mastodon", "direct"), ("gotosocial", "direct"), ("pixelfed", "private")]
)
def test_the_visibilities_are_those_that_the_server_is_known_to_take(flavour: str, narrowest: str) -> None:
    with Ground(flavour) as ground:
        can = ground.connector().capabilities
    assert can.visibilities[0] == "public"
    assert can.visibilities[-1] == narrowest
    assert (can.thread, can.replies) == (True, ())


def test_a_server_that_makes_another_visibility_of_it_is_told_about() -> None:
    with Ground() as ground:
        told = {"id": "7", "url": "https://social.example/7", "visibility": "public"}
        ground.service.fail_next(Fault.ERROR_AFTER, POST, status=200, body=told)
        (warning,) = ground.publish(rendering(visibility="private"), KEY).warnings
    assert "was to be private, and the server made it public" in warning
