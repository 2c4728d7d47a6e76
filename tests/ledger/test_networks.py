"""What the ledger keeps of an account's credential, and the time that does not count while a network is blocked."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syndicator.clock import ManualClock
from syndicator.connector import Credential
from syndicator.ledger import feeds
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Delivery, HealthName, NewPost, Owed
from syndicator.ledger.states import State
from tests.ledger.ledger_ground import MINUTE, REFUSED, article, document, in_doubt, names, one_owed, sent
from tests.ledger.test_cost import statements_of

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def token(clock: ManualClock, **changes: datetime | None) -> Credential:
    return replace(Credential("access token", clock.now() - DAY, clock.now() + 59 * DAY), **changes)  # type: ignore[arg-type]


def met(ledger: Ledger, credential: Credential | None) -> None:
    """As after `auth`."""
    ledger.set_network("mastodon", "ok", account="42", account_name="@me", credential=credential)


# What is known of a credential


def test_what_auth_learns_is_kept(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    row = ledger.network("mastodon")
    assert (row.credential, row.obtained_at, row.expires_at) == (
        "access token",
        clock.now() - DAY,
        clock.now() + 59 * DAY,
    )
    assert (row.worked_at, row.warned_at) == (clock.now(), None)


def test_a_change_of_health_says_nothing_of_the_credential(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    before = ledger.network("mastodon")
    clock.advance(HOUR)
    ledger.set_network("mastodon", "down", reason="refused")
    after = ledger.network("mastodon")
    assert replace(after, health="ok", reason="", since=before.since) == before


def test_who_says_which_account_it_is_has_answered(ledger: Ledger, clock: ManualClock) -> None:
    ledger.set_network("mastodon", "ok", account="42")
    assert ledger.network("mastodon").worked_at == clock.now()


def test_a_pause_is_lifted_by_nobody_who_is_to_leave_it(ledger: Ledger, clock: ManualClock) -> None:
    ledger.set_network("mastodon", "paused", reason="paused by the owner")
    ledger.set_network("mastodon", "ok", account="42", unless_paused=True)
    row = ledger.network("mastodon")
    assert (row.health, row.reason, row.account) == ("paused", "paused by the owner", "42")
    ledger.set_network("mastodon", "ok")
    assert ledger.network("mastodon").health == "ok"


def test_that_it_worked_leaves_the_health_alone(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    ledger.set_network("mastodon", "paused", reason="paused by the owner")
    before = ledger.network("mastodon")
    clock.advance(HOUR)
    ledger.worked("mastodon", None)
    assert ledger.network("mastodon") == replace(before, worked_at=clock.now())


def test_of_a_network_never_heard_of_nothing_is_noted(ledger: Ledger) -> None:
    ledger.worked("mastodon", None)
    ledger.warned("mastodon")
    ledger.forget_end("mastodon")
    assert ledger.networks() == []


def test_a_credential_that_is_not_mentioned_stays_known(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    known = ledger.network("mastodon")
    clock.advance(HOUR)
    ledger.worked("mastodon", None)
    assert ledger.network("mastodon") == replace(known, worked_at=clock.now())


def test_an_end_that_is_told_a_little_differently_each_time_is_the_same_end(ledger: Ledger, clock: ManualClock) -> None:
    first = token(clock)
    met(ledger, first)
    for away in (3 * MINUTE, HOUR - SECOND, SECOND - HOUR):
        ledger.worked("mastodon", replace(first, expires_at=clock.now() + 59 * DAY + away))
        assert ledger.network("mastodon").expires_at == first.expires_at
    ledger.worked("mastodon", replace(first, expires_at=clock.now() + 59 * DAY + HOUR))
    assert ledger.network("mastodon").expires_at == clock.now() + 59 * DAY + HOUR


def test_another_end_is_another_credential(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    clock.advance(50 * DAY)
    ledger.worked("mastodon", token(clock, obtained_at=None))
    row = ledger.network("mastodon")
    assert (row.obtained_at, row.expires_at) == (None, clock.now() + 59 * DAY)


def test_its_age_stays_known_where_the_service_does_not_tell_it(ledger: Ledger, clock: ManualClock) -> None:
    """What `auth` knows, a later look may not tell again."""
    met(ledger, Credential("app password", clock.now()))
    obtained = clock.now()
    clock.advance(DAY)
    ledger.worked("mastodon", Credential("app password"))
    assert ledger.network("mastodon").obtained_at == obtained


@pytest.mark.parametrize("told", [None, "past", "endless"])
def test_an_end_that_has_passed_was_not_the_end_of_what_works(
    ledger: Ledger, clock: ManualClock, told: str | None
) -> None:
    first = token(clock)
    met(ledger, first)
    clock.advance(59 * DAY)
    says = {None: None, "past": first, "endless": replace(first, expires_at=None)}[told]
    ledger.worked("mastodon", says)
    assert ledger.network("mastodon").expires_at is None


def test_a_warning_is_remembered(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    ledger.warned("mastodon")
    assert ledger.network("mastodon").warned_at == clock.now()


def test_an_end_can_be_forgotten(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    ledger.forget_end("mastodon")
    row = ledger.network("mastodon")
    assert (row.credential, row.obtained_at, row.expires_at) == ("access token", None, None)


def test_to_note_that_it_worked_is_one_question_and_one_change(ledger: Ledger, clock: ManualClock) -> None:
    met(ledger, token(clock))
    said = statements_of(ledger._transactions.engine, lambda: ledger.worked("mastodon", token(clock)))
    assert [statement.split()[0] for statement, _ in said] == ["SELECT", "UPDATE"]


# Time that does not count


def owed_at(ledger: Ledger, clock: ManualClock, number: int) -> Delivery:
    return one_owed(ledger, clock, number=number)


def age(ledger: Ledger, clock: ManualClock, row: Delivery) -> timedelta:
    return clock.now() - ledger.delivery(row.id).owed_since


def test_a_delivery_is_as_old_after_the_block_as_it_was_before(ledger: Ledger, clock: ManualClock) -> None:
    old = owed_at(ledger, clock, 1)
    clock.advance(40 * HOUR)
    young = owed_at(ledger, clock, 2)
    clock.advance(HOUR)
    ledger.set_network("mastodon", "auth_broken", reason="401")
    clock.advance(10 * DAY)
    within = owed_at(ledger, clock, 3)
    clock.advance(DAY)
    ledger.set_network("mastodon", "ok")
    assert [age(ledger, clock, row) for row in (old, young, within)] == [41 * HOUR, HOUR, timedelta(0)]
    clock.advance(HOUR)
    assert age(ledger, clock, old) == 42 * HOUR


@pytest.mark.parametrize("health", ["ok", "down", "cooling", "paused"])
def test_the_block_is_over_whatever_follows_it(ledger: Ledger, clock: ManualClock, health: HealthName) -> None:
    row = owed_at(ledger, clock, 1)
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(10 * DAY)
    ledger.set_network("mastodon", health)
    assert age(ledger, clock, row) == timedelta(0)


def test_a_block_that_goes_on_is_counted_from_its_beginning(ledger: Ledger, clock: ManualClock) -> None:
    row = owed_at(ledger, clock, 1)
    for _ in range(3):
        ledger.set_network("mastodon", "auth_broken")
        clock.advance(DAY)
    assert age(ledger, clock, row) == 3 * DAY
    ledger.set_network("mastodon", "ok")
    assert age(ledger, clock, row) == timedelta(0)


@pytest.mark.parametrize("health", ["ok", "down", "cooling", "paused"])
def test_no_other_trouble_stops_the_time(ledger: Ledger, clock: ManualClock, health: HealthName) -> None:
    row = owed_at(ledger, clock, 1)
    ledger.set_network("mastodon", health)
    clock.advance(DAY)
    ledger.set_network("mastodon", "ok")
    assert age(ledger, clock, row) == DAY


def test_the_time_of_another_network_goes_on(ledger: Ledger, clock: ManualClock) -> None:
    row = one_owed(ledger, clock, Owed("bluesky", State.READY, "new"))
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(DAY)
    ledger.set_network("mastodon", "ok")
    assert age(ledger, clock, row) == DAY


def test_a_post_dated_ahead_is_owed_from_its_date_on(ledger: Ledger, clock: ManualClock) -> None:
    """Seen two months before its date, and one hour old when the network was blocked."""
    date = clock.now() + 60 * DAY
    post = NewPost(article(1, date), names(1), clock.now(), (Owed("mastodon", State.READY, "scheduled", date),))
    ledger.record(replace(document(clock, []), new=(post,)))
    [row] = ledger.deliveries()
    clock.advance(60 * DAY + HOUR)
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(10 * DAY)
    ledger.set_network("mastodon", "ok")
    assert age(ledger, clock, row) == HOUR


def test_a_date_that_lies_ahead_still_lies_ahead(ledger: Ledger, clock: ManualClock) -> None:
    date = clock.now() + 60 * DAY
    post = NewPost(article(1, date), names(1), clock.now(), (Owed("mastodon", State.READY, "scheduled", date),))
    ledger.record(replace(document(clock, []), new=(post,)))
    [row] = ledger.deliveries()
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(10 * DAY)
    ledger.set_network("mastodon", "ok")
    assert ledger.delivery(row.id) == row


def test_the_end_of_a_block_happens_as_a_whole_or_not_at_all(
    ledger: Ledger, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the health is `ok`, nobody could tell any more for how long it had been otherwise."""
    row = owed_at(ledger, clock, 1)
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(DAY)
    with monkeypatch.context() as patch:
        patch.setattr(feeds, "note_account", power_cut)
        with pytest.raises(RuntimeError):
            ledger.set_network("mastodon", "ok")
    assert (ledger.network("mastodon").health, ledger.delivery(row.id)) == ("auth_broken", row)
    ledger.set_network("mastodon", "ok")
    assert age(ledger, clock, row) == timedelta(0)


