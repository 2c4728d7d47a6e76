"""Apps, tokens and consent of the pretend LinkedIn. Times are seconds since 1970.

`next_answer` makes the person say no on the consent page, or LinkedIn for them; `grants` is what is really given.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from syndicator.sandbox.service import Reply, Request

TOKEN_LASTS = 5_184_000  # 60 days
REFRESH_LASTS = 31_536_000
CODE_LASTS = 1_800
MEMBER_PRODUCTS = frozenset({"openid", "profile", "email", "w_member_social"})
PAGE_PRODUCTS = frozenset({"w_organization_social", "r_organization_social"})


class Problem(Exception):
    """A refusal on its way out, in LinkedIn's shape."""

    def __init__(self, status: int, code: str, message: str, details: Any = None) -> None:
        super().__init__(message)
        self.status = status
        body = {"status": status, "code": code, "message": message}
        self.body: dict[str, Any] = body | ({"errorDetails": details} if details else {})


@dataclass(slots=True)
class App:
    client_id: str
    secret: str = field(repr=False)
    redirects: set[str] = field(default_factory=set)  # empty: any, for the sake of tests that do not look at it
    products: frozenset[str] = MEMBER_PRODUCTS


@dataclass(slots=True)
class Grant:
    scopes: frozenset[str]
    client_id: str
    made_at: float
    lasts: float = TOKEN_LASTS
    revoked: bool = False

    def status(self, now: float) -> str:
        return "revoked" if self.revoked else "expired" if now >= self.made_at + self.lasts else "active"


@dataclass(slots=True)
class _Code:
    client_id: str
    redirect: str
    scopes: frozenset[str]
    made_at: float


class Consent:
    """Authorize page, token endpoint and introspection."""

    def __init__(self, app: App) -> None:
        self.apps = {app.client_id: app}
        self.grants: dict[str, Grant] = {}
        self.refreshes: dict[str, Grant] = {}
        self.next_answer: str | None = None  # an `error` of the consent page
        self.withheld: frozenset[str] = frozenset()  # scopes that are asked for and silently not granted
        self.gives_refresh_tokens = False  # approved marketing partners only
        self._codes: dict[str, _Code] = {}

    def grant(self, scopes: frozenset[str], client_id: str, now: float, lasts: float = TOKEN_LASTS) -> str:
        token = "AQ" + secrets.token_urlsafe(260)  # real ones are this long
        self.grants[token] = Grant(scopes, client_id, now, lasts)
        return token

    def holder(self, authorization: str, now: float) -> Grant:
        """The grant behind a Bearer header. Raises Problem 401 as LinkedIn words it."""
        token = authorization.removeprefix("Bearer ").strip()
        if not authorization.startswith("Bearer ") or not token:
            raise Problem(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token")
        grant = self.grants.get(token)
        if grant is None:
            raise Problem(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        status = grant.status(now)
        if status == "revoked":
            raise Problem(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user")
        if status == "expired":
            raise Problem(401, "EXPIRED_ACCESS_TOKEN", "Expired access token")
        return grant

    # The page in the browser

    def page(self, request: Request, now: float) -> Reply:
        asked = {name: values[0] for name, values in request.query.items()}
        app, redirect = self.apps.get(asked.get("client_id", "")), asked.get("redirect_uri", "")
        if app is None:
            return _html(400, "Bummer, something went wrong. The passed in client_id is invalid")
        if app.redirects and redirect not in app.redirects:
            return _html(400, "Bummer, something went wrong. The redirect_uri does not match the registered value")
        scopes = frozenset(asked.get("scope", "").split())
        if not scopes <= app.products:
            unknown = sorted(scopes - app.products)[0]
            words = f'Scope "{unknown}" is not authorized for your application'
            return _back(redirect, error="unauthorized_scope_error", error_description=words, state=asked["state"])
        if self.next_answer is not None:
            error, self.next_answer = self.next_answer, None
            return _back(redirect, error=error, error_description="The user said no", state=asked["state"])
        code = "AQ" + secrets.token_urlsafe(40)
        self._codes[code] = _Code(app.client_id, redirect, scopes, now)
        return _back(redirect, code=code, state=asked["state"])

    # The endpoints behind it

    def exchange(self, request: Request, now: float) -> Reply:
        form = _form(request)
        app = self.apps.get(form.get("client_id", ""))
        if app is None or form.get("client_secret") != app.secret:
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        if form.get("grant_type") == "refresh_token":
            return self._refreshed(form, app, now)
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.client_id != app.client_id:
            return _oauth_error(400, "invalid_request", "Unable to retrieve access token: authorization code not found")
        if code.redirect != form.get("redirect_uri"):
            words = "Unable to retrieve access token: appid or redirect uri does not match authorization code"
            return _oauth_error(400, "invalid_redirect_uri", words)
        if now > code.made_at + CODE_LASTS:
            words = "Unable to retrieve access token: appid or redirect uri does not match authorization code"
            return _oauth_error(400, "invalid_redirect_uri", f"{words} or authorization code expired")
        return self._tokens(code.scopes - self.withheld, app, now)

    def introspect(self, request: Request, now: float) -> Reply:
        form = _form(request)
        app = self.apps.get(form.get("client_id", ""))
        if app is None or form.get("client_secret") != app.secret:
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        grant = self.grants.get(form.get("token", ""))
        if grant is None or grant.client_id != app.client_id:
            return Reply(200, {"active": False})
        status = grant.status(now)
        return Reply(
            200,
            {
                "active": status == "active",
                "status": status,
                "client_id": app.client_id,
                "scope": ",".join(sorted(grant.scopes)),
                "authorized_at": int(grant.made_at),
                "created_at": int(grant.made_at),
                "expires_at": int(grant.made_at + grant.lasts),
                "auth_type": "3L",
            },
        )

    def _refreshed(self, form: Mapping[str, str], app: App, now: float) -> Reply:
        before = self.refreshes.get(form.get("refresh_token", ""))
        if before is None or before.status(now) != "active" or before.client_id != app.client_id:
            return _oauth_error(400, "invalid_request", "The provided authorization grant or refresh token is invalid")
        return self._tokens(before.scopes, app, now, refresh=form["refresh_token"])

    def _tokens(self, scopes: frozenset[str], app: App, now: float, refresh: str = "") -> Reply:
        token = self.grant(scopes, app.client_id, now)
        answer: dict[str, Any] = {"access_token": token, "expires_in": TOKEN_LASTS, "scope": ",".join(sorted(scopes))}
        if self.gives_refresh_tokens or refresh:
            refresh = refresh or "AQ" + secrets.token_urlsafe(260)
            kept = self.refreshes.setdefault(refresh, Grant(scopes, app.client_id, now, REFRESH_LASTS))
            left = int(kept.made_at + kept.lasts - now)  # a renewal does not lengthen it
            answer |= {"refresh_token": refresh, "refresh_token_expires_in": left}
        return Reply(200, answer)


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def _oauth_error(status: int, error: str, description: str) -> Reply:
    return Reply(status, {"error": error, "error_description": description})


def _back(redirect: str, **answer: str) -> Reply:
    return Reply(302, None, {"Location": f"{redirect}?{urlencode(answer)}"})


def _html(status: int, words: str) -> Reply:
    return Reply(status, f"<!doctype html><p>{words}</p>".encode(), {"Content-Type": "text/html; charset=utf-8"})
