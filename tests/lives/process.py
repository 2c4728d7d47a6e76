"""The life of one process: Passes over the real path, until it has done what it was started for, or dies on the way.

Enters: how many Passes, and after how many steps it dies. Leaves: what was told, and the reports of the Passes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from syndicator import log, reconcile
from syndicator.host import Host
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.opening import OnLoss
from syndicator.report import PassReport
from syndicator.run import Scope, make_pass

if TYPE_CHECKING:
    from tests.lives.scene import Scene

AT_LEAST = timedelta(seconds=1)  # between two Passes, as the daemon has it
AT_MOST = timedelta(hours=6)


class Crash(BaseException):
    """The process is gone."""


class _Heard:
    """Writes into the real log, and keeps what was told."""

    def __init__(self, told: list[tuple[str, dict[str, Any]]]) -> None:
        self._told, self._events = told, log.events()

    def __getattr__(self, level: str) -> Any:
        def write(event: str, **facts: Any) -> None:
            self._told.append((event, facts))
            getattr(self._events, level)(event, **facts)

        return write


@dataclass(slots=True)
class _Life:
    ended_early: bool = False


class Process:
    def __init__(self, scene: "Scene") -> None:
        self.scene = scene
        self.forget()

    def forget(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.report: PassReport | None = None  # of the last Pass that came to its end
        self.lives = False
        self._steps_left: int | None = None

    def live(self, passes: int, *, by_hand: bool, dies_after: int | None = None, feeds: bool = True) -> bool:
        """False when it died. Between two Passes it sleeps until something is due."""
        with self._mortal(dies_after) as life, self._opened() as host:
            for number in range(passes):
                if number:
                    self._sleep(host)
                self.report = None
                self.report = make_pass(host, Scope(None if feeds else frozenset(), by_hand=by_hand))
        return not life.ended_early

    def reconcile(self, dies_after: int | None = None) -> bool:
        """What `syndicate reconcile --adopt` does. False when it died."""
        with self._mortal(dies_after) as life, self._opened(OnLoss.ADOPT) as host:
            make_pass(host, Scope(networks=frozenset(), by_hand=True))  # reads the feeds, and sends nothing
            reconcile.reconcile(host, reconcile.wanted(host))
        return not life.ended_early

    @contextmanager
    def _mortal(self, dies_after: int | None) -> Iterator[_Life]:
        self._steps_left, self.lives = dies_after, True
        life = _Life()
        try:
            yield life
        except Crash:
            life.ended_early = True
        finally:
            self.lives, self._steps_left = False, None

    @contextmanager
    def _opened(self, on_loss: OnLoss = OnLoss.NOTE) -> Iterator[Host]:
        scene = self.scene
        with Ledger.open(scene.config.ledger.url, scene.config.state_dir, scene.clock, on_loss=on_loss) as ledger:
            parts = (scene.config, ledger, scene.clock, scene.http, scene.registry, _Heard(self.told))
            yield Host(*parts, parser=scene.parser)

    @contextmanager
    def connected(self, network: str) -> Iterator[Any]:
        """The real connector, for what a person does with it."""
        with self._opened() as host:
            connector = host.connect(host.config.networks[network])
            try:
                yield connector
            finally:
                connector.close()

    def _sleep(self, host: Host) -> None:
        now = self.scene.clock.now()
        due = self.next_due(host.ledger)
        until = now + AT_MOST if due is None else min(due, now + AT_MOST)
        self.scene.clock.advance(max(until - now, AT_LEAST))

    def next_due_now(self) -> Any:
        with self._opened() as host:
            return self.next_due(host.ledger)

    def next_due(self, ledger: Ledger) -> Any:
        return ledger.next_due([n.name for n in self.scene.config.networks.values() if n.enabled])

    def step(self, name: str) -> None:
        """A point at which it may die; whatever it still does on the way out, it does not do."""
        if not self.lives or self._steps_left is None:
            return
        self._steps_left -= 1
        if self._steps_left <= 0:
            raise Crash

    def happened(self) -> None:
        """Something has become durable."""
