"""Who the account is and what its server says about itself: the answer to `syndicate check`."""

from collections.abc import Iterator, Mapping

from syndicator.connector import ConnectorError, Credential, Identity, Json
from syndicator.http import NotSent, ReplyLost
from syndicator_bluesky.session import Login, Session
from syndicator_bluesky.settings import BlueskySettings
from syndicator_bluesky.xrpc import Refused, Xrpc


def introduce(session: Session, xrpc: Xrpc, settings: BlueskySettings) -> Identity:
    """Ask the server. Raises Refused, ConnectorError, NotSent or ReplyLost."""
    answer = session.call(lambda login: xrpc.query(login.pds, "com.atproto.server.getSession", login.access))
    login = session.current()
    handle = str(answer.get("handle") or login.handle or login.did)
    return Identity(
        id=login.did,
        name=handle,
        url=f"{settings.web}/profile/{login.did}",
        warnings=tuple(_warnings(answer, handle, settings)),
        notes=tuple(_notes(login, answer, xrpc)),
        credential=Credential("app password"),  # it has no end, and nobody says when it was made
    )


def _warnings(answer: Mapping[str, Json], handle: str, settings: BlueskySettings) -> Iterator[str]:
    if answer.get("active") is False:
        yield f"the account is {answer.get('status') or 'not active'}: nothing can be posted"
    if handle == "handle.invalid":
        yield "the account's handle does not lead back to it; readers see “Invalid Handle”"
    elif not settings.handle.startswith("did:") and handle != settings.handle:
        yield f"the account is now called {handle}; write that for `handle`"


def _notes(login: Login, answer: Mapping[str, Json], xrpc: Xrpc) -> Iterator[str]:
    yield f"account {login.did}"
    yield f"server {login.pds}"
    if answer.get("emailConfirmed") is False:
        yield "the e-mail address is not confirmed"
    limit = _description(login, xrpc).get("blobUploadLimit")
    if isinstance(limit, int):
        yield f"the server takes uploads of up to {limit:,} bytes"


def _description(login: Login, xrpc: Xrpc) -> Mapping[str, Json]:
    """Only for information, so a server that gives none is fine."""
    try:
        return xrpc.query(login.pds, "com.atproto.server.describeServer")
    except (Refused, NotSent, ReplyLost, ConnectorError):
        return {}
