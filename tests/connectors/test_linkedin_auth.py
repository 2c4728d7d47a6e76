"""`syndicate auth`: the owner's app and a browser, or a pasted token."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from syndicator.connector import AuthRequired, Credential, Retryable
from syndicator.errors import UsageError
from syndicator.http import Http
from syndicator.log import redact
from syndicator.login import Authorised, CanAuthorise
from syndicator.sandbox.service import Fault
from syndicator_linkedin.auth import authorise
from syndicator_linkedin.connector import LinkedInConnector
from syndicator_linkedin.sandbox_oauth import MEMBER_PRODUCTS, PAGE_PRODUCTS
from tests.connectors.linkedin_ground import NOW, REDIRECT, TOKEN, WHO, Ground, Person

APPS = "https://www.linkedin.com/developers/apps"


@pytest.fixture
def ground() -> Iterator[Ground]:
    ground = Ground()
    with ground.service:
        yield ground


def known(ground: Ground, **more: Any) -> dict[str, Any]:
    return {"api": ground.service.url, "www": ground.service.url, "enabled": False, "connector": "linkedin", **more}


def with_app(ground: Ground, **more: Any) -> dict[str, Any]:
    app = ground.service.app
    return known(ground, **{"client_id": app.client_id, "client_secret": SecretStr(app.secret), **more})


def log_in(ground: Ground, person: Person, written: dict[str, Any] | None = None) -> Authorised:
    return authorise(person, Http(), ground.tokens, written or with_app(ground), ground.clock)


def refused(ground: Ground, person: Person, written: dict[str, Any] | None = None) -> str:
    with pytest.raises(AuthRequired) as no:
        log_in(ground, person, written)
    assert ground.tokens.load() == {}
    return no.value.reason


def test_the_connector_offers_a_login(ground: Ground) -> None:
    assert issubclass(LinkedInConnector, CanAuthorise)
    done = LinkedInConnector.authorise(Person(), Http(), ground.tokens, with_app(ground))
    assert done.identity.id == ground.service.person


def test_a_browser_and_the_owners_app_connect_an_account(ground: Ground) -> None:
    app = ground.service.app
    person = Person(app.client_id, secrets=(app.secret,))
    done = log_in(ground, person, known(ground))
    assert done.identity.id == ground.service.person
    assert done.settings == {"client_id": app.client_id}
    assert done.secrets["client_secret"] == app.secret
    assert done.secrets["access_token"] in ground.service.consent.grants
    assert done.secrets["access_token"] not in repr(done)


def test_what_the_file_says_is_not_asked_for(ground: Ground) -> None:
    person = Person()
    log_in(ground, person)
    assert person.asked == []


def test_the_way_back_is_shown_before_the_browser_opens(ground: Ground) -> None:
    person = Person()
    log_in(ground, person)
    assert any(REDIRECT in text and APPS in text for text in person.shown)


def test_the_page_asks_for_the_least_scopes_with_a_state_nobody_can_guess(ground: Ground) -> None:
    first, second = Person(), Person()
    log_in(ground, first)
    log_in(ground, second)
    asked = parse_qs(urlsplit(first.pages[0]).query)
    assert asked["scope"] == ["openid profile w_member_social"]
    assert (asked["redirect_uri"], asked["response_type"]) == ([REDIRECT], ["code"])
    assert len(asked["state"][0]) >= 32
    assert asked["state"] != parse_qs(urlsplit(second.pages[0]).query)["state"]
    assert "openid%20profile%20w_member_social" in first.pages[0]


def test_a_page_needs_the_one_scope_of_its_product(ground: Ground) -> None:
    ground.service.app.products = PAGE_PRODUCTS
    person = Person()
    done = log_in(ground, person, with_app(ground, organisation="2414183"))
    assert parse_qs(urlsplit(person.pages[0]).query)["scope"] == ["w_organization_social"]
    assert done.identity.id == "urn:li:organization:2414183"


def test_the_end_of_the_token_is_known_from_then_on(ground: Ground) -> None:
    done = log_in(ground, Person())
    expected = Credential("access token", NOW, NOW + timedelta(days=60), ("openid", "profile", "w_member_social"))
    assert done.identity.credential == expected
    later = ground.connector(access_token=done.secrets["access_token"])
    assert later.whoami().credential == expected


def test_a_machine_five_minutes_off_logs_in_all_the_same(ground: Ground) -> None:
    ground.service.now = (ground.clock.now() - timedelta(minutes=5)).timestamp
    assert log_in(ground, Person()).identity.id == ground.service.person


def test_a_refresh_token_is_kept_where_linkedin_gives_one(ground: Ground) -> None:
    ground.service.consent.gives_refresh_tokens = True
    done = log_in(ground, Person())
    refresh = ground.tokens.load()["renewal"]["refresh_token"]
    assert refresh in ground.service.consent.refreshes
    assert redact(f"{refresh} {done.secrets['access_token']}") == "[redacted] [redacted]"
    ground.clock.advance(timedelta(days=55))
    renewed = ground.with_app(access_token=done.secrets["access_token"]).whoami()
    assert renewed.credential is not None
    assert renewed.credential.expires_at == NOW + timedelta(days=115)


def test_logging_in_again_keeps_what_was_learnt_about_linkedin(ground: Ground) -> None:
    ground.tokens.save({"deleted": {"urn:li:share:1": NOW.isoformat()}, "account": {"fingerprint": "x", "id": "y"}})
    log_in(ground, Person())
    assert "urn:li:share:1" in ground.tokens.load()["deleted"]


def test_a_login_turns_posting_by_hand_into_posting(ground: Ground) -> None:
    done = log_in(ground, Person(), with_app(ground, mode="handoff"))
    assert done.settings["mode"] == "api"


# Pasting


def test_a_token_from_the_generator_needs_no_app(ground: Ground) -> None:
    person = Person("", secrets=(f" {ground.service.token}\n",))
    done = log_in(ground, person, known(ground))
    assert (done.settings, done.secrets) == ({}, {"access_token": ground.service.token})
    assert "token-generator" in person.shown[-1]
    assert person.pages == []


def test_a_pasted_token_has_no_known_end(ground: Ground) -> None:
    log_in(ground, Person())
    done = log_in(ground, Person("", secrets=(ground.service.token,)), known(ground))
    assert done.identity.credential == Credential("access token")


@pytest.mark.parametrize("pasted", ["", "two words"])
def test_what_is_no_token_is_a_usage_error_and_is_not_shown(ground: Ground, pasted: str) -> None:
    with pytest.raises(UsageError, match="one long word") as wrong:
        log_in(ground, Person("", secrets=(pasted,)), known(ground))
    assert "two words" not in f"{wrong.value.message} {wrong.value.hint}"


def test_a_pasted_token_that_linkedin_does_not_know_is_refused(ground: Ground) -> None:
    assert "does not accept the access token" in refused(ground, Person("", secrets=("AQwrong",)), known(ground))


# No


@pytest.mark.parametrize("error", ["user_cancelled_login", "user_cancelled_authorize", "access_denied"])
def test_a_person_who_says_no_is_told_that_nothing_has_changed(ground: Ground, error: str) -> None:
    ground.service.consent.next_answer = error
    assert "nothing has changed; run `syndicate auth`" in refused(ground, Person())
    assert ground.service.seen(TOKEN) == []


def test_an_app_without_its_products_is_told_which(ground: Ground) -> None:
    ground.service.app.products = frozenset({"openid", "profile"})
    reason = refused(ground, Person())
    assert "Share on LinkedIn" in reason
    assert APPS in reason
    assert "w_member_social" in reason


def test_a_scope_that_was_left_out_is_named(ground: Ground) -> None:
    ground.service.consent.withheld = frozenset({"w_member_social"})
    reason = refused(ground, Person())
    assert reason.startswith("LinkedIn left out w_member_social; add “Share on LinkedIn”")


def test_a_wrong_client_secret_is_one_clear_sentence(ground: Ground) -> None:
    reason = refused(ground, Person(), with_app(ground, client_secret=SecretStr("CANARY-secret")))
    assert "does not accept this Client Secret" in reason
    assert APPS in reason
    assert "CANARY" not in reason


def test_a_way_back_that_is_not_registered_strands_the_browser_and_says_what_to_do(ground: Ground) -> None:
    ground.service.app.redirects = {"http://localhost:8765/callback/"}
    with pytest.raises(UsageError) as stranded:
        log_in(ground, Person())
    assert REDIRECT in str(stranded.value.hint)
    assert "redirect_uri" in str(stranded.value.hint)


def test_a_way_back_that_is_refused_later_says_what_to_register(ground: Ground) -> None:
    words = "Unable to retrieve access token: appid or redirect uri does not match authorization code"
    body = {"error": "invalid_redirect_uri", "error_description": words}
    ground.service.fail_next(Fault.REFUSE, TOKEN, status=400, body=body)
    assert f"must have exactly {REDIRECT}" in refused(ground, Person())


def test_a_way_back_that_is_refused_on_the_page_says_what_to_register(ground: Ground) -> None:
    ground.service.consent.next_answer = "redirect_uri_mismatch"
    assert f"must have exactly {REDIRECT}" in refused(ground, Person())


def test_another_refusal_comes_in_linkedins_words(ground: Ground) -> None:
    ground.service.consent.next_answer = "something_new"
    assert "something_new The user said no" in refused(ground, Person())


def test_a_code_that_waited_too_long_is_one_clear_sentence(ground: Ground) -> None:
    person = Person()
    person.clock, person.lingers = ground.clock, timedelta(minutes=31)
    reason = refused(ground, person)
    assert "half an hour" in reason
    assert REDIRECT in reason  # LinkedIn words both mistakes alike


def test_a_code_is_tried_once(ground: Ground) -> None:
    ground.service.fail_next(Fault.ERROR_AFTER, TOKEN, status=503, body=b"<html>")
    with pytest.raises(Retryable, match="syndicate auth"):
        log_in(ground, Person())
    assert len(ground.service.seen(TOKEN)) == 1


def test_a_yes_without_a_token_is_no_login(ground: Ground) -> None:
    ground.service.fail_next(Fault.REFUSE, TOKEN, status=200, body={"expires_in": 1})
    with pytest.raises(Retryable, match="without an access token"):
        log_in(ground, Person())


def test_a_browser_that_brings_nothing_is_no_login(ground: Ground) -> None:
    class Empty(Person):
        def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> dict[str, str]:
            return {proof[0]: proof[1]}

    assert "without a code" in refused(ground, Empty())


def test_a_login_that_proves_nothing_leaves_the_old_one(ground: Ground) -> None:
    log_in(ground, Person())
    before = ground.tokens.load()
    ground.service.fail_next(Fault.REFUSE, WHO, status=401, body={"status": 401, "code": "INVALID_ACCESS_TOKEN"})
    with pytest.raises(AuthRequired):
        log_in(ground, Person())
    assert ground.tokens.load() == before


def test_no_secret_and_no_app_is_a_usage_error(ground: Ground) -> None:
    with pytest.raises(UsageError, match="secret"):
        log_in(ground, Person(ground.service.app.client_id, secrets=("",)), known(ground))


def test_a_client_id_that_is_none_is_a_usage_error(ground: Ground) -> None:
    with pytest.raises(UsageError) as wrong:
        log_in(ground, Person("my app!"), known(ground))
    assert "Client ID" in wrong.value.problems[0]


def test_a_secret_that_cannot_be_read_yet_is_asked_for(ground: Ground) -> None:
    person = Person(secrets=(ground.service.app.secret,))
    written = with_app(ground, client_secret={"file": "secrets/linkedin-client_secret"})
    assert log_in(ground, person, written).identity.id == ground.service.person


def test_the_pretend_app_may_ask_for_what_members_can_have() -> None:
    assert "w_member_social" in MEMBER_PRODUCTS
    assert not MEMBER_PRODUCTS & PAGE_PRODUCTS
