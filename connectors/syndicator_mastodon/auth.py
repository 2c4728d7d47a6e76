"""Connecting an account: register an app, let its owner agree in a browser, exchange the code for a token.

Enters: a person to talk to. Leaves: a server, an access token and whose it is. Where nobody listens for the browser the
server shows the code, and a token made by hand is taken in its place. It stores nothing.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

from syndicator.connector import AuthRequired, Credential, Identity, Json, Rejected, Retryable
from syndicator.errors import UsageError
from syndicator.http import HOME
from syndicator.log import escape, redact, remember_secret
from syndicator.login import Authorised, Talk
from syndicator_mastodon import account, answers, instance
from syndicator_mastodon.flavour import Flavour
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import ApiSession, object_in
from syndicator_mastodon.settings import normal_instance

if TYPE_CHECKING:
    from syndicator.http import Http

CLIENT_NAME = "syndicator"
EXAMPLE = "social.example"  # stands in our example files, and is nobody's
SHOW_THE_CODE = "urn:ietf:wg:oauth:2.0:oob"
_OWN_POSTS = " ".join(account.NEEDED)
_COARSE = "read write"


@dataclass(frozen=True, slots=True)
class _App:
    """An app registered for this one login; nothing of it is needed afterwards."""

    scopes: str
    redirect: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)  # empty where the server offers no PKCE
    client_id: str = ""
    client_secret: str = field(default="", repr=False)

    def page(self, base: str) -> str:
        query = {"response_type": "code", "client_id": self.client_id, "redirect_uri": self.redirect}
        query |= {"scope": self.scopes, "state": self.state}
        if self.verifier:
            digest = hashlib.sha256(self.verifier.encode()).digest()  # RFC 7636 §4.2
            challenge = urlsafe_b64encode(digest).decode().rstrip("=")
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{base}/oauth/authorize?{urlencode(query)}"


def authorise(talk: Talk, http: "Http", known: Mapping[str, Any]) -> Authorised:
    """`known`: the network's file so far. Raises UsageError for what is no address, else as `whoami` does."""
    written = str(known.get("instance") or "")
    base = _base(written if written and not _is_example(written) else talk.ask(f"Your server, such as {EXAMPLE}"))
    redirect = talk.redirect if talk.listens else SHOW_THE_CODE
    session = ApiSession(http.allowing(base).session(), base)
    server = instance.ask(session, None)
    app = _register(session, server, _asking(session, server, redirect))
    if talk.listens:
        identity, token = _exchange(session, server, app, _agreed(talk, base, app), http)
    else:
        identity, token = _by_hand(talk, session, server, app, http)
    return Authorised(identity, settings={"instance": base}, secrets={"access_token": token})


def _base(written: str) -> str:
    try:
        return normal_instance(written)
    except ValueError as error:
        raise UsageError(f"{written.strip() or 'an empty answer'} is no server: {error}") from error


def _is_example(written: str) -> bool:
    return written.strip().lower().removeprefix("https://").rstrip("/") == EXAMPLE


# The app


def _asking(session: ApiSession, server: Server, redirect: str) -> _App:
    metadata = object_in(session.ask("GET", "/.well-known/oauth-authorization-server"))  # Mastodon 4.3 and later
    offered, methods = metadata.get("scopes_supported"), metadata.get("code_challenge_methods_supported")
    scopes = _scopes(server, set(map(str, offered)) if isinstance(offered, list) else set())
    verifier = secrets.token_urlsafe(48) if isinstance(methods, list) and "S256" in methods else ""
    remember_secret(verifier)
    return _App(scopes, redirect, secrets.token_urlsafe(32), verifier)


def _scopes(server: Server, offered: set[str]) -> str:
    """The fewest that let us post, read our own posts back and know who we are."""
    if server.flavour is Flavour.PIXELFED or (offered and not offered.issuperset(account.NEEDED)):
        return _COARSE
    # `profile` came with Mastodon 4.3, together with the metadata page.
    return f"profile {_OWN_POSTS}" if "profile" in offered else f"read:accounts {_OWN_POSTS}"


