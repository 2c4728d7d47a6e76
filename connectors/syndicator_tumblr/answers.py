"""What Tumblr's errors mean. Enters: a refusal or a broken connection. Leaves: one of the contract's answers. Pure.

A refusal in Tumblr's own envelope with a status of 4xx is proof that nothing was created, but for the one that says
that something went wrong by accident; whatever else comes back after a publishing request proves nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from syndicator.clock import Clock
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.http import NotSent, ReplyLost, from_transport, judge, retry_after
from syndicator.log import escape, redact
from syndicator_tumblr.transport import Refused

BAD_BLOCKS = 8001
BAD_MEDIA, NO_MULTIPART = 8005, 5002
PICTURES_TODAY, TRANSCODING, VIDEOS_TODAY = 8004, 8010, 8011
QUEUE_FULL, POSTS_TODAY = 8022, 8023
ABOUT_MEDIA = frozenset({BAD_MEDIA, NO_MULTIPART})
DAILY = frozenset({PICTURES_TODAY, VIDEOS_TODAY, POSTS_TODAY})  # their end stands in /user/limits

RENEW = "run `syndicate auth` for this network"
STUMBLED, CLOSED = "stumbled", "closed"
QUEUE_WAIT, TRANSCODING_WAIT = timedelta(hours=6), timedelta(minutes=10)
CLOSED_WAIT, CLOSED_LONGEST = timedelta(minutes=5), timedelta(minutes=60)
SHORTEST, LONGEST, USUAL = timedelta(seconds=60), timedelta(hours=24), timedelta(minutes=15)
CLOCKS_MAY_DIFFER = timedelta(minutes=3)  # OAuth 1 requests are good for five


def puzzle(refused: Refused) -> str:
    """STUMBLED or CLOSED for the two answers of Tumblr's own that are counted, since they may come again and again."""
    if refused.spoke and refused.status == 400 and refused.code == 0:  # in changing words (tumblr/docs #88)
        return STUMBLED
    return CLOSED if refused.spoke and refused.status == 503 else ""


def publishing(refused: Refused, now: datetime, resets: datetime | None = None, *, times: int = 1) -> ConnectorError:
    """What a refusal of a publishing request means. `resets`: when Tumblr said that the day's quota begins anew;
    `times`: how often this post has been answered so."""
    if refused.status in (401, 429):
        return meaning(refused, now)
    if not refused.spoke:
        return OutcomeUnknown(said(refused, "the answer is not Tumblr's own, so nobody knows what became of the post"))
    if puzzle(refused) == CLOSED:
        wait = min(CLOSED_WAIT * 2 ** min(times - 1, 8), CLOSED_LONGEST)
        return OutcomeUnknown(said(refused, "Tumblr has closed posting"), settle=wait)
    if not 400 <= refused.status < 500 or refused.status in (408, 409, 425):
        return OutcomeUnknown(said(refused, "Tumblr failed while publishing"))
    if puzzle(refused) == STUMBLED:
        return OutcomeUnknown(said(refused, "Tumblr stumbled, and does not say over what"))
    if refused.status == 404:
        return AuthRequired(said(refused, "Tumblr knows no such blog; check `blog`, then run `syndicate resume`"))
    return _quota(refused, now, resets) or Rejected(said(refused, "Tumblr refuses the post"))


def _quota(refused: Refused, now: datetime, resets: datetime | None) -> ConnectorError | None:
    if refused.status != 403:
        return None
    tomorrow = clamped((resets or day_ends(now)) - now)
    if refused.code == POSTS_TODAY:
        words = "the account has published as many posts as Tumblr allows in a day"
        return Retryable(said(refused, words), after=tomorrow, scope=Scope.NETWORK)
    if refused.code == QUEUE_FULL:
        return Retryable(said(refused, "the blog's queue is full"), after=QUEUE_WAIT, scope=Scope.NETWORK)
    if refused.code in DAILY:
        words = "the account has uploaded as much as Tumblr allows in a day"
        return Retryable(said(refused, words), after=tomorrow)
    if refused.code == TRANSCODING:
        return Retryable(said(refused, "Tumblr is still at work on a video"), after=TRANSCODING_WAIT)
    return None


