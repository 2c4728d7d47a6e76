"""How the pretend server connects accounts: apps, the page that asks the owner, codes and tokens.

Enters: the requests of an app and of a browser. Leaves: pages, redirects and tokens as Doorkeeper, the library under
Mastodon, gives them: errors of the request are shown to the owner, a no is brought back to the app, and a code is good
once, for ten minutes, with the same address and the right verifier.
"""

import hashlib
import html
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from syndicator.sandbox.service import Reply, Request
from syndicator_mastodon.sandbox_bodies import body_of
from syndicator_mastodon.sandbox_rows import Voice
from syndicator_mastodon.sandbox_state import ALL_SCOPES, SHOW_THE_CODE, App, Refusal

if TYPE_CHECKING:
    from syndicator_mastodon.sandbox import PretendMastodon

CODE_LIVES = 600.0
SUPPORTED = frozenset(["read", "write", "follow", "push", *ALL_SCOPES.split()])
_INVALID_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)
_DENIED = "The resource owner or authorization server denied the request."


@dataclass(slots=True)
class Grant:
    """A code that waits to be exchanged."""

    app: App
    scopes: str
    redirect: str
    challenge: str
    ends: float
    used: bool = False


class OAuth:
    """`denies`: the owner says no; `grants`: the scopes they leave, which Mastodon lets nobody choose, others may."""

    def __init__(self, server: "PretendMastodon", *, modern: bool) -> None:
        self._server = server
        self.modern = modern  # Mastodon 4.3: metadata, PKCE, lists of addresses
        self.denies = False
        self.grants: str | None = None
        self.apps: dict[str, App] = {}
        self.codes: dict[str, Grant] = {}

    def metadata(self, request: Request) -> Reply:
        if not self.modern:
            raise Refusal(404, "Not Found", voice=self._server.row.missing)
        told = {
            "issuer": f"{self._server.url}/",
            "authorization_endpoint": f"{self._server.url}/oauth/authorize",
            "token_endpoint": f"{self._server.url}/oauth/token",
            "app_registration_endpoint": f"{self._server.url}/api/v1/apps",
            "scopes_supported": sorted(SUPPORTED),
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "code_challenge_methods_supported": ["S256"],
        }
        return Reply(200, told)

    def register(self, request: Request) -> Reply:
        fields = body_of(request)
        listed = fields.get("redirect_uris") or ""
        redirects = tuple(listed.split() if isinstance(listed, str) else map(str, listed))
        scopes = str(fields.get("scopes") or "read")
        if not fields.get("client_name"):
            raise Refusal(422, "Validation failed: Application name can't be blank")
        if not redirects or not all(map(_is_address, redirects)):
            raise Refusal(422, "Validation failed: Redirect URI must be an absolute URI.")
        if not SUPPORTED.issuperset(scopes.split()):
            raise Refusal(422, "Validation failed: Scopes doesn't match configured on the server.")
        app = App(str(fields["client_name"]), secrets.token_urlsafe(32), secrets.token_urlsafe(32), scopes, redirects)
        self.apps[app.client_id] = app
        told = {"id": str(len(self.apps)), "name": app.name, "website": fields.get("website"), "vapid_key": ""}
        secret = {"client_id": app.client_id, "client_secret": app.client_secret, "client_secret_expires_at": 0}
        return Reply(200, {**told, **secret, "redirect_uri": "\n".join(redirects)})

    def page(self, request: Request) -> Reply:
        """What the owner sees, logged in already: who asks for what, and two buttons."""
        fields = {name: values[0] for name, values in request.query.items()}
        app = self._checked(fields)
        hidden = "".join(f'<input type="hidden" name="{name}" value="{html.escape(v)}">' for name, v in fields.items())
        ask = f"<h1>Authorize {html.escape(app.name)}?</h1><p>{html.escape(fields.get('scope', 'read'))}</p>"
        yes = f'<form method="post" action="/oauth/authorize">{hidden}<button>Authorize</button></form>'
        no = yes.replace(hidden, hidden + '<input type="hidden" name="_method" value="delete">')
        return _html(200, ask + yes + no.replace("<button>Authorize", "<button>Deny"))

    def decide(self, request: Request) -> Reply:
        fields = {name: str(value) for name, value in body_of(request).items()}
        self._checked(fields)
        redirect = fields["redirect_uri"]
        back = {"state": fields["state"]} if fields.get("state") else {}
        if self.denies or fields.get("_method") == "delete":
            said = {"error": "access_denied", "error_description": _DENIED, **back}
            return Reply(400, said) if redirect == SHOW_THE_CODE else _lead(redirect, said)
        code = self.agree(fields)
        if redirect == SHOW_THE_CODE:
            return _lead(f"{self._server.url}/oauth/authorize/native", {"code": code})
        return _lead(redirect, {"code": code, **back})

    def native(self, request: Request) -> Reply:
        code = html.escape(request.query.get("code", [""])[0])
        return _html(200, f"<p>Copy this authorization code:</p><code>{code}</code>")

    def agree(self, fields: Mapping[str, str]) -> str:
        """The code for a request to which the owner has said yes."""
        app, code = self._checked(fields), secrets.token_urlsafe(32)
        challenge = fields.get("code_challenge", "") if self.modern else ""
        ends = self._server.now() + CODE_LIVES
        self.codes[code] = Grant(app, fields.get("scope", "read"), fields["redirect_uri"], challenge, ends)
        return code

    def exchange(self, request: Request) -> Reply:
        fields = body_of(request)
        if fields.get("grant_type") != "authorization_code":
            raise _no("unsupported_grant_type", "The authorization grant type is not supported.")
        grant = self._valid_grant(fields)
        grant.used = True
        scopes = grant.scopes if self.grants is None else self.grants
        token = self._server.issue(grant.app, scopes)
        told = {"access_token": token, "token_type": "Bearer", "scope": scopes, "created_at": int(self._server.now())}
        return Reply(200, told, {"Cache-Control": "no-store, no-cache"})

    def _valid_grant(self, fields: Mapping[str, Any]) -> Grant:
        grant, verifier = self.codes.get(str(fields.get("code"))), fields.get("code_verifier")
        if grant is not None and grant.challenge and not verifier:
            raise _no("invalid_request", "Missing required parameter: code_verifier.")
        if not fields.get("redirect_uri"):
            raise _no("invalid_request", "Missing required parameter: redirect_uri.")
        app = self.apps.get(str(fields.get("client_id")))
        if app is None or fields.get("client_secret") != app.client_secret:
            raise _no("invalid_client", "Client authentication failed due to unknown client.", status=401)
        if (
            grant is None
            or grant.app is not app
            or fields["redirect_uri"] != grant.redirect
            or (self.modern and grant.challenge != (challenge_of(str(verifier)) if verifier else ""))
            or grant.used
            or grant.ends <= self._server.now()
        ):
            raise _no("invalid_grant", _INVALID_GRANT)
        return grant

    def _checked(self, fields: Mapping[str, str]) -> App:
        """Mistakes of the app are told to the owner, not to the app: its address may be somebody else's."""
        app = self.apps.get(fields.get("client_id", ""))
        if app is None:
            raise Refusal(401, "Client authentication failed due to unknown client.", voice=Voice.HTML)
        if fields.get("redirect_uri") not in app.redirects:
            raise Refusal(400, "The redirect uri included is not valid.", voice=Voice.HTML)
        if fields.get("response_type") != "code":
            raise Refusal(400, "The authorization server does not support this response type.", voice=Voice.HTML)
        if not set(app.scopes.split()).issuperset(fields.get("scope", "read").split()):
            raise Refusal(400, "The requested scope is invalid, unknown, or malformed.", voice=Voice.HTML)
        if self.modern and fields.get("code_challenge") and fields.get("code_challenge_method") != "S256":
            raise Refusal(400, "The code_challenge_method must be S256.", voice=Voice.HTML)
        return app


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return text == SHOW_THE_CODE or bool(parts.scheme and parts.netloc and not parts.fragment)


def _no(error: str, description: str, *, status: int = 400) -> Refusal:
    return Refusal(status, error, error_description=description)


def _lead(address: str, parameters: Mapping[str, str]) -> Reply:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query), *parameters.items()])
    return Reply(302, b"", {"Location": parts._replace(query=query).geturl()})


def _html(status: int, body: str) -> Reply:
    page = f'<!DOCTYPE html><html lang="en"><title>Authorization</title>{body}'.encode()
    return Reply(status, page, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})
