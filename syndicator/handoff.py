"""Leaves copies to a person who publishes them, and looks after them until they are out.

Enters: a delivery that is due on a network whose copies are published by hand, or one that was handed off earlier.
Leaves: a folder in the outbox, told once; a reminder after three days and after ten; the copy, when a read-back finds
it. It publishes nothing and gives nothing up: what was handed off waits for its owner's word.
"""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from syndicator import outbox, outcome
from syndicator.connector import CanFind, Connector, HandOff, Proof, Receipt, Rendering, Retryable, Scope
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery
from syndicator.outbox import Folder
from syndicator.outcome import Kind, Outcome
from syndicator.seat import Work
from syndicator.telling import Telling

Steps = Generator[Work, Any, None]

REMINDERS = (timedelta(days=3), timedelta(days=10))
FIRST_LOOK = timedelta(hours=1)
LONGEST_PAUSE = timedelta(hours=12)
LOOKED_FOR = timedelta(days=30)  # after that only its owner's word ends it


def next_time(handed_off: datetime, now: datetime, *, findable: bool) -> datetime | None:
    """When to come back to it after a look at `now`: to look again, ever more slowly, or to remind. None: never."""
    times = [handed_off + after for after in REMINDERS if handed_off + after > now]
    again = now + min(max(now - handed_off, FIRST_LOOK), LONGEST_PAUSE)
    if findable and again <= handed_off + LOOKED_FOR:
        times.append(again)
    return min(times, default=None)


def wants_reminder(handed_off: datetime, last: datetime, now: datetime) -> bool:
    """Whether the time of a reminder has come since somebody last looked after it; of two that passed, one is told."""
    return any(last < handed_off + after <= now for after in REMINDERS)


def prepare(
    tell: Telling, connector: Connector, delivery: Delivery, rendering: Rendering
) -> Generator[Work, Any, tuple[Folder, str]]:
    """Write the folder; it, and the page to publish at. Harmless to repeat: the same words give the same bytes.

    Raises what the connector raises, and Retryable when the outbox cannot be written.
    """
    wanted: HandOff = yield partial(_hand_off, connector, rendering)
    folder = outbox.compose(tell.network, delivery.id, delivery.key, rendering, wanted)
    yield partial(_write, outbox.place(tell.host.config), folder)
    return folder, wanted.page


def leave(
    tell: Telling, connector: Connector, delivery: Delivery, rendering: Rendering, folder: Folder, page: str
) -> None:
    """The folder is there: from here on the delivery waits for a person, who is told once."""
    host, now = tell.host, tell.host.clock.now()
    root = outbox.place(host.config)
    due_at = next_time(now, now, findable=isinstance(connector, CanFind))
    facts = {"folder": folder.name, "page": page.partition("?")[0]}  # what a form is filled in with is on the card
    try:
        moved = host.ledger.hand_off(delivery, rendering, due_at=due_at, facts=facts)
    except Stale:  # the owner moved it meanwhile, and what they decided holds
        outbox.remove(root, folder.name)
        return
    tell.moved(moved, None, f"prepared in {root / folder.name}")
    _tell(tell, "delivery_handoff", moved, root / folder.name)


def remind(tell: Telling) -> None:
    """Tell of what has been waiting for long. First noted, then told: no reminder comes twice."""
    host, now = tell.host, tell.host.clock.now()
    for delivery in host.ledger.handed_off(tell.network, now):
        since = delivery.first_sent_at
        if since is not None and wants_reminder(since, delivery.last_read_at or since, now):
            with suppress(Stale):
                noted = host.ledger.looked_after(delivery, due_at=delivery.due_at)
                _tell(tell, "handoff_reminded", noted, outbox.folder_of(noted, outbox.place(host.config)), since=since)


def look_after(tell: Telling, connector: Connector, delivery: Delivery) -> Steps:
    """See whether it is out by now. Where the owner was faster, what they said holds."""
    with suppress(Stale):
        yield from _look_after(tell, connector, delivery)


def _look_after(tell: Telling, connector: Connector, delivery: Delivery) -> Steps:
    ledger, since = tell.host.ledger, delivery.first_sent_at
    rendering = ledger.rendering(delivery.id)
    trouble = Outcome(Kind.DEFERRED)
    if since is None or rendering is None or not isinstance(connector, CanFind):
        _come_back(tell, delivery, trouble, findable=False)
        return
    try:
        receipt: Receipt | None = yield partial(connector.find, rendering, delivery.key, since)
    except Exception as error:
        receipt, trouble = None, outcome.from_harmless(error)
    if receipt is None:
        _come_back(tell, delivery, trouble, findable=True)
        return
    found = Outcome(Kind.DELIVERED, receipt=replace(receipt, proof=Proof.READ_BACK))
    tell.moved(ledger.finish(delivery, "found", outcome=found), "delivery_found")
    outbox.clear(delivery, outbox.place(tell.host.config))


def _come_back(tell: Telling, delivery: Delivery, trouble: Outcome, *, findable: bool) -> None:
    ledger, now = tell.host.ledger, tell.host.clock.now()
    due_at = next_time(delivery.first_sent_at or now, now, findable=findable)
    if due_at is not None and trouble.after is not None:
        due_at = max(due_at, now + trouble.after)
    known = [attempt.reason for attempt in ledger.attempts(delivery.id)[-1:]]
    ledger.looked_after(delivery, due_at=due_at, trouble="" if trouble.reason in known else trouble.reason)


def _hand_off(connector: Any, rendering: Rendering) -> HandOff:
    wanted: HandOff = connector.hand_off(rendering)
    return wanted


def _write(root: Path, folder: Folder) -> None:
    try:
        outbox.write(root, folder)
    except OSError as error:
        why = f"the outbox cannot be written: {error.filename or root}: {error.strerror or error}"
        raise Retryable(why, scope=Scope.NETWORK) from error


def _tell(tell: Telling, event: str, delivery: Delivery, path: Path | None, **facts: Any) -> None:
    post = tell.host.ledger.post(delivery.post_id).post
    tell.host.tell(
        event,
        network=delivery.network,
        post=post.link or post.guid,
        path=str(path),
        page=delivery.extra.get("page"),
        hint=f"syndicate done {delivery.id} ADDRESS-OF-THE-COPY",
        **facts,
    )
