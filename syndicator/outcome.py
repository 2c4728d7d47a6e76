"""Connector answer or exception → Outcome. The one place where an exception gets its meaning.

Enters: what a connector returned or raised. Leaves: one of five outcomes. Pure: it never retries and never records.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from syndicator.connector import AuthRequired, OutcomeUnknown, Receipt, Rejected, Retryable, Scope
from syndicator.errors import ConfigError, CredentialError
from syndicator.redact import redact


class Kind(StrEnum):
    DELIVERED = "delivered"
    DEFERRED = "deferred"  # definitely not published; worth another try
    REJECTED = "rejected"  # definitely not published; never will be
    BLOCKED = "blocked"  # definitely not published; the owner must act on the account
    UNKNOWN = "unknown"  # the request left, and nobody knows


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: Kind
    reason: str = ""
    receipt: Receipt | None = None
    after: timedelta | None = None  # DEFERRED: the service's wish; UNKNOWN: the rest it needs before a read-back
    scope: Scope = Scope.DELIVERY
    prepare_again: bool = False

    def __post_init__(self) -> None:
        """It is written down, shown and exported; a library that quotes its request must not make that a leak."""
        object.__setattr__(self, "reason", redact(self.reason))


def delivered(receipt: Receipt) -> Outcome:
    return Outcome(Kind.DELIVERED, receipt=receipt)


def from_deliver(error: BaseException) -> Outcome:
    """What an exception out of `deliver` means. An exception outside the contract gives no promise: UNKNOWN."""
    match error:
        case Retryable():
            return Outcome(
                Kind.DEFERRED,
                error.reason,
                after=error.after,
                scope=error.scope,
                prepare_again=error.prepare_again,
            )
        case Rejected():
            return Outcome(Kind.REJECTED, error.reason)
        case AuthRequired():
            return Outcome(Kind.BLOCKED, error.reason, scope=Scope.NETWORK)
        case OutcomeUnknown():
            return Outcome(Kind.UNKNOWN, error.reason, after=error.settle)
        case _:
            return Outcome(Kind.UNKNOWN, f"{type(error).__name__}: {error}")


def from_harmless(error: BaseException) -> Outcome:
    """What an exception means out of work that publishes nothing (prepare, whoami, find): never UNKNOWN."""
    outcome = from_deliver(error)
    if outcome.kind is not Kind.UNKNOWN:
        return outcome
    return Outcome(Kind.DEFERRED, outcome.reason, after=outcome.after)


def from_opening(error: BaseException) -> Outcome:
    """What only the owner can mend blocks the network; the rest as the contract says."""
    if isinstance(error, ConfigError | CredentialError):
        return Outcome(
            Kind.BLOCKED, f"{error.message}; {error.hint}" if error.hint else error.message, scope=Scope.NETWORK
        )
    return from_harmless(error)


def from_preparing(error: Exception) -> Outcome:
    """A template that cannot be rendered is this post's own trouble, whatever else fails is not."""
    if isinstance(error, ConfigError):
        return Outcome(Kind.REJECTED, error.message)
    return from_opening(error)
