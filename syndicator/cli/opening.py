"""Opens what a verb works on: the configuration the owner named, and the ledger that it names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from syndicator.cli.options import given
from syndicator.clock import Clock, SystemClock

if TYPE_CHECKING:
    from syndicator.config.models import Config
    from syndicator.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Opened:
    config: "Config"
    ledger: "Ledger"
    clock: Clock

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.defaults.timezone)


def configuration(ctx: typer.Context, *, with_secrets: bool = True) -> "Config":
    """Raises ConfigError with every mistake, and CredentialError when only secrets are wrong."""
    from syndicator.config.files import load

    return load(given(ctx).config, with_secrets=with_secrets)


@contextmanager
def opened(ctx: typer.Context, *, read_only: bool = False) -> Iterator[Opened]:
    """For verbs that talk to no service: secrets stay unread. Raises ConfigError and LedgerError."""
    from syndicator.ledger.ledger import Ledger
    from syndicator.ledger.lock import poke

    config, clock = configuration(ctx, with_secrets=False), SystemClock()
    ledger = Ledger.open(config.ledger.url, config.state_dir, clock, read_only=read_only)
    try:
        yield Opened(config, ledger, clock)
    finally:
        ledger.close()
    if not read_only:
        poke(config.state_dir)
