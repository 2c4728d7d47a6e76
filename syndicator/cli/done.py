"""`done`: the owner has published by hand what was prepared for them.

Enters: the post or the delivery, and the address of the copy. Leaves: the delivery as published, on their word, and no
folder in the outbox. It asks no service whether that is so.
"""

from typing import Annotated

import typer

from syndicator.cli import find, options, show
from syndicator.cli.opening import Opened, opened
from syndicator.cli.picking import Order, Pick, Picked, carry_out, pick
from syndicator.errors import UsageError
from syndicator.exitcode import ExitCode
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State

LIST = "syndicate list --state handoff"


def done(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(metavar="URL|ID", help="The post's URL, or the delivery's number.")],
    copy: Annotated[
        str | None, typer.Argument(metavar="[COPY]", help="The URL of the copy; without it the blog gets no link.")
    ] = None,
    network: options.Network = None,
) -> ExitCode:
    """Say that a copy that was prepared for you is published, and where."""
    if target == find.ALL:
        raise UsageError("each copy has an address of its own; name one", hint=LIST)
    order = _order(copy)
    with opened(ctx) as o:
        picked = pick(Pick([target], network, None, None), order, o)
        if not picked.chosen and not picked.left:
            raise UsageError(f"nothing of {target} goes to {network}", hint=f"syndicate explain {target}")
        if len(picked.chosen) > 1:
            networks = ", ".join(d.network for d in picked.chosen)
            raise UsageError(f"that was prepared for several networks ({networks}); name one", hint="--network NAME")
        for delivery in picked.chosen:
            _check(copy, delivery, o)
        # Of a post's other networks nothing was said, so nothing is told of them.
        return carry_out(Picked(picked.chosen, () if picked.chosen else picked.left), order, o)


def _order(copy: str | None) -> Order:
    if copy is None:
        return Order("posted", (State.HANDOFF,), "recorded as published; its address is not known, so no link to it")
    if not copy.startswith(("https://", "http://")):
        raise UsageError(f"the copy's address is a URL, not {show.shorten(copy, 80)}", hint="syndicate done --help")
    return Order("posted", (State.HANDOFF,), f"recorded as published at {copy}", changes={"url": copy})


def _check(copy: str | None, delivery: Delivery, o: Opened) -> None:
    """The addresses that are at hand while publishing, and are not the copy's."""
    if copy is None:
        return
    post = o.ledger.post(delivery.post_id).post
    if _same(copy, post.link):
        raise UsageError(f"{copy} is the post itself, not its copy", hint=f"syndicate done {delivery.id} URL")
    if _same(copy, delivery.extra.get("page")):
        raise UsageError(f"{copy} is the page to publish on, not the copy", hint=f"syndicate done {delivery.id} URL")


def _same(copy: str, other: object) -> bool:
    return isinstance(other, str) and copy.rstrip("/") == other.rstrip("/")
