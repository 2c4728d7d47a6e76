"""Pictures: uploaded beforehand, kept across tries, left out rather than the post."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from syndicator.connector import AuthRequired, OutcomeUnknown, Retryable, Scope
from syndicator.sandbox.service import Fault
from tests.connectors.linkedin_ground import (
    JPEG,
    KEY,
    OTHER_KEY,
    PNG,
    POST,
    PUT,
    UPLOAD,
    Ground,
    carded,
    picture,
    rendering,
)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def three() -> tuple[bytes, bytes, bytes]:
    return PNG, PNG + b"2", PNG + b"3"


def test_the_thumbnail_stands_in_the_card(ground: Ground) -> None:
    receipt = ground.publish(carded(picture()))
    copy = ground.service.copies()[0]
    assert copy["card"]["image"] == {"data": PNG, "mime": "image/png"}
    assert (copy["images"], receipt.warnings) == ([], ())


def test_an_upload_is_owned_by_the_author_and_carries_the_token(ground: Ground) -> None:
    ground.publish(carded(picture()))
    assert ground.sent(UPLOAD) == [{"initializeUploadRequest": {"owner": ground.service.person}}]
    put = ground.service.seen(PUT)[0]
    assert (put.body, put.headers["content-type"]) == (PNG, "image/png")
    assert put.headers["authorization"] == f"Bearer {ground.service.token}"


def test_one_picture_is_a_medium_with_its_alt_text_unescaped(ground: Ground) -> None:
    ground.publish(rendering(images=(picture(),)))
    assert set(ground.sent()[0]["content"]) == {"media"}
    assert ground.service.copies()[0]["images"] == [{"data": PNG, "mime": "image/png", "alt": "A harbour (at dawn)"}]


def test_several_pictures_keep_their_order_and_alt_texts(ground: Ground) -> None:
    images = tuple(picture(data, alt=f"No. {n}" if n else "") for n, data in enumerate(three()))
    receipt = ground.publish(rendering(images=images))
    copy = ground.service.copies()[0]
    assert [(image["data"], image["alt"]) for image in copy["images"]] == [
        (PNG, ""),
        (PNG + b"2", "No. 1"),
        (PNG + b"3", "No. 2"),
    ]
    assert (receipt.remote_id.split(":")[2], copy["url"]) == ("ugcPost", receipt.url)


def test_a_gif_and_a_jpeg_keep_their_kind(ground: Ground) -> None:
    images = (picture(JPEG, mime="image/jpeg"), picture(b"GIF89a" + bytes(40), mime="image/gif"))
    ground.publish(rendering(images=images))
    assert [image["mime"] for image in ground.service.copies()[0]["images"]] == ["image/jpeg", "image/gif"]


# Kept across tries


def test_a_picture_is_uploaded_once_for_all_tries_of_a_delivery(ground: Ground) -> None:
    first = ground.connector().prepare(carded(picture()), KEY)
    second = ground.connector().prepare(carded(picture()), KEY)
    assert first.prepared == second.prepared
    assert len(ground.service.seen(PUT)) == 1


def test_another_delivery_uploads_its_own(ground: Ground) -> None:
    ground.connector().prepare(carded(picture()), KEY)
    ground.connector().prepare(carded(picture()), OTHER_KEY)
    assert len(ground.service.seen(PUT)) == 2


def test_an_upload_that_has_grown_old_is_made_anew(ground: Ground) -> None:
    ground.connector().prepare(carded(picture()), KEY)
    ground.clock.advance(timedelta(hours=20))
    ground.connector().prepare(carded(picture()), KEY)
    assert len(ground.service.seen(PUT)) == 2


def test_an_upload_of_another_author_is_of_no_use(ground: Ground) -> None:
    ground.connector().prepare(carded(picture()), KEY)
    connector = ground.for_page()
    connector.deliver(connector.prepare(carded(picture()), KEY), KEY)
    assert ground.service.copies()[0]["card"]["image"] is not None


def test_only_uploads_that_failed_are_made_again(ground: Ground) -> None:
    images = tuple(picture(data) for data in three())
    ground.service.fail_next(Fault.LOSE_REPLY, PUT)
    ground.service.fail_next(Fault.LOSE_REPLY, PUT)
    with pytest.raises(Retryable):
        ground.publish(rendering(images=images))
    ground.publish(rendering(images=images))
    assert len(ground.service.copies()[0]["images"]) == 3


# Left out rather than the post


@pytest.mark.parametrize("at", [UPLOAD, PUT])
@pytest.mark.parametrize("status", [400, 403, 413, 500, 503])
def test_a_thumbnail_that_fails_does_not_keep_the_post(ground: Ground, at: str, status: int) -> None:
    for _ in range(2):
        ground.service.fail_next(Fault.REFUSE, at, status=status, body={"status": status, "code": "NO"})
    receipt = ground.publish(carded(picture()))
    assert ground.service.copies()[0]["card"]["image"] is None
    assert f"the link card has no picture: LinkedIn refuses it ({status} NO)" in receipt.warnings


@pytest.mark.parametrize("at", [UPLOAD, PUT])
def test_a_hiccup_costs_no_thumbnail(ground: Ground, at: str) -> None:
    ground.service.fail_next(Fault.RESET, at)
    assert ground.publish(carded(picture())).warnings == ()
    assert ground.service.copies()[0]["card"]["image"] is not None


def test_a_picture_that_is_refused_is_left_out_and_the_others_stay(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, PUT, status=400, body={"code": "BAD_IMAGE"})
    receipt = ground.publish(rendering(images=tuple(picture(data) for data in three())))
    assert [image["data"] for image in ground.service.copies()[0]["images"]] == [PNG + b"2", PNG + b"3"]
    assert "posted without the picture dawn.png" in receipt.warnings[0]


def test_a_post_waits_for_its_pictures_while_linkedin_fails(ground: Ground) -> None:
    for _ in range(2):
        ground.service.fail_next(Fault.REFUSE, UPLOAD, status=503, body=b"<html>")
    with pytest.raises(Retryable):
        ground.connector().prepare(rendering(images=(picture(),)), KEY)


def test_a_dead_token_is_no_matter_of_the_picture(ground: Ground) -> None:
    ground.service.revoke()
    connector = ground.for_page()  # whose number is known without asking
    with pytest.raises(AuthRequired):
        connector.prepare(carded(picture()), KEY)


def test_the_quota_is_respected_while_uploading(ground: Ground) -> None:
    ground.service.quota = 0
    with pytest.raises(Retryable) as limited:
        ground.connector().prepare(carded(picture()), KEY)
    assert (limited.value.scope, limited.value.after) == (Scope.NETWORK, timedelta(minutes=15))


@pytest.mark.parametrize(
    "address",
    ["https://evil.example", "http://www.linkedin.com", "https://linkedin.com.evil.example", "https://x@linkedin.com"],
)
def test_the_token_goes_to_no_address_that_is_not_linkedins(ground: Ground, address: str) -> None:
    ground.service.images.sends_to = address
    receipt = ground.publish(carded(picture()))
    assert "not its own" in receipt.warnings[0]
    assert ground.service.seen(PUT) == []


@pytest.mark.parametrize("value", [{}, {"uploadUrl": 7, "image": "urn:li:image:1"}, {"uploadUrl": "x", "image": "1"}])
def test_an_upload_without_a_place_is_left_out(ground: Ground, value: dict[str, object]) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=200, body={"value": value})
    assert "did not say where" in ground.publish(carded(picture())).warnings[0]


# Not ready


def test_a_fresh_picture_is_given_time_before_the_post_is_made(ground: Ground) -> None:
    ground.service.images.takes = 9
    before = ground.clock.now()
    ground.publish(carded(picture()), image_grace=10)
    assert ground.clock.now() - before == timedelta(seconds=10)
    assert len(ground.service.copies()) == 1


def test_without_that_time_the_post_would_not_be_seen(ground: Ground) -> None:
    """The trap that the wait is for."""
    ground.service.images.takes = 9
    ground.publish(carded(picture()), image_grace=0)
    assert ground.service.copies() == []


def test_a_picture_that_has_had_its_time_is_not_waited_for_again(ground: Ground) -> None:
    connector = ground.connector(image_grace=10)
    connector.prepare(carded(picture()), KEY)
    ground.clock.advance(timedelta(seconds=4))
    before = ground.clock.now()
    connector.prepare(carded(picture()), KEY)
    assert ground.clock.now() == before
    connector.prepare(carded(), OTHER_KEY)
    assert ground.clock.now() == before


def test_the_youngest_of_several_pictures_is_waited_for(ground: Ground) -> None:
    connector = ground.connector(image_grace=10)
    first, second = picture(), picture(PNG + b"2")
    connector.prepare(rendering(images=(first,)), KEY)
    ground.clock.advance(timedelta(seconds=30))
    before = ground.clock.now()
    connector.prepare(rendering(images=(first, second)), KEY)
    assert ground.clock.now() - before == timedelta(seconds=10)


def test_a_picture_that_is_not_ready_is_waited_for_once_and_then_left_out(ground: Ground) -> None:
    ground.service.images.loses_uploads = True
    with pytest.raises(Retryable, match="not ready") as waited:
        ground.publish(carded(picture()))
    assert (waited.value.after, waited.value.prepare_again) == (timedelta(seconds=15), False)
    with pytest.raises(Retryable, match="without") as given_up:
        ground.publish(carded(picture()))
    assert given_up.value.prepare_again
    receipt = ground.publish(carded(picture()))
    assert ground.service.copies()[0]["card"]["image"] is None
    assert "posted without pictures" in receipt.warnings[0]
    assert len(ground.service.seen(PUT)) == 1


def test_a_picture_that_came_to_harm_is_uploaded_once_more(ground: Ground) -> None:
    ground.service.images.fails_next = True
    with pytest.raises(Retryable) as harmed:
        ground.publish(carded(picture()))
    assert harmed.value.prepare_again
    ground.publish(carded(picture()))
    assert ground.service.copies()[0]["card"]["image"] == {"data": PNG, "mime": "image/png"}


def test_a_post_that_was_never_made_for_its_pictures_leaves_no_doubt(ground: Ground) -> None:
    ground.service.images.loses_uploads = True
    with pytest.raises(Retryable):
        ground.publish(carded(picture()))
    assert ground.tokens.load()["deliveries"][KEY]["sent"] is False


def test_pictures_that_were_left_out_say_so_on_posts_that_lead_with_them(ground: Ground) -> None:
    ground.service.images.loses_uploads = True
    for _ in range(2):
        with pytest.raises(Retryable):
            ground.publish(rendering(images=(picture(),)))
    receipt = ground.publish(rendering(images=(picture(),)))
    assert "content" not in ground.sent()[-1]
    assert "posted without pictures" in receipt.warnings[0]


def test_the_image_stays_the_same_when_the_identical_bytes_go_out_again(ground: Ground) -> None:
    connector = ground.connector(probe_by_repeat=True)
    letter = connector.prepare(carded(picture()), KEY)
    ground.service.fail_next(Fault.LOSE_REPLY, POST)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(letter, KEY)
    again = connector.prepare(replace(letter, prepared=None), KEY)
    assert again.prepared == letter.prepared
    connector.deliver(again, KEY)
    assert len(ground.service.copies()) == 1
