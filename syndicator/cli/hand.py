"""The verbs that move deliveries by hand: retry, hold, release, skip, resolve, pause, resume.

Enters: words of the command line. Leaves: moves in the ledger, made by compare-and-set with the actor "owner", and a
line for each. They need no lock and ask nothing; when a running Pass was faster, they say so and leave the row alone.
"""

from typing import Annotated

import typer

from syndicator.cli import find, options, show
from syndicator.cli.opening import opened
from syndicator.cli.picking import Order, Pick, carry_out, pick
from syndicator.errors import UsageError
from syndicator.exitcode import ExitCode
from syndicator.ledger.rows import HealthName
from syndicator.ledger.states import MOVES, State

RETRY = Order("requeue", (State.FAILED, State.DEFERRED), "tried again with the next run")
HOLD = Order("hold", (State.READY, State.DEFERRED), "held back; it goes out after `syndicate release {id}`")
RELEASE = Order("release", (State.HELD,), "let go; it goes out with the next run")
SKIP = Order(
    "skip",
    (State.HELD, State.READY, State.DEFERRED, State.FAILED, State.ASK, State.HANDOFF),
    "left out; `syndicate retry {id}` takes that back",
)
NOT_POSTED = Order("not_posted", (State.ASK, State.UNKNOWN), "sent again with the next run")


def retry(
    ctx: typer.Context,
    targets: options.Targets = None,
    network: options.Network = None,
    cause: options.Cause = None,
    states: options.States = None,
) -> ExitCode:
    """Try failed and deferred deliveries again now. One that was skipped or handed off is meant only by its number,
    or with --state."""
    return _order(ctx, RETRY, Pick(targets, network, cause, states))


def hold(
    ctx: typer.Context,
    targets: options.Targets = None,
    network: options.Network = None,
    cause: options.Cause = None,
    states: options.States = None,
) -> ExitCode:
    """Keep deliveries from going out until they are released."""
    return _order(ctx, HOLD, Pick(targets, network, cause, states))


def release(
    ctx: typer.Context,
    targets: options.Targets = None,
    network: options.Network = None,
    cause: options.Cause = None,
    states: options.States = None,
) -> ExitCode:
    """Let held deliveries go out with the next run."""
    return _order(ctx, RELEASE, Pick(targets, network, cause, states))


def skip(
    ctx: typer.Context,
    targets: options.Targets = None,
    network: options.Network = None,
    cause: options.Cause = None,
    states: options.States = None,
) -> ExitCode:
    """Decide against deliveries: they are not sent."""
    return _order(ctx, SKIP, Pick(targets, network, cause, states))


def resolve(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL|ID", help="The post's URL, or the delivery's number.")],
    network: options.Network = None,
    posted: Annotated[str | None, typer.Option("--posted", metavar="URL", help="The copy is there, at URL.")] = None,
    not_posted: Annotated[bool, typer.Option("--not-posted", help="It is not there; send it.")] = False,
) -> ExitCode:
    """Say whether a copy is there, after looking at the account: --posted URL or --not-posted."""
    if (posted is None) is not not_posted:
        raise UsageError("say either --posted URL or --not-posted", hint="syndicate resolve --help")
    if target == find.ALL:
        raise UsageError("each copy has to be looked for by itself; name one", hint="syndicate list --state ask")
    order = NOT_POSTED if posted is None else _posted_at(posted)
    with opened(ctx) as o:
        one = pick(Pick([target], network, None, None), order, o)
        if len(one.chosen) > 1:
            networks = ", ".join(d.network for d in one.chosen)
            raise UsageError(f"that is open on several networks ({networks}); name one", hint="--network NAME")
        return carry_out(one, order, o)


def pause(ctx: typer.Context, network: Annotated[str, typer.Argument(metavar="NETWORK")]) -> None:
    """Stop sending to a network. Its queue waits, nothing is lost."""
    _set_health(ctx, network, "paused", "paused by the owner")
    show.line(f"{network}: paused; its queue waits until `syndicate resume {network}`")


def resume(ctx: typer.Context, network: Annotated[str, typer.Argument(metavar="NETWORK")]) -> None:
    """Send to a network again, with the next run."""
    _set_health(ctx, network, "ok", "")
    show.line(f"{network}: goes on with the next run")


def _order(ctx: typer.Context, order: Order, wanted: Pick) -> ExitCode:
    with opened(ctx) as o:
        return carry_out(pick(wanted, order, o), order, o)


def _posted_at(url: str) -> Order:
    if not url.startswith(("https://", "http://")):
        raise UsageError(f"--posted takes the URL of the copy, not {url}", hint="syndicate resolve --help")
    sources = tuple(State(s) for s in sorted(MOVES["posted"].sources))
    return Order("posted", sources, f"recorded as published at {url}", changes={"url": url})


def _set_health(ctx: typer.Context, name: str, health: HealthName, reason: str) -> None:
    with opened(ctx) as o:
        find.known_network(name, o.config.networks)
        o.ledger.set_network(name, health, reason=reason)
