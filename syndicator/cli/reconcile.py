"""`reconcile`: after a ledger has lost time, see what is on each account, and say what is left to decide.

Enters: networks, and what the owner knows about the ledger. Leaves: a table of what was found and what to type about
the rest; networks that were read back are sent to again. It publishes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syndicator.cli import find, options, show, words
from syndicator.cli.hosting import hosted
from syndicator.cli.opening import configuration
from syndicator.cli.show import count
from syndicator.config.models import Config
from syndicator.errors import Busy, UsageError
from syndicator.exitcode import ExitCode
from syndicator.host import Host
from syndicator.ledger.opening import OnLoss
from syndicator.ledger.rows import ABSENT
from syndicator.ledger.states import State

if TYPE_CHECKING:
    from syndicator.reconcile import Account, Verdict

TITLE = 28
NOT_SHOWN_YET = timedelta(minutes=3)
WHOLE = "The ledger has lost no time that anybody knows of: nothing is to be reconciled."
NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class Unread:
    """A feed that could not be read, so that nobody knows what it holds of the time that was lost."""

    feed: str
    reason: str


def reconcile(
    ctx: typer.Context,
    networks: Annotated[list[str] | None, typer.Argument(metavar="[NETWORK]...", help="Only these.")] = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="The ledger is mine, although it has another name than the last one.")
    ] = False,
    restored: Annotated[
        bool, typer.Option("--restored", help="I have put back ledger and epoch.json alike, which nothing can notice.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="With --restored: it knows nothing from this day on (UTC)."),
    ] = None,
    json: options.Json = False,
) -> ExitCode:
    """After the ledger has lost time: look on each account for what may be out already. Publishes nothing."""
    if since is not None and not restored:
        raise UsageError("--since says since when a ledger that was put back knows nothing", hint="add --restored")
    config = configuration(ctx)
    with _held(ctx, config, OnLoss.ADOPT if adopt else OnLoss.NOTE) as host:
        if restored:
            host.ledger.lose(since.replace(tzinfo=UTC) if since else None)
        return _reconcile(host, networks, as_json=json)


@contextmanager
def _held(ctx: typer.Context, config: Config, on_loss: OnLoss) -> Iterator[Host]:
    try:
        with hosted(ctx, level="critical", config=config, on_loss=on_loss, alone=True, create=False) as host:
            yield host
    except Busy as error:
        hint = "stop the daemon (systemctl stop syndicator), or wait for the run to end; then the same command again"
        raise Busy(error.message, hint=hint) from error


def _reconcile(host: Host, names: Sequence[str] | None, *, as_json: bool) -> ExitCode:
    from syndicator import reconcile as work

    host.ledger.claim(host.config.networks, [feed.name for feed in host.config.feed])
    for name in names or ():
        find.known_network(name, host.config.networks, [row.name for row in host.ledger.networks()])
    gap = host.ledger.gap
    if gap is None or (host.ledger.loss() is None and not work.wanted(host)):
        _say_whole(as_json=as_json)
        return ExitCode.OK
    if not as_json:
        why = (loss.why if (loss := host.ledger.loss()) is not None else "the ledger had lost time").rstrip(".")
        show.line(f"{why[:1].upper()}{why[1:]}.")
        show.line(f"Looking for what may have been published since {gap.start:%Y-%m-%d %H:%M} UTC. Nothing is sent.")
        show.line()
    unread = list(_read_feeds(host))
    wanted = [name for name in work.wanted(host) if not names or name in names]
    if not as_json and host.clock.now() - gap.end < NOT_SHOWN_YET:
        show.line("This may take some minutes: what was sent last may not be shown yet.")
    accounts = work.reconcile(host, wanted)
    code = _exit_code(accounts, unread)
    if as_json:
        show.as_json(_as_json(accounts, unread, host, code))
    else:
        _tell(accounts, unread, host)
    return code


def _read_feeds(host: Host) -> Iterator[Unread]:
    """What was published in the lost time stands in the feeds, and comes into the ledger from there."""
    from syndicator.polling import due_feeds, poll
    from syndicator.run import take

    for feed, memory, answer in poll(host, due_feeds(host, None, by_hand=True)):
        report = take(host, feed, memory, answer)
        if report.result == "failed":
            yield Unread(feed.name, report.reason or "it could not be read")


def _exit_code(accounts: "Sequence[Account]", unread: Sequence[Unread]) -> ExitCode:
    troubled = [account for account in accounts if account.trouble]
    if any(account.health == "auth_broken" for account in troubled):
        return ExitCode.CREDENTIALS
    if troubled:
        return ExitCode.NETWORKS if len(troubled) == len(accounts) else ExitCode.LATER
    if unread:
        return ExitCode.FEED
    waits = any(_command(verdict) for account in accounts for verdict in account.verdicts)
    return ExitCode.PERSON if waits else ExitCode.OK


def _tell(accounts: "Sequence[Account]", unread: Sequence[Unread], host: Host) -> None:
    verdicts = [verdict for account in accounts for verdict in account.verdicts]
    if verdicts:
        show.table(("POST", "NETWORK", "FOUND", "TO DO"), [_row(verdict) for verdict in verdicts])
        show.line()
    for feed in unread:
        show.line(f"feed {feed.feed}: {feed.reason}")
        show.line("  What it brings of that time later will be held; look for it then with `syndicate reconcile`.")
    for account in accounts:
        show.line(_sentence(account))
    if not accounts:
        show.line("Nothing is to be reconciled there.")
    if left := _still_barred(host):
        show.line(f"Nothing is sent yet to {', '.join(left)}: syndicate reconcile {' '.join(left)}")
    for sentence in _advice(verdicts):
        show.line(sentence)


def _advice(verdicts: "Sequence[Verdict]") -> Iterator[str]:
    left = [verdict for verdict in verdicts if _command(verdict) is not None]
    if left:
        yield ""
    if any(verdict.delivery.cause == ABSENT for verdict in left):
        yield "To send all that is not there:      syndicate release --cause not-there"
        yield "To leave all of it out:             syndicate skip --cause not-there"
    if any(verdict.sight.trouble for verdict in left):
        yield "Nobody could look for some: look at the account yourself before you let them go."
        yield "Where you find the copy:            syndicate resolve NUMBER --posted URL"


def _row(verdict: "Verdict") -> Sequence[str | show.Cell]:
    post, row = verdict.post.post, verdict.delivery
    title = show.shorten(post.title or post.text or post.link or "", TITLE)
    part = f" ({row.part + 1})" if row.part else ""
    return f"{title}{part}", row.network, _found(verdict), _command(verdict) or "-"


def _found(verdict: "Verdict") -> show.Cell:
    if verdict.sight.found is not None:
        return show.Cell("there", "green")
    return show.Cell(verdict.sight.trouble, "yellow") if verdict.sight.trouble else show.Cell(NOT_THERE)


def _command(verdict: "Verdict") -> str | None:
    """What settles it; None for what is settled."""
    row = verdict.delivery
    return None if row.state is State.DELIVERED else words.command(row)


def _sentence(account: "Account") -> str:
    if account.trouble:
        verb = {"auth_broken": "auth", "paused": "resume"}.get(account.health)
        hint = f" (syndicate {verb} {account.network})" if verb is not None else ""
        return f"{account.network}: could not be read: {account.trouble}{hint}"
    there = sum(verdict.sight.found is not None for verdict in account.verdicts)
    left = sum(_command(verdict) is not None for verdict in account.verdicts)
    if not account.verdicts:
        return f"{account.network}: nothing was in doubt. New posts go out again."
    return (
        f"{account.network}: {count(there, 'copy', 'copies')} found, {left} for you to decide. New posts go out again."
    )


def _still_barred(host: Host) -> list[str]:
    loss = host.ledger.loss()
    return [n.name for n in host.config.networks.values() if n.enabled and loss is not None and loss.bars(n.name)]


def _say_whole(*, as_json: bool) -> None:
    if as_json:
        show.as_json({"exit": 0, "gap": None, "networks": [], "feeds": [], "posts": [], "to_be_reconciled": []})
    else:
        show.line(WHOLE)


def _as_json(accounts: "Sequence[Account]", unread: Sequence[Unread], host: Host, code: ExitCode) -> dict[str, Any]:
    return {
        "exit": int(code),
        "gap": show.plain(host.ledger.gap),
        "networks": [{"network": a.network, "read": not a.trouble, "reason": a.trouble or None} for a in accounts],
        "feeds": show.plain(unread),
        "posts": [_post_json(verdict) for account in accounts for verdict in account.verdicts],
        "to_be_reconciled": _still_barred(host),
    }


def _post_json(verdict: "Verdict") -> dict[str, Any]:
    row, sight = verdict.delivery, verdict.sight
    return {
        "delivery": row.id,
        "network": row.network,
        "part": row.part,
        "post": verdict.post.post.link or verdict.post.post.guid,
        "title": verdict.post.post.title,
        "state": row.state.value,
        "found": None if sight.trouble else sight.found is not None,
        "url": row.url,
        "reason": sight.trouble or None,
        "command": _command(verdict),
    }
