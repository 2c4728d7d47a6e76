"""Who speaks, and what is known of the token that opens the account."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syndicator.connector import AuthRequired, Credential, Retryable, Scope
from syndicator.log import redact
from syndicator.sandbox.service import Fault
from syndicator_linkedin.credential import Facts, fingerprint, keep_facts, keep_renewal, words_in
from tests.connectors.linkedin_ground import INTROSPECT, KEY, NOW, TOKEN, WHO, Ground, carded

LAST = NOW + timedelta(days=60)


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def refreshable(ground: Ground, *, left: timedelta) -> None:
    """The owner's token is about to end, and a refresh token is known."""
    ground.service.consent.gives_refresh_tokens = True
    app, now = ground.service.app, ground.clock.now()
    scopes = frozenset({"openid", "profile", "w_member_social"})
    answer = ground.service.consent._tokens(scopes, app, now.timestamp()).body
    ground.service.consent.grants[ground.service.token].lasts = left.total_seconds()
    keep_facts(ground.tokens, ground.service.token, Facts(now, now + left, tuple(scopes)))
    keep_renewal(ground.tokens, ground.service.token, answer)


# Who


def test_a_member_is_known_by_a_number_and_shown_by_name(ground: Ground) -> None:
    identity = ground.connector().whoami()
    assert (identity.id, identity.name, identity.url) == ("urn:li:person:AbC123dEf", "Ada Pretend", None)


def test_a_page_is_known_by_its_number_without_leave_to_ask_for_the_member(ground: Ground) -> None:
    identity = ground.for_page().whoami()
    assert (identity.id, identity.name) == ("urn:li:organization:2414183", "page 2414183")
    assert identity.url == f"{ground.service.url}/company/2414183/"


def test_a_page_shows_the_member_where_linkedin_tells(ground: Ground) -> None:
    assert ground.connector(organisation="2414183").whoami().name == "page 2414183 (by Ada Pretend)"


def test_another_account_behind_the_same_token_is_seen(ground: Ground) -> None:
    before = ground.connector().whoami().id
    ground.service.become_another()
    assert ground.connector().whoami().id != before


def test_the_author_is_asked_for_once_per_token(ground: Ground) -> None:
    for _ in range(2):
        ground.connector().prepare(carded(), KEY)
    assert len(ground.service.seen(WHO)) == 1
    other = ground.service.consent.grant(frozenset({"openid", "profile"}), "x", NOW.timestamp())
    ground.connector(access_token=other).prepare(carded(), KEY)
    assert len(ground.service.seen(WHO)) == 2


@pytest.mark.parametrize("page", [False, True])
def test_a_revoked_token_needs_the_owner(ground: Ground, page: bool) -> None:
    ground.service.revoke()
    connector = ground.for_page() if page else ground.connector()
    with pytest.raises(AuthRequired, match="syndicate auth"):
        connector.whoami()
    ground.service.restore()
    assert connector.whoami().id


def test_an_answer_without_a_number_is_no_account(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, WHO, status=200, body={"name": "Nobody"})
    with pytest.raises(Retryable, match="whose token"):
        ground.connector().whoami()


@pytest.mark.parametrize("status", [500, 503])
def test_linkedin_failing_is_no_matter_of_the_account(ground: Ground, status: int) -> None:
    for _ in range(2):
        ground.service.fail_next(Fault.REFUSE, WHO, status=status, body=b"<html><h1>We'll be back</h1></html>")
    with pytest.raises(Retryable):
        ground.connector().whoami()


def test_asking_too_often_makes_the_network_wait(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, WHO, status=429, body={"status": 429, "code": "TOO_MANY_REQUESTS"})
    with pytest.raises(Retryable) as limited:
        ground.connector().whoami()
    assert (limited.value.scope, limited.value.after) == (Scope.NETWORK, timedelta(minutes=15))


def test_where_to_look_is_among_the_notes(ground: Ground) -> None:
    assert f"your recent posts: {ground.service.url}/in/me/recent-activity/all/" in ground.connector().whoami().notes


