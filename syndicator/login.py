"""Connecting an account: what `syndicate auth` asks of a connector, and what it offers it.

A connector leads one person through one login and proves it. It never stores what it obtained: the host compares the
account with the one it was, and only then writes anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from syndicator.connector import Identity, TokenStore

if TYPE_CHECKING:
    from syndicator.http import Http


class Talk(Protocol):
    """The person who connects an account, at a terminal or through a pipe."""

    @property
    def redirect(self) -> str:
        """Where a service is to send the browser back: `http://localhost:PORT/callback`."""
        ...

    @property
    def listens(self) -> bool:
        """Whether somebody listens at `redirect`. If not, the person copies the address out of the browser."""
        ...

    def ask(self, question: str) -> str: ...

    def ask_secret(self, question: str) -> str: ...

    def show(self, text: str) -> None: ...

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        """Send the person to `page`; the parameters with which the browser comes back to `redirect`.

        `proof` is the name and value of a parameter that only this login can know, such as ("state", "…"): what comes
        without it is not taken. `answer` names the parameter that a bare pasted word stands for. A refusal comes back
        like any other answer, for the connector to read. Raises UsageError when nobody comes back within five minutes.
        """
        ...


@dataclass(frozen=True, slots=True)
class Authorised:
    """A proven account: what belongs in the network's file, and which of the settings are secrets."""

    identity: Identity
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


@runtime_checkable
class CanAuthorise(Protocol):
    """Interactive login for `syndicate auth`."""

    @classmethod
    def authorise(cls, talk: Talk, http: "Http", tokens: TokenStore, known: Mapping[str, Any]) -> Authorised:
        """Ask for what `known` does not tell, log in, prove it. Raises as `whoami` does.

        `known` is the network's file so far; a secret in it that can be read is a pydantic `SecretStr`.
        """
        ...
