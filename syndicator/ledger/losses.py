"""Time that a ledger has lost: the part of a Ledger that reconciling works with.

Enters: networks that were read back, and what was found there. Leaves: rows that are delivered or wait for a person,
and in the end a ledger that is whole again. Nothing here leads to a sending.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from syndicator.clock import Clock
from syndicator.connector import Rendering
from syndicator.errors import LedgerError
from syndicator.ledger import epoch, freeze, identity, moves, opening
from syndicator.ledger.patience import excuse
from syndicator.ledger.rows import ABSENT, RESTORED, Delivery, Gap, Loss
from syndicator.ledger.states import State
from syndicator.ledger.transactions import Transactions
from syndicator.ledger.trouble import told
from syndicator.outcome import Outcome

BY_OWNER = "its owner says that the ledger was put back"


class Losses:
    _transactions: Transactions
    _clock: Clock
    _state_dir: Path

    @property
    def gap(self) -> Gap | None:
        """The last time that was lost, found out about or not."""
        with self._transactions.reading() as connection:
            return identity.gap_of(connection)

    def loss(self) -> Loss | None:
        """None: nothing keeps any network from being sent to."""
        with self._transactions.reading() as connection:
            return identity.loss_of(connection)

    def bars(self, network: str) -> bool:
        """Whether nothing goes to `network` until it has been read back."""
        loss = self.loss()
        return loss is not None and loss.bars(network)

    def unnoticed_loss(self) -> str | None:
        """For those who only look: why the next one to work with this ledger will find it in doubt."""
        with self._transactions.reading() as connection:
            return opening.doubt_about(connection, self._transactions.url, self._state_dir)

    def lose(self, since: datetime | None) -> None:
        """Its owner says that it was put back, ledger and epoch alike. To be called with the lock held."""
        with told(self._transactions.url):
            opening.lose(self._transactions.engine, self._state_dir, self._clock.now(), BY_OWNER, since)

    def read_back_from(self, network: str, known: Iterable[str]) -> None:
        """`network` has been reconciled; its queue has waited for that, and is none the older for it."""
        with self._transactions.writing() as connection:
            loss = identity.loss_of(connection)
            if loss is not None and loss.bars(network):
                excuse(connection, network, loss.gap.end, self._clock.now())
                identity.note_read(connection, network, known)

    def found_there(self, row: Delivery, rendering: Rendering, outcome: Outcome) -> Delivery:
        """A copy that the ledger knew nothing of. Its words are frozen, so that a thread goes on from it: what follows
        may be there as well."""
        with self._transactions.writing() as connection:
            at = self._clock.now()
            looked = moves.looked(connection, row, at, "found", "")
            if not row.frozen:
                freeze.store(connection, row.id, rendering, doubted=False)
            return moves.finish(connection, looked, "found", at, outcome, frozen=True, restored=True)

    def not_found(self, row: Delivery, why: str, *, conclusive: bool) -> Delivery:
        """It was looked for. Whether it is to be sent is for a person to say: an unknown one is asked about, all others
        stay what they are."""
        with self._transactions.writing() as connection:
            at = self._clock.now()
            looked = moves.looked(connection, row, at, "absent" if conclusive else "inconclusive", why)
            if row.state is State.HELD and row.cause == RESTORED and conclusive:
                return moves.wait(connection, looked, looked.due_at, cause=ABSENT)
            if row.state is not State.UNKNOWN:
                return looked
            return moves.move(connection, looked, "ask", at, cause=why, actor="syndicator")


def ensure_read(connection: Connection, network: str) -> None:
    """The last guard, in the transaction in which a row begins to be sent: another host may have noted a loss since
    this Pass began. Raises LedgerError."""
    loss = identity.loss_of(connection)
    if loss is not None and loss.bars(network):
        raise LedgerError(f"nothing is sent to {network}: {loss.why}", hint=f"{epoch.RECONCILE} {network}")
