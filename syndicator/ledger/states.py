"""The ten states of a Delivery and every move between them, as data. Anything not listed here is a bug.

The numbers are those of docs/architecture.md. `SENDING` is the only state in which a publishing request may be on the
wire; from it, without a definite answer, the only way is `UNKNOWN`.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    HELD = "held"  # exists, must not go out yet: a guard or the owner holds it
    READY = "ready"  # may be sent when due
    SENDING = "sending"  # durable intent; a request may be on the wire
    UNKNOWN = "unknown"  # a request may or may not have taken effect
    DEFERRED = "deferred"  # definitely not published; waiting for its next try
    ASK = "ask"  # only a person can decide
    HANDOFF = "handoff"  # prepared for a person who publishes by hand
    DELIVERED = "delivered"
    FAILED = "failed"  # definitely not published, will not be tried again
    SKIPPED = "skipped"  # decided not to publish


OPEN = (State.READY, State.SENDING, State.UNKNOWN, State.DEFERRED)  # the daemon works on these by itself
WAITS_FOR_PERSON = (State.HELD, State.ASK, State.HANDOFF, State.FAILED)


@dataclass(frozen=True, slots=True)
class Move:
    name: str
    sources: frozenset[State]
    target: State
    meaning: str


def _move(name: str, sources: str, target: State, meaning: str) -> Move:
    return Move(name, frozenset(State(s) for s in sources.split()), target, meaning)


MOVES: dict[str, Move] = {
    m.name: m
    for m in (
        _move("release", "held", State.READY, "T2 a person or a rule lets it go"),
        _move("start", "ready", State.SENDING, "T3 due, prepared, frozen; durable before the first byte"),
        _move("delivered", "sending", State.DELIVERED, "T4 T14 the service said yes, or named the copy"),
        _move("deferred", "sending", State.DEFERRED, "T5 definitely not published, worth another try"),
        _move("rejected", "sending", State.FAILED, "T6 definitely not published, never will be"),
        _move("blocked", "sending", State.READY, "T5 definitely not published, the account needs its owner"),
        _move("doubtful", "sending", State.UNKNOWN, "T7 the answer was lost"),
        _move("orphaned", "sending", State.UNKNOWN, "T8 the process that sent it is gone"),
        _move("found", "unknown handoff held ask failed", State.DELIVERED, "T9 a read-back found it"),
        _move("resend", "unknown", State.READY, "T10 T11 T12 proof that sending again is harmless"),
        _move("doubt_again", "ready", State.UNKNOWN, "R3 a resend waited until its proof had grown old"),
        _move("ask", "unknown", State.ASK, "T13 T20 nothing but a person can decide"),
        _move("due", "deferred", State.READY, "T15 its time has come"),
        _move("postponed", "ready", State.DEFERRED, "T5 preparing it did not work this time; nothing was sent"),
        _move("unfit", "ready", State.FAILED, "T6 it cannot be prepared for this network"),
        _move("expired", "ready deferred", State.FAILED, "T16 tried for as long as it may be"),
        _move("posted", "ask unknown failed handoff held", State.DELIVERED, "T17 a person says it is there"),
        _move("not_posted", "ask unknown", State.READY, "T17 a person says it is not there"),
        _move("requeue", "failed skipped deferred handoff", State.READY, "T18 a person wants another try"),
        _move("hold", "ready deferred", State.HELD, "T19 a person or a guard stops it"),
        _move("withhold", "ready", State.HELD, "T19 it could not go out as its owner wants it"),
        _move("skip", "held ready deferred failed ask handoff", State.SKIPPED, "a person decides against it"),
        _move("handoff", "ready", State.HANDOFF, "prepared for publishing by hand"),
        _move("restored", "ready deferred sending", State.UNKNOWN, "T23 the ledger was rolled back"),
    )
}


class IllegalMove(Exception):
    """A move outside the table: a bug in the program, never a user's mistake."""


def target(move: str, source: State) -> State:
    """Where `move` leads from `source`. Raises IllegalMove when the table has no such move."""
    known = MOVES.get(move)
    if known is None or source not in known.sources:
        raise IllegalMove(f"{move}: no such move from {source}")
    return known.target
