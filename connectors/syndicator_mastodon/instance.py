"""Asking a server what it is. Enters: a session. Leaves: a Server. It asks two to four harmless questions.

These go under Mastodon.py: its type conversion ends in a RecursionError on Takahē's answer.
"""

from collections.abc import Mapping

from syndicator.connector import Json
from syndicator_mastodon import answers
from syndicator_mastodon.flavour import Flavour
from syndicator_mastodon.server import Server, needs_nodeinfo, read
from syndicator_mastodon.session import ApiSession, object_in


def ask(session: ApiSession, override: Flavour | None) -> Server:
    """What the server can carry. Raises Retryable, AuthRequired or Rejected."""
    document = _document(session)
    software = _software(session) if override is None and needs_nodeinfo(document) else ""
    return read(document, software=software, override=override)


def _document(session: ApiSession) -> Mapping[str, Json]:
    """The newer description, else the older one (snac has only that), else nothing."""
    response = session.ask("GET", "/api/v2/instance")
    if not response.ok or not object_in(response):
        response = session.ask("GET", "/api/v1/instance")
    if response.status_code == 404:
        return {}
    answers.accept(response, Server(flavour=Flavour.UNKNOWN))
    return object_in(response)


def _software(session: ApiSession) -> str:
    """The name in nodeinfo; empty when there is none."""
    links = object_in(session.ask("GET", "/.well-known/nodeinfo")).get("links")
    targets = [str(link.get("href")) for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    ours = [target.removeprefix(session.base) for target in targets if target.startswith(f"{session.base}/")]
    software = object_in(session.ask("GET", ours[-1])).get("software") if ours else None
    return str(software.get("name") or "") if isinstance(software, dict) else ""
