"""Who may be mentioned: handles that the owner wrote down, and the ids that the server has for them.

Enters: handles. Leaves: ids for `allowed_mentions`. An account that the server has never met has no id yet; it gets one
when the server first reads the mention, and the refusal of that request names it. What was learnt is kept beside the
network's tokens. Nobody is followed, and nothing becomes public.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from syndicator.connector import Rendering, SpanKind, TokenStore
from syndicator_mastodon.session import ApiSession, object_in

_KEPT = "people"


@dataclass(frozen=True, slots=True)
class People:
    """`domain`: what stands behind the second '@' of the server's own accounts."""

    session: ApiSession
    tokens: TokenStore
    domain: str

    def ids(self, handles: Iterable[str]) -> list[str]:
        """Of those whom the server knows."""
        known = self._kept()
        wanted = dict.fromkeys(map(self._full, handles))
        unknown = [handle for handle in wanted if handle not in known]
        found = {handle: self._asked(handle) for handle in unknown}
        known |= {handle: one for handle, one in found.items() if one}
        if any(found.values()):
            self._keep(known)
        return [known[handle] for handle in wanted if handle in known]

    def learn(self, refusal: requests.Response, handles: Iterable[str], allowed: Iterable[str]) -> bool:
        """Whether a refusal names nobody but people who may be mentioned, and says something new of them."""
        wanted, ids = [self._full(handle) for handle in handles], dict[str, str]()
        for named in _unexpected(refusal):
            acct, one = self._full(str(named.get("acct") or "")), str(named.get("id") or "")
            meant = next((handle for handle in wanted if _same(acct, handle)), None)
            if meant is None or not one or one in allowed:
                return False
            ids[meant] = one
        self._keep(self._kept() | ids)
        return bool(ids)

    def _asked(self, handle: str) -> str:
        """Without our token: the question is free to all, and closed to a token without `read:accounts` ([U]: read in
        Mastodon's source from memory). Whatever else is answered says that the account is not known."""
        name = handle.removesuffix(f"@{self.domain}")
        response = self.session.ask_openly("/api/v1/accounts/lookup", params={"acct": name})
        found = object_in(response) if response.status_code == 200 else {}
        return str(found.get("id") or "") if _same(self._full(str(found.get("acct") or "")), handle) else ""

    def _full(self, handle: str) -> str:
        name = handle.strip().removeprefix("@").casefold()
        return name if "@" in name else f"{name}@{self.domain}".casefold()

    def _kept(self) -> dict[str, str]:
        """Ids are the server's own, so those of another one are worth nothing."""
        found = self.tokens.load().get(_KEPT)
        ours = found.get(self.session.base) if isinstance(found, dict) else None
        return {str(handle): str(one) for handle, one in ours.items()} if isinstance(ours, dict) else {}

    def _keep(self, known: Mapping[str, str]) -> None:
        self.tokens.save({**self.tokens.load(), _KEPT: {self.session.base: dict(known)}})


def _same(one: str, other: str) -> bool:
    """Whether two handles are one person's: servers may live under a name below that of their accounts."""
    (name, _, host), (other_name, _, other_host) = one.partition("@"), other.partition("@")
    return name == other_name and (
        host == other_host or host.endswith(f".{other_host}") or other_host.endswith(f".{host}")
    )


def mentioned(rendering: Rendering) -> tuple[str, ...]:
    """The handles of everybody whom the copy is to mention."""
    return tuple(span.target for span in rendering.spans if span.kind is SpanKind.MENTION)


def _unexpected(response: requests.Response) -> list[Mapping[str, Any]]:
    listed = object_in(response).get("unexpected_accounts")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
