"""Connecting an account by hand: register an app, show a page, take the code that the page shows.

Enters: a person to talk to. Leaves: a server, an access token and whose it is. It stores nothing.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests

from syndicator.connector import Authorised, AuthRequired, Identity, Json, Retryable, Talk
from syndicator.errors import UsageError
from syndicator.http import HOME
from syndicator_mastodon import answers, instance
from syndicator_mastodon.flavour import Flavour
from syndicator_mastodon.server import Server
from syndicator_mastodon.session import ApiSession, object_in
from syndicator_mastodon.settings import normal_instance

if TYPE_CHECKING:
    from syndicator.http import Http

CLIENT_NAME = "syndicator"
EXAMPLE = "social.example"  # stands in our example files, and is nobody's
SHOW_THE_CODE = "urn:ietf:wg:oauth:2.0:oob"
_OWN_POSTS = "read:statuses write:statuses write:media"
_COARSE = "read write"


def authorise(talk: Talk, http: "Http", known: Mapping[str, Any]) -> Authorised:
    """`known`: the network's file so far. Raises UsageError for what is no address, else as `whoami` does."""
    written = str(known.get("instance") or "")
    base = _base(written if written and not _is_example(written) else talk.ask(f"Your server ({EXAMPLE})"))
    session = ApiSession(http.allowing(base).session(), base)
    server = instance.ask(session, None)
    scopes = _scopes(session, server)
    app = _register(session, server, scopes)
    talk.show(f"Open this page, log in and allow {CLIENT_NAME} to post:")
    talk.show(_page(base, app, scopes))  # alone on its line, to be clicked or copied
    answer = talk.ask_secret("The code shown there, or an access token that you have made").strip()
    try:
        token, identity = answer, _whoami(base, answer, http)
    except AuthRequired:
        token = _exchange(session, server, app, answer, scopes)
        identity = _whoami(base, token, http)
    return Authorised(identity, settings={"instance": base}, secrets={"access_token": token})


def _base(written: str) -> str:
    try:
        return normal_instance(written)
    except ValueError as error:
        raise UsageError(f"{written.strip() or 'an empty answer'} is no server: {error}") from error


def _is_example(written: str) -> bool:
    return written.strip().lower().removeprefix("https://").rstrip("/") == EXAMPLE


def _scopes(session: ApiSession, server: Server) -> str:
    """The fewest that let us post, read our own posts back and know who we are."""
    metadata = object_in(session.ask("GET", "/.well-known/oauth-authorization-server"))
    offered = metadata.get("scopes_supported")
    known = set(offered) if isinstance(offered, list) else set()
    if server.flavour is Flavour.PIXELFED or (known and not known.issuperset(_OWN_POSTS.split())):
        return _COARSE
    # `profile` came with Mastodon 4.3, together with this metadata page.
    return f"profile {_OWN_POSTS}" if "profile" in known else f"read:accounts {_OWN_POSTS}"


def _register(session: ApiSession, server: Server, scopes: str) -> Mapping[str, Json]:
    fields = {"client_name": CLIENT_NAME, "redirect_uris": SHOW_THE_CODE, "scopes": scopes, "website": HOME}
    response = session.ask("POST", "/api/v1/apps", data=fields)
    answers.accept(response, server)
    return _with(response, "client_id", "client_secret")


def _page(base: str, app: Mapping[str, Json], scopes: str) -> str:
    query = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": SHOW_THE_CODE, "scope": scopes}
    return f"{base}/oauth/authorize?{urlencode(query)}"


def _exchange(session: ApiSession, server: Server, app: Mapping[str, Json], code: str, scopes: str) -> str:
    fields = {
        "grant_type": "authorization_code",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": SHOW_THE_CODE,
        "scope": scopes,
        "code": code,
    }
    response = session.ask("POST", "/oauth/token", data=fields)
    if response.status_code in (400, 401, 422):
        raise AuthRequired(f"the server refuses this code{answers.said(response)}; a code works once: start again")
    answers.accept(response, server)
    return str(_with(response, "access_token")["access_token"])


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
