"""`preview`, `backfill` and `baseline`: looking at copies, and deciding about the past."""

from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer

from syndicator.cli import show
from syndicator.cli.copies import copies, show_copy
from syndicator.cli.go import Feeds, Only, scope_of
from syndicator.cli.hosting import host_of, hosted
from syndicator.cli.opening import configuration
from syndicator.config.models import FeedConfig
from syndicator.errors import FeedError, UsageError
from syndicator.feed.document import NotAFeed
from syndicator.feed.fetch import Fetched, Unavailable
from syndicator.host import Host
from syndicator.ledger.lock import poke
from syndicator.ledger.rows import FeedMemory, Owed, PostRow
from syndicator.ledger.states import State
from syndicator.post import Post
from syndicator.run import Scope, networks_in


def preview(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Argument(help="The post's link; without it the latest posts.")] = None,
    latest: Annotated[int, typer.Option("--latest", min=1, metavar="N", help="How many of the latest posts.")] = 1,
    only: Only = None,
    feed: Feeds = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show each network's copy with its counts, card, images and warnings. Nothing is sent or recorded."""
    config = configuration(ctx)
    scope = scope_of(config, feed, only)
    with host_of(config, level="error") as host:
        posts = _chosen(host, scope, url, latest)
        shown = [copy for network in networks_in(host, scope) for copy in copies(host, network, posts)]
    if as_json:
        show.as_json([copy.as_json() for copy in shown])
        return
    for _, post in posts:
        show.line(f"{show.shorten(post.title or post.text, 60)}  {post.link or ''}")
        show.line()
        for copy in (c for c in shown if c.post is post):
            show_copy(copy)
    if not shown:
        show.line("No network is enabled; `syndicate auth NETWORK` connects one.")


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
    for feed, memory, answer in poll(host, due_feeds(host, names, by_hand=True)):
        if isinstance(answer, Unavailable):
            _refuse(feed, answer.reason, answer.hint_text)
        if not isinstance(answer, Fetched):
            done.append((feed.name, 0))
            continue
        try:
            report = read(host, feed, replace(after_success(host, feed, memory, answer), baseline=False), answer)
        except Unreadable as error:
            _refuse(feed, error.reason, error.hint)
        done.append((feed.name, report.new))
    return done


def _chosen(host: Host, scope: Scope, url: str | None, latest: int) -> list[tuple[str, Post]]:
    feeds = [feed for feed in host.config.feed if scope.feeds is None or feed.name in scope.feeds]
    found = [(feed.name, post) for feed in feeds for post in _posts(host, feed)]
    if url is not None:
        found = [(name, post) for name, post in found if url in (post.link, post.guid)]
        if not found:
            raise UsageError(f"no post of the feeds has the link {url}", hint="syndicate preview --latest 5")
        return found[:1]
    earliest = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda pair: pair[1].published or earliest, reverse=True)[:latest]


def _posts(host: Host, feed: FeedConfig) -> tuple[Post, ...]:
    """The feed as it is now; asked without validators, because the document itself is wanted."""
    from syndicator.polling import ask

    answer = ask(host, feed, FeedMemory(feed.name, feed.url))
    if not isinstance(answer, Fetched):
        reason = answer.reason if isinstance(answer, Unavailable) else "it sent nothing"
        _refuse(feed, reason, None)
    try:
        return host.parser.parse(answer.body, answer.content_type, answer.url, host.clock.now()).posts
    except NotAFeed as error:
        _refuse(feed, error.reason, None)


def _refuse(feed: FeedConfig, reason: str, hint: str | None) -> NoReturn:
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
