"""Accounts, app passwords and tokens of the pretend PDS. Times are seconds; tokens look like JWTs."""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACCESS_LASTS = 120 * 60.0
REFRESH_LASTS = 90 * 86400.0
GRACE = 2 * 3600.0  # for which a used refresh token still gives the one that replaced it


class Problem(Exception):
    """An XRPC error on its way out."""

    def __init__(self, status: int, error: str, message: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.headers = dict(headers or {})


@dataclass(slots=True)
class Blob:
    data: bytes = field(repr=False)
    mime: str = ""


@dataclass(slots=True)
class Stored:
    cid: str
    record: dict[str, Any]


@dataclass(slots=True)
class Account:
    """`status` is None for one in good standing, or deactivated, takendown, suspended."""

    did: str
    handle: str
    app_passwords: set[str]
    main_password: str = "main password"  # noqa: S105 - of a pretend account
    asks_for_code: bool = False  # the main password wants a code sent by e-mail
    status: str | None = None
    email_confirmed: bool = True
    blobs: dict[str, Blob] = field(default_factory=dict)
    records: dict[str, Stored] = field(default_factory=dict)
    gates: dict[str, Stored] = field(default_factory=dict)  # who may answer, by the key of the post

    def shown_status(self) -> dict[str, Any]:
        return {"active": self.status is None} | ({"status": self.status} if self.status else {})

    def check_password(self, password: str) -> None:
        """Raise what the reference PDS answers; it tells a taken-down account from a wrong password as little."""
        if self.status == "takendown" or password not in {*self.app_passwords, self.main_password}:
            raise Problem(401, "AuthenticationRequired", "Invalid identifier or password")
        if password == self.main_password and self.asks_for_code:
            raise Problem(401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address")

    def check_may_write(self) -> None:
        if self.status == "deactivated":
            raise Problem(401, "AccountDeactivated", "Account is deactivated")
        if self.status is not None:
            raise Problem(401, "AccountTakedown", "Account has been taken down")


def did_for(handle: str) -> str:
    return "did:plc:" + base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()[:24]


@dataclass(slots=True)
class _Refresh:
    did: str
    password: str
    replaced_by: str = ""
    replaced_at: float = 0.0


class Tokens:
    """Issues, checks and exchanges tokens."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._refreshes: dict[str, _Refresh] = {}

    def issue(self, did: str, password: str, now: float, jti: str = "") -> dict[str, str]:
        jti = jti or secrets.token_hex(12)
        self._refreshes.setdefault(jti, _Refresh(did, password))
        access = {"scope": "com.atproto.appPass", "sub": did, "iat": now, "exp": now + ACCESS_LASTS}
        refresh = {"scope": "com.atproto.refresh", "sub": did, "iat": now, "exp": now + REFRESH_LASTS, "jti": jti}
        return {"accessJwt": self._sign(access), "refreshJwt": self._sign(refresh)}

    def holder(self, authorization: str, scope: str, now: float) -> dict[str, Any]:
        """The claims of a bearer token of that scope."""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer" or not token:
            raise Problem(401, "AuthMissing", "Authentication Required")
        claims = self._claims(token)
        if claims["exp"] <= now:
            raise Problem(400, "ExpiredToken", "Token has expired")
        if claims["scope"] != scope:
            raise Problem(400, "InvalidToken", "Bad token scope")
        return claims

    def exchange(self, jti: str, now: float) -> dict[str, str]:
        """New tokens for a refresh token. The old one gives the same refresh token again until its grace ends."""
        known = self._refreshes.get(jti)
        if known is None or (known.replaced_by and now > known.replaced_at + GRACE):
            raise Problem(400, "ExpiredToken", "Token has been revoked")
        if not known.replaced_by:
            known.replaced_by, known.replaced_at = secrets.token_hex(12), now
        return self.issue(known.did, known.password, now, known.replaced_by)

    def revoke(self, password: str) -> None:
        """Forget the refresh tokens of an app password; access tokens live on until they end."""
        self._refreshes = {jti: known for jti, known in self._refreshes.items() if known.password != password}

    def _sign(self, claims: Mapping[str, Any]) -> str:
        body = ".".join(_packed(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
        return f"{body}.{self._seal(body)}"

    def _claims(self, token: str) -> dict[str, Any]:
        body, _, seal = token.rpartition(".")
        if not body or not hmac.compare_digest(seal.encode(), self._seal(body).encode()):
            raise Problem(400, "InvalidToken", "Token could not be verified")
        middle = body.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return claims

    def _seal(self, body: str) -> str:
        return _packed(hmac.new(self._secret, body.encode(), hashlib.sha256).digest())


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
