"""What to do about an unknown outcome: the only place where a resend after doubt is decided.

Enters: how long ago the request left, what read-backs said, what the service promises. Leaves: one `Step`.
Pure; it never sends, and it never lets a delivery go out again without proof that this is harmless, proof of absence,
or a person (rule R3 of docs/architecture.md).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syndicator.clock import STEP
from syndicator.connector import Capabilities, Resend

READS_NEEDED = 2  # one negative read is not proof: lists lag behind
BETWEEN_READS = timedelta(seconds=60)
KEY_MARGIN = timedelta(minutes=10)  # clocks differ; stay clear of the end of the service's memory
TOO_OLD = timedelta(hours=24)  # by then the author may have mended it by hand
FIRST_REPEAT = timedelta(seconds=20)  # then after a minute and after three
POLITE = timedelta(seconds=30)


class Action(StrEnum):
    WAIT = "wait"  # until Step.at
    RESEND = "resend"  # same key, same bytes
    LOOK = "look"  # read back now
    ASK = "ask"  # a person decides


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is known of a delivery in state `unknown`."""

    first_sent: datetime
    last_sent: datetime
    negative_reads: int = 0  # conclusive ones since `last_sent`
    last_read: datetime | None = None
    rest: timedelta | None = None  # a longer settle time asked for by the connector
    restored: bool = False  # the ledger was rolled back: what it knows of the sending is worth nothing


@dataclass(frozen=True, slots=True)
class Step:
    action: Action
    why: str
    at: datetime | None = None


def next_step(doubt: Doubt, can: Capabilities, *, findable: bool, now: datetime) -> Step:
    """Decide. `findable` says whether the connector can read back."""
    if doubt.restored:
        return _after_lost_time(doubt, can, findable=findable, now=now)
    if can.resend is Resend.SAME_RECORD:
        at = now if _has_no_age(doubt, now) else doubt.last_sent + POLITE
        return _when(at, now, Step(Action.RESEND, "repeating the same record is harmless"))
    if can.resend is Resend.REPEAT:
        return _by_repeating(doubt, can, now)
    if not findable or can.resend is Resend.NEVER:
        return Step(Action.ASK, "the service offers no way to find out")
    return _by_reading(doubt, can, now)


def _after_lost_time(doubt: Doubt, can: Capabilities, *, findable: bool, now: datetime) -> Step:
    """Nobody knows what was sent, when, or what its owner has done about it since: nothing is sent again unasked."""
    if not findable or (doubt.last_read is not None and doubt.last_read >= doubt.last_sent):
        return Step(Action.ASK, "the ledger has lost the time in which it may have been sent")
    return _when(doubt.last_sent + can.settle, now, Step(Action.LOOK, "it may have been sent in a time that was lost"))


def _by_repeating(doubt: Doubt, can: Capabilities, now: datetime) -> Step:
    """The same bytes again while the service would refuse them as a repeat, and name the copy (the owner's wish)."""
    at = doubt.last_sent + max(FIRST_REPEAT, 2 * (doubt.last_sent - doubt.first_sent))
    window = can.key_window or timedelta(0)
    clock_ran_back = now < doubt.last_sent
    if clock_ran_back or max(at, now) - doubt.first_sent > window:
        return Step(Action.ASK, "the service would not recognise a repeat any more")
    return _when(at, now, Step(Action.RESEND, "the service refuses a repeat and names the copy"))


def _by_reading(doubt: Doubt, can: Capabilities, now: datetime) -> Step:
    if _has_no_age(doubt, now):
        return _by_one_look(doubt, now)
    if _looked_long_enough(doubt, can, now):
        return Step(Action.ASK, "it has been looked for as long as that makes sense")
    rested = doubt.last_sent + max(can.settle, doubt.rest or timedelta(0))
    if now - doubt.first_sent > TOO_OLD:  # finding it is good news at any age; not finding it proves nothing by now
        return _when(rested, now, Step(Action.LOOK, "one last look"))
    if doubt.negative_reads >= READS_NEEDED:
        return Step(Action.RESEND, "two read-backs did not find it")
    if doubt.negative_reads and _key_still_known(doubt, can, now):
        return Step(Action.RESEND, "a read-back did not find it, and the service still knows our key")
    if doubt.last_read is not None and doubt.last_read >= rested:
        rested = doubt.last_read + _pause(doubt)
    return _when(rested, now, Step(Action.LOOK, "reading back what the account shows"))


def _has_no_age(doubt: Doubt, now: datetime) -> bool:
    """The clock was set back since it was sent: how long ago that was, nobody can tell."""
    return doubt.last_sent > now + STEP


def _by_one_look(doubt: Doubt, now: datetime) -> Step:
    """To find it is a proof; not to find it proves nothing."""
    if doubt.last_read is None or doubt.last_read > now + STEP:
        return Step(Action.LOOK, "reading back what the account shows")
    return Step(Action.ASK, "the clock was set back since it was sent, so nobody can tell how long ago that was")


def _looked_long_enough(doubt: Doubt, can: Capabilities, now: datetime) -> bool:
    """A look after the end of the time in which looking makes sense is the last one, however late it came."""
    end = doubt.first_sent + min(can.look_for, TOO_OLD)
    return now > end and doubt.last_read is not None and doubt.last_read >= end


def _pause(doubt: Doubt) -> timedelta:
    """A no is confirmed soon. A read that says nothing is repeated ever more slowly: after 2, 4, 8, 16 minutes …"""
    if doubt.negative_reads or doubt.last_read is None:
        return BETWEEN_READS
    return max(BETWEEN_READS, doubt.last_read - doubt.last_sent)


def _key_still_known(doubt: Doubt, can: Capabilities, now: datetime) -> bool:
    if can.resend is not Resend.KEY or can.key_window is None:
        return False
    return now - doubt.first_sent <= can.key_window - KEY_MARGIN


def _when(at: datetime, now: datetime, step: Step) -> Step:
    return step if now >= at else Step(Action.WAIT, step.why, at)
