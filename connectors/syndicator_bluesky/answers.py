"""What the errors of a PDS mean. Enters: a refusal or a broken connection. Leaves: one of the four answers. Pure.

The name in the body decides before the status does: an expired token is a 400, a missing record is a 400.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from syndicator.clock import Clock
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.http import NotSent, ReplyLost, from_transport, judge, retry_after
from syndicator_bluesky.xrpc import Refused

MEND = (
    "make a new app password (Settings → Privacy and security → App passwords), "
    "then run `syndicate auth` for this network"
)
CREDENTIALS = {
    "AuthenticationRequired": f"app password refused, or the account taken down; {MEND}",
    "AuthFactorTokenRequired": f"this is the account's main password, which asks for a code by e-mail; {MEND}",
    "AuthMissing": f"the server saw no login; {MEND}",
    "ExpiredToken": f"the login has ended; {MEND}",
    "InvalidToken": f"the login is not accepted; {MEND}",
    "AccountTakedown": "the account has been taken down by its server",
    "AccountSuspended": "the account has been suspended by its server",
    "AccountDeactivated": "the account is deactivated; reactivate it, then run `syndicate resume` for this network",
    "AccountNotFound": "the server has no such account; check `handle` and `pds`",
    "RepoNotFound": "the server has no such account; check `handle` and `pds`",
}
ELSEWHERE = frozenset({"AccountDeactivated", "AccountNotFound", "RepoNotFound"})  # so a moved account looks from here
ABOUT_MEDIA = frozenset({"InvalidSize", "InvalidMimeType", "BlobTooLarge", "PayloadTooLarge"})
WRONG_HOST = "this is no PDS; check `pds`, or leave it out to have it looked up"


def meaning(refused: Refused, now: datetime) -> ConnectorError:
    """What a refusal means when nothing can have been published."""
    if refused.status == 429 or refused.error == "RateLimitExceeded":
        wish = retry_after(refused.response, now)
        return Retryable(said(refused, "too many requests"), after=wish, scope=Scope.NETWORK)
    if refused.status >= 500:
        return Retryable(said(refused, "the server failed"), after=retry_after(refused.response, now))
    if refused.error in CREDENTIALS:
        return AuthRequired(said(refused, CREDENTIALS[refused.error]))
    if refused.error == "BlobNotFound":
        return Retryable(said(refused, "an uploaded image is gone"), prepare_again=True)
    return _general(refused, now)


def _general(refused: Refused, now: datetime) -> ConnectorError:
    if refused.status < 300:  # a hotel's network answers so for every host, until somebody logs in to it
        return Retryable(said(refused, f"a web page came in place of an answer; if it goes on, {WRONG_HOST}"))
    if refused.status < 400 or refused.error == "XRPCNotSupported" or (refused.status == 404 and not refused.error):
        return Rejected(said(refused, f"wrong host: {WRONG_HOST}"))
    if refused.status == 400 and not refused.error:
        # Overloaded servers were seen refusing good requests without a reason (bskyr #15); a verdict has a name.
        return Retryable(said(refused, "refused without a reason"))
    if refused.status in (400, 413):
        return Rejected(said(refused, "refused"))
    verdict = judge(refused.response, now) or Rejected(said(refused, "refused"))
    return Retryable(verdict.reason) if isinstance(verdict, OutcomeUnknown) else verdict


def publishing(refused: Refused, now: datetime) -> ConnectorError:
    """What a refusal of a publishing call means: a failing server may have done the work before it failed."""
    if refused.status >= 500 or refused.status < 300 or refused.status in (408, 409):
        return OutcomeUnknown(said(refused, "the server failed while publishing"))
    return meaning(refused, now)


@contextmanager
def harmless(clock: Clock) -> Iterator[None]:
    """Translate the errors of work that publishes nothing."""
    try:
        yield
    except Refused as refused:
        raise meaning(refused, clock.now()) from refused
    except NotSent as error:
        raise from_transport(error) from error
    except ReplyLost as error:
        raise Retryable(f"no answer: {error}") from error


def is_about_media(refused: Refused) -> bool:
    """Whether leaving the pictures out would help. Newer servers name only the place in the record."""
    in_embed = refused.error == "InvalidRequest" and "$.record.embed" in refused.message
    return refused.status == 413 or refused.error in ABOUT_MEDIA or in_embed


def refuses_the_picture(refused: Refused, *, cosmetic: bool) -> bool:
    """Whether an upload failed because of the picture, so that the post can go without it.

    A thumbnail is decoration, so even a server that stumbles over it is no reason to keep the post back; a proxy that
    says the server is away (502 and its kind) is no verdict on a picture.
    """
    if refused.error in CREDENTIALS:
        return False
    return refused.status in (400, 413, 415) or (cosmetic and refused.status == 500)


def said(refused: Refused, ours: str) -> str:
    """Our sentence with the server's own words behind it."""
    theirs = " ".join(part for part in (refused.error, refused.message) if part)
    return f"{ours} ({refused.status} {theirs})" if theirs else f"{ours} ({refused.status})"
