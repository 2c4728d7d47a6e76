"""What waits for a person is told until they have answered, also where the process that would have told it died."""

from datetime import timedelta

import pytest

from syndicator.ledger.ledger import Ledger
from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from tests.system.pass_ground import DAY, HOUR, PUBLISHING, Ground

WEEK = timedelta(days=7)


class Died(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def asked(ground: Ground) -> Ground:
    """A delivery that only a person can decide."""
    ground.scene.services["mastodon"].fail_next(Fault.RESET, PUBLISHING["mastodon"])
    ground.publish("walk")
    ground.walk()
    ground.later(24 * HOUR + timedelta(seconds=1))
    return ground


def reminders(ground: Ground) -> list[str]:
    return [facts["what"] for facts in ground.events.of("person_reminded")]


def test_what_was_told_in_this_pass_is_told_again_after_a_week_and_no_sooner(asked: Ground) -> None:
    asked.walk()
    assert asked.delivery("mastodon").state is State.ASK
    for _ in range(3):
        asked.later(2 * DAY)
        asked.walk()
    assert reminders(asked) == []
    asked.later(DAY)
    asked.walk()
    assert reminders(asked) == ["1 ask"]
    asked.later(WEEK)
    asked.walk()
    assert reminders(asked) == ["1 ask", "1 ask"]


def test_a_question_that_its_asker_did_not_live_to_tell_is_told_by_the_next_pass(
    asked: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = Ledger.move

    def move_and_die(*told: object, **more: object) -> None:
        move(*told, **more)  # type: ignore[arg-type]
        raise Died

    monkeypatch.setattr(Ledger, "move", move_and_die)
    with pytest.raises(Died):
        asked.walk()
    monkeypatch.undo()
    assert asked.events.of("delivery_asked") == []
    asked.walk()
    asked.walk()
    assert reminders(asked) == ["1 ask"]


def test_what_its_owner_has_answered_is_not_spoken_of_again(asked: Ground) -> None:
    asked.walk()
    with asked.ledger() as ledger:
        ledger.move(asked.delivery("mastodon"), "skip", cause="owner", actor="owner")
    asked.later(WEEK)
    asked.walk()
    assert reminders(asked) == []


def test_what_its_owner_holds_is_no_news_to_them(ground: Ground) -> None:
    ground.edit("config.toml", 'settle = "0s"', 'settle = "5m"')
    ground.publish("walk")
    ground.walk()
    with ground.ledger() as ledger:
        ledger.move(ground.delivery("mastodon"), "hold", cause="owner", actor="owner")
    ground.walk()
    assert reminders(ground) == []
