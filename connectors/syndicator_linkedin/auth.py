"""`syndicate auth` for LinkedIn: the owner's own app and a browser, or a token from LinkedIn's token generator.

Enters: a person to talk to, and what the network's file says already. Leaves: an access token, proven, and in the token
store when it ends. A refusal leaves the old login as it is.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from pydantic import SecretStr, ValidationError

from syndicator.clock import Clock, SystemClock
from syndicator.connector import AuthRequired, Identity, Json, Rejected, Retryable, TokenStore
from syndicator.errors import UsageError
from syndicator.http import GuardedSession
from syndicator.log import escape, redact, remember_secret
from syndicator.login import Authorised, Talk
from syndicator.tokens import MemoryTokens
from syndicator_linkedin.answers import APPS, harmless, told
from syndicator_linkedin.api import Refused, accepted, object_in
from syndicator_linkedin.credential import facts_of, keep_facts, keep_renewal, needed_scopes, words_in
from syndicator_linkedin.settings import LinkedInSettings

if TYPE_CHECKING:
    from syndicator.http import Http

AGAIN = "then run `syndicate auth` for this network again"
_CANCELLED = frozenset({"user_cancelled_login", "user_cancelled_authorize", "access_denied"})
_NO_SCOPE = frozenset({"unauthorized_scope_error", "invalid_scope", "invalid_scope_error"})


@dataclass(frozen=True, slots=True)
class _App:
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Login:
    """One walk through the browser."""

    talk: Talk
    session: GuardedSession
    settings: LinkedInSettings  # for its addresses
    app: _App

    @property
    def scopes(self) -> tuple[str, ...]:
        return needed_scopes(self.settings.organisation)

    def code(self) -> str:
        """What LinkedIn gives the browser to take home. Raises AuthRequired for a refusal."""
        state = secrets.token_urlsafe(32)
        try:
            answer = self.talk.consent(self._page(state), proof=("state", state))
        except UsageError as error:
            hint = f"if LinkedIn’s page complained about redirect_uri: {_register(self.talk.redirect)}"
            raise UsageError(error.message, hint=hint, problems=error.problems) from error
        if "error" in answer:
            raise _refused_consent(answer, self.scopes, self.talk.redirect)
        if not answer.get("code"):
            raise AuthRequired(f"LinkedIn sent the browser back without a code; {AGAIN.removeprefix('then ')}")
        return answer["code"]

    def exchange(self, code: str) -> dict[str, Json]:
        """The code against a token. Raises AuthRequired, Retryable, NotSent or ReplyLost."""
        remember_secret(code)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.talk.redirect,
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret,
        }
        try:
            # Not repeated: a code works once, and a second try would only hide why the first one failed.
            answer = object_in(accepted(self.session.post(f"{self.settings.www}/oauth/v2/accessToken", data=form)))
        except Refused as refused:
            raise _refused_exchange(refused, self.talk.redirect) from refused
        if not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
            raise Retryable("LinkedIn answered the login without an access token")
        remember_secret(answer["access_token"])
        missing = set(self.scopes) - set(words_in(answer.get("scope")) or self.scopes)
        if missing:
            raise AuthRequired(f"LinkedIn left out {_listed(missing)}; {_products(self.scopes)}, {AGAIN}")
        return answer

    def _page(self, state: str) -> str:
        query = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.talk.redirect,
            "scope": " ".join(self.scopes),
            "state": state,
        }
        return f"{self.settings.www}/oauth/v2/authorization?{urlencode(query, quote_via=quote)}"


def authorise(
    talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any], clock: Clock | None = None
) -> Authorised:
    """Raises UsageError for what cannot be, AuthRequired for a refusal, Retryable when LinkedIn is away."""
    clock = clock or SystemClock()
    settings = _settings({**_written(known), "mode": "handoff"})  # which needs no token yet
    app = _app(talk, settings)
    if app is None:
        token, answer = _pasted(talk, settings), {}
    else:
        with http.allowing(*settings.named_by_owner()).session() as session, harmless(clock):
            login = _Login(talk, session, settings, app)
            answer = login.exchange(login.code())
            token = str(answer["access_token"])
    with_app = {"client_id": app.client_id, "client_secret": SecretStr(app.client_secret)} if app else {}
    proven = settings.model_copy(update={"mode": "api", "access_token": SecretStr(token), **with_app})
    identity = _proven(proven, http, tokens, answer, clock)
    by_hand_so_far = {"mode": "api"} if known.get("mode") == "handoff" else {}
    return Authorised(
        identity,
        settings=by_hand_so_far | ({"client_id": app.client_id} if app else {}),
        secrets={"access_token": token} | ({"client_secret": app.client_secret} if app else {}),
    )


def _app(talk: Talk, settings: LinkedInSettings) -> _App | None:
    """The owner's app; None when they would rather paste a token."""
    client_id = settings.client_id
    if client_id is None:
        talk.show(
            f"You need an app of your own: {APPS} → Create app, with the products "
            f"{_names_of_products(needed_scopes(settings.organisation))}."
        )
    talk.show(_register(talk.redirect)[:1].upper() + _register(talk.redirect)[1:] + ".")
    if client_id is None:
        told_id = talk.ask("Client ID, from the app’s Auth tab (nothing: I have a token from the token generator)")
        if not told_id.strip():
            return None
        client_id = _settings({"mode": "handoff", "client_id": told_id}).client_id or ""
    kept = settings.client_secret
    secret = kept.get_secret_value() if kept else talk.ask_secret("Primary Client Secret, beside it").strip()
    if not secret:
        raise UsageError("without its secret the app cannot log in", hint=f"it stands on the Auth tab at {APPS}")
    remember_secret(secret)
    return _App(client_id, secret)