def _register(session: ApiSession, server: Server, asking: _App) -> _App:
    fields = {"client_name": CLIENT_NAME, "redirect_uris": asking.redirect, "scopes": asking.scopes, "website": HOME}
    response = session.ask("POST", "/api/v1/apps", data=fields)
    if response.status_code in (400, 422) and asking.redirect != SHOW_THE_CODE:
        raise Rejected(
            f"the server takes no app that listens on its owner's machine{answers.said(response)}; "
            "with --paste it shows a code instead"
        )
    answers.accept(response, server)
    told = _with(response, "client_id", "client_secret")
    remember_secret(str(told["client_secret"]))
    return replace(asking, client_id=str(told["client_id"]), client_secret=str(told["client_secret"]))


# The owner's yes


def _agreed(talk: Talk, base: str, app: _App) -> str:
    """The code that the browser came back with."""
    found = talk.consent(app.page(base), proof=("state", app.state))
    if found.get("code"):
        return found["code"]
    if found.get("error") == "access_denied":
        raise AuthRequired("access was denied on the server's page, so nothing is connected; agree to it next time")
    words = escape(redact(found.get("error_description") or found.get("error") or "it gave no reason"))[:300]
    raise AuthRequired(f"the server gave no access: {words}")


def _by_hand(talk: Talk, session: ApiSession, server: Server, app: _App, http: "Http") -> tuple[Identity, str]:
    talk.show(f"Open this page in any browser, log in and allow {CLIENT_NAME} to post:\n\n")
    talk.show(app.page(session.base))  # alone on its line, to be clicked or copied
    answer = talk.ask_secret("The code shown there, or an access token that you have made").strip()
    try:
        identity = _whoami(session.base, answer, http)
    except AuthRequired:
        return _exchange(session, server, app, answer, http)
    _refuse_if_missing(identity.credential.scopes if identity.credential else (), "give the token's app")
    return identity, answer


# The token


def _exchange(session: ApiSession, server: Server, app: _App, code: str, http: "Http") -> tuple[Identity, str]:
    response = session.ask("POST", "/oauth/token", data=_request(app, code))
    if response.status_code == 401:
        raise AuthRequired(f"the server has forgotten the app it has just registered{answers.said(response)}")
    if response.status_code in (400, 422):
        # The words for `invalid_grant` name everything that it could be; the owner can do one thing about all of it.
        words = "" if object_in(response).get("error") == "invalid_grant" else answers.said(response)
        raise AuthRequired(f"the server refuses this code{words}; a code works once and not for long: start again")
    answers.accept(response, server)
    told = _with(response, "access_token")
    token = str(told["access_token"])
    remember_secret(token)
    granted = _granted(told)
    _refuse_if_missing(granted, "allow")
    identity = _whoami(session.base, token, http)
    credential = identity.credential or Credential(account.CREDENTIAL)
    made = _time(told.get("created_at")) or answers.time_of(response)
    return replace(
        identity, credential=replace(credential, obtained_at=made, scopes=granted or credential.scopes)
    ), token


def _request(app: _App, code: str) -> dict[str, str]:
    fields = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": app.redirect,
        "scope": app.scopes,
        "code": code,
    }
    return {**fields, "code_verifier": app.verifier} if app.verifier else fields


def _granted(told: Mapping[str, Json]) -> tuple[str, ...]:
    """RFC 6749 §5.1; empty when the server does not say."""
    scope = told.get("scope")
    return tuple(scope.split()) if isinstance(scope, str) else ()


def _refuse_if_missing(scopes: tuple[str, ...], how: str) -> None:
    missing = account.missing(scopes) if scopes else ()
    if missing:
        raise AuthRequired(
            f"this access lacks {' and '.join(missing)}, without which posts cannot be made and found again: {how} "
            f"{_OWN_POSTS} and profile"
        )


def _time(seconds: Json) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _with(response: requests.Response, *names: str) -> Mapping[str, Json]:
    body = object_in(response)
    if not all(body.get(name) for name in names):
        raise Retryable(f"the server's answer has no {' and no '.join(names)}")
    return body


def _whoami(base: str, token: str, http: "Http") -> Identity:
    from pydantic import SecretStr

    from syndicator.tokens import MemoryTokens
    from syndicator_mastodon.connector import MastodonConnector
    from syndicator_mastodon.settings import MastodonSettings

    settings = MastodonSettings(instance=base, access_token=SecretStr(token))
    connector = MastodonConnector.open(settings, http, MemoryTokens())
    try:
        return connector.whoami()
    finally:
        connector.close()
