"""Lets what is due wait for its turn, where its author wants quiet times, or distance between posts.

Enters: a network, the ledger, the author's rules. Leaves: deliveries that are due when something may go out again. It
sends nothing, opens nothing, and decides nothing itself (`schedule.py`). What goes on with a thread, and what is sent
again after a lost reply, has begun already and does not wait.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from functools import cache

from syndicator.config.models import Config, NetworkConfig
from syndicator.host import Host
from syndicator.ledger.rows import PACE, QUIET, Delivery
from syndicator.schedule import Pace, Schedule, is_quiet, next_slot, quiet


def rules_of(network: NetworkConfig, config: Config) -> Schedule:
    """The network's own schedule stands for the whole of the default one."""
    said = network.schedule if network.schedule is not None else config.defaults.schedule
    pace = Pace(said.gap, said.per_hour, said.per_day)
    return Schedule(tuple(quiet(one) for one in said.quiet), pace, _zone(config.defaults.timezone))


def waits_for_slot(host: Host, network: NetworkConfig, delivery: Delivery) -> bool:
    """Whether this one cannot go out now. If so it waits, and so does all that is behind it."""
    if delivery.part or delivery.doubted:
        return False
    return let_wait(host, network)


def let_wait(host: Host, network: NetworkConfig) -> bool:
    """Whether anything that is due had to wait, because nothing new may go out there now."""
    rules = rules_of(network, host.config)
    slot = None if rules.is_open else _slot(host, network.name, rules)
    if slot is None:
        return False
    now = host.clock.now()
    cause = QUIET if is_quiet(now, rules) else PACE
    return host.ledger.wait_for_slot(network.name, now, until=slot, cause=cause) > 0


def rejudge(host: Host, networks: Iterable[NetworkConfig]) -> None:
    """Nothing waits for longer than it has to: rules change, clocks are set back, a send turns out to have failed."""
    waiting = host.ledger.slots(host.clock.now())
    for network in networks:
        if network.name in waiting:
            rules = rules_of(network, host.config)
            slot = _slot(host, network.name, rules) or host.clock.now()
            if slot < waiting[network.name]:
                host.ledger.slot_is_earlier(network.name, until=slot)


def _slot(host: Host, network: str, rules: Schedule) -> datetime | None:
    now = host.clock.now()
    sent = () if rules.pace == Pace() else host.ledger.last_sends(network, now, rules.pace.reach)
    return next_slot(now, sent, rules)


@cache
def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)
