"""Pictures and link cards: what is sent, and what happens when the server will not have it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syndicator.connector import (
    Proof,
    Retryable,
)
from syndicator.sandbox.service import Fault
from tests.connectors.bluesky_ground import (
    KEY,
    LINK,
    PNG,
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


def test_pictures_that_were_swept_away_are_uploaded_again(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(images=(picture(),)), KEY)
    ground.service.account.blobs.clear()
    with pytest.raises(Retryable) as gone:
        connector.deliver(prepared, KEY)
    assert gone.value.prepare_again
    assert connector.deliver(connector.prepare(replace(prepared, prepared=None), KEY), KEY).proof is Proof.REPLY


def test_the_link_card_has_words_and_picture(ground: Ground) -> None:
    ground.publish(carded(picture()))
    assert ground.service.copies()[0]["card"] == {
        "url": LINK,
        "title": "Grüße",
        "description": "About greetings",
        "image": {"data": PNG, "mime": "image/png"},
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 413, "body": {"error": "PayloadTooLarge", "message": "request entity too large"}},
        {"status": 400, "body": {"error": "InvalidMimeType"}},
        {"status": 413, "body": b"<h1>413</h1>"},
    ],
)
def test_a_thumbnail_that_is_refused_does_not_cost_the_post(ground: Ground, answer: dict[str, Any]) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, **answer)
    receipt = ground.publish(carded(picture()))
    assert ground.service.copies()[0]["card"]["image"] is None
    assert "no picture" in receipt.warnings[0]


def test_a_server_that_stumbles_over_the_thumbnail_twice_does_not_get_it(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=500)
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=500)
    assert len(ground.publish(carded(picture())).warnings) == 1


def test_a_thumbnail_over_the_limit_is_not_even_uploaded(ground: Ground) -> None:
    receipt = ground.publish(carded(picture(PNG + b"\0" * 1_000_000)))
    assert "1,000,000" in receipt.warnings[0]
    assert not ground.service.seen(UPLOAD)


def test_pictures_carry_alt_text_and_shape(ground: Ground) -> None:
    ground.publish(rendering(images=(picture(), picture(PNG + b"2", alt=""))))
    sent = ground.service.seen(PUT)[0].json()["record"]["embed"]["images"]
    assert [image["alt"] for image in sent] == ["A harbour at dawn", ""]
    assert sent[0]["aspectRatio"] == {"width": 800, "height": 600}


def test_a_picture_that_is_refused_is_left_out(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=400, body={"error": "InvalidMimeType"})
    receipt = ground.publish(rendering(images=(picture(), picture(PNG + b"2", alt="Kept"))))
    assert [image["alt"] for image in ground.service.copies()[0]["images"]] == ["Kept"]
    assert "harbour.png" in receipt.warnings[0]


def test_when_no_picture_is_taken_the_card_stands_in(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=413)
    ground.publish(replace(carded(), images=(picture(),), link_in_text=True))
    assert (ground.service.copies()[0]["card"]["url"], ground.service.copies()[0]["images"]) == (LINK, [])


def test_pictures_do_not_push_out_the_only_link(ground: Ground) -> None:
    ground.publish(replace(carded(), images=(picture(),)))
    assert (ground.service.copies()[0]["card"]["url"], ground.service.copies()[0]["images"]) == (LINK, [])


def test_a_server_that_is_away_gets_the_pictures_later(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=502)
    ground.service.fail_next(Fault.REFUSE, UPLOAD, status=502)
    with pytest.raises(Retryable):
        ground.connector().prepare(carded(picture()), KEY)


@pytest.mark.parametrize(
    "body",
    [
        {"error": "BlobTooLarge", "message": "This file is too large"},
        {"error": "InvalidRequest", "message": "Invalid record: blob too big at $.record.embed.images[0].image"},
    ],
)
def test_pictures_that_the_record_may_not_have_are_left_out_next_time(ground: Ground, body: dict[str, str]) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(images=(picture(),)), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=400, body=body)
    with pytest.raises(Retryable) as refused:
        connector.deliver(prepared, KEY)
    assert refused.value.prepare_again
    receipt = ground.publish(rendering(images=(picture(),)))
    assert (ground.service.copies()[0]["images"], len(receipt.warnings)) == ([], 1)
