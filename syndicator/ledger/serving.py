"""What this process serves of a ledger, and what others do: the part of a Ledger that a Pass begins with.

Enters: the networks and feeds of a configuration. Leaves: which of them are this process's to send to and to poll. On a
ledger that several hosts share it also keeps the epoch file up with what the others have sent.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from socket import gethostname

from sqlalchemy import Connection

from syndicator.clock import Clock
from syndicator.errors import LedgerError
from syndicator.ledger import claims, epoch, feeds, identity, linkmark, moves, turns
from syndicator.ledger.address import shown, sqlite_path
from syndicator.ledger.claims import Claim, Claims
from syndicator.ledger.epoch import Epoch
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery
from syndicator.ledger.transactions import Transactions


class Serving:
    uuid: str
    hold: Claims
    _clock: Clock
    _state_dir: Path
    _transactions: Transactions
    _witnessed: Epoch

    @property
    def is_shared(self) -> bool:
        """Whether other hosts may work on it."""
        return sqlite_path(self._transactions.url) is None

    def claim(self, networks: Iterable[str], feed_names: Iterable[str]) -> bool:
        """Take what is free of these, keep what is ours, give back the rest, and what its owner has paused. Whether
        anything is otherwise than before."""
        if not self.is_shared:
            return False
        with self._transactions.reading() as connection:
            paused = {row.name for row in feeds.all_networks(connection) if row.health == "paused"}
            found = identity.describe(connection)
        wanted = {claims.network(name) for name in networks if name not in paused}
        self._keep_up(found)
        return self.hold.take(wanted | {claims.feed(name) for name in feed_names})

    def serves(self, network: str) -> bool:
        return self.hold.holds(claims.network(network))

    def polls(self, feed: str) -> bool:
        return self.hold.holds(claims.feed(feed))

    def elsewhere(self) -> dict[Claim, str]:
        """What the last `claim` wanted, and whose process has it."""
        return self.hosts(self.hold.elsewhere) if self.hold.elsewhere else {}

    def hosts(self, asked: Iterable[Claim]) -> dict[Claim, str]:
        """Whose process serves what, as far as the database knows; a file knows nothing of it."""
        if not self.is_shared:
            return {}
        with self._transactions.reading() as connection:
            return claims.serving(connection, asked)

    def recordings(self) -> int | None:
        """How many documents have been recorded so far, for `Recording.since`; None where nobody else records."""
        if not self.is_shared:
            return None
        with self._transactions.reading() as connection:
            return turns.so_far(connection)

    def links_to_write(self) -> int | None:
        """A mark for `links_written` when something was delivered since the last one; None when nothing was."""
        with self._transactions.reading() as connection:
            return linkmark.news_since_mark(connection, *self._link_mark())

    def links_written(self, mark: int) -> None:
        """The blog has the links of everything up to `mark`."""
        with self._transactions.writing() as connection:
            linkmark.move_mark(connection, self._link_mark()[0], mark)

    def _link_mark(self) -> tuple[str, datetime | None]:
        """Which mark is this host's, and the time up to which events have all been committed."""
        if not self.is_shared:
            return linkmark.ALONE, None
        return linkmark.of_host(f"{gethostname()}:{self._state_dir.absolute()}"), self._clock.now() - linkmark.BEHIND

    def _doubt(self, connection: Connection, sending: Collection[Delivery], at: datetime) -> list[Delivery]:
        """Those whose sender is gone. A network that another host serves has a sender; of one that nobody serves, be it
        because it is paused or in no configuration any more, the claim is held for as long as this takes."""
        doubted = []
        with self.hold.borrow({claims.network(row.network) for row in sending}) as ours:
            for row in sending:
                if claims.network(row.network) in ours:
                    with suppress(Stale):  # its sender lives after all, and has had its answer
                        doubted.append(moves.orphan(connection, row, at))
        return doubted

    def _keep_up(self, found: Epoch) -> None:
        """The other hosts' attempts count: a copy that lacks them has lost time, whoever opens it."""
        known = self._witnessed
        if (found.era, found.attempts) < (known.era, known.attempts):
            raise LedgerError(
                f"the ledger {shown(self._transactions.url)} has lost time while this host worked on it: "
                f"it knows {found.attempts} attempts, and has known {known.attempts}",
                hint=f"start syndicator again, which reads only from then on; then: {epoch.RECONCILE}",
            )
        if (found.era, found.attempts) > (known.era, known.attempts):
            self._witness(found)

    def _witness(self, found: Epoch) -> None:
        """Never smaller numbers of one era: hosts draw them from one row of numbers, and commit them in any order."""
        known = self._witnessed
        if found.era == known.era:
            events = max(found.events, known.events)
            found = replace(found, attempts=max(found.attempts, known.attempts), events=events)
        self._witnessed = found
        epoch.write(self._state_dir, replace(found, host=epoch.machine()))