def meaning(refused: Refused, now: datetime) -> ConnectorError:
    """What a refusal means when nothing can have been published."""
    if refused.status == 429:
        wait = rate_limited(refused.response, now)
        return Retryable(said(refused, "too many requests"), after=wait, scope=Scope.NETWORK)
    if refused.status == 401:
        return _unauthorised(refused, now)
    if refused.spoke and refused.status == 404:
        return AuthRequired(said(refused, "Tumblr knows no such blog; check `blog`"))
    if refused.spoke and refused.status == 403:
        return AuthRequired(said(refused, "the account may not do this; check `blog`, or log in as somebody who may"))
    verdict = judge(refused.response, now)
    a_page = not refused.spoke and isinstance(verdict, Rejected) and refused.status >= 400
    if refused.status >= 500 or verdict is None or isinstance(verdict, OutcomeUnknown) or a_page:
        return Retryable(said(refused, "Tumblr cannot be asked right now"), scope=Scope.NETWORK)
    return verdict


def _unauthorised(refused: Refused, now: datetime) -> ConnectorError:
    clock = wrong_clock(refused.response, now)
    if clock is not None:
        return clock
    sentence = f"Tumblr does not accept this login: it was revoked, or one of its keys is wrong; {RENEW}"
    return AuthRequired(said(refused, sentence))


def wrong_clock(response: requests.Response, now: datetime) -> Retryable | None:
    """A signature carries the time, so a wrong clock looks like a wrong token. No login mends it, and once it is set,
    as machines without a battery do after they have started, all goes on by itself."""
    off = clock_error(response, now)
    if abs(off) <= CLOCKS_MAY_DIFFER:
        return None
    minutes, way = round(abs(off).total_seconds() / 60), "ahead of" if off > timedelta(0) else "behind"
    return Retryable(
        f"this machine's clock is {minutes} minutes {way} Tumblr's, which makes every signature invalid; "
        "set the clock, for example with `timedatectl set-ntp true`",
        scope=Scope.NETWORK,
    )


def clock_error(response: requests.Response, now: datetime) -> timedelta:
    """By how much our clock is ahead of the server's; nothing where that cannot be told."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError):
        return timedelta(0)
    return now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))


def rate_limited(response: requests.Response, now: datetime) -> timedelta:
    """Seconds from now, by whichever counter is used up; odd and missing figures have been seen."""
    for span in ("Perday", "Perhour"):
        left = response.headers.get(f"X-Ratelimit-{span}-Remaining", "").strip()
        reset = response.headers.get(f"X-Ratelimit-{span}-Reset", "").strip()
        used_up = left == "0" or (not left and span == "Perhour")
        if used_up and reset.isascii() and reset.isdigit() and len(reset) < 10:
            return clamped(timedelta(seconds=int(reset)))
    asked = retry_after(response, now)
    return USUAL if asked is None else clamped(asked)


def clamped(wait: timedelta) -> timedelta:
    return min(max(wait, SHORTEST), LONGEST)


def day_ends(now: datetime) -> datetime:
    """When a quota of the day is likely to begin anew, if Tumblr does not say: the resets it has shown were at 05:00
    UTC in winter, midnight in New York. Unconfirmed."""
    today = now.astimezone(UTC).replace(hour=5, minute=5, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


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


def said(refused: Refused, ours: str) -> str:
    """Our sentence with Tumblr's own words behind it."""
    code = f"/{refused.code}" if refused.code else ""
    words = escape(redact(refused.words)).strip()
    return f"{ours} ({refused.status}{code}{f' {words}' if words else ''})"
