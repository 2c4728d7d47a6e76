"""What LinkedIn's refusals mean: the one table of statuses and codes.

Enters: a refusal or a broken connection. Leaves: one of the four answers. Pure.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from syndicator.clock import Clock
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable
from syndicator.http import NotSent, ReplyLost, from_transport, judge
from syndicator_linkedin.api import Refused

APPS = "https://www.linkedin.com/developers/apps"
NEW_TOKEN = "run `syndicate auth` for this network"  # noqa: S105 - a sentence
NOT_READY = frozenset({"MEDIA_ASSET_WAITING_UPLOAD"})
SPOILT = frozenset({"MEDIA_ASSET_PROCESSING_FAILED", "INVALID_IMAGE_ID"})
CONFLICT_REST = timedelta(seconds=5)
NO_VERSION_LEFT = (
    "LinkedIn takes none of the versions of its API that are known here; update syndicator, or write a `version` of "
    "this year in the network's file, then run `syndicate resume` for this network"
)
_SHOWN = 200


def meaning(refused: Refused, now: datetime) -> ConnectorError:
    """What a refusal means when nothing can have been published. 429 is `Quota`'s to judge, before this is asked."""
    if refused.status == 401:
        return AuthRequired(told(refused, f"LinkedIn does not accept the access token; {NEW_TOKEN}"))
    if refused.status == 403 and refused.spoken:
        return AuthRequired(
            told(
                refused,
                f"LinkedIn does not allow this: at {APPS} the app needs the product “Share on LinkedIn” (for a page: "
                "“Community Management API”), the token its permission, and the author must be the token's owner; "
                f"then {NEW_TOKEN}",
            )
        )
    if refused.about_version:
        return AuthRequired(told(refused, NO_VERSION_LEFT))
    if refused.status == 404:
        return AuthRequired(told(refused, "LinkedIn has no such place; look at `api` and `organisation`"))
    if refused.status in (408, 409) or refused.status >= 500:
        return Retryable(told(refused, "LinkedIn failed"))
    if refused.status in (400, 422) and refused.spoken:
        return Rejected(told(refused, "LinkedIn refuses the post"))
    verdict = judge(refused.response, now) or Retryable(told(refused, "LinkedIn failed"))
    return Retryable(verdict.reason) if isinstance(verdict, OutcomeUnknown) else verdict


def publishing(refused: Refused, now: datetime, *, repeated: bool, conflicts: int) -> ConnectorError:
    """What a refusal of a publishing call means. `repeated`: an earlier try of this delivery may have been taken."""
    if refused.status == 409:
        if refused.code == "CONFLICT" and not repeated and not conflicts:
            return Retryable(told(refused, "LinkedIn was busy with this account"), after=CONFLICT_REST)
        return OutcomeUnknown(told(refused, "LinkedIn speaks of a conflict, which may be with this post itself"))
    if refused.status >= 500 or refused.status == 408:
        # 500 can also stand for a token that has ended, so the account is looked at before anything else is sent.
        return OutcomeUnknown(told(refused, "LinkedIn failed while publishing"))
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


def told(refused: Refused, ours: str) -> str:
    """Our sentence with LinkedIn's words behind it."""
    words = " ".join(dict.fromkeys(part for part in (refused.code, refused.message, refused.details) if part))
    short = words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1].rstrip()}…"
    return f"{ours} ({refused.status} {short})" if short else f"{ours} ({refused.status})"
