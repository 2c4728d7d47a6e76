"""The table of refusals: every status and sentence that means something of its own."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from syndicator.connector import (
    AuthRequired,
    ConnectorError,
    OutcomeUnknown,
    Rejected,
    Retryable,
    Scope,
)
from syndicator_mastodon import answers
from syndicator_mastodon.flavour import Flavour
from syndicator_mastodon.server import Server

FRESH = timedelta(minutes=5)
STALE = timedelta(hours=21)
GONE = '{"error": "Validation failed: Media 1 not found or already attached to another post"}'


def reply(status: int, body: str = "", kind: str = "application/json", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = body.encode()
    response.headers["Content-Type"] = kind
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_yes_is_no_error(status: int) -> None:
    assert answers.publishing(reply(status), Server()) is None


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (401, '{"error": "The access token was revoked"}', AuthRequired),
        (403, '{"error": "This action is outside the authorized scopes"}', AuthRequired),
        (403, "<html>challenge", Retryable),
        (410, "", AuthRequired),
        (301, "", AuthRequired),
        (404, "<html>nothing here", Retryable),
        (404, '{"error": "Record not found"}', Rejected),
        (405, "", Retryable),
        (408, "", OutcomeUnknown),
        (409, "", OutcomeUnknown),
        (413, "<html>too large", Rejected),
        (418, "", OutcomeUnknown),
        (422, '{"error": "Validation failed: Text character limit of 500 exceeded"}', Rejected),
        (422, '{"error": "This method requires an authenticated user"}', AuthRequired),
        (422, '{"error": "Cannot attach files that have not finished processing. Try again"}', Retryable),
        (425, "", Retryable),
        (429, '{"error": "Too many requests"}', Retryable),
        *((status, "", OutcomeUnknown) for status in (500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527)),
    ],
)
def test_what_a_status_means_for_a_new_post(status: int, body: str, meaning: type[ConnectorError]) -> None:
    assert type(answers.publishing(reply(status, body), Server())) is meaning


@pytest.mark.parametrize("status", [401, 403, 404, 408, 410, 413, 418, 422, 429, 500, 503, 522])
def test_nothing_is_unknown_about_a_request_that_publishes_nothing(status: int) -> None:
    with pytest.raises(ConnectorError) as caught:
        answers.accept(reply(status), Server())
    assert not isinstance(caught.value, OutcomeUnknown)


@pytest.mark.parametrize(
    ("flavour", "status", "body", "age", "meaning"),
    [
        (Flavour.MASTODON, 422, GONE, FRESH, OutcomeUnknown),
        (Flavour.MASTODON, 422, GONE, STALE, Retryable),
        (Flavour.GOTOSOCIAL, 400, '{"error": "media id 1 not found"}', FRESH, OutcomeUnknown),
        (Flavour.TAKAHE, 404, "<html>Not Found", FRESH, OutcomeUnknown),
        (Flavour.MASTODON, 422, GONE, None, Rejected),
        (Flavour.MASTODON, 422, '{"error": "Validation failed: Text is too long"}', FRESH, Rejected),
        (Flavour.GOTOSOCIAL, 404, "<html>Not Found", FRESH, Retryable),
    ],
)
def test_what_missing_images_mean(
    flavour: Flavour, status: int, body: str, age: timedelta | None, meaning: type[ConnectorError]
) -> None:
    assert type(answers.publishing(reply(status, body), Server(flavour=flavour), media_age=age)) is meaning


@pytest.mark.parametrize(
    ("flavour", "status", "kind", "body", "meaning"),
    [
        (Flavour.TAKAHE, 400, "text/html; charset=utf-8", "Invalid Bearer token", AuthRequired),
        (Flavour.TAKAHE, 400, "text/html; charset=utf-8", "<h1>Bad Request</h1>", Rejected),
        (Flavour.TAKAHE, 400, "application/json", '{"error": "too long"}', Rejected),
        (Flavour.GOTOSOCIAL, 400, "text/plain", "Bad request", Rejected),
        (Flavour.PIXELFED, 400, "application/json", '{"error": "Duplicate idempotency key."}', OutcomeUnknown),
        (Flavour.PIXELFED, 403, "application/json", '{"error": "Empty statuses are not allowed"}', Rejected),
        (Flavour.HOLLO, 500, "text/plain", "", OutcomeUnknown),
        (Flavour.SNAC, 401, "text/html", "", AuthRequired),
        (Flavour.GOTOSOCIAL, 404, "application/json", '{"error": "not found"}', Retryable),
    ],
)
def test_what_only_one_server_means(
    flavour: Flavour, status: int, kind: str, body: str, meaning: type[ConnectorError]
) -> None:
    assert type(answers.publishing(reply(status, body, kind), Server(flavour=flavour))) is meaning


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X_RateLimit_Reset": "2026-11-20T10:10:00.000000Z", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 600),
        ({"X_RateLimit_Reset": "1795169400", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 600),
        ({"Retry_After": "30"}, 30),
        ({}, None),
    ],
)
def test_a_rate_limit_ends_when_the_servers_own_clock_says(headers: dict[str, str], seconds: int | None) -> None:
    error = answers.publishing(reply(429, **headers), Server())
    assert isinstance(error, Retryable)
    assert error.scope is Scope.NETWORK
    assert error.after == (None if seconds is None else timedelta(seconds=seconds))


def test_a_server_without_a_clock_is_given_ours() -> None:
    assert abs(answers.time_of(reply(200, Date="yesterday")) - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_servers_words_are_passed_on_without_their_markup() -> None:
    error = answers.publishing(reply(422, '{"error": "Validation failed: no"}'), Server())
    assert str(error) == "the server refuses the post: Validation failed: no"
    page = answers.publishing(reply(502, "<html><h1>Bad\x1b[31m gateway</h1>", "text/html"), Server())
    assert "<h1>" not in str(page)
    assert "\x1b" not in str(page)


@pytest.mark.parametrize(("status", "body"), [(405, ""), (501, "")])
def test_a_server_that_cannot_delete_says_so(status: int, body: str) -> None:
    with pytest.raises(Rejected, match="by hand"):
        answers.accept_deletion(reply(status, body), Server())


def test_a_server_that_cannot_edit_says_so() -> None:
    with pytest.raises(Rejected, match="cannot edit"):
        answers.accept_edit(reply(405), Server())
