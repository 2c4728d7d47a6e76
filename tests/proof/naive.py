"""Strategies that others have, put in place of ours: they have to fail here, or this harness proves nothing.

Enters: nothing. Leaves: contexts in which the program forgets one of its rules. Everything around the rule stays real.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from syndicator import deliver, outcome, run, settle, unknown
from syndicator.connector import Capabilities
from syndicator.host import Host
from syndicator.ledger.rows import Delivery
from syndicator.outcome import Kind, Outcome
from syndicator.unknown import Doubt

HOUR = 3_600_000_000  # microseconds, as the ledger counts


@contextmanager
def send_then_record() -> Iterator[None]:
    """What was not recorded as sent was not sent: a crash or a lost answer leaves it to be sent again."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(run, "recover", lambda host: _put_back(host, 0)))
        stack.enter_context(patch.object(outcome, "from_deliver", _retried(outcome.from_deliver)))
        yield


@contextmanager
def blind_retry() -> Iterator[None]:
    """An error is an error: it is tried again."""
    with patch.object(outcome, "from_deliver", _retried(outcome.from_deliver)):
        yield


@contextmanager
def lease() -> Iterator[None]:
    """A job queue: what nobody has finished within an hour is given to the next worker."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(run, "recover", lambda host: _put_back(host, HOUR)))
        stack.enter_context(patch.object(outcome, "from_deliver", _retried(outcome.from_deliver)))
        yield


@contextmanager
def one_look_at_once() -> Iterator[None]:
    """One negative read-back, made without a rest, is taken for proof."""
    with ExitStack() as stack:
        stack.enter_context(patch.object(unknown, "READS_NEEDED", 1))
        stack.enter_context(patch.object(deliver, "Settling", _hasty(settle.Settling)))
        stack.enter_context(patch.object(settle, "_doubt", _restless(settle._doubt)))
        yield


NAIVE: dict[str, Callable[[], Any]] = {
    "send, then record": send_then_record,
    "retry blindly": blind_retry,
    "lease": lease,
    "one look at once": one_look_at_once,
}


def _retried(from_deliver: Callable[[BaseException], Outcome]) -> Callable[[BaseException], Outcome]:
    def judged(error: BaseException) -> Outcome:
        found = from_deliver(error)
        return replace(found, kind=Kind.DEFERRED, after=None) if found.kind is Kind.UNKNOWN else found

    return judged


def _put_back(host: Host, age: int) -> None:
    """Rows that a dead process left are made ready, behind the ledger's back: it has no such move."""
    now = int(host.clock.now().timestamp() * 1_000_000)
    with host.ledger._transactions.writing() as connection:
        connection.execute(
            text(
                "UPDATE delivery SET state = 'ready', frozen = 0, due_at = NULL, version = version + 1"
                " WHERE state = 'sending' AND last_sent_at <= :before"
            ),
            {"before": now - age},
        )


def _hasty(settling: type) -> Callable[..., Any]:
    def made(tell: Any, connector: Any, can: Capabilities, account: str | None) -> Any:
        return settling(tell, connector, replace(can, settle=timedelta(seconds=5)), account)

    return made


def _restless(doubt: Callable[[Delivery], Doubt]) -> Callable[[Delivery], Doubt]:
    return lambda delivery: replace(doubt(delivery), rest=None)
