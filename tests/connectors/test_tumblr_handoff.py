"""Copies that a person publishes: what they are given, and how it is noticed that they did."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from syndicator.connector import CanHandOff, Rejected, Rendering, Retryable
from tests.connectors.tumblr_ground import KEY, LINK, Ground, image, rendering

BY_HAND: dict[str, Any] = {"mode": "handoff", "consumer_secret": None, "token": None, "token_secret": None}


def page_of(ground: Ground, sent: Rendering) -> dict[str, str]:
    page = ground.connector(**BY_HAND).hand_off(sent).page
    assert page.startswith(f"{ground.service.url}/share?")
    assert requests.get(page, timeout=5).status_code == 200
    return {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}


def test_the_share_page_is_filled_in() -> None:
    with Ground() as ground:
        assert page_of(ground, rendering()) == {
            "posttype": "link",
            "content": LINK,
            "title": "Grüße 👋",
            "caption": "Grüße 👋\n\nEin Satz über Grüße.",
            "tags": "Web Log,Grüße",
        }


def test_without_a_link_it_is_a_text_and_a_long_one_is_cut() -> None:
    with Ground() as ground:
        fields = page_of(ground, rendering("Wort. " * 900, link=None, title="", card=None))
    assert (fields["posttype"], len(fields["content"]) <= 1000, fields["content"][-1]) == ("text", True, "…")


def test_the_steps_name_what_there_is_to_do() -> None:
    with Ground() as ground:
        connector = ground.connector(**BY_HAND)
        plain = connector.hand_off(rendering())
        rich = connector.hand_off(rendering(images=(image(),), content_warning="Spinnen", html="<p>x</p>"))
    assert isinstance(connector, CanHandOff)
    assert (plain.steps[-1], any("ada.tumblr.com" in step for step in plain.steps)) == ("Publish it.", True)
    assert (any("alt texts" in step for step in rich.steps), any("Spinnen" in step for step in rich.steps)) == (
        True,
        True,
    )
    assert (len(rich.steps) - len(plain.steps), rich.html) == (2, "<p>x</p>")


def test_nothing_is_published_by_itself() -> None:
    with Ground() as ground:
        connector = ground.connector(**BY_HAND)
        assert connector.capabilities.by_hand
        with pytest.raises(Rejected):
            connector.deliver(connector.prepare(rendering(), KEY), KEY)
        assert not ground.service.requests


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"content": [{"type": "link", "url": LINK, "title": "Grüße"}]}, True),
        ({"content": [{"type": "link", "url": "https://other.example/"}]}, False),
    ],
)
def test_what_a_person_has_published_is_found_with_the_consumer_key_alone(body: dict[str, Any], found: bool) -> None:
    with Ground() as ground:
        assert ground.find(rendering(), **BY_HAND) is None
        ground.service.posts.create(ground.service.blog, body, {})
        receipt = ground.find(rendering(), **BY_HAND)
        assert (receipt is not None) is found
        if receipt is not None:
            assert receipt.url == ground.service.copies()[0]["url"]
        assert not any("authorization" in request.headers for request in ground.service.requests)


def test_without_a_key_it_cannot_be_looked_for() -> None:
    with Ground() as ground:
        with pytest.raises(Retryable, match="`syndicate done`"):
            ground.find(rendering(), **BY_HAND | {"consumer_key": None})
        assert not ground.service.requests


def test_who_we_are_is_nobody_and_the_key_is_tried() -> None:
    with Ground() as ground:
        with_key = ground.connector(**BY_HAND).whoami()
        asked = len(ground.service.requests)
        without = ground.connector(**BY_HAND | {"consumer_key": None}).whoami()
        assert (with_key.id, without.id, asked, len(ground.service.requests)) == ("", "", 1, 1)
    assert (with_key.name, with_key.credential) == ("ada.tumblr.com", None)


def test_a_copy_of_a_person_is_not_ours_to_delete() -> None:
    with Ground() as ground:
        receipt = ground.publish(rendering())
        with pytest.raises(Rejected, match="by hand"):
            ground.connector(**BY_HAND).delete(receipt)
