"""What became of a story that was sent: created, not created, or nobody knows."""

from collections.abc import Iterator
from typing import Any

import pytest

from syndicator.connector import OutcomeUnknown, Proof, Retryable, Scope
from syndicator.errors import LedgerError
from syndicator.sandbox.service import Fault
from tests.connectors.medium_ground import KEY, POSTS, Ground, Tokens, rendering


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def error(code: int, message: str) -> dict[str, Any]:
    return {"errors": [{"message": message, "code": code}]}


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.RESET])
def test_without_an_answer_it_is_unknown(ground: Ground, fault: Fault) -> None:
    ground.service.fail_next(fault, POSTS)
    with pytest.raises(OutcomeUnknown):
        ground.publish(rendering())
    assert len(ground.service.seen(POSTS)) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
@pytest.mark.parametrize("body", [error(1007, "x"), error(6000, "x"), error(6004, "x"), b"<h1>Bad gateway</h1>", None])
def test_whoever_fails_may_have_done_the_work(ground: Ground, status: int, body: Any) -> None:
    ground.service.fail_next(Fault.ERROR_AFTER, POSTS, status=status, body=body)
    with pytest.raises(OutcomeUnknown):
        ground.publish(rendering())


@pytest.mark.parametrize("status", [408, 409])
def test_a_refusal_that_may_come_after_the_work_is_unknown(ground: Ground, status: int) -> None:
    ground.service.fail_next(Fault.ERROR_AFTER, POSTS, status=status)
    with pytest.raises(OutcomeUnknown):
        ground.publish(rendering())


@pytest.mark.parametrize(
    "body", [b"<html>welcome to the hotel", {}, error(1, "x"), None, {"data": {}}, {"data": []}, {"data": {"id": ""}}]
)
def test_a_yes_in_other_words_is_unknown(ground: Ground, body: Any) -> None:
    ground.service.fail_next(Fault.REFUSE, POSTS, status=200, body=body)
    with pytest.raises(OutcomeUnknown):
        ground.publish(rendering())


def test_a_yes_that_names_an_error_is_unknown(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, POSTS, status=201, body=error(1, "x"))
    with pytest.raises(OutcomeUnknown):
        ground.publish(rendering())


def test_created_with_the_rest_lost_is_delivered(ground: Ground) -> None:
    ground.service.fail_next(Fault.CUT_BODY, POSTS)
    receipt = ground.publish(rendering())
    assert (receipt.remote_id, receipt.url, receipt.proof) == ("", None, Proof.REPLY)
    assert len(ground.service.created) == 1


def test_nobody_there_means_nothing_was_sent(ground: Ground) -> None:
    connector = ground.connector(api="http://127.0.0.1:9", web="http://127.0.0.1:9")
    prepared = ground.connector().prepare(rendering(), KEY)
    with pytest.raises(Retryable) as refused:
        connector.deliver(prepared, KEY)
    assert refused.value.scope is Scope.NETWORK


def test_a_disk_that_refuses_after_the_yes_does_not_make_it_doubtful(ground: Ground) -> None:
    class Full(Tokens):
        def save(self, tokens: Any) -> None:
            raise LedgerError("no space left")

    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    full = Full()
    full.text = ground.tokens.text
    ground.tokens = full
    assert ground.connector().deliver(prepared, KEY).url
