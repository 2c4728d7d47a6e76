"""The login: kept, renewed, made anew, and never fought for."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from syndicator.connector import AuthRequired, OutcomeUnknown, Proof, Retryable, Scope
from syndicator.http import Http
from syndicator.sandbox.service import Fault
from syndicator_bluesky.sandbox import PretendBluesky
from syndicator_bluesky.session import Session
from syndicator_bluesky.xrpc import Xrpc
from tests.connectors.bluesky_ground import KEY, LOGIN, PUT, REFRESH, Ground, rendering


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def session_of(ground: Ground) -> Session:
    connector = ground.connector()
    return connector._session


def test_one_login_serves_many_runs(ground: Ground) -> None:
    ground.connector().whoami()
    ground.connector().whoami()
    assert len(ground.service.seen(LOGIN)) == 1


def test_a_token_that_is_about_to_end_is_exchanged_beforehand(ground: Ground) -> None:
    ground.connector().whoami()
    ground.clock.advance(timedelta(minutes=116))
    ground.publish(rendering())
    assert (len(ground.service.seen(REFRESH)), len(ground.service.seen(LOGIN)), len(ground.service.seen(PUT))) == (
        1,
        1,
        1,
    )


def test_a_token_that_ended_unforeseen_is_exchanged_and_the_post_sent_once_more(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.ahead = timedelta(hours=3)
    assert connector.deliver(prepared, KEY).proof is Proof.REPLY
    assert (len(ground.service.seen(REFRESH)), len(ground.service.seen(PUT)), len(ground.service.commits)) == (1, 2, 1)


def test_when_the_refresh_token_has_ended_too_the_app_password_logs_in(ground: Ground) -> None:
    ground.connector().whoami()
    ground.clock.advance(timedelta(days=91))
    ground.publish(rendering())
    assert len(ground.service.seen(LOGIN)) == 2


def test_a_revoked_app_password_needs_the_owner_after_one_try(ground: Ground) -> None:
    ground.connector().whoami()
    ground.service.revoke(ground.service.password)
    ground.clock.advance(timedelta(hours=3))
    with pytest.raises(AuthRequired, match="app password"):
        ground.connector().whoami()
    assert len(ground.service.seen(LOGIN)) == 2


def test_a_wrong_password_is_tried_once(ground: Ground) -> None:
    with pytest.raises(AuthRequired, match="syndicate auth") as refused:
        ground.connector(app_password="wron-gwro-ngwr-ongw").whoami()
    assert len(ground.service.seen(LOGIN)) == 1
    assert "wron" not in str(refused.value)


def test_a_main_password_that_wants_a_code_leads_to_an_app_password(ground: Ground) -> None:
    ground.service.account.asks_for_code = True
    with pytest.raises(AuthRequired, match="make a new app password"):
        ground.connector(app_password="main password").whoami()


def test_a_deactivated_account_is_no_login(ground: Ground) -> None:
    ground.service.account.status = "deactivated"
    with pytest.raises(AuthRequired, match="the account is deactivated"):
        ground.connector(handle=ground.service.account.did).prepare(rendering(), KEY)


def test_the_handle_of_a_deactivated_account_leads_nowhere(ground: Ground) -> None:
    ground.service.account.status = "deactivated"
    with pytest.raises(AuthRequired, match="or the account is deactivated"):
        ground.connector().prepare(rendering(), KEY)


@pytest.mark.parametrize("status", ["takendown", "deactivated", "suspended"])
def test_an_account_that_stops_in_mid_run_needs_its_owner(ground: Ground, status: str) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.account.status = status
    with pytest.raises(AuthRequired, match="account"):
        connector.deliver(prepared, KEY)
    assert ground.service.commits == []


def test_too_many_logins_make_the_network_wait_as_long_as_the_server_says(ground: Ground) -> None:
    ground.service.fail_next(
        Fault.REFUSE, LOGIN, status=429, body={"error": "RateLimitExceeded"}, headers={"Retry-After": "240"}
    )
    with pytest.raises(Retryable) as limited:
        ground.connector().whoami()
    assert (limited.value.scope, limited.value.after) == (Scope.NETWORK, timedelta(seconds=240))
    assert len(ground.service.seen(LOGIN)) == 1


def test_new_tokens_are_stored_before_they_are_used(ground: Ground) -> None:
    connector = ground.connector()
    prepared = connector.prepare(rendering(), KEY)
    before = ground.tokens.load()["session"]["refreshJwt"]
    ground.ahead = timedelta(hours=3)
    ground.service.fail_next(Fault.REFUSE, PUT, status=400, body={"error": "ExpiredToken"})
    ground.service.fail_next(Fault.RESET, PUT)
    with pytest.raises(OutcomeUnknown):
        connector.deliver(prepared, KEY)
    assert ground.tokens.load()["session"]["refreshJwt"] != before


def test_a_lost_answer_to_a_refresh_costs_nothing(ground: Ground) -> None:
    ground.connector().whoami()
    ground.clock.advance(timedelta(hours=3))
    ground.service.fail_next(Fault.LOSE_REPLY, REFRESH)
    ground.connector().whoami()
    assert (len(ground.service.seen(REFRESH)), len(ground.service.seen(LOGIN))) == (2, 1)


def test_a_server_that_fails_while_refreshing_is_waited_for_without_a_login(ground: Ground) -> None:
    ground.connector().whoami()
    ground.clock.advance(timedelta(hours=3))
    ground.service.fail_next(Fault.REFUSE, REFRESH, status=503)
    ground.service.fail_next(Fault.REFUSE, REFRESH, status=503)
    with pytest.raises(Retryable):
        ground.connector().whoami()
    assert len(ground.service.seen(LOGIN)) == 1


def test_two_that_need_a_new_token_share_one(ground: Ground) -> None:
    session = session_of(ground)
    used = session.current()
    with ThreadPoolExecutor(4) as pool:
        renewed = set(pool.map(session.renew, [used] * 4))
    assert (len(renewed), len(ground.service.seen(REFRESH))) == (1, 1)


def test_what_another_process_has_renewed_is_used(ground: Ground) -> None:
    ours = session_of(ground)
    used = ours.current()
    theirs = session_of(ground).renew(used)
    assert ours.renew(used) == theirs
    assert len(ground.service.seen(REFRESH)) == 1


def test_another_handle_in_the_settings_does_not_find_the_old_login(ground: Ground) -> None:
    other = ground.service.add_account("other.example.org", "pass-pass-pass-pass")
    ground.connector().whoami()
    identity = ground.connector(handle=other.handle, app_password="pass-pass-pass-pass").whoami()
    assert (identity.id, len(ground.service.seen(LOGIN))) == (other.did, 2)


def test_a_server_that_answers_for_somebody_else_is_not_believed(ground: Ground) -> None:
    body = {"did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "accessJwt": "a", "refreshJwt": "b", "handle": "x.example"}
    ground.service.fail_next(Fault.ERROR_AFTER, LOGIN, status=200, body=body)
    with pytest.raises(AuthRequired, match="another account"):
        ground.connector().whoami()
    assert "session" not in ground.tokens.load()


def test_a_damaged_store_is_a_new_login(ground: Ground) -> None:
    ground.connector().whoami()
    stored = ground.tokens.load()
    ground.tokens.save({"session": {**stored["session"], "refreshJwt": None}})
    ground.connector().whoami()
    assert len(ground.service.seen(LOGIN)) == 2


def test_an_account_that_moved_is_followed_to_its_new_server(ground: Ground) -> None:
    ground.by_directory().whoami()
    with PretendBluesky(ground.server_time) as new:
        ground.service.move_account(ground.service.account, new)
        moved = ground.by_directory()
        prepared = moved.prepare(rendering(), KEY)
        with pytest.raises(Retryable, match="old server") as gone:
            moved.deliver(prepared, KEY)
        assert (gone.value.prepare_again, gone.value.scope) == (True, Scope.NETWORK)
        again = ground.by_directory()
        again.deliver(again.prepare(rendering(), KEY), KEY)
        assert (len(ground.service.commits), len(new.commits)) == (0, 1)


def test_a_deactivated_account_that_did_not_move_needs_its_owner(ground: Ground) -> None:
    ground.by_directory().whoami()
    connector = ground.by_directory()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.account.status = "deactivated"
    with pytest.raises(Retryable):
        connector.deliver(prepared, KEY)
    with pytest.raises(AuthRequired, match="deactivated"):
        ground.by_directory().deliver(prepared, KEY)


def test_the_directory_is_asked_again_after_a_day(ground: Ground) -> None:
    ground.by_directory().whoami()
    ground.clock.advance(timedelta(hours=25))
    with PretendBluesky(ground.server_time) as new:
        ground.service.move_account(ground.service.account, new)
        assert f"server {new.url}" in ground.by_directory().whoami().notes


def test_a_silent_directory_does_not_stop_a_login_that_works(ground: Ground) -> None:
    ground.by_directory().whoami()
    ground.clock.advance(timedelta(hours=25))
    ground.service.fail_next(Fault.REFUSE, "GET /did:plc:", status=500)
    ground.service.fail_next(Fault.REFUSE, "GET /did:plc:", status=500)
    assert ground.by_directory().whoami().id == ground.service.account.did


def test_tokens_that_cannot_be_read_are_used_until_they_are_refused(ground: Ground) -> None:
    ground.connector().whoami()
    stored = ground.tokens.load()["session"]
    ground.tokens.save({"session": {**stored, "accessJwt": "opaque"}})
    ground.connector().whoami()
    assert len(ground.service.seen(REFRESH)) == 1


def test_tokens_and_password_stay_out_of_every_text(ground: Ground) -> None:
    connector = ground.connector()
    login = connector._session.current()
    shown = repr(login) + repr(connector._settings) + str(Xrpc(Http().session()))
    assert not any(secret in shown for secret in (login.access, login.refresh, ground.service.password))
    assert login.access in json.dumps(ground.tokens.load())


def test_a_server_that_has_just_let_us_in_is_not_taken_for_the_old_one(ground: Ground) -> None:
    connector = ground.by_directory()
    prepared = connector.prepare(rendering(), KEY)
    ground.service.fail_next(Fault.REFUSE, PUT, status=401, body={"error": "AccountDeactivated"})
    with pytest.raises(AuthRequired, match="syndicate resume"):
        connector.deliver(prepared, KEY)
    assert "session" in ground.tokens.load()
