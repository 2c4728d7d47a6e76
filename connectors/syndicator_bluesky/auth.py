"""`syndicate auth` for Bluesky: asks for handle and app password, proves them, keeps the login.

Bluesky's OAuth wants a public HTTPS page that describes the client, which a blogger's machine does not have; an app
password is revocable and needs none.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from syndicator.clock import Clock, SystemClock
from syndicator.connector import Identity, TokenStore
from syndicator.errors import UsageError
from syndicator.login import Authorised, Talk
from syndicator.tokens import MemoryTokens
from syndicator_bluesky.account import introduce
from syndicator_bluesky.answers import harmless
from syndicator_bluesky.session import Session
from syndicator_bluesky.settings import BlueskySettings
from syndicator_bluesky.xrpc import Xrpc

if TYPE_CHECKING:
    from syndicator.http import Http

APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}", re.IGNORECASE)
WHERE = "App password (Bluesky: Settings → Privacy and security → App passwords)"
EXAMPLE = "you.bsky.social"  # stands in our example files, and is somebody else's


def authorise(
    talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any], clock: Clock | None = None
) -> Authorised:
    """Log in with what the person says and what `known`, the network's file so far, has already.

    Raises UsageError for a handle that is none, AuthRequired when the server refuses, Retryable when it is away.
    """
    handle = str(known.get("handle") or "")
    if handle in ("", EXAMPLE):
        handle = talk.ask(f"Handle, such as {EXAMPLE}")
    password = talk.ask_secret(WHERE).strip()
    if not APP_PASSWORD.fullmatch(password):
        talk.show(
            "This does not look like an app password (xxxx-xxxx-xxxx-xxxx). The account's main password opens "
            "everything and cannot be revoked for one program."
        )
    settings = _settings({**known, "handle": handle, "app_password": password})
    identity = _prove(settings, http, tokens, clock or SystemClock())
    return Authorised(identity, {"handle": settings.handle}, {"app_password": password})


def _settings(values: dict[str, Any]) -> BlueskySettings:
    try:
        return BlueskySettings(**values)
    except ValidationError as error:
        flaws = [f"{'.'.join(str(at) for at in flaw['loc'])}: {flaw['msg']}" for flaw in error.errors()]
        raise UsageError("this cannot be a Bluesky account", problems=flaws) from error


def _prove(settings: BlueskySettings, http: "Http", tokens: TokenStore, clock: Clock) -> Identity:
    """Log in anew even when an old login is stored: the new password is what is being proved. A refusal leaves the
    old login as it is, which may be one that works."""
    proved = MemoryTokens()
    with http.allowing(*settings.named_by_owner()).session() as session, harmless(clock):
        xrpc = Xrpc(session)
        identity = introduce(Session(settings, xrpc, proved, clock), xrpc, settings)
    tokens.save({**tokens.load(), **proved.load()})
    return identity
