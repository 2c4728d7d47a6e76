"""A copy that cannot have the form its owner asked for is held, told once, and let go by its owner's word."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syndicator.errors import Withheld
from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from tests.system.harbour import Harbour, harbour_in
from tests.system.pass_ground import HOUR, MINUTE
from tests.system.rope import in_parts

SENTENCE = "lake.png of walk has no alt text; write one, or release the copy"


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Harbour]:
    def strict(*told: Any, released: bool = False, **more: Any) -> Any:
        if not released and "picture" in told[0].text:
            raise Withheld("no-alt", SENTENCE)
        return in_parts(*told, **more)

    with harbour_in(tmp_path, monkeypatch) as made:
        monkeypatch.setattr("syndicator.deliver.make", strict)
        yield made


def test_it_is_held_and_told_once_and_others_go_out(harbour: Harbour) -> None:
    harbour.publish("picture", 1)
    harbour.publish("walk", 1)
    report = harbour.ground.walk()
    assert [(row.state, row.cause) for row in harbour.rows("picture")] == [(State.HELD, "no-alt")]
    assert harbour.shore.texts() == ["Words of walk, 1."]
    assert (report.exit_code, report.waiting) == (ExitCode.PERSON, 1)
    harbour.ground.later(HOUR)
    harbour.ground.walk()
    assert [facts["reason"] for facts in harbour.ground.events.of("delivery_held")] == [SENTENCE]


def test_explain_says_what_exactly_is_missing(harbour: Harbour, capsys: pytest.CaptureFixture[str]) -> None:
    harbour.publish("picture", 1)
    harbour.ground.walk()
    harbour.ground.say("explain", harbour.ground.link("picture"))
    assert f"Why: {SENTENCE}" in capsys.readouterr().out
    harbour.ground.say("status")
    assert "a picture has no alt text, and you require one" in capsys.readouterr().out


def test_all_that_wait_for_it_are_released_together_and_not_withheld_again(harbour: Harbour) -> None:
    harbour.publish("picture-one", 1)
    harbour.publish("picture-two", 1)
    harbour.ground.walk()
    assert harbour.ground.say("release", "--cause", "no-alt") == ExitCode.OK
    harbour.shore.next("refuse")
    for _ in range(3):
        harbour.ground.walk()
        harbour.ground.later(30 * MINUTE)
    assert sorted(harbour.shore.texts()) == ["Words of picture-one, 1.", "Words of picture-two, 1."]


def test_an_approval_is_no_word_about_a_missing_alt_text(harbour: Harbour) -> None:
    harbour.ground.edit("networks.d/rope.toml", "", "approve = true\n")
    harbour.publish("picture", 1)
    harbour.ground.walk()
    harbour.ground.say("release", "ALL")
    harbour.ground.walk()
    assert [row.cause for row in harbour.rows("picture")] == ["no-alt"]
    harbour.ground.say("release", "ALL")
    harbour.ground.walk()
    assert harbour.shore.texts() == ["Words of picture, 1."]
