"""When to make a Pass: at the next due time, and not before.

Enters: a Host and the process's signals. Leaves: Passes, until it is told to stop. TERM drains: nothing new is started,
what is on the wire is waited for. HUP reads the configuration again and keeps the old one if the new one has mistakes.
It decides nothing about posts.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import FrameType

from syndicator.config.models import Config
from syndicator.errors import ConfigError, UserError
from syndicator.exitcode import ExitCode
from syndicator.host import Host
from syndicator.ledger.refusals import LedgerLocked
from syndicator.report import PassReport
from syndicator.run import Scope, barred, make_pass, networks_in
from syndicator.supervisor import Supervisor

SHORTEST_SLEEP = timedelta(seconds=1)  # whatever goes wrong, Passes do not chase each other
LOCKED_SLEEP = timedelta(seconds=20)
TOLD_AT = 3
STAND_BY = timedelta(seconds=60)  # until it is looked whether another host has given up what it serves
LONGEST_SLEEP = timedelta(minutes=15)  # within it a stepped clock, or a verb typed on another host, is noticed


class Daemon:
    """Makes Passes until `stop`."""

    def __init__(self, host: Host, reload: Callable[[], Config], supervisor: Supervisor) -> None:
        self.stop = threading.Event()
        self.woken = threading.Event()
        self.reload_wanted = False
        self.locked = 0  # Passes in a row
        self.reload = reload
        self.supervisor = supervisor
        self.host = replace(host, stop=self.stop, beat=self._beat)

    def run(self) -> ExitCode:
        self._listen()
        self.supervisor.notify("READY=1")
        if (loss := self.host.ledger.loss()) is not None and self.host.ledger.noticed is None:
            self.host.tell("ledger_restored", reason=loss.why, hint="syndicate reconcile")
        self.host.tell("daemon_started", feeds=len(self.host.config.feed), networks=len(self.host.config.networks))
        while not self.stop.is_set():
            self._reload_if_wanted()
            try:
                report = make_pass(self.host, Scope(by_hand=False))
            except LedgerLocked as error:
                self._wait_for_ledger(error)
                continue
            self.locked = 0
            self.supervisor.notify(f"STATUS={status_line(report)}")
            self._sleep()
        self.host.tell("daemon_stopping")
        return ExitCode.OK

    def _wait_for_ledger(self, error: LedgerLocked) -> None:
        """A backup or somebody's shell holds it. An answer that could not be stored lies in the journal; the next Pass
        begins with that. Told at each third time."""
        self.locked += 1
        if self.locked % TOLD_AT == 0:
            self.host.tell("ledger_locked", reason=error.message, hint=error.hint)
        self._beat()
        self.host.clock.wait(self.woken, LOCKED_SLEEP.total_seconds())
        self.woken.clear()

    def next_due(self) -> datetime:
        """The earliest of: a feed's next check, a delivery's next step, a look at what other hosts serve, a longest
        sleep; never quite at once."""
        now = self.host.clock.now()
        times = [now + LONGEST_SLEEP, *self._feeds_due()]
        if self.host.ledger.hold.elsewhere:
            times.append(now + STAND_BY)
        kept = barred(self.host, Scope())
        enabled = [network.name for network in networks_in(self.host, Scope()) if network.name not in kept]
        if (delivery := self.host.ledger.next_due(enabled)) is not None:
            times.append(delivery)
        return max(min(times), now + SHORTEST_SLEEP)

    def _feeds_due(self) -> Iterator[datetime]:
        names = {feed.name for feed in self.host.config.feed if self.host.ledger.polls(feed.name)}
        for memory in self.host.ledger.feeds():
            if memory.name in names and memory.next_check_at is not None:
                yield max(memory.next_check_at, memory.retry_after_until or memory.next_check_at)

    def _sleep(self) -> None:
        due, beat_every = self.next_due(), _watchdog_interval()
        self.host.tell("daemon_sleeping", until=due.isoformat())
        while not self.woken.is_set() and (left := (due - self.host.clock.now()).total_seconds()) > 0:
            self._beat()
            self.host.clock.wait(self.woken, min(left, beat_every or left))
        self.woken.clear()

    def _beat(self) -> None:
        self.supervisor.notify("WATCHDOG=1")

    # Signals

    def _listen(self) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._on_stop)
            signal.signal(signal.SIGINT, self._on_stop)
            signal.signal(signal.SIGHUP, self._on_reload)
            signal.signal(signal.SIGCONT, self._on_poke)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        """The first signal drains; the second leaves at once, and what is on the wire is settled at the next start."""
        if self.stop.is_set():
            os._exit(ExitCode.LATER)
        self.supervisor.notify("STOPPING=1")
        self.stop.set()
        self.woken.set()

    def _on_poke(self, _number: int, _frame: FrameType | None) -> None:
        """A verb has moved rows (`lock.poke`), or we were stopped for a while and go on."""
        self.woken.set()

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reload_wanted = True
        self.woken.set()

    def _reload_if_wanted(self) -> None:
        if not self.reload_wanted:
            return
        self.reload_wanted = False
        self.supervisor.notify("RELOADING=1")
        try:
            self.host = _with(self.host, self.reload())
        except UserError as error:
            self.host.tell("config_rejected", reason=error.message, problems=list(error.problems))
        else:
            self.host.tell("config_reloaded")
        self.supervisor.notify("READY=1")


def _with(host: Host, config: Config) -> Host:
    """The Host under a new configuration. Raises ConfigError for what only a new start can change."""
    from syndicator.http import Http, user_agent

    if (config.ledger.url, config.state_dir) != (host.config.ledger.url, host.config.state_dir):
        raise ConfigError("the ledger's place changes only with a new start: systemctl restart syndicator")
    http = Http(allow_private=config.http.allow_private, user_agent=user_agent(config.http.contact))
    return replace(host, config=config, http=http)


def status_line(report: PassReport) -> str:
    """One line for `systemctl status`."""
    healthy = sum(1 for health in report.networks.values() if health == "ok")
    parts = [f"{report.pending} waiting to be tried again", f"{report.waiting} need you"]
    if report.networks:
        parts.insert(0, f"{healthy} of {len(report.networks)} networks ok")
    if report.barred:
        parts.insert(0, f"nothing goes to {', '.join(report.barred)} before `syndicate reconcile`")
    return "; ".join(parts)


def _watchdog_interval() -> float | None:
    """Half of what systemd allows, in seconds; None when no watchdog is set."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 2_000_000 if microseconds.isdigit() else None
