"""What one copy on LinkedIn asks for: who may see it, and whom it mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicator.connector import Span, SpanKind
from syndicator_linkedin.commentary import LONGEST, fitted, measure
from syndicator_linkedin.sandbox_little import read, utf16
from tests.connectors.linkedin_ground import KEY, Ground, rendering

URN = "urn:li:person:Grace1"


def calling(target: str = URN, name: str = "@Grace (Hopper)") -> tuple[str, tuple[Span, ...]]:
    text = f"Mit {name} [im Garten]"
    return text, (Span(4, 4 + len(name), SpanKind.MENTION, target),)


@pytest.mark.parametrize("asked", ["public", "logged_in", "connections"])
def test_what_is_asked_for_one_copy_goes_before_the_networks_setting(asked: str) -> None:
    ground = Ground()
    with ground.service:
        ground.publish(rendering(visibility=asked), visibility="connections" if asked == "public" else "public")
        (copy,) = ground.service.copies()
    assert copy["visibility"] == asked


def test_a_copy_that_says_nothing_is_as_the_network_says() -> None:
    ground = Ground()
    with ground.service:
        ground.publish(rendering(), visibility="logged_in")
        (copy,) = ground.service.copies()
    assert copy["visibility"] == "logged_in"


@pytest.mark.parametrize("target", [URN, "urn:li:organization:2414183"])
def test_a_person_or_a_page_is_mentioned_by_name(target: str) -> None:
    ground = Ground()
    text, spans = calling(target)
    with ground.service:
        receipt = ground.publish(rendering(text=text, spans=spans))
        (copy,) = ground.service.copies()
    (piece,) = [piece for piece in copy["pieces"] if "href" in piece]
    assert (piece["text"], piece["urn"]) == ("Grace (Hopper)", target)
    assert (copy["text"], copy["cut"], receipt.warnings) == ("Mit Grace (Hopper) [im Garten]", "", ())


@pytest.mark.parametrize(
    "target", ["grace", "https://www.linkedin.com/in/grace", "urn:li:share:7", "urn:li:person:a)b"]
)
def test_whoever_is_not_named_by_an_urn_is_named_in_words(target: str) -> None:
    ground = Ground()
    text, spans = calling(target)
    with ground.service:
        ground.publish(rendering(text=text, spans=spans))
        (copy,) = ground.service.copies()
    assert (copy["text"], copy["cut"]) == (text, "")
    assert not any("urn" in piece for piece in copy["pieces"])


def test_a_text_that_mentions_would_make_too_long_names_people_in_words() -> None:
    ground = Ground()
    text, spans = calling()
    text += "x" * (LONGEST - measure(text))
    with ground.service:
        receipt = ground.publish(rendering(text=text, spans=spans))
        (copy,) = ground.service.copies()
    assert copy["text"] == text
    assert "named in it and not mentioned" in receipt.warnings[0]


@given(st.text("ab @[](){}#_é👋", max_size=200), st.integers(0, 100), st.integers(1, 40))
def test_whatever_fits_is_taken_with_mentions_too(text: str, start: int, length: int) -> None:
    words = text + "y" * max(0, LONGEST - measure(text))
    span = Span(start, min(start + length, len(words)), SpanKind.MENTION, URN)
    made, _ = fitted(words, (span,))
    assert utf16(made) <= LONGEST or measure(words) > LONGEST
    assert read(made).cut == ""


def test_by_hand_who_may_see_it_is_one_of_the_steps() -> None:
    ground = Ground()
    with ground.service:
        connector = ground.connector(mode="handoff")
        narrow = connector.hand_off(rendering(visibility="connections")).steps
        assert any("Connections only" in step for step in narrow)
        assert len(connector.hand_off(rendering(visibility="public")).steps) == len(narrow) - 1
        assert connector.prepare(rendering(), KEY) == rendering()
