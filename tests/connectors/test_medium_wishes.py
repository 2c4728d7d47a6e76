"""What one copy on Medium asks for: whether it is public, unlisted or a draft."""

from collections.abc import Iterator

import pytest

from syndicator.connector import Retryable
from tests.connectors.medium_ground import KEY, NOW, Ground, rendering


@pytest.fixture
def ground() -> Iterator[Ground]:
    made = Ground()
    with made.service:
        yield made


@pytest.mark.parametrize("asked", ["public", "unlisted", "draft"])
def test_what_is_asked_for_one_copy_goes_before_the_networks_status(ground: Ground, asked: str) -> None:
    receipt = ground.publish(rendering(visibility=asked), status="draft" if asked == "public" else "public")
    (copy,) = ground.service.copies()
    assert (copy["visibility"], receipt.extra["status"]) == (asked, asked)
    assert (receipt.url is None) is (asked == "draft")


def test_followers_are_told_of_public_stories_only(ground: Ground) -> None:
    for number, asked in enumerate(("", "unlisted")):
        ground.publish(rendering(visibility=asked), f"{number}" * 64, status="public", notify_followers=True)
    told = [request.json()["notifyFollowers"] for request in ground.service.seen(ground.service.publishing)]
    assert told == [True, False]


def test_a_copy_that_is_not_to_be_public_is_not_looked_for_on_the_feed(ground: Ground) -> None:
    connector = ground.connector(status="public")
    with pytest.raises(Retryable, match="unlisted is not on the public feed"):
        connector.find(rendering(visibility="unlisted"), KEY, NOW)


@pytest.mark.parametrize(("asked", "said"), [("draft", "Leave it as a draft"), ("unlisted", "“Unlisted”")])
def test_by_hand_it_is_the_last_step(ground: Ground, asked: str, said: str) -> None:
    assert said in ground.by_hand().hand_off(rendering(visibility=asked)).steps[-1]