# What is known of the token


def test_of_a_pasted_token_nothing_is_known(ground: Ground) -> None:
    assert ground.connector().whoami().credential == Credential("access token")
    assert ground.service.seen(INTROSPECT) == []


def test_with_the_app_linkedin_is_asked_for_age_end_and_scopes(ground: Ground) -> None:
    assert ground.with_app().whoami().credential == Credential(
        "access token", NOW, LAST, ("email", "openid", "profile", "w_member_social")
    )


def test_linkedin_is_asked_about_a_token_once_a_week(ground: Ground) -> None:
    for days, times in ((0, 1), (6, 1), (1, 2), (6, 2)):
        ground.clock.advance(timedelta(days=days))
        assert ground.with_app().whoami().credential is not None
        assert len(ground.service.seen(INTROSPECT)) == times


def test_a_token_pasted_by_hand_does_not_inherit_the_age_of_the_one_before(ground: Ground) -> None:
    ground.with_app().whoami()
    other = ground.service.consent.grant(frozenset({"openid", "profile"}), "elsewhere", NOW.timestamp())
    assert ground.connector(access_token=other).whoami().credential == Credential("access token")


@pytest.mark.parametrize(("status", "says"), [("revoked", "was revoked"), ("expired", "has ended")])
def test_a_token_that_linkedin_calls_dead_needs_the_owner(ground: Ground, status: str, says: str) -> None:
    answer = {"active": False, "status": status}
    ground.service.fail_next(Fault.REFUSE, INTROSPECT, status=200, body=answer)
    with pytest.raises(AuthRequired, match=says):
        ground.with_app().whoami()
    assert ground.service.seen(WHO) == []


def test_a_token_of_another_app_is_no_reason_to_stop(ground: Ground) -> None:
    other = ground.service.consent.grant(
        frozenset({"openid", "profile", "w_member_social"}), "elsewhere", NOW.timestamp()
    )
    identity = ground.with_app(access_token=other).whoami()
    assert (identity.warnings, identity.credential) == ((), Credential("access token"))


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault.RESET, {}),
        (Fault.REFUSE, {"status": 503, "body": b"<html>"}),
        (Fault.REFUSE, {"status": 200, "body": b"<html>"}),
        (Fault.REFUSE, {"status": 200, "body": {"active": True, "expires_at": "soon", "scope": 7}}),
        (Fault.REFUSE, {"status": 200, "body": {"active": True, "expires_at": 10**30}}),
    ],
)
def test_an_inquiry_that_fails_keeps_nobody_from_posting(ground: Ground, fault: Fault, answer: dict[str, Any]) -> None:
    ground.service.fail_next(fault, INTROSPECT, **answer)
    identity = ground.with_app().whoami()
    assert (identity.id, identity.warnings) == (ground.service.person, ())


def test_after_an_inquiry_that_failed_a_day_passes(ground: Ground) -> None:
    ground.service.fail_next(Fault.RESET, INTROSPECT)
    for hours, times in ((0, 1), (23, 1), (1, 2)):
        ground.clock.advance(timedelta(hours=hours))
        ground.with_app().whoami()
        assert len(ground.service.seen(INTROSPECT)) == times


def test_a_wrong_client_secret_is_told_and_keeps_nobody_from_posting(ground: Ground) -> None:
    identity = ground.connector(client_id=ground.service.app.client_id, client_secret="wrong-secret").whoami()
    assert "`client_secret`" in identity.warnings[0]
    assert "wrong-secret" not in identity.warnings[0]


def test_milliseconds_are_moments_too(ground: Ground) -> None:
    answer = {"active": True, "status": "active", "expires_at": int(LAST.timestamp() * 1000)}
    ground.service.fail_next(Fault.REFUSE, INTROSPECT, status=200, body=answer)
    credential = ground.with_app().whoami().credential
    assert credential is not None
    assert credential.expires_at == LAST


