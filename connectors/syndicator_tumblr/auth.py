"""`syndicate auth` for Tumblr: four strings pasted from Tumblr's console, or OAuth 1.0a in the browser.

Enters: a person to talk to, and what the network's file says already. Leaves: the blog, the four strings, and the proof
that they open it. It stores nothing. OAuth 1 because no end of its tokens is known; those of Tumblr's OAuth 2 die with
a program that rests for six weeks.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

import requests
from pydantic import SecretStr, ValidationError

from syndicator.clock import Clock, SystemClock
from syndicator.connector import AuthRequired, Rejected, Retryable
from syndicator.errors import UsageError
from syndicator.http import GuardedSession, judge
from syndicator.log import remember_secret
from syndicator.login import Authorised, Talk
from syndicator_tumblr import account
from syndicator_tumblr.answers import harmless, wrong_clock
from syndicator_tumblr.settings import TumblrSettings
from syndicator_tumblr.transport import AGENT, Keys, Transport, client_class

if TYPE_CHECKING:
    from syndicator.http import Http

APPS = "https://www.tumblr.com/oauth/apps"
CONSOLE = "https://api.tumblr.com/console"
EXAMPLE = "you"  # stands in our example files, and is nobody's blog of ours
AGAIN = "run `syndicate auth` for this network again"
TOO_LATE = f"Tumblr does not accept the browser's answer, which is good once and for a few minutes; {AGAIN}"


def authorise(talk: Talk, http: "Http", known: Mapping[str, Any], clock: Clock | None = None) -> Authorised:
    """Log in. Raises UsageError, AuthRequired, Rejected or Retryable, each a sentence for the person."""
    clock = clock or SystemClock()
    if known.get("mode") == "handoff":
        return _by_hand(talk, http, known, clock)
    client_class()  # what is not installed is said before anything is asked
    places = _places(known)
    app = _application(talk, known)
    with http.allowing(*places.named_by_owner()).session() as session, harmless(clock):
        session.headers["User-Agent"] = AGENT
        keys = _pasted(talk, app) or _Login(session, places.web, app, clock, talk).by_browser()
        transport = Transport(session, places.api, keys, clock)
        found = account.blogs(transport.get("/v2/user/info"))
        blog = _blog(talk, found, known)
        identity = account.identity(blog, account.limits(transport.get))
    secrets = {
        "consumer_key": keys.consumer_key,
        "consumer_secret": keys.consumer_secret,
        "token": keys.token,
        "token_secret": keys.token_secret,
    }
    return Authorised(identity, {"blog": blog.host}, secrets)


def _application(talk: Talk, known: Mapping[str, Any]) -> Keys:
    key, secret = _said(known.get("consumer_key")), _said(known.get("consumer_secret"))
    if not key or not secret:
        talk.show(
            f"Tumblr wants every program to be registered: {APPS} → Register application. "
            f"Name and website are yours to choose; the default callback URL is {talk.redirect}"
        )
    key = key or talk.ask("OAuth consumer key").strip()
    secret = secret or talk.ask_secret("OAuth consumer secret").strip()
    if not key or not secret:
        raise UsageError("without consumer key and secret there is no way in", hint=f"they are shown at {APPS}")
    for word in (key, secret):
        remember_secret(word)
    return Keys(key, secret)


def _pasted(talk: Talk, app: Keys) -> Keys | None:
    """Tumblr's console shows a token to copy, for those who are far from a browser."""
    if talk.listens:
        return None
    token = talk.ask_secret(f"Token, if you have one from {CONSOLE} (empty: log in with a browser)").strip()
    if not token:
        return None
    secret = talk.ask_secret("Token secret, which stands below it").strip()
    if not secret:
        raise UsageError("a token is of no use without its secret", hint=f"both are shown at {CONSOLE}")
    for word in (token, secret):
        remember_secret(word)
    return Keys(app.consumer_key, app.consumer_secret, token, secret)


