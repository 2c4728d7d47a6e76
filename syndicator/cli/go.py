"""`run` and `daemon`: Passes for cron and for systemd."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from types import FrameType
from typing import Annotated

import typer

from syndicator.cli import show
from syndicator.cli.hosting import host_of, hosted
from syndicator.cli.opening import configuration
from syndicator.cli.show import count
from syndicator.config.models import Config
from syndicator.errors import Busy, UsageError
from syndicator.exitcode import ExitCode
from syndicator.host import Host
from syndicator.report import PassReport
from syndicator.run import Scope, make_pass

Only = Annotated[list[str] | None, typer.Option("--only", metavar="NETWORK", help="Only this network; repeatable.")]
Feeds = Annotated[list[str] | None, typer.Option("--feed", metavar="NAME", help="Only this feed; repeatable.")]


def run(
    ctx: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send and record nothing.")
    ] = False,
    due: Annotated[
        bool, typer.Option("--due", help="Do only what is due: ask no feed before its time. For cron.")
    ] = False,
    only: Only = None,
    feed: Feeds = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing when the answer is: try later.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a report as JSON.")] = False,
) -> None:
    """Make one Pass: fetch the feeds, decide, deliver what is due, write the links back. Silent when all is done."""
    config = configuration(ctx)
    scope = replace(scope_of(config, feed, only), by_hand=not due)
    if dry_run:
        from syndicator.cli.rehearsal import rehearse

        with host_of(config, level="error", read_only=True) as host:
            rehearse(host, scope, as_json=as_json)
        return
    try:
        with hosted(ctx, level=_level(quiet=quiet), config=config) as host, draining(host.stop):
            with redirect_stdout(sys.stderr):  # what a connector prints is no part of our report
                report = make_pass(host, scope)
            if report.idle:
                raise Busy(*standing_by(report))
            troubles = list(standing_troubles(host, report, quiet=quiet, due=due))
    except Busy as error:
        if quiet:
            raise typer.Exit(error.exit_code) from error
        raise
    _tell(report, troubles, as_json=as_json)
    raise typer.Exit(report.exit_code)


def daemon(ctx: typer.Context) -> None:
    """Make Passes for ever: each when a feed or a delivery is due. TERM drains, HUP reads the configuration again."""
    from syndicator.daemon import Daemon
    from syndicator.supervisor import Systemd

    with hosted(ctx, level="info") as host:
        code = Daemon(host, lambda: configuration(ctx), Systemd()).run()
    raise typer.Exit(code)


@contextmanager
def draining(stop: threading.Event) -> Iterator[None]:
    """TERM, as systemd sends it to a run as well: nothing new is started, and what is on the wire is waited for. The
    second one leaves at once, and the next start finds out."""

    def on_stop(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(ExitCode.LATER)
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, on_stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def scope_of(config: Config, feeds: list[str] | None, networks: list[str] | None) -> Scope:
    """Raises UsageError for a name that is not in the configuration."""
    return Scope(
        feeds=_known(feeds, {feed.name for feed in config.feed}, "feed"),
        networks=_known(networks, set(config.networks), "network"),
    )


def _known(asked: list[str] | None, names: set[str], what: str) -> frozenset[str] | None:
    if not asked:
        return None
    for name in asked:
        if name not in names:
            raise UsageError(f"no {what} is called {name!r}; there is {', '.join(sorted(names)) or 'none'}")
    return frozenset(asked)


def _level(*, quiet: bool) -> str:
    if quiet:
        return "error"
    return "info" if sys.stderr.isatty() else "warning"


def standing_troubles(host: Host, report: PassReport, *, quiet: bool, due: bool = False) -> Iterator[str]:
    """Why this Pass does not end with 0, for every reason that is more than: try later.

    News has been logged as it happened; this is said on every run, so that no exit code stays unexplained. What waits
    for a person is old news after the first time, and `--quiet` leaves it out; it also leaves out the log's warnings,
    and `due` those that were told today, and so a feed's failure is told here.
    """
    if report.barred and (loss := host.ledger.loss()) is not None and not quiet:
        yield f"{loss.why}; nothing is sent to {', '.join(report.barred)} until you run: syndicate reconcile"
    for feed in report.feeds:
        if feed.result == "failed" and (quiet or due):
            yield f"feed {feed.name}: {feed.reason} (syndicate check)"
    for name, health in report.networks.items():
        if health == "auth_broken":
            reason = host.ledger.network(name).reason
            yield f"network {name} is blocked, its queue waits: {reason} (syndicate auth {name})"
    if report.exit_code is ExitCode.NETWORKS:
        yield "no network could be reached; everything is tried again (syndicate status)"
    if report.linkback is not None:
        yield f"the copies' links could not be written: {report.linkback}"
    if report.waiting and not quiet:
        yield f"{count(report.waiting, 'delivery', 'deliveries')} waiting for you (syndicate status)"


def standing_by(report: PassReport) -> tuple[str, ...]:
    """Why nothing was done."""
    who = ", ".join(sorted(set(report.elsewhere.values())))
    what = ", ".join(sorted(report.elsewhere))
    return (f"syndicator is at work already: {who}; it serves {what}, so nothing was left to do here",)


def _tell(report: PassReport, troubles: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        show.as_json(report.as_json())
        return
    if sys.stdout.isatty():
        show.line(summary(report))
    show.trouble(*(f"syndicate: {trouble}" for trouble in troubles))


def summary(report: PassReport) -> str:
    """The Pass in one sentence."""
    sent = sum(1 for delivery in report.deliveries if delivery.result == "delivered")
    new = sum(feed.new for feed in report.feeds if feed.result == "read")
    parts = [f"{count(len(report.feeds), 'feed')} checked", f"{count(new, 'new post')}", f"{sent} sent"]
    if report.pending:
        parts.append(f"{report.pending} to be tried again")
    return ", ".join(parts)
