"""What happens to one network in one Pass, told twice: to the log, and to the report.

Enters: deliveries as they are after a move, warnings, a network's health. Leaves: events and lines of the report. It
moves nothing and decides nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from syndicator.host import Host
from syndicator.ledger.rows import Delivery, HealthName, PostRow
from syndicator.report import DeliveryReport, PassReport


@dataclass(frozen=True, slots=True)
class Telling:
    host: Host
    report: PassReport
    network: str

    def moved(self, delivery: Delivery, event: str | None, reason: str = "") -> None:
        post = self.host.ledger.post(delivery.post_id).post
        self.report.deliveries.append(
            DeliveryReport(
                network=delivery.network,
                post=post.link or post.guid or "",
                title=post.title,
                result=delivery.state.value,
                url=delivery.url,
                reason=reason or delivery.cause or None,
                next_at=delivery.due_at.isoformat() if delivery.due_at else None,
            )
        )
        if event is not None:
            facts = {"url": delivery.url} if delivery.url else {"reason": reason or delivery.cause}
            self.host.tell(event, network=delivery.network, post=post.link or post.guid, **facts)

    def warned(self, post: PostRow, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self.host.tell("copy_warned", network=self.network, post=post.post.link, reason=warning)

    def health(self, health: HealthName) -> None:
        self.report.networks[self.network] = health
