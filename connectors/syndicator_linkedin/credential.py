"""The access token: which one is in use, what is known of it, and its renewal where LinkedIn allows one.

Enters: settings, the token store, the clock. Leaves: the token, and what its owner may know of it. What is known is
kept under a fingerprint, so that a token pasted by hand does not inherit the age of the one before. Asking LinkedIn
about a token, and renewing it, are favours: when they fail, the token is used as it is.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from syndicator.clock import Clock
from syndicator.connector import AuthRequired, Credential, Json, TokenStore
from syndicator.http import GuardedSession, NotSent, ReplyLost
from syndicator.log import remember_secret
from syndicator_linkedin.answers import APPS, NEW_TOKEN, told
from syndicator_linkedin.api import Refused, accepted, object_in
from syndicator_linkedin.settings import LinkedInSettings

MEMBER_SCOPES = ("openid", "profile", "w_member_social")
PAGE_SCOPES = ("w_organization_social",)  # the product for pages stands alone in its app, without OpenID Connect
ASK_WEEKLY = timedelta(days=7)
AFTER_A_FAILURE = timedelta(days=1)
RENEW_BEFORE = timedelta(days=7)
_OVER = {"expired": "has ended", "revoked": "was revoked"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one access token."""

    obtained_at: datetime | None = None
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    ask_again: datetime | None = None


def needed_scopes(organisation: str | None) -> tuple[str, ...]:
    return PAGE_SCOPES if organisation else MEMBER_SCOPES


def fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def words_in(scopes: Any) -> tuple[str, ...]:
    """LinkedIn parts scopes by commas here and by blanks there."""
    return tuple(sorted(set(re.findall(r"[^\s,]+", scopes)))) if isinstance(scopes, str) else ()