def test_scopes_that_are_missing_are_told(ground: Ground) -> None:
    grants = ground.service.consent.grants[ground.service.token]
    grants.scopes = frozenset({"openid", "profile"})
    assert "lacks w_member_social" in ground.with_app().whoami().warnings[0]


def test_scopes_may_be_parted_by_commas_or_blanks() -> None:
    assert words_in("openid,profile w_member_social") == words_in("w_member_social profile  openid")
    assert words_in(None) == ()


# Renewing


def test_a_token_near_its_end_is_renewed_where_linkedin_allows_it(ground: Ground) -> None:
    refreshable(ground, left=timedelta(days=6))
    identity = ground.with_app().whoami()
    assert (identity.warnings, identity.credential and identity.credential.expires_at) == ((), LAST)
    used = ground.service.seen(WHO)[-1].headers["authorization"]
    assert used != f"Bearer {ground.service.token}"
    ground.clock.advance(timedelta(days=30))
    assert ground.with_app().whoami().id == ground.service.person
    assert len(ground.service.seen(TOKEN)) == 1


def test_a_token_far_from_its_end_is_left_alone(ground: Ground) -> None:
    refreshable(ground, left=timedelta(days=8))
    ground.with_app().whoami()
    assert ground.service.seen(TOKEN) == []


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.REFUSE])
def test_a_renewal_that_fails_is_told_and_the_token_used_to_its_end(ground: Ground, fault: Fault) -> None:
    refreshable(ground, left=timedelta(days=3))
    ground.service.fail_next(fault, TOKEN, status=400, body={"error": "invalid_request"})
    identity = ground.with_app().whoami()
    assert identity.id == ground.service.person
    assert "could not be renewed" in identity.warnings[0]
    assert "2026-11-23" in identity.warnings[0]


def test_a_renewal_without_a_token_is_told(ground: Ground) -> None:
    refreshable(ground, left=timedelta(days=3))
    ground.service.fail_next(Fault.REFUSE, TOKEN, status=200, body={})
    assert "without an access token" in ground.with_app().whoami().warnings[0]


def test_another_token_in_the_file_makes_the_renewal_void(ground: Ground) -> None:
    refreshable(ground, left=timedelta(days=3))
    ground.with_app().whoami()
    other = ground.service.consent.grant(frozenset({"openid", "profile"}), "x", NOW.timestamp())
    ground.connector(access_token=other).whoami()
    assert ground.service.seen(WHO)[-1].headers["authorization"] == f"Bearer {other}"


def test_renewed_tokens_are_secrets(ground: Ground) -> None:
    refreshable(ground, left=timedelta(days=3))
    ground.with_app().whoami()
    renewal = ground.tokens.load()["renewal"]
    shown = redact(f"{renewal['access_token']} {renewal['refresh_token']}")
    assert shown == "[redacted] [redacted]"


def test_a_fingerprint_does_not_give_the_token_away() -> None:
    assert fingerprint("AQtoken") == fingerprint("AQtoken") != fingerprint("AQtokem")
    assert len(fingerprint("AQtoken")) == 16


def test_notes_of_another_release_are_ignored(ground: Ground) -> None:
    ground.tokens.save(
        {
            "access": {"fingerprint": fingerprint(ground.service.token), "expires_at": "soon", "scopes": "x"},
            "renewal": ["x"],
            "version": {"chosen": "202609", "unheard": 1},
            "deliveries": {KEY: {"uploads": {"x": {"urn": "y"}}}},
            "account": 7,
            "limited_at": "x",
            "deleted": [],
        }
    )
    assert ground.connector().whoami().credential == Credential("access token")
    assert ground.publish(carded()).remote_id


def test_moments_are_told_in_utc(ground: Ground) -> None:
    credential = ground.with_app().whoami().credential
    assert credential is not None
    assert isinstance(credential.expires_at, datetime)
    assert credential.expires_at.tzinfo is UTC
