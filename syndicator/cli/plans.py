"""`backfill` and `baseline`: deciding about the past."""

from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from syndicator.cli import show, words
from syndicator.cli.go import Feeds, Only, scope_of
from syndicator.cli.hosting import host_of, hosted
from syndicator.cli.opening import configuration
from syndicator.config.models import FeedConfig
from syndicator.errors import Busy, FeedError, UsageError
from syndicator.feed.fetch import Fetched, Unavailable
from syndicator.host import Host
from syndicator.ledger.lock import poke
from syndicator.ledger.rows import Owed, PostRow
from syndicator.ledger.states import State
from syndicator.run import Scope, networks_in


def backfill(
    ctx: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option("--since", formats=["%Y-%m-%d"], help="Posts published on or after this day (UTC)."),
    ] = None,
    last: Annotated[int | None, typer.Option("--last", min=1, metavar="N", help="The newest N posts.")] = None,
    only: Only = None,
    feed: Feeds = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show which posts; change nothing.")] = False,
) -> None:
    """Send posts of the past, on purpose: those recorded or left out before become due. The next run sends them."""
    if (since is None) == (last is None):
        raise UsageError("say which posts: --since DATE, or --last N", hint="syndicate backfill --last 3 --dry-run")
    config = configuration(ctx)
    scope = scope_of(config, feed, only)
    with host_of(config, level="warning") as host:
        _refuse_barred(host, scope)
        rows = _past(host, scope, since, last)
        owed = sum(
            _owe(host, row, network.name, dry_run=dry_run) for row in rows for network in networks_in(host, scope)
        )
    if owed and not dry_run:
        poke(config.state_dir)
    for row in rows:
        show.line(f"{_day(row)}  {show.shorten(row.post.title or row.post.text, 60)}  {row.post.link or ''}")
    verb = "would become" if dry_run else "became"
    then = "" if dry_run or not owed else "; `syndicate run` sends them"
    show.line(f"{owed} {'delivery' if owed == 1 else 'deliveries'} {verb} due{then}.")


def _refuse_barred(host: Host, scope: Scope) -> None:
    """What is not in the ledger any more may be out already."""
    barred = [network.name for network in networks_in(host, scope) if host.ledger.bars(network.name)]
    if barred:
        raise UsageError(words.first_reconcile(barred[0]), hint=f"syndicate reconcile {' '.join(barred)}")


def baseline(ctx: typer.Context, feed: Feeds = None) -> None:
    """Record what the feeds hold now as known, without sending it."""
    config = configuration(ctx)
    scope = scope_of(config, feed, None)
    with hosted(ctx, level="warning", config=config) as host:
        for name, new in record_baseline(host, scope.feeds):
            show.line(f"{name}: {show.count(new, 'post')} recorded, none sent")


def record_baseline(host: Host, names: frozenset[str] | None) -> list[tuple[str, int]]:
    """Poll the feeds and record every unknown post as skipped. Raises FeedError when a feed cannot be read."""
    from dataclasses import replace

    from syndicator.polling import after_success, due_feeds, poll
    from syndicator.reading import Unreadable, read

    done = []
    claim_feeds(host, names)
    for feed, memory, answer in poll(host, due_feeds(host, names, by_hand=True)):
        if isinstance(answer, Unavailable):
            refuse(feed, answer.reason, answer.hint_text)
        if not isinstance(answer, Fetched):
            done.append((feed.name, 0))
            continue
        try:
            report = read(host, feed, replace(after_success(host, feed, memory, answer), baseline=False), answer)
        except Unreadable as error:
            refuse(feed, error.reason, error.hint)
        done.append((feed.name, report.new))
    return done


def claim_feeds(host: Host, names: frozenset[str] | None) -> None:
    """Raises Busy when another host polls one of them."""
    host.ledger.claim((), [feed.name for feed in host.config.feed if names is None or feed.name in names])
    for claim, who in host.ledger.elsewhere().items():
        raise Busy(f"{claim} is polled by another host: {who}", hint="type this command there, or stop it first")


def refuse(feed: FeedConfig, reason: str, hint: str | None) -> NoReturn:
    raise FeedError(f"feed {feed.name}: {reason}", hint=hint or "syndicate check")


def _past(host: Host, scope: Scope, since: datetime | None, last: int | None) -> list[PostRow]:
    names = scope.feeds or {feed.name for feed in host.config.feed}
    start = since.replace(tzinfo=UTC) if since else None
    rows = [row for name in sorted(names) for row in host.ledger.posts(feed=name, since=start, last=last)]
    ordered = sorted(rows, key=lambda row: row.post.published or row.first_seen)
    return ordered[-last:] if last else ordered


def _owe(host: Host, row: PostRow, network: str, *, dry_run: bool) -> int:
    """Make one pair due; 1 when it was not on its way, published or decided by the owner already."""
    existing = host.ledger.deliveries(network=network, post_id=row.id)
    if existing and (existing[0].state is not State.SKIPPED or existing[0].cause == "owner"):
        return 0
    if dry_run:
        return 1
    now = host.clock.now()
    if existing:
        host.ledger.move(existing[0], "requeue", cause="backfill", actor="owner", due_at=now)
    else:
        host.ledger.owe(row.id, Owed(network, State.READY, "backfill", now), actor="owner", cause="backfill")
    return 1


def _day(row: PostRow) -> str:
    return (row.post.published or row.first_seen).strftime("%Y-%m-%d")
