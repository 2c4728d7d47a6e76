"""A host that stood still in the middle of sending: it sends nothing late, and what it learns late counts no more."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syndicator.ledger import epoch
from syndicator.ledger.states import State
from syndicator.sandbox.service import Reply, Request
from tests.system.pass_ground import PUBLISHING, Ground, ground_in
from tests.unit.feed_ground import ParserHere

pytestmark = pytest.mark.needs("mastodon")


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    monkeypatch.setattr("syndicator.cli.hosting.Parser", ParserHere)
    with ground_in(tmp_path, "mastodon") as made:
        yield made


def begin(ground: Ground) -> None:
    ground.walk()
    ground.publish("walk")


def test_what_was_intended_long_ago_is_not_sent_late(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(ground)
    write = epoch.write

    def write_and_freeze(*args: Any) -> None:
        write(*args)
        ground.later(timedelta(minutes=10))

    with monkeypatch.context() as frozen:
        frozen.setattr(epoch, "write", write_and_freeze)
        ground.walk()
    row = ground.delivery("mastodon")
    assert (row.state, ground.copies("mastodon")) == (State.DEFERRED, [])
    assert "stood still" in row.cause
    ground.later(timedelta(hours=1))
    ground.walk()
    assert len(ground.copies("mastodon")) == 1


@pytest.mark.postgres
def test_an_answer_that_comes_too_late_counts_no_more(ground: Ground, schema: str) -> None:
    ground.edit("config.toml", "", f'\n[ledger]\nurl = "{schema}"\n')
    begin(ground)
    service = ground.scene.services["mastodon"]
    answer = service.answer

    def answer_after_the_take_over(request: Request) -> Reply:
        reply: Reply = answer(request)
        if f"{request.method} {request.path}" == "POST /api/v1/statuses":
            take_over(ground)
        return reply

    assert "statuses" in PUBLISHING["mastodon"]
    service.answer = answer_after_the_take_over
    ground.walk()
    assert ground.delivery("mastodon").state is State.UNKNOWN
    (told,) = ground.events.of("answer_late")
    assert told["outcome"] == "delivered"
    assert told["said"].startswith(service.url)


def take_over(ground: Ground) -> None:
    with ground.ledger() as ledger:
        assert len(ledger.orphans()) == 1
