"""Makes the Host that a Pass needs: configuration, log, lock, ledger, HTTP. Everything is given back at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from syndicator.cli.opening import configuration
from syndicator.clock import Clock, SystemClock
from syndicator.config.models import Config
from syndicator.feed.parser import Parser
from syndicator.host import Host
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.lock import hold
from syndicator.ledger.opening import OnLoss


@contextmanager
def hosted(
    ctx: typer.Context,
    *,
    level: str,
    config: Config | None = None,
    on_loss: OnLoss = OnLoss.NOTE,
    alone: bool = False,
    create: bool = True,
) -> Iterator[Host]:
    """A Host with the lock held; `alone`: no other host works on the ledger meanwhile; `create`: make a ledger where
    there never was one. Raises Busy, ConfigError, CredentialError, LedgerError."""
    config = config or configuration(ctx)
    with (
        hold(config.state_dir, config.ledger.url, alone=alone) as held,
        host_of(config, level=level, on_loss=on_loss, create=create) as host,
    ):
        host.ledger.hold = held
        yield host


@contextmanager
def host_of(
    config: Config,
    *,
    level: str,
    read_only: bool = False,
    clock: Clock | None = None,
    on_loss: OnLoss = OnLoss.REFUSE,
    create: bool = True,
) -> Iterator[Host]:
    """A Host that does not take the lock; verbs that send nothing need none."""
    from syndicator import log
    from syndicator.http import Http
    from syndicator.registry import Registry

    log.configure(level=level)
    http = Http(allow_private=config.http.allow_private, user_agent=user_agent(config))
    clock = clock or SystemClock()
    ledger, created = open_or_create(config, read_only=read_only, clock=clock, on_loss=on_loss, create=create)
    parser = Parser()
    try:
        host = Host(config, ledger, clock, http, Registry.discover(), log.events(), parser=parser)
        if created:
            host.tell("ledger_created", url=config.ledger.url)
        if ledger.noticed is not None:
            host.tell("ledger_restored", reason=ledger.noticed, hint="syndicate reconcile")
        yield host
    finally:
        parser.close()
        ledger.close()


def open_or_create(
    config: Config,
    *,
    read_only: bool = False,
    clock: Clock | None = None,
    on_loss: OnLoss = OnLoss.REFUSE,
    create: bool = True,
) -> tuple[Ledger, bool]:
    """The ledger, made new only where neither it nor a trace of an earlier one exists: its first Pass records and sends
    nothing, so a new ledger cannot repeat what an old one sent. A lost ledger with a trace left is refused."""
    from syndicator.ledger.refusals import LedgerMissing

    clock = clock or SystemClock()
    try:
        url, state_dir = config.ledger.url, config.state_dir
        return Ledger.open(url, state_dir, clock, read_only=read_only, on_loss=on_loss), False
    except LedgerMissing:
        if read_only or not create:
            raise
        return Ledger.create(config.ledger.url, config.state_dir, clock), True


def user_agent(config: Config) -> str:
    from syndicator import http

    return http.user_agent(config.http.contact)
