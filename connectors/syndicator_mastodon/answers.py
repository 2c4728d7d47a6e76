"""What a server's refusal means: the one table of statuses and sentences.

Enters: a response, and what we know of the server. Leaves: one of the contract's exceptions, or None for a yes. Pure.
Statuses decide first; words are looked at only where one status means several things.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from syndicator.clock import SystemClock
from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.http import judge, retry_after
from syndicator.http import said as words_in
from syndicator_mastodon.flavour import Flavour
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import harmless, object_in

HOW_TO_RENEW = "make a new access token with `syndicate auth`"
GONE = "it was published, and the copy has been deleted since"
PARENT_GONE = "the server does not know the copy that this one answers any more, so the thread ends there"
GONE_OR_ANSWERED = (
    "either the copy that it answers is gone, or it was published itself, and that copy has been deleted since"
)
NOT_PROCESSED = timedelta(seconds=30)
KEPT_UNATTACHED = timedelta(hours=20)  # Mastodon deletes uploads that no post uses after 24 h

_NOT_READY = re.compile(r"not finished processing|still (being )?process", re.IGNORECASE)
_PARENT_GONE = re.compile(r"\b(reply|replied|replying|in_reply_to|parent)", re.IGNORECASE)
_MEDIA_GONE = re.compile(r"media.*(not found|attached|not exist|invalid)|(not found|no such).*media", re.I | re.DOTALL)
_MAYBE = frozenset({408, 409, 500, 502, 503, 504, *range(520, 528)})


def publishing(
    response: requests.Response, server: Server, *, media_age: timedelta | None = None, answering: bool = False
) -> ConnectorError | None:
    """What the answer to a new post means. `media_age`: how long ago its media were uploaded, None without media.
    `answering`: whether it is to answer another copy."""
    status, words = response.status_code, said(response)
    if 200 <= status < 300:
        return None
    if status in _MAYBE:
        # 500 is also how 4.6.0 to 4.6.5 answer a key they know (mastodon #40399), 503 how a lock is refused whose
        # holder may be this very post: the list of posts tells.
        return OutcomeUnknown(f"the server answered {status}, which may hide a success{words}")
    if status == 422 and _NOT_READY.search(words):
        return Retryable(f"an image is still being processed{words}", after=NOT_PROCESSED)
    if media_age is not None and _is_about_gone_media(response, server, words):
        return _gone_media(words, media_age)
    if status == 400 and server.flavour is Flavour.PIXELFED and "idempotency" in words.lower():
        return OutcomeUnknown(f"the server has seen this post's key before{words}")
    if answering and status in (400, 404, 410, 422) and _PARENT_GONE.search(words):
        return Rejected(f"{PARENT_GONE}{words}")
    if status == 404 and object_in(response) and (answering or server.flavour is Flavour.MASTODON):
        # Nothing is quoted, so what is not found can be what our key stands for, or the copy that is answered.
        return Rejected(f"{GONE_OR_ANSWERED if answering else GONE}; it is not sent again{words}")
    if status == 403 and server.flavour is Flavour.PIXELFED and "empty" in words.lower():
        return Rejected(f"this server wants an image in every post{words}")
    if status in (400, 422) and not is_about_the_token(response):
        return Rejected(f"the server refuses the post{words}")
    return general(response, server)


def general(response: requests.Response, server: Server) -> ConnectorError | None:
    """What any answer means that is about the account or the server rather than about a post."""
    status, words = response.status_code, said(response)
    if 200 <= status < 300:
        return None
    if status == 401 or is_about_the_token(response):
        return refused_token(response)
    if status == 403 and object_in(response):
        return AuthRequired(f"the account or its token may not do this{words}; `syndicate check` says what is missing")
    if status == 410:
        return AuthRequired(f"the server says that it is gone for good{words}")
    if 300 <= status < 400:
        return AuthRequired(f"{judge(response, time_of(response))}; change `instance`")
    if status in (404, 405):
        return Retryable(f"this address does not answer as a Mastodon server ({status}){words}", scope=Scope.NETWORK)
    if status in (425, 429):
        wish = retry_after(response, time_of(response))
        return Retryable(f"too many requests{words}", after=wish, scope=Scope.NETWORK)
    if status == 413:
        return Rejected(f"too large for the server{words}")
    return judge(response, time_of(response))


def accept(response: requests.Response, server: Server) -> None:
    """Return for a yes; raise for anything else. For requests that publish nothing."""
    error = general(response, server)
    if error is not None:
        raise harmless(error)


def accept_edit(response: requests.Response, server: Server) -> None:
    """An edit replaces the whole copy, so it may be repeated; text that is already there is a success."""
    if response.status_code == 404:
        raise Rejected("the copy is not there any more")
    if response.status_code == 405:
        raise Rejected("this server cannot edit posts")
    if response.status_code == 422 and "not changed" in response.text:  # GoToSocial
        return
    error = publishing(response, server)
    if error is not None:
        raise harmless(error)


def accept_deletion(response: requests.Response, server: Server) -> None:
    if response.status_code in (405, 501):  # snac before 2.96
        raise Rejected("this server cannot delete posts for an app; delete the copy by hand")
    if response.status_code not in (404, 410):
        accept(response, server)


def refused_token(response: requests.Response) -> AuthRequired:
    return AuthRequired(f"the access token is not accepted{said(response)}; {HOW_TO_RENEW}")


def is_about_the_token(response: requests.Response) -> bool:
    """Mastodon tells an app's own token from a user's with 422. Takahē says 400 and bare words, and to every question,
    so also before we know that it is Takahē."""
    if response.status_code == 422:
        return "authenticated user" in response.text
    return response.status_code == 400 and response.text.strip().lower() == "invalid bearer token"


def said(response: requests.Response) -> str:
    """The server's own words as a tail for our sentence; empty when it said nothing."""
    words = words_in(response)
    return f": {words}" if words else ""


def time_of(response: requests.Response) -> datetime:
    """The server's clock when it answered: what its own reset times are to be compared with. Ours when it has none."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return SystemClock().now()


def _is_about_gone_media(response: requests.Response, server: Server, words: str) -> bool:
    """Takahē answers an unknown media id with a 404 page; the others name it, with 422 or 400."""
    if response.status_code == 404:
        return server.flavour is Flavour.TAKAHE
    return response.status_code in (400, 422) and _MEDIA_GONE.search(words) is not None


def _gone_media(words: str, age: timedelta) -> ConnectorError:
    if age > KEPT_UNATTACHED:
        return Retryable(f"the uploaded images have expired{words}", prepare_again=True)
    # A medium belongs to one post: taken means that an earlier try of ours was published.
    return OutcomeUnknown(f"the images may already belong to a published copy{words}")
