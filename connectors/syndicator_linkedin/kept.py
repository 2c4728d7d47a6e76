"""The token store, so used that a full disk never turns LinkedIn's answer into a doubt.

Enters: what is to be remembered. Leaves: the same, from memory if the disk refuses it. What is lost then is lost with
the process, and costs a question or an upload more; the ledger, which keeps what matters, has its own ways.
"""

from collections.abc import Mapping

from syndicator.connector import Json, TokenStore
from syndicator.errors import UserError


class Kept:
    def __init__(self, tokens: TokenStore) -> None:
        self._tokens = tokens
        self._unwritten: dict[str, Json] | None = None

    def load(self) -> dict[str, Json]:
        """Raises CredentialError as the store does, when it cannot be read."""
        return self._tokens.load() if self._unwritten is None else dict(self._unwritten)

    def save(self, tokens: Mapping[str, Json]) -> None:
        try:
            self._tokens.save(tokens)
        except UserError:
            self._unwritten = dict(tokens)
        else:
            self._unwritten = None
