"""Images on Mastodon: uploaded before anything is sent, waited for, and left out rather than keeping the post back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.connector import OutcomeUnknown, Rejected, Rendering, Retryable
from syndicator.sandbox.service import Fault
from syndicator_mastodon.length import graphemes
from tests.connectors.mastodon_ground import KEY, OTHER_KEY, POST, UPLOAD, Ground, image, rendering

WITH_IMAGE = rendering(images=(image(),))
GARBAGE = image("broken", b"not an image")


def uploaded_long_ago(sent: Rendering, ground: Ground) -> Rendering:
    """As if the server had taken the images a day ago, by its own clock."""
    earlier = ground.connector().prepare(sent, KEY).prepared or {}
    return replace(sent, prepared={**earlier, "uploaded": "2020-01-01T00:00:00+00:00"})


def test_an_image_goes_out_with_its_alt_text() -> None:
    with Ground() as ground:
        ground.publish(WITH_IMAGE)
        (copy,) = ground.service.copies()
    assert copy["images"] == [{"alt": "a cat", "data": image().data, "mime": "image/png"}]


def test_nothing_is_public_after_preparing() -> None:
    with Ground() as ground:
        prepared = ground.connector().prepare(WITH_IMAGE, KEY).prepared or {}
        assert ground.service.copies() == []
    assert prepared["account"] == "1000"
    assert prepared["waiting"] == []
    assert prepared["warnings"] == []


def test_two_deliveries_of_one_image_use_two_file_names() -> None:
    with Ground() as ground:
        ground.publish(WITH_IMAGE, KEY)
        ground.publish(WITH_IMAGE, OTHER_KEY)
        names = {medium.name for medium in ground.service.media.values()}
    assert len(names) == 2


def test_an_alt_text_that_is_too_long_is_cut_between_graphemes() -> None:
    family = "👨‍👩‍👧‍👦"
    with Ground(version="4.5.0") as ground:
        ground.publish(rendering(images=(image(alt=family * 400),)))
        (medium,) = ground.service.media.values()
    assert set(graphemes(medium.description)) == {family, "…"}
    assert 1500 - len(family) < len(medium.description) <= 1500


def test_more_images_than_the_server_takes_are_not_uploaded() -> None:
    pictures = tuple(image(f"{n}", b"\x89PNG\r\n\x1a\n%d" % n) for n in range(6))
    with Ground() as ground:
        ground.publish(rendering(images=pictures))
        assert len(ground.service.seen(UPLOAD)) == 4


def test_processing_is_waited_for() -> None:
    with Ground(polls=3) as ground:
        ground.publish(WITH_IMAGE)
        assert len(ground.service.copies()) == 1
    assert 0 < ground.waits.monotonic() <= 60


def test_waiting_ends_after_a_minute_and_the_post_is_tried_later() -> None:
    with Ground(polls=10) as ground:
        connector = ground.connector()
        prepared = connector.prepare(WITH_IMAGE, KEY)
        with pytest.raises(Retryable, match="still working") as caught:
            connector.deliver(prepared, KEY)
        assert ground.service.seen(POST) == []
    assert ground.waits.monotonic() <= 61
    assert caught.value.after == timedelta(seconds=30)


def test_an_upload_that_was_slow_is_used_once_it_is_ready() -> None:
    with Ground(polls=8) as ground:
        prepared = ground.connector().prepare(WITH_IMAGE, KEY)
        receipt = ground.connector().deliver(prepared, KEY)
        assert len(ground.service.seen(UPLOAD)) == 1
        assert receipt.remote_id


def test_processing_that_fails_late_makes_the_images_anew() -> None:
    with Ground(polls=20) as ground:
        prepared = ground.connector().prepare(WITH_IMAGE, KEY)
        next(iter(ground.service.media.values())).broken = True
        with pytest.raises(Retryable) as caught:
            ground.connector().deliver(prepared, KEY)
    assert caught.value.prepare_again


def test_an_image_the_server_cannot_read_is_left_out_with_a_warning() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering(images=(GARBAGE, image())))
        (copy,) = ground.service.copies()
        assert len(ground.service.seen(UPLOAD)) == 3
    assert [picture["alt"] for picture in copy["images"]] == ["a cat"]
    assert "File is invalid" in receipt.warnings[0]


def test_an_image_is_tried_twice_before_it_is_left_out() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, UPLOAD, status=500, body={"error": "Error processing thumbnail"})
        receipt = ground.publish(WITH_IMAGE)
        (copy,) = ground.service.copies()
    assert len(copy["images"]) == 1
    assert receipt.warnings == ()


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.RESET])
def test_a_lost_upload_is_never_unknown(fault: Fault) -> None:
    with Ground() as ground:
        ground.service.fail_next(fault, UPLOAD)
        with pytest.raises(Retryable):
            ground.connector().prepare(WITH_IMAGE, KEY)


def test_a_server_in_trouble_is_no_reason_to_leave_an_image_out() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, UPLOAD, status=503)
        with pytest.raises(Retryable):
            ground.connector().prepare(WITH_IMAGE, KEY)


def test_the_older_upload_is_used_where_the_newer_is_missing() -> None:
    with Ground() as ground:
        ground.service.fail_next(Fault.REFUSE, UPLOAD, status=404)
        ground.publish(WITH_IMAGE)
        assert len(ground.service.seen("POST /api/v1/media")) == 1
        assert len(ground.service.copies()[0]["images"]) == 1


def test_images_that_are_already_taken_mean_that_it_may_be_published() -> None:
    with Ground() as ground:
        prepared = ground.connector().prepare(WITH_IMAGE, KEY)
        ground.connector().deliver(prepared, KEY)
        ground.pass_time(hours=2)  # the key is forgotten, the images are not
        with pytest.raises(OutcomeUnknown):
            ground.connector().deliver(prepared, KEY)
        assert len(ground.service.copies()) == 1


def test_images_that_have_expired_are_made_anew() -> None:
    with Ground() as ground:
        prepared = uploaded_long_ago(WITH_IMAGE, ground)
        ground.pass_time(hours=25)
        with pytest.raises(Retryable) as caught:
            ground.connector().deliver(prepared, KEY)
    assert caught.value.prepare_again


def test_a_refusal_because_of_unfinished_images_is_worth_another_try() -> None:
    with Ground() as ground:
        prepared = ground.connector().prepare(WITH_IMAGE, KEY)
        next(iter(ground.service.media.values())).polls_left = 1
        with pytest.raises(Retryable, match="processed"):
            ground.connector().deliver(prepared, KEY)


def test_a_server_for_pictures_takes_no_text_alone() -> None:
    with Ground("pixelfed") as ground, pytest.raises(Rejected, match="image"):
        ground.connector().prepare(rendering(), KEY)


def test_a_server_for_pictures_says_which_image_it_could_not_read() -> None:
    with Ground("pixelfed") as ground, pytest.raises(Rejected, match="File is invalid"):
        ground.connector().prepare(rendering(images=(GARBAGE,)), KEY)
