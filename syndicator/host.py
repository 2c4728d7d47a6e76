"""Everything a Pass works with, handed down the path as one value. It holds; it does nothing by itself."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicator.clock import Clock
from syndicator.config.models import Config, NetworkConfig
from syndicator.connector import Connector
from syndicator.events import EVENTS
from syndicator.feed.parser import Parser

if TYPE_CHECKING:
    from syndicator.http import Http
    from syndicator.ledger.ledger import Ledger
    from syndicator.registry import Registry


def _no_beat() -> None:
    """Nobody listens for our heartbeat."""


@dataclass(frozen=True, slots=True)
class Host:
    config: Config
    ledger: "Ledger"
    clock: Clock
    http: "Http"
    registry: "Registry"
    log: Any  # a structlog logger; structlog types its loggers as Any as well
    stop: threading.Event = field(default_factory=threading.Event)  # set: start nothing new
    beat: Callable[[], None] = _no_beat
    parser: Parser = field(default_factory=Parser)  # reads documents elsewhere; starts nothing before the first

    def tell(self, event: str, **facts: Any) -> None:
        """Log one of the events of `events.py`, at the level that is written there."""
        level, _ = EVENTS[event]
        getattr(self.log, level)(event, **facts)

    def connect(self, network: NetworkConfig) -> Connector:
        """Open the network's connector; imports it, but sends nothing."""
        from syndicator.tokens import FileTokens

        kind = self.registry.load(network.connector)
        return kind.open(network.settings, self.http, FileTokens(self.tokens_path(network.name)))

    def refusal_path(self, network: str) -> Path:
        return self.config.state_dir / "tokens" / f"{network}.refused"

    def tokens_path(self, network: str) -> Path:
        return self.config.state_dir / "tokens" / f"{network}.json"
