"""The login: kept between runs, renewed when it ends, made anew only when renewing fails.

Enters: settings and the token store. Leaves: a Login with a usable access token. Servers allow few logins a day (100
were counted on bsky.social), so a failed one is never repeated here. New tokens are stored before they are used.
"""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from syndicator.clock import Clock
from syndicator.connector import AuthRequired, ConnectorError, Json, Retryable, Scope, TokenStore
from syndicator.http import NotSent, ReplyLost
from syndicator_bluesky.answers import ELSEWHERE, meaning
from syndicator_bluesky.identity import Place, pds_of, resolve
from syndicator_bluesky.settings import BlueskySettings
from syndicator_bluesky.xrpc import Refused, Xrpc, patiently

T = TypeVar("T")

SOON = timedelta(minutes=5)
LOOK_AGAIN = timedelta(days=1)  # accounts move from server to server


@dataclass(frozen=True, slots=True)
class Login:
    did: str
    pds: str
    handle: str
    access: str
    refresh: str
    looked_up: str  # when the directory last named `pds`, ISO 8601

    def __repr__(self) -> str:
        return f"Login({self.did} at {self.pds})"


_STORED = {
    "did": "did",
    "pds": "pds",
    "handle": "handle",
    "accessJwt": "access",
    "refreshJwt": "refresh",
    "lookedUpAt": "looked_up",
}


class Session:
    """One account's login. `call` is the way to use it."""

    def __init__(self, settings: BlueskySettings, xrpc: Xrpc, tokens: TokenStore, clock: Clock) -> None:
        self._settings = settings
        self._xrpc = xrpc
        self._tokens = tokens
        self._clock = clock
        self._lock = threading.Lock()
        self._new = False  # logged in by this instance: the directory was asked just now
        # A login belongs to what the owner wrote: another handle or server must not find it.
        self._belongs_to = f"{settings.handle} {settings.pds or ''}"

    def current(self) -> Login:
        """A login that is good for some minutes. Raises Refused, ConnectorError, NotSent or ReplyLost."""
        login = self._still_there(self._kept())
        if login is None:
            with self._lock:
                return self._kept() or self._log_in()
        if _ends_before(login.access, self._clock.now() + SOON):
            return self.renew(login)
        return login

    def place(self) -> Place:
        """Where to read; needs no login."""
        login = self._kept()
        return Place(login.did, login.pds) if login else resolve(self._settings, self._xrpc, self._clock)

    def call(self, work: Callable[[Login], T]) -> T:
        """Do harmless work as the account, with one renewal when the server wants it."""
        login = self.current()
        try:
            return patiently(lambda: work(login), self._clock)
        except Refused as refused:
            if refused.error in ELSEWHERE:
                raise self.judged(refused) from refused
            if not refused.stale:
                raise
        renewed = self.renew(login)
        return patiently(lambda: work(renewed), self._clock)

    def renew(self, used: Login) -> Login:
        """Exchange the refresh token, or log in when it is dead. One at a time; a second asker gets the first's."""
        with self._lock:
            kept = self._kept() or used
            # Two access tokens of one second are equal; the refresh token tells them apart.
            newer = (kept.access, kept.refresh) != (used.access, used.refresh)
            if newer and not _ends_before(kept.access, self._clock.now() + SOON):
                return kept
            try:
                return self._refresh(kept)
            except Refused as refused:
                if refused.error in ELSEWHERE:
                    raise self.judged(refused) from refused
                if not refused.stale and refused.error != "AuthenticationRequired":
                    raise
            return self._log_in()

    def judged(self, refused: Refused) -> ConnectorError:
        """What a refusal means, once we know whether the account may have moved to another server.

        The old server's word is taken for a move only when the directory has not just been asked.
        """
        if refused.error not in ELSEWHERE or self._settings.pds or self._new:
            return meaning(refused, self._clock.now())
        self.forget()
        return Retryable(
            "the account is not at its old server any more; looking it up anew", scope=Scope.NETWORK, prepare_again=True
        )

    def forget(self) -> None:
        self._tokens.save({k: v for k, v in self._tokens.load().items() if k != "session"})

    def _refresh(self, login: Login) -> Login:
        # Repeating is harmless: for two hours an old refresh token gives the same new one.
        method = "com.atproto.server.refreshSession"
        answer = patiently(lambda: self._xrpc.call(login.pds, method, login.refresh), self._clock)
        return self._keep(answer, Place(login.did, login.pds), login.looked_up)

    def _log_in(self) -> Login:
        place = resolve(self._settings, self._xrpc, self._clock)
        password = self._settings.app_password.get_secret_value()
        body = {"identifier": place.did, "password": password}
        answer = self._xrpc.call(place.pds, "com.atproto.server.createSession", body=body)
        self._new = True
        return self._keep(answer, place, self._clock.now().isoformat())

    def _keep(self, answer: Mapping[str, Json], place: Place, looked_up: str) -> Login:
        if answer.get("did") != place.did:
            raise AuthRequired(f"{place.pds} logged in another account than {place.did}")
        if answer.get("active") is False:
            raise AuthRequired(f"the account is {answer.get('status') or 'not active'}; nothing can be posted")
        texts = [answer.get(name) for name in ("accessJwt", "refreshJwt", "handle")]
        access, refresh, handle = (text if isinstance(text, str) else "" for text in texts)
        if not access or not refresh:
            raise Retryable(f"{place.pds} answered a login without tokens", scope=Scope.NETWORK)
        login = Login(place.did, place.pds, handle, access, refresh, looked_up)
        self._store(login)
        return login

    def _store(self, login: Login) -> None:
        # The names that end in Jwt tell the token store what the log must not show.
        known = {name: getattr(login, field) for name, field in _STORED.items()}
        self._tokens.save({**self._tokens.load(), "session": {**known, "belongsTo": self._belongs_to}})

    def _kept(self) -> Login | None:
        """The stored login. Read each time: another process may have renewed it."""
        stored = self._tokens.load().get("session")
        if not isinstance(stored, dict) or stored.get("belongsTo") != self._belongs_to:
            return None
        if any(not isinstance(stored.get(name), str) for name in _STORED):
            return None
        return Login(**{field: stored[name] for name, field in _STORED.items()})

    def _still_there(self, login: Login | None) -> Login | None:
        """Ask the directory once a day whether the account has moved; a silent directory changes nothing."""
        if login is None or self._settings.pds or not self._is_old(login):
            return login
        try:
            pds = pds_of(login.did, self._settings, self._xrpc, self._clock)
        except (Refused, NotSent, ReplyLost, ConnectorError):
            return login
        if pds != login.pds:
            self.forget()
            return None
        fresh = replace(login, looked_up=self._clock.now().isoformat())
        self._store(fresh)
        return fresh

    def _is_old(self, login: Login) -> bool:
        try:
            return self._clock.now() - datetime.fromisoformat(login.looked_up) > LOOK_AGAIN
        except (ValueError, TypeError):
            return True


def _ends_before(token: str, moment: datetime) -> bool:
    """Whether a token says that it ends before `moment`. By the book it is opaque, so one we cannot read never does."""
    try:
        middle = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC) < moment
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return False