class _Login:
    """The three steps of OAuth 1.0a."""

    def __init__(self, session: GuardedSession, web: str, app: Keys, clock: Clock, talk: Talk) -> None:
        self._session, self._web, self._app, self._clock, self._talk = session, web, app, clock, talk

    def by_browser(self) -> Keys:
        asked = self._ask("request_token", self._app, callback_uri=self._talk.redirect)
        token, secret = asked["oauth_token"], asked["oauth_token_secret"]
        page = f"{self._web}/oauth/authorize?oauth_token={quote(token, safe='')}"
        back = self._talk.consent(page, proof=("oauth_token", token), answer="oauth_verifier")
        verifier = back.get("oauth_verifier", "")
        if not verifier:
            raise AuthRequired(f"you did not allow it on Tumblr, so nothing has changed; {AGAIN}")
        remember_secret(verifier)
        waiting = Keys(self._app.consumer_key, self._app.consumer_secret, token, secret)
        given = self._ask("access_token", waiting, verifier=verifier)
        return Keys(
            self._app.consumer_key, self._app.consumer_secret, given["oauth_token"], given["oauth_token_secret"]
        )

    def _ask(self, step: str, keys: Keys, **more: str) -> dict[str, str]:
        """A token and its secret. Raises AuthRequired, Rejected or Retryable."""
        url = f"{self._web}/oauth/{step}"
        response = self._session.post(url, auth=keys.signature(self._clock, **more), allow_redirects=False)
        if not response.ok or response.is_redirect:
            raise self._refusal(response, step)
        answer = dict(parse_qsl(response.text))
        if not answer.get("oauth_token") or not answer.get("oauth_token_secret"):
            raise Retryable(f"Tumblr's answer to {step} has no token in it; try again")
        remember_secret(answer["oauth_token"])
        remember_secret(answer["oauth_token_secret"])
        return answer

    def _refusal(self, response: requests.Response, step: str) -> Exception:
        now = self._clock.now()
        clock = wrong_clock(response, now) if response.status_code == 401 else None
        if clock is not None:
            return clock
        if response.status_code in (400, 401, 403):
            return AuthRequired(self._no_to_application(response.status_code) if step == "request_token" else TOO_LATE)
        verdict = judge(response, now)
        if isinstance(verdict, Rejected | AuthRequired):
            return verdict
        return Retryable(f"Tumblr's login is not to be had right now (HTTP {response.status_code}); try again later")

    def _no_to_application(self, status: int) -> str:
        """Which status Tumblr has for an address that it does not know is unconfirmed."""
        back = f"the default callback URL at {APPS} must be {self._talk.redirect}"
        if status == 401:
            return (
                f"Tumblr does not accept consumer key and secret: compare them with {APPS}, and {AGAIN}; if both are "
                f"right, {back}"
            )
        return f"Tumblr does not know the way back to this machine: {back}; then {AGAIN}"


def _blog(talk: Talk, found: list[account.Blog], known: Mapping[str, Any]) -> account.Blog:
    """The one that the file names, the only one, or the one that the person names."""
    written = str(known.get("blog") or "")
    if written and _host(written) != _host(EXAMPLE):
        return account.chosen(found, _host(written))
    if len(found) == 1:
        return found[0]
    first = next((blog for blog in found if blog.primary), found[0])
    names = ", ".join(blog.name for blog in found)
    said = talk.ask(f"Which blog ({names}; empty: {first.name})").strip()
    return account.chosen(found, _host(said)) if said else first


def _host(written: str) -> str:
    from syndicator_tumblr.settings import blog_host

    try:
        return blog_host(written)
    except ValueError as error:
        raise UsageError(f"{written.strip()} is no blog: {error}") from error


def _by_hand(talk: Talk, http: "Http", known: Mapping[str, Any], clock: Clock) -> Authorised:
    """Nobody logs in: the consumer key is for finding what a person has published."""
    from syndicator.tokens import MemoryTokens
    from syndicator_tumblr.connector import TumblrConnector

    blog = str(known.get("blog") or "")
    blog = _host(talk.ask("Which blog") if not blog or _host(blog) == _host(EXAMPLE) else blog)
    key = _said(known.get("consumer_key")) or talk.ask(f"OAuth consumer key ({APPS}), to find copies by").strip()
    if not key:
        raise UsageError("without a consumer key there is nothing to set up: copies are then not looked for")
    remember_secret(key)
    connector = TumblrConnector(_places(known, blog=blog, consumer_key=SecretStr(key)), http, MemoryTokens(), clock)
    try:
        identity = connector.whoami()
    finally:
        connector.close()
    return Authorised(identity, {"blog": blog}, {"consumer_key": key})


def _places(known: Mapping[str, Any], **more: Any) -> TumblrSettings:
    """The settings without an account: which servers the file names."""
    places = {name: str(known[name]) for name in ("api", "web") if known.get(name)}
    try:
        return TumblrSettings(**{"blog": EXAMPLE, "mode": "handoff", **places, **more})
    except ValidationError as error:
        flaws = [f"{'.'.join(str(at) for at in flaw['loc'])}: {flaw['msg']}" for flaw in error.errors()]
        raise UsageError("this cannot be Tumblr", problems=flaws) from error


def _said(value: Any) -> str:
    """A secret that could not be read counts as one that is not there."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return value.strip() if isinstance(value, str) else ""
