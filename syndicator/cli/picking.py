"""Which deliveries an order of the owner is about, and carrying it out.

Enters: words, filters and an `Order`. Leaves: moved rows, and a line for each on the terminal. A row that a running
Pass moved in the meantime is left alone. It never moves a row against the table in `ledger/states.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from syndicator import outbox
from syndicator.cli import find, show, words
from syndicator.cli.opening import Opened
from syndicator.errors import UsageError
from syndicator.exitcode import ExitCode
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import RESTORED, Delivery
from syndicator.ledger.states import MOVES, State


@dataclass(frozen=True, slots=True)
class Order:
    move: str
    states: tuple[State, ...]  # moved unless the owner names others; narrower than what the move allows
    done: str
    changes: Mapping[str, Any] = field(default_factory=dict)  # beyond what the move itself means


@dataclass(frozen=True, slots=True)
class Pick:
    targets: list[str] | None
    network: str | None
    cause: str | None
    states: list[State] | None


@dataclass(frozen=True, slots=True)
class Picked:
    chosen: tuple[Delivery, ...]
    left: tuple[Delivery, ...]  # named one by one, but the move does not fit


def pick(wanted: Pick, order: Order, o: Opened) -> Picked:
    """Raises UsageError when nothing at all was named: the whole ledger moves only by the word ALL."""
    targets = wanted.targets or []
    if not (targets or wanted.network or wanted.cause or wanted.states):
        raise UsageError(
            "say which: a URL, numbers from `syndicate list`, --network, --cause, --state, or ALL",
            hint="syndicate list",
        )
    if wanted.network is not None:
        find.known_network(wanted.network, o.config.networks, [row.name for row in o.ledger.networks()])
    if not targets or find.ALL in targets:
        chosen = _in_bulk(wanted, order, o)
        risky = {d.id for d in chosen if order.move == "release" and d.cause == RESTORED and wanted.cause is None}
        return Picked(tuple(d for d in chosen if d.id not in risky), tuple(d for d in chosen if d.id in risky))
    named = [d for word in dict.fromkeys(targets) for d in _named(word, wanted, order, o)]
    unique = {d.id: (d, fits) for d, fits in named}.values()
    return Picked(tuple(d for d, fits in unique if fits), tuple(d for d, fits in unique if not fits))


def carry_out(picked: Picked, order: Order, o: Opened) -> ExitCode:
    for delivery in picked.left:
        show.line(f"{_name(delivery)}: left alone: {_why_not(delivery)}")
    barred = [delivery for delivery in picked.chosen if _comes_too_early(delivery, order, o)]
    for delivery in barred:
        show.line(f"{_name(delivery)}: left alone: {words.first_reconcile(delivery.network)}, which looks for it")
    lost = [delivery for delivery in picked.chosen if delivery not in barred and not _move(delivery, order, o)]
    if barred:
        return ExitCode.PERSON
    if not picked.chosen and not picked.left:
        show.line("Nothing matches.")
    if lost:
        return ExitCode.LATER
    return ExitCode.USAGE if picked.left and not picked.chosen else ExitCode.OK


def _comes_too_early(delivery: Delivery, order: Order, o: Opened) -> bool:
    """Nothing is let go that may be out already, before somebody has looked."""
    return MOVES[order.move].target is State.READY and o.ledger.bars(delivery.network)


def _in_bulk(wanted: Pick, order: Order, o: Opened) -> list[Delivery]:
    states = tuple(s for s in wanted.states or order.states if s in MOVES[order.move].sources)
    return list(o.ledger.deliveries(network=wanted.network, cause=wanted.cause, states=states)) if states else []


def _named(word: str, wanted: Pick, order: Order, o: Opened) -> list[tuple[Delivery, bool]]:
    """A number means exactly that delivery, so all that the move allows; a URL means those the order is for."""
    allowed = MOVES[order.move].sources if word.isdecimal() else wanted.states or order.states
    return [
        (d, d.state in allowed and d.state in MOVES[order.move].sources)
        for d in find.deliveries_named(word, o.ledger)
        if _matches(d, wanted)
    ]


def _matches(delivery: Delivery, wanted: Pick) -> bool:
    return (
        wanted.network in (None, delivery.network)
        and wanted.cause in (None, delivery.cause)
        and (not wanted.states or delivery.state in wanted.states)
    )


def _move(delivery: Delivery, order: Order, o: Opened) -> bool:
    """False when somebody else moved the row first."""
    try:
        moved = o.ledger.move(delivery, order.move, cause="owner", actor="owner", **order.changes)
    except Stale:
        show.line(
            f"{_name(delivery)}: a running Pass was faster, nothing was changed; see `syndicate explain {delivery.id}`"
        )
        return False
    if delivery.state is State.HANDOFF:
        outbox.clear(delivery, outbox.place(o.config))
    show.line(f"{_name(delivery)}: {order.done.format(id=delivery.id)}{_unless(delivery, moved)}{_but(moved, o)}")
    return True


def _unless(before: Delivery, after: Delivery) -> str:
    """What was handed off may have been published since, and only its owner knows."""
    if before.state is not State.HANDOFF or after.state is not State.READY:
        return ""
    return f"; if you have published it already, `syndicate hold {after.id}` and then `syndicate done {after.id} URL`"


def _but(delivery: Delivery, o: Opened) -> str:
    obstacle = words.standing_in_the_way(o.ledger.network(delivery.network))
    return f"; but {obstacle}" if obstacle and delivery.state is State.READY else ""


def _why_not(delivery: Delivery) -> str:
    """Why an order did not fit the state a delivery is in, with what would."""
    if delivery.state is State.HELD and delivery.cause == RESTORED:
        return f"it may be out already; look, then `syndicate release {delivery.id}`, or resolve it with --posted URL"
    word = words.STATES[delivery.state]
    return f"{word.meaning} ({delivery.state.value}){_what_fits(delivery)}"


def _what_fits(delivery: Delivery) -> str:
    match delivery.state:
        case State.UNKNOWN | State.ASK:
            return f"; if you know, `syndicate resolve {delivery.id}` with --posted URL or --not-posted"
        case State.HANDOFF:
            return f"; once it is, `syndicate done {delivery.id} URL` says so"
        case State.HELD:
            return f"; `syndicate release {delivery.id}` lets it go"
        case State.FAILED | State.SKIPPED:
            return f"; `syndicate retry {delivery.id}` tries it again"
    return ""


def _name(delivery: Delivery) -> str:
    return f"{delivery.id} {delivery.network}"
