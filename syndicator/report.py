"""What one Pass did, as values: for the summary, for `--json`, and for the exit code. It prints nothing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from syndicator.exitcode import ExitCode, worst


@dataclass(frozen=True, slots=True)
class FeedReport:
    name: str
    result: str  # unchanged, read, recorded, failed, waiting
    new: int = 0
    known: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    network: str
    post: str  # its link, or its guid
    title: str
    result: str  # the state it is in now
    url: str | None = None
    reason: str | None = None
    next_at: str | None = None  # ISO 8601


@dataclass(slots=True)
class PassReport:
    """Filled by the coordinator while the Pass goes on."""

    feeds: list[FeedReport] = field(default_factory=list)
    deliveries: list[DeliveryReport] = field(default_factory=list)
    networks: dict[str, str] = field(default_factory=dict)  # network → ok, down, cooling, auth_broken, paused
    linkback: str | None = None  # a failure
    elsewhere: dict[str, str] = field(default_factory=dict)  # “network NAME” or “feed NAME” → the host that serves it
    idle: bool = False  # all that was wanted is served elsewhere
    waiting: int = 0  # deliveries that need a person, this Pass or earlier
    pending: int = 0  # deliveries that were tried and wait for another try or for proof
    barred: list[str] = field(default_factory=list)  # networks that nothing goes to until they are reconciled

    @property
    def exit_code(self) -> ExitCode:
        return worst(self._codes())

    def _codes(self) -> Iterable[ExitCode]:
        health = list(self.networks.values())
        if "auth_broken" in health:
            yield ExitCode.CREDENTIALS
        if self.linkback is not None:
            yield ExitCode.LEDGER
        if self.waiting or self.barred:
            yield ExitCode.PERSON
        if any(feed.result == "failed" for feed in self.feeds):
            yield ExitCode.FEED
        if health and all(h in ("down", "cooling") for h in health):
            yield ExitCode.NETWORKS
        if self.pending or "down" in health or "cooling" in health:
            yield ExitCode.LATER

    def as_json(self) -> dict[str, Any]:
        return {
            "exit": int(self.exit_code),
            "feeds": [asdict(feed) for feed in self.feeds],
            "deliveries": [asdict(delivery) for delivery in self.deliveries],
            "networks": dict(self.networks),
            "linkback": self.linkback,
            "elsewhere": dict(self.elsewhere),
            "waiting_for_a_person": self.waiting,
            "pending": self.pending,
            "to_be_reconciled": list(self.barred),
        }
