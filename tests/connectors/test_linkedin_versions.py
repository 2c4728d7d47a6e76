"""Monthly versions: announced ends, and the step to the next one when LinkedIn has moved on."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from syndicator.connector import AuthRequired, Retryable
from syndicator.sandbox.service import Fault
from syndicator_linkedin.versions import DEFAULT, candidates, sunset
from tests.connectors.linkedin_ground import KEY, NOW, OTHER_KEY, POST, PROBE, UPLOAD, Ground, carded, picture


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def versions_sent(ground: Ground, pattern: str = POST) -> list[str]:
    return [request.headers["linkedin-version"] for request in ground.service.seen(pattern)]


def test_a_version_ends_a_year_later_in_the_middle_of_its_month() -> None:
    assert [sunset("202609"), sunset("202612"), sunset("202601")] == [
        date(2027, 9, 15),
        date(2027, 12, 15),
        date(2027, 1, 15),
    ]


def test_the_version_of_two_months_ago_is_tried_first_then_last_months_then_older_ones() -> None:
    assert list(candidates(datetime(2027, 2, 3, tzinfo=UTC))) == [
        *("202612", "202701", "202611", "202610", "202609", "202608"),
        *("202607", "202606", "202605", "202604", "202603"),
    ]


def test_check_shows_the_version_and_its_end(ground: Ground) -> None:
    identity = ground.connector().whoami()
    assert "LinkedIn-Version 202609, in service until about 2027-09-15" in identity.notes
    assert (identity.warnings, ground.service.seen(PROBE)) == ((), [])


@pytest.mark.parametrize(("days", "warned"), [(61, False), (60, True), (1, True)])
def test_the_end_is_announced_sixty_days_ahead(ground: Ground, days: int, warned: bool) -> None:
    end = datetime(2027, 9, 15, tzinfo=UTC)
    token = ground.service.consent.grant(frozenset({"openid", "profile"}), "x", end.timestamp() - 86400 * days)
    ground.clock.advance(end - NOW - timedelta(days=days))
    warnings = ground.connector(access_token=token).whoami().warnings
    assert [f"in {days} days" in warning for warning in warnings] == ([True] if warned else [])


def test_a_version_that_ended_before_its_time_is_stepped_over_on_the_next_try(ground: Ground) -> None:
    ground.service.calendar.retired.add(DEFAULT)
    connector = ground.connector()
    letter = connector.prepare(carded(), KEY)
    with pytest.raises(Retryable, match=r"202609.*202610") as stepped:
        connector.deliver(letter, KEY)
    assert (stepped.value.prepare_again, stepped.value.after) == (False, timedelta(seconds=1))
    ground.service.calendar.retired.add("202610")
    with pytest.raises(Retryable):
        connector.deliver(letter, KEY)
    receipt = connector.deliver(letter, KEY)
    assert versions_sent(ground) == ["202609", "202610", "202608"]
    assert len({request.body for request in ground.service.seen(POST)}) == 1
    assert len(ground.service.copies()) == 1
    assert "no longer takes version 202609" in receipt.warnings[0]


def test_each_call_sends_once_and_the_working_version_is_remembered(ground: Ground) -> None:
    ground.service.calendar.retired.add(DEFAULT)
    with pytest.raises(Retryable):
        ground.publish(carded())
    first = ground.publish(carded())
    second = ground.publish(carded(text="Another", spans=()), OTHER_KEY)
    assert versions_sent(ground) == ["202609", "202610", "202610"]
    assert (len(first.warnings), second.warnings) == (1, ())


def test_no_picture_is_uploaded_again_for_a_step(ground: Ground) -> None:
    connector = ground.connector()
    letter = connector.prepare(carded(picture()), KEY)
    ground.service.calendar.retired.add(DEFAULT)
    with pytest.raises(Retryable):
        connector.deliver(letter, KEY)
    assert ground.connector().prepare(carded(picture()), KEY).prepared == letter.prepared
    connector.deliver(letter, KEY)
    assert len(ground.service.seen(UPLOAD)) == 1


def test_an_upload_steps_by_itself(ground: Ground) -> None:
    ground.service.calendar.retired.update({DEFAULT, "202610"})
    assert ground.publish(carded(picture())).warnings != ()
    assert versions_sent(ground, UPLOAD) == ["202609", "202610", "202608"]
    assert versions_sent(ground) == ["202608"]


def test_a_version_that_an_upload_has_proven_is_not_asked_about(ground: Ground) -> None:
    ground.service.calendar.retired.add(DEFAULT)
    ground.connector().prepare(carded(picture()), KEY)
    ground.connector().whoami()
    assert ground.service.seen(PROBE) == []


def test_a_missing_version_counts_as_one_that_has_ended(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, POST, status=400, body={"status": 400, "code": "VERSION_MISSING"})
    with pytest.raises(Retryable):
        ground.publish(carded())


def test_check_looks_for_a_version_when_the_known_one_must_have_ended(ground: Ground) -> None:
    """Before a post pays for it: what has ended by the calendar is asked about, without publishing anything."""
    ground.clock.advance(datetime(2027, 9, 20, tzinfo=UTC) - NOW)
    token = ground.service.consent.grant(
        frozenset({"openid", "profile", "w_member_social"}), "x", ground.clock.now().timestamp()
    )
    identity = ground.connector(access_token=token).whoami()
    assert versions_sent(ground, PROBE) == ["202609", "202707"]
    assert "202707 is used in its place" in identity.warnings[0]
    assert "update syndicator" in identity.warnings[0]
    ground.publish(carded(), access_token=token)
    assert versions_sent(ground) == ["202707"]


def test_a_version_that_lives_longer_than_announced_is_asked_about_once_a_day(ground: Ground) -> None:
    ground.clock.advance(datetime(2027, 9, 14, tzinfo=UTC) - NOW)
    token = ground.service.consent.grant(frozenset({"openid", "profile"}), "x", ground.clock.now().timestamp())
    connector = ground.connector(access_token=token, version="202609")
    connector.whoami()
    ground.clock.advance(timedelta(days=2))
    ground.service.fail_next(Fault.REFUSE, PROBE, status=403, body={"status": 403, "code": "ACCESS_DENIED"})
    assert "was to end" in connector.whoami().warnings[0]
    connector.whoami()
    assert len(ground.service.seen(PROBE)) == 1


@pytest.mark.parametrize("status", [401, 429, 503])
def test_an_unclear_answer_leaves_the_version_as_it_is(ground: Ground, status: int) -> None:
    ground.service.calendar.retired.add(DEFAULT)
    with pytest.raises(Retryable):
        ground.publish(carded())
    ground.service.fail_next(Fault.REFUSE, PROBE, status=status, body={"status": status, "code": "X"})
    ground.connector().whoami()
    assert len(ground.service.seen(PROBE)) == 1


def test_the_owners_version_is_spoken_and_stepped_over_with_a_loud_word(ground: Ground) -> None:
    ground.publish(carded(), version="202607")
    assert versions_sent(ground) == ["202607"]
    ground.service.calendar.retired.add("202607")
    connector = ground.connector(version="202607")
    with pytest.raises(Retryable, match="202607"):
        connector.deliver(connector.prepare(carded(text="Two", spans=()), OTHER_KEY), OTHER_KEY)
    warning = connector.whoami().warnings[0]
    assert "no longer takes version 202607" in warning
    assert "change `version` in the network's file" in warning


def test_a_new_version_in_the_file_is_tried_though_another_was_found(ground: Ground) -> None:
    ground.service.calendar.retired.add("202607")
    with pytest.raises(Retryable):
        ground.publish(carded(), version="202607")
    ground.publish(carded(), version="202606")
    assert versions_sent(ground) == ["202607", "202606"]


def test_when_no_version_is_left_the_owner_is_asked(ground: Ground) -> None:
    ground.service.calendar.lag = 100
    with pytest.raises(AuthRequired, match="none of the versions"):
        ground.connector(version="202001").prepare(carded(picture()), KEY)
    assert len(ground.service.seen(UPLOAD)) == 12


def test_when_no_version_is_left_publishing_asks_too(ground: Ground) -> None:
    ground.service.calendar.lag = 100
    connector = ground.connector()
    letter = connector.prepare(carded(), KEY)
    for _ in range(10):  # ours is one of the eleven
        with pytest.raises(Retryable):
            connector.deliver(letter, KEY)
    with pytest.raises(AuthRequired, match="none of the versions"):
        connector.deliver(letter, KEY)


def test_a_clock_that_stands_before_our_version_asks_for_no_version_to_come(ground: Ground) -> None:
    ground.clock.advance(datetime(2026, 3, 1, tzinfo=UTC) - NOW)
    assert ground.connector().whoami().notes[0].startswith("LinkedIn-Version 202601")