def keep_facts(tokens: TokenStore, token: str, facts: Facts) -> None:
    moments = {name: getattr(facts, name) for name in ("obtained_at", "expires_at", "ask_again")}
    written = {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
    access = {"fingerprint": fingerprint(token), "scopes": list(facts.scopes), **written}
    tokens.save({**tokens.load(), "access": access})


def keep_renewal(tokens: TokenStore, owner_token: str, answer: Mapping[str, Json], access_token: str = "") -> None:
    """`owner_token` is the one in the owner's file: when they write another there, the renewal is void."""
    renewal = {"belongs_to": fingerprint(owner_token), "access_token": access_token}
    tokens.save({**tokens.load(), "renewal": {**renewal, "refresh_token": str(answer["refresh_token"])}})


class Access:
    """One account's token. `look_after` once per visit, `token` for every request."""

    def __init__(self, settings: LinkedInSettings, tokens: TokenStore, clock: Clock, session: GuardedSession) -> None:
        self._settings = settings
        self._tokens = tokens
        self._clock = clock
        self._session = session

    def token(self) -> str:
        return self._renewal().get("access_token") or self._written()

    def credential(self) -> Credential:
        facts = self._facts()
        return Credential("access token", facts.obtained_at, facts.expires_at, facts.scopes)

    def look_after(self) -> Iterator[str]:
        """Renew and inquire if it is time to. Leaves sentences for the owner; raises AuthRequired for a dead token."""
        yield from self._renewed()
        yield from self._inquired()
        missing = set(needed_scopes(self._settings.organisation)) - set(self._facts().scopes)
        if missing and self._facts().scopes:
            lacks = " and ".join(sorted(missing))
            yield f"the access token lacks {lacks}; look at the app’s products at {APPS}, then {NEW_TOKEN}"

    def _written(self) -> str:
        secret = self._settings.access_token
        if secret is None:
            raise AuthRequired(f"there is no access token yet; {NEW_TOKEN}")
        return secret.get_secret_value()

    def _renewal(self) -> dict[str, str]:
        stored = self._tokens.load().get("renewal")
        if not isinstance(stored, dict) or stored.get("belongs_to") != fingerprint(self._written()):
            return {}
        return {name: value for name, value in stored.items() if isinstance(value, str)}

    def _facts(self) -> Facts:
        stored = self._tokens.load().get("access")
        if not isinstance(stored, dict) or stored.get("fingerprint") != fingerprint(self.token()):
            return Facts()
        scopes = stored.get("scopes")
        return Facts(
            _moment(stored.get("obtained_at")),
            _moment(stored.get("expires_at")),
            tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else (),
            _moment(stored.get("ask_again")),
        )

    def _client(self) -> dict[str, str] | None:
        if self._settings.client_id is None or self._settings.client_secret is None:
            return None
        secret = self._settings.client_secret.get_secret_value()
        return {"client_id": self._settings.client_id, "client_secret": secret}

    # Renewing

    def _renewed(self) -> Iterator[str]:
        client, refresh, expires = self._client(), self._renewal().get("refresh_token"), self._facts().expires_at
        now = self._clock.now()
        if not client or not refresh or expires is None or expires - now > RENEW_BEFORE:
            return
        try:
            answer = self._oauth("accessToken", {"grant_type": "refresh_token", "refresh_token": refresh, **client})
        except (Refused, NotSent, ReplyLost) as error:
            yield f"the access token could not be renewed ({_why(error)}); it ends on {expires.date().isoformat()}"
            return
        if self._adopt(answer, refresh) is None:
            yield "LinkedIn answered a renewal without an access token"

    def _adopt(self, answer: Mapping[str, Json], refresh: str) -> str | None:
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            return None
        remember_secret(token)
        following = answer.get("refresh_token")
        kept = {"refresh_token": following if isinstance(following, str) and following else refresh}
        remember_secret(kept["refresh_token"])
        scopes = words_in(answer.get("scope")) or self._facts().scopes
        keep_renewal(self._tokens, self._written(), kept, token)
        keep_facts(self._tokens, token, facts_of(answer, self._clock.now(), scopes))
        return token

    # Inquiring

    def _inquired(self) -> Iterator[str]:
        client, facts, now = self._client(), self._facts(), self._clock.now()
        if not client or (facts.ask_again is not None and now < facts.ask_again):
            return
        try:
            answer = self._oauth("introspectToken", {"token": self.token(), **client})
        except (Refused, NotSent, ReplyLost) as error:
            self._ask_again(facts, now + AFTER_A_FAILURE)
            if isinstance(error, Refused) and error.status in (400, 401):
                yield f"LinkedIn does not know `client_id` with `client_secret` ({_why(error)}); compare them at {APPS}"
            return
        over = _OVER.get(str(answer.get("status", "")).lower())
        if over and answer.get("active") is not True:
            raise AuthRequired(f"LinkedIn says that the access token {over}; {NEW_TOKEN}")
        if answer.get("active") is True:
            facts = Facts(
                _second(answer.get("created_at")) or facts.obtained_at,
                _second(answer.get("expires_at")) or facts.expires_at,
                words_in(answer.get("scope")) or facts.scopes,
            )
        self._ask_again(facts, now + ASK_WEEKLY)

    def _ask_again(self, facts: Facts, at: datetime) -> None:
        keep_facts(self._tokens, self.token(), Facts(facts.obtained_at, facts.expires_at, facts.scopes, at))

    def _oauth(self, name: str, form: dict[str, str]) -> dict[str, Json]:
        return object_in(accepted(self._session.post(f"{self._settings.www}/oauth/v2/{name}", data=form)))


def facts_of(answer: Mapping[str, Json], now: datetime, scopes: tuple[str, ...]) -> Facts:
    """What the answer of the token endpoint says; its times are spans, so that a clock that is wrong does no harm."""
    seconds = answer.get("expires_in")
    lasts = timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 10**9 else None
    return Facts(now, now + lasts if lasts else None, scopes)


def _why(error: Exception) -> str:
    return told(error, "LinkedIn refuses") if isinstance(error, Refused) else str(error)


def _moment(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None


def _second(value: Any) -> datetime | None:
    """A moment in seconds since 1970; LinkedIn writes some of its moments in milliseconds."""
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
