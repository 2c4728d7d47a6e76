"""Who we are on a server, and what is wrong with that. Enters: verify_credentials. Leaves: an Identity. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from syndicator.connector import Credential, Identity
from syndicator_mastodon.server import Server

CREDENTIAL = "access token"
NEEDED = ("read:statuses", "write:statuses", "write:media")


def identity(account: Mapping[str, Any], server: Server, base: str, scopes: Iterable[str] | None) -> Identity:
    """`scopes`: what the token's application was registered for; None when the server does not tell."""
    granted = None if scopes is None else tuple(scopes)
    return Identity(
        id=str(account.get("id") or ""),
        name=f"@{account.get('username') or account.get('acct') or '?'}@{_host(account, server, base)}",
        url=account.get("url") or None,
        warnings=tuple(_warnings(account, granted)),
        notes=tuple(_notes(account, server, granted)),
        credential=Credential(CREDENTIAL, scopes=granted or ()),
    )


def missing(scopes: Iterable[str]) -> tuple[str, ...]:
    """What is needed and not among `scopes`; a coarse scope covers its finer ones."""
    granted = tuple(scopes)
    return tuple(scope for scope in NEEDED if not _covers(granted, scope))


def _host(account: Mapping[str, Any], server: Server, base: str) -> str:
    for named in (server.domain, str(account.get("url") or ""), base):
        host = urlsplit(named if "://" in named else f"https://{named}").netloc
        if host:
            return host
    return "?"


def _warnings(account: Mapping[str, Any], scopes: tuple[str, ...] | None) -> Iterable[str]:
    moved = account.get("moved")
    if isinstance(moved, Mapping):
        yield f"the account has moved to {moved.get('acct') or moved.get('url')}: posts here reach nobody"
    if account.get("limited"):
        yield "the account is limited by its moderators: public posts become unlisted"
    if account.get("suspended"):
        yield "the account is suspended"
    if scopes is not None:
        yield from (f"the token lacks the scope {scope}" for scope in missing(scopes))


def _notes(account: Mapping[str, Any], server: Server, scopes: tuple[str, ...] | None) -> Iterable[str]:
    yield f"server: {server.flavour} {server.version}".rstrip()
    yield f"limits: {server.max_length} characters, {server.max_images} images, alt texts of {server.max_alt}"
    if scopes is not None:
        yield f"scopes: {' '.join(scopes)}"
    source = account.get("source")
    if server.at_least(4, 3, 0) and isinstance(source, Mapping):
        domains = source.get("attribution_domains") or []
        listed = ", ".join(map(str, domains)) or "none (Preferences → Public profile → Verification)"
        yield f"sites whose previews may name you as author: {listed}"


def _covers(scopes: tuple[str, ...], scope: str) -> bool:
    return scope in scopes or scope.partition(":")[0] in scopes
