"""What may stand in a network's file for Medium, and what is said about the rest."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from syndicator_medium.settings import MediumSettings


def complaint(**values: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        MediumSettings(**values)
    assert "CANARY" not in str(refused.value)
    return str(refused.value)


def test_an_empty_table_means_by_hand_and_drafts() -> None:
    settings = MediumSettings()
    assert (settings.by_hand, settings.user, settings.status, settings.notify_followers) == (True, None, "draft", False)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "ada",
            "@ada",
            " @Ada ",
            "https://medium.com/@ada",
            "medium.com/@ada/",
            "https://medium.com/@ada/a-story-1a2b",
        ),
        *("https://ada.medium.com/", "ada.medium.com", "http://127.0.0.1:8080/@ada"),
    ],
)
def test_a_name_may_be_written_in_any_way_that_leads_to_it(written: str) -> None:
    assert MediumSettings(user=written).user == "@ada"


def test_a_name_may_have_a_dot() -> None:
    assert MediumSettings(user="ada.lovelace").user == "@ada.lovelace"


@pytest.mark.parametrize("written", ["@you", "", "  "])
def test_the_name_of_the_example_is_nobody(written: str) -> None:
    assert MediumSettings(user=written).user is None


@pytest.mark.parametrize(
    "written",
    ["ada lovelace", "@", "https://medium.com/", "https://medium.com/a-publication", "ä", "https://[::1/@ada"],
)
def test_what_names_nobody_is_refused(written: str) -> None:
    assert "user" in complaint(user=written)


def test_token_mode_needs_a_token_and_says_what_to_do_without_one() -> None:
    said = complaint(mode="token")
    assert 'mode = "handoff"' in said
    assert "syndicate auth" in said


def test_a_token_may_wait_for_its_mode() -> None:
    settings = MediumSettings(token=SecretStr("CANARY"), status="public", publication="b45573563f5a")
    assert settings.by_hand
    assert "CANARY" not in repr(settings)


@pytest.mark.parametrize("status", ["draft", "unlisted"])
def test_nobody_can_be_told_of_a_story_that_is_not_public(status: str) -> None:
    values: dict[str, Any] = {"mode": "token", "token": SecretStr("CANARY"), "status": status, "notify_followers": True}
    assert "notify_followers" in complaint(**values)
    assert MediumSettings(**{**values, "status": "public"}).notify_followers


@pytest.mark.parametrize("written", ["https://medium.com/better-humans", "Better Humans", "12", "", "../users"])
def test_a_publication_is_named_by_its_id(written: str) -> None:
    assert "syndicate check" in complaint(publication=written)


@pytest.mark.parametrize("name", ["api", "web"])
def test_a_token_never_crosses_the_internet_in_the_clear(name: str) -> None:
    assert "plain http" in complaint(**{name: "http://medium.example"})
    home: dict[str, Any] = {name: "http://127.0.0.1:1"}
    assert MediumSettings(**home).named_by_owner() == ("http://127.0.0.1:1",)


@pytest.mark.parametrize(
    "written", ["medium.com", "https://medium.com/feed", "https://ada@medium.com", "ftp://medium.com"]
)
def test_an_address_is_scheme_and_host_alone(written: str) -> None:
    assert "web" in complaint(web=written)


def test_medium_itself_is_not_vouched_for_by_the_owner() -> None:
    assert MediumSettings().named_by_owner() == ()


@pytest.mark.parametrize("values", [{"mode": "assist"}, {"status": "scheduled"}, {"license": "mit"}, {"colour": "red"}])
def test_unknown_words_are_refused(values: dict[str, Any]) -> None:
    assert next(iter(values)) in complaint(**values)
