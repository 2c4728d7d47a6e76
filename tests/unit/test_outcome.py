"""What a connector's answer or exception means, out of publishing and out of harmless work."""

from datetime import timedelta

import pytest

from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Receipt, Rejected, Retryable, Scope
from syndicator.errors import ConfigError, CredentialError
from syndicator.outcome import Kind, Outcome, delivered, from_deliver, from_harmless, from_opening, from_preparing
from syndicator.redact import remember_secret
from syndicator.seat import SeatTimeout

MINUTE = timedelta(minutes=1)
PROMISES: list[tuple[Exception, Outcome]] = [
    (Retryable("busy"), Outcome(Kind.DEFERRED, "busy")),
    (Retryable("429", after=MINUTE, scope=Scope.NETWORK), Outcome(Kind.DEFERRED, "429", None, MINUTE, Scope.NETWORK)),
    (Retryable("gone", prepare_again=True), Outcome(Kind.DEFERRED, "gone", prepare_again=True)),
    (Rejected("too long"), Outcome(Kind.REJECTED, "too long")),
    (AuthRequired("revoked"), Outcome(Kind.BLOCKED, "revoked", scope=Scope.NETWORK)),
]
DOUBTS: list[tuple[BaseException, Outcome]] = [
    (OutcomeUnknown("reset"), Outcome(Kind.UNKNOWN, "reset")),
    (OutcomeUnknown("504", settle=MINUTE), Outcome(Kind.UNKNOWN, "504", after=MINUTE)),
    (ConnectorError("neither fish nor fowl"), Outcome(Kind.UNKNOWN, "ConnectorError: neither fish nor fowl")),
    (KeyError("id"), Outcome(Kind.UNKNOWN, "KeyError: 'id'")),
    (SystemExit(3), Outcome(Kind.UNKNOWN, "SystemExit: 3")),
    (SeatTimeout("no answer"), Outcome(Kind.UNKNOWN, "SeatTimeout: no answer")),
]


def test_a_receipt_is_a_delivery() -> None:
    receipt = Receipt("1", "https://social.example/1")
    assert delivered(receipt) == Outcome(Kind.DELIVERED, receipt=receipt)


@pytest.mark.parametrize(("error", "meaning"), [*PROMISES, *DOUBTS], ids=repr)
def test_out_of_publishing_only_the_contract_s_exceptions_promise_anything(
    error: BaseException, meaning: Outcome
) -> None:
    assert from_deliver(error) == meaning


@pytest.mark.parametrize(("error", "meaning"), PROMISES, ids=repr)
def test_a_promise_means_the_same_out_of_harmless_work(error: Exception, meaning: Outcome) -> None:
    assert from_harmless(error) == meaning


@pytest.mark.parametrize(("error", "meaning"), DOUBTS, ids=repr)
def test_harmless_work_leaves_nothing_unknown(error: BaseException, meaning: Outcome) -> None:
    assert from_harmless(error) == Outcome(Kind.DEFERRED, meaning.reason, after=meaning.after)


def test_a_library_that_quotes_its_request_gives_no_secret_away() -> None:
    remember_secret("quoted-by-a-library-7f3a")
    meaning = from_deliver(KeyError("Authorization: Bearer quoted-by-a-library-7f3a"))
    assert "Authorization" in meaning.reason
    assert "7f3a" not in meaning.reason


def test_what_only_the_owner_can_mend_blocks_the_network_and_says_how() -> None:
    error = CredentialError("the token has ended", hint="syndicate auth mastodon")
    expected = Outcome(Kind.BLOCKED, "the token has ended; syndicate auth mastodon", scope=Scope.NETWORK)
    assert from_opening(error) == from_preparing(error) == expected
    assert from_opening(ConfigError("no such file")) == Outcome(Kind.BLOCKED, "no such file", scope=Scope.NETWORK)


def test_a_template_that_fails_is_the_post_s_own_trouble() -> None:
    assert from_preparing(ConfigError("line 3: no such field")) == Outcome(Kind.REJECTED, "line 3: no such field")
    assert from_preparing(KeyError("id")) == from_opening(KeyError("id")) == from_harmless(KeyError("id"))