def power_cut(*_: object) -> None:
    raise RuntimeError("power cut")


def test_a_clock_that_was_set_back_makes_nothing_older(ledger: Ledger, clock: ManualClock) -> None:
    row = owed_at(ledger, clock, 1)
    clock.advance(10 * HOUR)
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(-2 * HOUR)
    ledger.set_network("mastodon", "ok")
    assert age(ledger, clock, row) == 8 * HOUR


def test_what_waits_for_another_try_or_for_proof_is_excused_as_well(ledger: Ledger, clock: ManualClock) -> None:
    deferred = sent(ledger, owed_at(ledger, clock, 1))
    deferred = ledger.finish(deferred, "deferred", outcome=REFUSED, due_at=clock.now() + MINUTE)
    doubtful = in_doubt(ledger, owed_at(ledger, clock, 2))
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(10 * DAY)
    ledger.set_network("mastodon", "ok")
    assert [age(ledger, clock, row) for row in (deferred, doubtful)] == [timedelta(0), timedelta(0)]


def test_nobody_who_read_a_row_before_is_refused_for_it(ledger: Ledger, clock: ManualClock) -> None:
    """Only its age has changed: what its owner says of it meanwhile holds."""
    row = owed_at(ledger, clock, 1)
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(DAY)
    ledger.set_network("mastodon", "ok")
    assert ledger.move(row, "hold", cause="owner").state is State.HELD


@pytest.mark.parametrize("state", [State.SKIPPED, State.HELD])
def test_what_does_not_wait_for_the_network_is_left_as_it_was(ledger: Ledger, clock: ManualClock, state: State) -> None:
    row = one_owed(ledger, clock, Owed("mastodon", state, "owner"))
    ledger.set_network("mastodon", "auth_broken")
    clock.advance(DAY)
    ledger.set_network("mastodon", "ok")
    assert ledger.delivery(row.id) == row


def test_the_end_of_a_block_looks_at_open_deliveries_only(on_sqlite: Ledger, clock: ManualClock) -> None:
    from tests.ledger.test_cost import plans_of

    on_sqlite.set_network("mastodon", "auth_broken")
    plan = plans_of(on_sqlite, lambda: on_sqlite.set_network("mastodon", "ok"))
    assert "delivery_unsettled" in plan
    assert "SCAN post" not in plan
