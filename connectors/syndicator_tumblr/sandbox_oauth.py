"""OAuth 1.0a from the server's side: signatures checked by hand, request tokens, verifiers, access tokens.

After RFC 5849, with no OAuth library. Enters: requests. Leaves: who signed them, or a Refusal 401.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlencode

from syndicator.sandbox.service import Reply, Request
from syndicator_tumblr.sandbox_state import Refusal

DRIFT = 300.0  # seconds that clocks may differ
VERIFIER_LIVES = 600.0  # unconfirmed: Tumblr does not say how long
_PAIR = re.compile(r'(\w+)="([^"]*)"')


@dataclass(slots=True)
class Waiting:
    """A request token: asked for, perhaps allowed, good for one exchange."""

    secret: str
    callback: str
    at: float
    verifier: str = ""


@dataclass(slots=True)
class OAuth:
    """`denies`: the person in front of the browser says no."""

    base: str
    now: Callable[[], float]
    key: str = "pretend-consumer-key"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    tokens: dict[str, str] = field(default_factory=dict)
    denies: bool = False
    registered: str | None = None  # the one way back; None: any. What Tumblr says to another is unconfirmed: 400, here
    _waiting: dict[str, Waiting] = field(default_factory=dict)
    _nonces: set[tuple[str, str]] = field(default_factory=set)

    def issue(self) -> tuple[str, str]:
        token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.tokens[token] = secret
        return token, secret

    def signer(self, request: Request) -> str:
        """The access token that signed the request. Raises Refusal."""
        given = self._given(request)
        token = given.get("oauth_token", "")
        if token not in self.tokens:
            raise _unauthorised()
        self._verify(request, given, self.tokens[token])
        return token

    def request_token(self, request: Request) -> Reply:
        given = self._given(request)
        self._verify(request, given, "")
        callback = given.get("oauth_callback", "")
        if not callback.startswith(("http://", "https://")) or self.registered not in (None, callback):
            return Reply(400, b"invalid oauth_callback", {"Content-Type": "text/plain"})
        token, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self._waiting[token] = Waiting(secret, callback, self.now())
        return _form(oauth_token=token, oauth_token_secret=secret, oauth_callback_confirmed="true")

    def authorize(self, request: Request) -> Reply:
        """The person's answer takes the browser back. How a refusal looks is unconfirmed: no verifier, here."""
        token = request.query.get("oauth_token", [""])[0]
        waiting = self._waiting.get(token)
        if waiting is None:
            return Reply(400, b"<!doctype html><h1>Unknown token</h1>", {"Content-Type": "text/html"})
        back = {"oauth_token": token}
        if not self.denies:
            waiting.verifier = secrets.token_urlsafe(12)
            back["oauth_verifier"] = waiting.verifier
        joint = "&" if "?" in waiting.callback else "?"
        return Reply(302, b"", {"Location": f"{waiting.callback}{joint}{urlencode(back)}#_=_"})

    def access_token(self, request: Request) -> Reply:
        given = self._given(request)
        waiting = self._waiting.get(given.get("oauth_token", ""))
        if waiting is None or self.now() - waiting.at > VERIFIER_LIVES:
            return Reply(401, b"Invalid oauth_token", {"Content-Type": "text/plain"})
        self._verify(request, given, waiting.secret)
        if not waiting.verifier or given.get("oauth_verifier") != waiting.verifier:
            return Reply(401, b"Missing or invalid oauth_verifier.", {"Content-Type": "text/plain"})
        del self._waiting[given["oauth_token"]]
        token, secret = self.issue()
        return _form(oauth_token=token, oauth_token_secret=secret)

    def _given(self, request: Request) -> dict[str, str]:
        header = request.headers.get("authorization", "")
        if not header.startswith("OAuth "):
            raise _unauthorised()
        return {name: unquote(value) for name, value in _PAIR.findall(header)}

    def _verify(self, request: Request, given: dict[str, str], token_secret: str) -> None:
        moment, nonce = given.get("oauth_timestamp", ""), given.get("oauth_nonce", "")
        fresh = moment.isdigit() and abs(self.now() - int(moment)) <= DRIFT and (moment, nonce) not in self._nonces
        if not fresh or given.get("oauth_consumer_key") != self.key or not nonce:
            raise _unauthorised()
        expected = self._signature(request, given, token_secret)
        if not hmac.compare_digest(expected, given.get("oauth_signature", "")):
            raise _unauthorised("oauth_signature does not match expected value")
        self._nonces.add((moment, nonce))

    def _signature(self, request: Request, given: dict[str, str], token_secret: str) -> str:
        pairs = [(name, value) for name, value in given.items() if name not in ("oauth_signature", "realm")]
        pairs += [(name, value) for name, values in request.query.items() for value in values]
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(request.body.decode(), keep_blank_values=True)
        together = "&".join(f"{name}={value}" for name, value in sorted((_escaped(n), _escaped(v)) for n, v in pairs))
        text = "&".join((request.method, _escaped(f"{self.base}{request.path}"), _escaped(together)))
        secret = f"{_escaped(self.secret)}&{_escaped(token_secret)}"
        return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")


def _unauthorised(detail: str = "") -> Refusal:
    return Refusal(401, 1016, "Unauthorized", detail)


def _form(**fields: str) -> Reply:
    return Reply(200, urlencode(fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
