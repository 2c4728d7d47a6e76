"""How far a host's copy of the links goes."""

from datetime import timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.ledger import linkmark
from syndicator.ledger.ledger import Ledger
from tests.ledger.ledger_ground import done, one_owed, sent

SECOND = timedelta(seconds=1)


@pytest.fixture
def delivered(ledger: Ledger, clock: ManualClock) -> Ledger:
    row = sent(ledger, one_owed(ledger, clock))
    ledger.finish(row, "delivered", outcome=done("7"))
    return ledger


def test_what_is_only_on_its_way_is_no_news(ledger: Ledger, clock: ManualClock) -> None:
    sent(ledger, one_owed(ledger, clock))
    assert ledger.links_to_write() is None


def mark_of_one_among_several(ledger: Ledger, clock: ManualClock) -> int | None:
    with ledger._transactions.reading() as connection:
        return linkmark.news_since_mark(connection, linkmark.of_host("one"), clock.now() - linkmark.BEHIND)


def test_among_several_hosts_the_mark_stays_a_minute_behind(delivered: Ledger, clock: ManualClock) -> None:
    """A number below it may be committed that late, and would be passed over."""
    clock.advance(60 * SECOND)
    assert mark_of_one_among_several(delivered, clock) == 0
    clock.advance(SECOND)
    assert mark_of_one_among_several(delivered, clock) == delivered.links_to_write() != 0


def test_a_mark_never_goes_back(delivered: Ledger, clock: ManualClock) -> None:
    clock.advance(61 * SECOND)
    mark = mark_of_one_among_several(delivered, clock)
    assert mark
    with delivered._transactions.writing() as connection:
        linkmark.move_mark(connection, linkmark.of_host("one"), mark)
    row = sent(delivered, one_owed(delivered, clock, number=2))
    delivered.finish(row, "delivered", outcome=done("8"))
    assert mark_of_one_among_several(delivered, clock) == mark