def _pasted(talk: Talk, settings: LinkedInSettings) -> str:
    scopes = " ".join(needed_scopes(settings.organisation))
    talk.show(f"Make a token for {scopes} at {settings.www}/developers/tools/oauth/token-generator")
    token = talk.ask_secret("Access token").strip()
    if not token or any(letter.isspace() for letter in token):
        raise UsageError("this is no access token: it is one long word", hint="copy it again, whole")
    remember_secret(token)
    return token


def _proven(
    settings: LinkedInSettings, http: "Http", tokens: TokenStore, answer: Mapping[str, Json], clock: Clock
) -> Identity:
    """Ask LinkedIn whose token it is, in a store of its own: a refusal must not cost the login that worked so far."""
    from syndicator_linkedin.connector import LinkedInConnector

    token = settings.access_token.get_secret_value() if settings.access_token else ""
    proving = MemoryTokens()
    proving.save({name: kept for name, kept in tokens.load().items() if name not in ("access", "renewal", "account")})
    if answer:
        keep_facts(proving, token, facts_of(answer, clock.now(), words_in(answer.get("scope"))))
        if isinstance(answer.get("refresh_token"), str) and answer["refresh_token"]:
            remember_secret(answer["refresh_token"])
            keep_renewal(proving, token, answer)
    connector = LinkedInConnector(settings, http, proving, clock)
    try:
        identity = connector.whoami()
    finally:
        connector.close()
    tokens.save(proving.load())
    return identity


def _written(known: Mapping[str, Any]) -> dict[str, Any]:
    """What of the network's file belongs to this connector; a secret that cannot be read yet is asked for."""
    own = {name: value for name, value in known.items() if name in LinkedInSettings.model_fields}
    return {n: v for n, v in own.items() if v is not None and (n != "client_secret" or isinstance(v, SecretStr | str))}


def _settings(values: Mapping[str, Any]) -> LinkedInSettings:
    try:
        return LinkedInSettings(**values)
    except ValidationError as error:
        flaws = [f"{'.'.join(str(at) for at in flaw['loc'])}: {flaw['msg']}" for flaw in error.errors()]
        raise UsageError("this cannot be a LinkedIn account", problems=flaws) from error


# What LinkedIn says no to


def _refused_consent(answer: Mapping[str, str], scopes: tuple[str, ...], redirect: str) -> AuthRequired | Rejected:
    error = answer["error"]
    words = escape(redact(" ".join(part for part in (error, answer.get("error_description", "")) if part)))[:200]
    if error in _CANCELLED:
        return AuthRequired(f"you did not allow it at LinkedIn, so nothing has changed; {AGAIN.removeprefix('then ')}")
    if error in _NO_SCOPE:
        return AuthRequired(f"the app may not ask for {_listed(scopes)}: {_products(scopes)}, {AGAIN} ({words})")
    if "redirect" in words.lower():
        return AuthRequired(f"LinkedIn does not know the way back: {_register(redirect)}, {AGAIN} ({words})")
    return AuthRequired(f"LinkedIn refuses the login; {AGAIN.removeprefix('then ')} ({words})")


def _refused_exchange(refused: Refused, redirect: str) -> AuthRequired | Retryable:
    """LinkedIn words several mistakes alike, so the most telling word decides."""
    words = f"{refused.code} {refused.message}".lower()
    if refused.status >= 500 or refused.status == 429:
        return Retryable(told(refused, "LinkedIn failed; run `syndicate auth` for this network again"))
    if "invalid_client" in words or "client authentication" in words or "client_secret" in words:
        sentence = (
            "LinkedIn does not accept this Client Secret for this Client ID; compare what the network's file says with "
            f"the Auth tab at {APPS}, {AGAIN}"
        )
    elif "invalid_redirect_uri" in words and "expired" not in words:
        sentence = f"LinkedIn does not know the way back: {_register(redirect)}, {AGAIN}"
    elif "expired" in words or "invalid_grant" in words or "authorization code" in words:
        sentence = (
            "LinkedIn does not take the code, which works once and for half an hour; run `syndicate auth` for this "
            f"network again. Should that not help, {_register(redirect)}"
        )
    else:
        sentence = "LinkedIn refuses the login; run `syndicate auth` for this network again"
    return AuthRequired(told(refused, sentence))


def _register(redirect: str) -> str:
    return f"at {APPS}, on the app’s Auth tab, “Authorized redirect URLs” must have exactly {redirect}"


def _names_of_products(scopes: tuple[str, ...]) -> str:
    if "w_organization_social" in scopes:
        return "“Community Management API”"
    return "“Share on LinkedIn” and “Sign In with LinkedIn using OpenID Connect”"


def _products(scopes: tuple[str, ...]) -> str:
    return f"add {_names_of_products(scopes)} under Products at {APPS}"


def _listed(scopes: Any) -> str:
    return " and ".join(sorted(scopes))
