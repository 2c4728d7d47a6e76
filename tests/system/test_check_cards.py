"""`check` looks at the newest page as a service will that makes the link card from it."""

import pytest

from tests.system.pass_ground import Ground


def checked(ground: Ground, capsys: pytest.CaptureFixture[str]) -> str:
    ground.say("check")
    return " ".join(capsys.readouterr().out.split())


def test_a_page_without_an_author_is_noted_once_with_the_line_to_add(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.publish("walk", "lake")
    said = checked(ground, capsys)
    assert said.count("does not say who wrote it") == 1
    assert '<meta name="fediverse:creator" content="@you@your.server">' in said
    assert "link cards on mastodon" in said
    assert "bluesky," not in said


def test_a_picture_of_the_page_that_cannot_be_had_is_a_warning(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    ground.publish("walk")
    ground.draw(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert "walk.png: this is an SVG drawing" in checked(ground, capsys)


def test_nobody_looks_where_no_card_is_wanted(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    ground.edit("networks.d/mastodon.toml", "", 'card = "never"\n')
    ground.publish("walk")
    assert "link cards" not in checked(ground, capsys)
