"""What Medium's refusals mean: token, quota, the wall, and everything else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from syndicator.connector import AuthRequired, ConnectorError, Rejected, Retryable, Scope
from syndicator.sandbox.service import Fault
from tests.connectors.medium_ground import KEY, LINK, ME, POSTS, Ground, rendering

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def refused(ground: Ground, **fault: Any) -> ConnectorError:
    ground.service.fail_next(Fault.REFUSE, POSTS, **fault)
    with pytest.raises(ConnectorError) as answer:
        ground.publish(rendering(), "another key" if ground.service.created else KEY)
    return answer.value


def error(code: int, message: str = "It was said so.") -> dict[str, Any]:
    return {"errors": [{"message": message, "code": code}]}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, error(6003, "Token was invalid.")),
        (401, error(6000, "An access token is required.")),
        (401, error(6005, "Application not found")),
        (400, error(6005, "Application not found")),
        (403, error(6000, "An access token is required.")),
        (401, None),
    ],
)
def test_a_dead_token_is_a_matter_for_the_owner_who_learns_of_the_other_mode(
    ground: Ground, status: int, body: Any
) -> None:
    answer = refused(ground, status=status, body=body)
    assert isinstance(answer, AuthRequired)
    assert 'mode = "handoff"' in answer.reason
    assert ground.service.token not in answer.reason


def test_a_revoked_token_is_one_clear_sentence_everywhere(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.revoke()
    for call in (connector.whoami, lambda: connector.deliver(prepared, KEY)):
        with pytest.raises(AuthRequired, match="no new tokens"):
            call()
    ground.service.restore()
    assert connector.whoami().id == "@ada"


@pytest.mark.parametrize("token", ["2CANARY“x”", "2CANARY x", "2CANARY\nx", "2CANARY\rx", "2CANARY\u200b"])
def test_what_cannot_be_a_token_is_not_sent_and_not_shown(ground: Ground, token: str) -> None:
    connector, prepared = ground.connector(token=token), ground.connector().prepare(rendering(), KEY)
    for call in (connector.whoami, lambda: connector.deliver(prepared, KEY)):
        with pytest.raises(AuthRequired, match="copy it anew") as refused:
            call()
        assert "CANARY" not in refused.value.reason
    assert len(ground.service.requests) == 1


def test_what_medium_says_is_shown_with_its_code(ground: Ground) -> None:
    answer = refused(ground, status=400, body=error(2002, "contentFormat must be one of html, markdown."))
    assert isinstance(answer, Rejected)
    assert answer.reason == "Medium refuses it (400 contentFormat must be one of html, markdown. [2002])"


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_story_that_medium_will_not_have_is_rejected(ground: Ground, status: int) -> None:
    assert isinstance(refused(ground, status=status, body=error(1)), Rejected)


def test_may_not_publish_is_no_matter_of_the_post(ground: Ground) -> None:
    answer = refused(ground, status=403, body=error(6007, "Not allowed."))
    assert isinstance(answer, AuthRequired)
    assert ("syndicate check" in answer.reason, "syndicate auth" in answer.reason) == (True, True)


@pytest.mark.parametrize("status", [404, 405, 410])
@pytest.mark.parametrize("body", [b"<h1>Not found</h1>", error(404, "Not found.")])
def test_on_the_day_its_api_goes_the_posts_wait_and_their_owner_learns_what_to_do(
    ground: Ground, status: int, body: Any
) -> None:
    answer = refused(ground, status=status, body=body)
    assert isinstance(answer, AuthRequired)
    assert ("check `api`" in answer.reason, 'mode = "handoff"' in answer.reason) == (True, True)


def test_a_redirect_is_not_followed(ground: Ground) -> None:
    answer = refused(ground, status=302, headers={"Location": "https://elsewhere.example/"})
    assert isinstance(answer, Rejected)
    assert "elsewhere.example" in answer.reason


# The day's limit


def fill(ground: Ground, count: int) -> None:
    for number in range(count):
        ground.publish(rendering(link=f"{LINK}{number}/"), f"key {number}")
        ground.clock.advance(timedelta(minutes=30))


def quota(ground: Ground) -> Retryable:
    with pytest.raises(Retryable) as answer:
        ground.publish(rendering())
    assert answer.value.scope is Scope.NETWORK
    return answer.value


@pytest.mark.parametrize(("status", "code"), [(429, 1007), (429, -1), (400, 1007), (403, -1), (429, 0)])
def test_the_eleventh_story_waits_until_the_first_is_a_day_old(ground: Ground, status: int, code: int) -> None:
    ground.service.quota_status, ground.service.quota_code = status, code
    fill(ground, 10)
    answer = quota(ground)
    assert answer.after == DAY - timedelta(hours=5)
    ground.clock.advance(answer.after)
    assert ground.publish(rendering()).url


def test_a_new_day_begins_with_the_first_story_after_the_old_one(ground: Ground) -> None:
    fill(ground, 2)
    ground.clock.advance(timedelta(hours=23, minutes=30))  # half an hour into what would be the next day
    ground.service.quota = 1
    ground.publish(rendering(link=f"{LINK}next/"), "next")
    ground.clock.advance(HOUR)
    assert quota(ground).after == timedelta(hours=23)


def test_a_story_whose_details_were_lost_counts_too(ground: Ground) -> None:
    ground.service.fail_next(Fault.CUT_BODY, POSTS)
    ground.publish(rendering(link=f"{LINK}first/"), "first")
    ground.clock.advance(HOUR)
    ground.service.quota = 1
    assert quota(ground).after == timedelta(hours=23)


def test_without_knowledge_of_the_day_a_whole_one_is_waited(ground: Ground) -> None:
    ground.service.quota = 0
    assert quota(ground).after == DAY


def test_a_window_that_is_nearly_over_is_not_hammered(ground: Ground) -> None:
    fill(ground, 1)
    ground.clock.advance(timedelta(hours=23, minutes=29, seconds=59))
    ground.service.quota = 1
    assert quota(ground).after == timedelta(minutes=15)


def test_medium_s_own_wish_counts_more(ground: Ground) -> None:
    answer = refused(ground, status=429, body=error(1007), headers={"Retry-After": "7200"})
    assert isinstance(answer, Retryable)
    assert answer.after == 2 * HOUR


def test_damaged_memory_costs_a_day_not_a_story(ground: Ground) -> None:
    ground.tokens.save({"went_out": ["yesterday", 5, "2026-11-20"], "looked_again": "x", "account": ["x"]})
    ground.service.quota = 0
    assert quota(ground).after is not None


# The wall


@pytest.mark.parametrize(
    ("status", "header"), [(403, True), (503, True), (403, False), (503, False), (429, True), (429, False)]
)
def test_the_wall_is_not_about_the_token_and_nothing_was_created(ground: Ground, status: int, header: bool) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.wall = {"api", "feed"}
    ground.service.wall_status, ground.service.wall_header = status, header
    for call in (connector.whoami, lambda: connector.deliver(prepared, KEY)):
        with pytest.raises(Retryable, match="Cloudflare") as answer:
            call()
        assert (answer.value.after, answer.value.scope) == (HOUR, Scope.NETWORK)
        assert "token is not to blame" in answer.value.reason


def test_the_wall_s_header_counts_whatever_the_page_says(ground: Ground) -> None:
    answer = refused(ground, status=500, body=error(1), headers={"cf-mitigated": "challenge"})
    assert (type(answer), "Cloudflare" in answer.reason) == (Retryable, True)


@pytest.mark.parametrize(("wish", "rest"), [("21600", 6 * HOUR), ("60", HOUR)])
def test_the_wall_may_ask_for_longer_than_an_hour_but_not_for_less(ground: Ground, wish: str, rest: timedelta) -> None:
    answer = refused(ground, status=403, body=b"<html>", headers={"Retry-After": wish})
    assert isinstance(answer, Retryable)
    assert answer.after == rest


# Work that publishes nothing


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": Fault.RESET},
        {"fault": Fault.REFUSE, "status": 500, "body": error(1)},
        {"fault": Fault.REFUSE, "status": 502, "body": b"<h1>Bad gateway</h1>"},
        {"fault": Fault.REFUSE, "status": 408},
        {"fault": Fault.REFUSE, "status": 429, "body": error(1007)},
        {"fault": Fault.CUT_BODY},
        {"fault": Fault.REFUSE, "status": 200, "body": b"<html>welcome to the hotel"},
        {"fault": Fault.REFUSE, "status": 200, "body": {"data": []}},
        {"fault": Fault.REFUSE, "status": 200, "body": {"data": {"id": "1"}}},
    ],
)
def test_asking_who_we_are_is_never_in_doubt(ground: Ground, fault: dict[str, Any]) -> None:
    for work in (lambda: ground.connector().whoami(), lambda: ground.connector().prepare(rendering(), KEY)):
        ground.service.fail_next(pattern=ME, **fault)
        with pytest.raises(Retryable):
            work()


def test_nothing_of_a_hostile_answer_reaches_the_terminal(ground: Ground) -> None:
    answer = refused(ground, status=400, body=error(1, "\x1b[31mred\x1b[0m\u202e " + "x" * 9_000))
    assert answer.reason.isprintable()
    assert len(answer.reason) < 400
