"""What Medium's errors mean. Enters: a refusal or a broken connection. Leaves: one of the four answers. Pure.

A page instead of JSON comes from the wall in front of Medium (Cloudflare) and says nothing about token or story.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from syndicator.clock import Clock
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.http import NotSent, ReplyLost, from_transport, judge, retry_after, said
from syndicator_medium.api import Refused

WALL_REST = timedelta(hours=1)  # an address that is distrusted now is not trusted again in minutes
NO_TOKEN, BAD_TOKEN, NO_USER, NO_APP = 6000, 6003, 6004, 6005  # 6003 is known by hearsay only
CREDENTIALS = frozenset({NO_TOKEN, BAD_TOKEN, NO_APP})
QUOTA = frozenset({1007, -1})
REFUSED = frozenset({400, 413, 415, 422, 451})
GONE = frozenset({404, 405, 410})

# The words and addresses of a challenge page, for those that come without their header.
_MARKS = ("just a moment", "challenge-platform", "cf-browser-verification", "cf-chl", "attention required!")
_BY_HAND = 'write mode = "handoff" for this network to publish by hand'
_DEAD = (
    "Medium does not accept the token, and there are no new tokens to be had: put another one of yours in its place "
    f"with `syndicate auth`, or {_BY_HAND}"
)
_GONE = f"Medium's API is not, or no longer, at this address: check `api`, or {_BY_HAND}"


def is_wall(refused: Refused) -> bool:
    """Whether the request ended at the wall, so that Medium itself has not seen it.

    A 503 page without the marks of a challenge may as well be a gateway giving up on work that goes on behind it.
    """
    if "cf-mitigated" in refused.response.headers:
        return True
    if refused.speaks or refused.status not in (403, 429, 503):
        return False
    page = refused.response.content[:50_000].decode("utf-8", "replace").lower()
    return refused.status == 403 or any(mark in page for mark in _MARKS)


def wall(refused: Refused, now: datetime) -> Retryable:
    wish = retry_after(refused.response, now) or WALL_REST
    reason = (
        f"the wall in front of Medium (Cloudflare) keeps this machine out ({refused.status}); nothing was sent on, and "
        "the token is not to blame. It distrusts addresses of data centres; if it stays, publish by hand "
        '(mode = "handoff")'
    )
    return Retryable(reason, after=max(wish, WALL_REST), scope=Scope.NETWORK)


def meaning(refused: Refused, now: datetime) -> ConnectorError:
    """What a refusal means when nothing can have been published. Codes of the quota are the connector's."""
    if is_wall(refused):
        return wall(refused, now)
    if refused.status >= 500:
        return Retryable(_told("Medium failed", refused), after=retry_after(refused.response, now))
    if refused.status == 401 or refused.codes & CREDENTIALS:
        return AuthRequired(_told(_DEAD, refused))
    if refused.status in GONE:
        return AuthRequired(_told(_GONE, refused))
    if 200 <= refused.status < 300:
        return Retryable(f"the answer is not in Medium's words ({refused.status}); check `api`, or leave it out")
    verdict = judge(refused.response, now)
    if isinstance(verdict, OutcomeUnknown):
        return Retryable(verdict.reason)
    return Rejected(_told("Medium refuses it", refused)) if refused.status in REFUSED or verdict is None else verdict


def is_quota(refused: Refused) -> bool:
    """Medium says “rate limit … today” with 429 and 1007, or with the code −1 alone."""
    return refused.status == 429 or (refused.status < 500 and bool(refused.codes & QUOTA))


def publishing(refused: Refused, now: datetime, *, publication: str | None) -> ConnectorError:
    """What a refusal of a publishing call means: whoever fails may have done the work first."""
    if is_wall(refused):
        return wall(refused, now)
    if refused.status >= 500 or refused.status < 300 or refused.status in (408, 409):
        return OutcomeUnknown(_told("Medium failed while publishing", refused))
    if refused.status == 401 or refused.codes & CREDENTIALS:
        return meaning(refused, now)
    if refused.status == 403:
        return AuthRequired(_told(_may_not(publication), refused))
    if refused.status == 404 and publication and refused.speaks:
        return AuthRequired(_told(f"Medium knows no publication {publication}; check `publication`", refused))
    if refused.status == 400 and publication:
        return Rejected(_told(f"Medium refuses it; {_ROLES}", refused))
    return meaning(refused, now)


_ROLES = 'writers of a publication may only send in drafts (status = "draft"), its editors may publish'


def _may_not(publication: str | None) -> str:
    if publication:
        return f"this account may not publish in {publication} like that: {_ROLES}; check `publication` and `status`"
    return "the token may not publish; `syndicate check` shows whose it is, `syndicate auth` takes another"


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


def _told(ours: str, refused: Refused) -> str:
    """Our sentence with the service's own words behind it, made safe to print."""
    theirs = said(refused.response) if refused.speaks else ""
    codes = ", ".join(str(code) for code in sorted(refused.codes))
    behind = " ".join(filter(None, (str(refused.status), theirs, f"[{codes}]" if codes else "")))
    return f"{ours} ({behind})"
