"""The pretend Bluesky treats logins and tokens as the reference PDS was measured to."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.connectors.bluesky_ground import POST, Caller, Ground, refusal


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


@pytest.fixture
def caller(ground: Ground) -> Iterator[Caller]:
    caller = Caller(ground)
    with caller.http:
        yield caller


@pytest.mark.parametrize(
    ("token", "answer"),
    [("", (401, "AuthMissing")), ("garbage", (400, "InvalidToken")), ("a.b.c", (400, "InvalidToken"))],
)
def test_bad_tokens_are_bad_requests(caller: Caller, token: str, answer: tuple[int, str]) -> None:
    assert refusal(caller.post("com.atproto.repo.putRecord", token=token, json={})) == answer


def test_a_refresh_token_opens_nothing_else(caller: Caller) -> None:
    assert refusal(caller.post("com.atproto.repo.putRecord", token=caller.refresh, json={})) == (400, "InvalidToken")


def test_an_access_token_lasts_two_hours(caller: Caller, ground: Ground) -> None:
    ground.clock.advance(timedelta(minutes=121))
    assert refusal(caller.put(POST)) == (400, "ExpiredToken")


def test_a_used_refresh_token_gives_the_same_for_two_hours_and_nothing_after(caller: Caller, ground: Ground) -> None:
    method = "com.atproto.server.refreshSession"
    first = caller.post(method, token=caller.refresh).json()["refreshJwt"]
    assert caller.post(method, token=caller.refresh).json()["refreshJwt"] == first
    ground.clock.advance(timedelta(minutes=121))
    assert refusal(caller.post(method, token=caller.refresh)) == (400, "ExpiredToken")
    assert caller.post(method, token=first).ok


def test_after_its_revocation_an_app_password_lives_on_in_access_tokens_only(caller: Caller) -> None:
    caller.service.revoke(caller.service.password)
    assert caller.put(POST).ok
    assert refusal(caller.post("com.atproto.server.refreshSession", token=caller.refresh)) == (400, "ExpiredToken")
    assert refusal(caller.login()) == (401, "AuthenticationRequired")


def test_a_deactivated_account_logs_in_and_cannot_write(caller: Caller) -> None:
    caller.service.account.status = "deactivated"
    assert (caller.login().json()["active"], caller.login().json()["status"]) == (False, "deactivated")
    assert refusal(caller.put(POST)) == (401, "AccountDeactivated")


def test_the_thirty_first_login_within_five_minutes_is_too_many(caller: Caller, ground: Ground) -> None:
    [caller.login() for _ in range(29)]
    response = caller.login()
    assert refusal(response) == (429, "RateLimitExceeded")
    assert (response.headers["Retry-After"], response.headers["RateLimit-Policy"]) == ("300", "30;w=300")
    ground.clock.advance(timedelta(seconds=301))
    assert caller.login().ok
