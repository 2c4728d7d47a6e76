"""The hand-off: what a person is told, and that nothing is sent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from syndicator.connector import Proof, Rejected
from tests.connectors.medium_ground import KEY, LINK, NOW, Ground, Seen, card, picture, rendering


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def test_a_person_publishes_with_pictures_and_a_cover_at_hand(ground: Ground) -> None:
    can = ground.by_hand().capabilities
    assert (can.by_hand, can.whole_post, can.card) == (True, True, True)
    assert min(can.max_images, can.max_image_bytes, can.max_alt, can.max_card_image_bytes) > 0


def test_the_page_is_import_and_the_first_step_names_what_to_paste(ground: Ground) -> None:
    handed = ground.by_hand().hand_off(rendering())
    assert handed.page == f"{ground.service.url}/p/import"
    assert handed.page in handed.steps[0]
    assert handed.steps[0].endswith(f": {LINK}")


@pytest.mark.parametrize(
    "said",
    [
        "draft",
        "canonical link",
        "(2026-11-20)",
        "code blocks, captions and tables",
        "footer",
        "“Grüße 👋”",
        "sqlite, python, self hosting, posse, five",
        "Customize canonical link",
        "by that line it is found",
    ],
)
def test_the_steps_say_what_import_does_and_what_to_check(ground: Ground, said: str) -> None:
    five = rendering(tags=("sqlite", "python", "self hosting", "posse", "five", "six", "x" * 26))
    assert said in "\n".join(ground.by_hand().hand_off(five).steps)


def test_no_more_tags_than_the_editor_takes_are_named(ground: Ground) -> None:
    steps = "\n".join(ground.by_hand().hand_off(rendering(tags=tuple("abcdef"))).steps)
    assert "Set these tags: a, b, c, d, e." in steps


@pytest.mark.parametrize("link", [LINK, None])
@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        ({"card": card(picture())}, "Put in the cover"),
        ({"images": (picture(),)}, "They all lie beside this card"),
        ({"images": (picture(),), "card": card(picture())}, "They all lie beside this card"),
    ],
)
def test_pictures_are_mentioned_when_there_are_any(
    ground: Ground, pictures: dict[str, Any], told: str, link: str | None
) -> None:
    steps = "\n".join(ground.by_hand().hand_off(rendering(link=link, **pictures)).steps)
    assert told.lower() in steps.lower()


def test_what_is_not_there_is_not_mentioned(ground: Ground) -> None:
    steps = "\n".join(ground.by_hand().hand_off(rendering(tags=(), card=card())).steps)
    assert (
        "beside this card, with" in steps or "cover" in steps,
        "Set these tags" in steps,
        "before the text" in steps,
    ) == (False, False, False)


def test_a_content_warning_is_a_step_of_its_own(ground: Ground) -> None:
    handed = ground.by_hand().hand_off(rendering(content_warning="Politics"))
    assert any("“Politics”" in step for step in handed.steps)
    assert "<em>Politics</em>" in handed.html


@pytest.mark.parametrize(
    ("user", "link", "told"),
    [
        ("@ada", LINK, "with the line about the original left in"),
        ("@ada", None, "By its title it is found"),
        (None, LINK, "Publish it."),
        (None, None, "Publish it."),
    ],
)
def test_the_last_step_says_by_what_the_story_is_found_if_anybody_looks(
    ground: Ground, user: str | None, link: str | None, told: str
) -> None:
    last = ground.by_hand(user=user).hand_off(rendering(link=link)).steps[-1]
    assert (told in last, last.startswith("Publish it"), "found" in last) == (True, True, user is not None)


def test_the_story_for_pasting_is_whole_and_names_the_original(ground: Ground) -> None:
    seen = Seen(ground.by_hand().hand_off(rendering()).html)
    assert (seen.count("h1"), seen.count("pre"), seen.count("img")) == (1, 1, 1)
    assert {"href": LINK} in [given for tag, given in seen.elements if tag == "a"]


def test_a_post_without_an_address_can_only_be_pasted(ground: Ground) -> None:
    handed = ground.by_hand().hand_off(rendering(link=None))
    assert handed.page == f"{ground.service.url}/new-story"
    assert not any("Import" in step for step in handed.steps)


def test_the_same_post_gives_the_same_hand_off_and_no_request(ground: Ground) -> None:
    connector = ground.by_hand()
    again = replace(rendering(), composed=None)
    assert connector.hand_off(rendering()) == connector.hand_off(again)
    assert ground.service.requests == []


def test_token_mode_can_say_what_a_person_would_do_too(ground: Ground) -> None:
    assert ground.connector(user="@ada").hand_off(rendering()) == ground.by_hand().hand_off(rendering())


def test_preparing_leaves_a_copy_by_hand_as_it_is_and_sending_is_refused(ground: Ground) -> None:
    connector = ground.by_hand()
    assert connector.prepare(rendering(), KEY) == rendering()
    with pytest.raises(Rejected, match="handoff"):
        connector.deliver(rendering(), KEY)
    assert ground.service.requests == []


def test_the_hand_off_is_closed_when_a_person_has_done_what_the_steps_say(ground: Ground) -> None:
    connector = ground.by_hand()
    assert connector.find(rendering(), KEY, NOW) is None
    draft = ground.service.import_story(LINK, "Grüße 👋", rendering().html)
    ground.service.publish_import(draft)
    receipt = connector.find(rendering(), KEY, NOW)
    assert receipt is not None
    assert receipt.proof is Proof.READ_BACK


def test_whoever_publishes_by_hand_is_introduced_without_a_request(ground: Ground) -> None:
    identity = ground.by_hand().whoami()
    assert (identity.id, identity.name, identity.credential) == ("", "@ada, by hand", None)
    assert identity.url == f"{ground.service.url}/@ada"
    nameless = ground.by_hand(user=None).whoami()
    assert (nameless.id, nameless.name, nameless.url) == ("", "by hand", None)
    assert "syndicate done" in nameless.notes[0]
    assert ground.service.requests == []
