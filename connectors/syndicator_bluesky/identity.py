"""Handle → DID → the server that holds the account. Enters: settings. Leaves: a Place. It never sees a password."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from syndicator.clock import Clock
from syndicator.config.origin import is_at_home
from syndicator.connector import AuthRequired, Json
from syndicator_bluesky.settings import DID, BlueskySettings
from syndicator_bluesky.xrpc import Refused, Xrpc, patiently

GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account lives. The DID stays for life; the server changes when the account moves."""

    did: str
    pds: str


def resolve(settings: BlueskySettings, xrpc: Xrpc, clock: Clock) -> Place:
    """Ask the public directories, or only the owner's own server when `pds` is written down.

    bsky.social cannot stand in for this: it answers only for accounts that Bluesky itself hosts.
    """
    did = settings.handle if settings.handle.startswith("did:") else did_of(settings.handle, settings, xrpc, clock)
    if did is None:
        # A server hides the handles of its deactivated accounts, so this is all that can be said.
        raise AuthRequired(f"nobody has the handle {settings.handle}, or the account is deactivated; check `handle`")
    return Place(did, settings.pds or pds_of(did, settings, xrpc, clock))


def pds_of(did: str, settings: BlueskySettings, xrpc: Xrpc, clock: Clock) -> str:
    """The server named in the DID document."""
    try:
        document = patiently(lambda: xrpc.get(_document_url(did, settings)), clock)
    except Refused as refused:
        if refused.status in GONE:
            raise AuthRequired(f"{did} is not known to its directory; check `handle`") from refused
        raise
    if document.get("id") != did:
        raise AuthRequired(f"the directory answered for another account than {did}")
    return _checked(_endpoint(document), did, settings)


def did_of(handle: str, settings: BlueskySettings, xrpc: Xrpc, clock: Clock) -> str | None:
    """The account behind a handle; None when there is none."""
    host = settings.pds or settings.resolver
    method = "com.atproto.identity.resolveHandle"
    try:
        found = patiently(lambda: xrpc.query(host, method, handle=handle), clock).get("did")
    except Refused as refused:
        if refused.status == 400 and refused.error:
            return None
        raise
    if not isinstance(found, str) or not DID.fullmatch(found):
        raise AuthRequired(f"{host} gave no usable DID for {handle}")
    return found


def _document_url(did: str, settings: BlueskySettings) -> str:
    method, _, name = did.removeprefix("did:").partition(":")
    return f"{settings.plc}/{did}" if method == "plc" else f"https://{unquote(name)}/.well-known/did.json"


def _endpoint(document: dict[str, Json]) -> str:
    services = document.get("service")
    for service in services if isinstance(services, list) else ():
        if not isinstance(service, dict) or service.get("type") != "AtprotoPersonalDataServer":
            continue
        if str(service.get("id", "")).endswith("#atproto_pds"):
            return str(service.get("serviceEndpoint", ""))
    return ""


def _checked(endpoint: str, did: str, settings: BlueskySettings) -> str:
    """The password goes there next: https, or a machine of the owner's own that the owner named."""
    url = urlsplit(endpoint)
    origin = f"{url.scheme}://{url.netloc}"
    own = {urlsplit(named).hostname for named in settings.named_by_owner()}
    plain = url.scheme == "http" and url.hostname in own and is_at_home(url.hostname or "")
    if not url.hostname or url.username or (url.scheme != "https" and not plain):
        raise AuthRequired(f"the directory names no usable server for {did}; write down `pds`")
    return origin
