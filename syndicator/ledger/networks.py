"""How the networks are: the part of a Ledger that health and the calendar of credentials write to.

Enters: a network's name and what is news about it. Leaves: its row. A credential's secret never comes here.
"""

from datetime import datetime

from syndicator.clock import Clock
from syndicator.connector import Credential
from syndicator.ledger import feeds
from syndicator.ledger.rows import HealthName, NetworkRow
from syndicator.ledger.transactions import Transactions


class Networks:
    _transactions: Transactions
    _clock: Clock

    def network(self, name: str) -> NetworkRow:
        with self._transactions.reading() as connection:
            return feeds.one_network(connection, name)

    def networks(self) -> list[NetworkRow]:
        with self._transactions.reading() as connection:
            return feeds.all_networks(connection)

    def set_network(
        self,
        name: str,
        health: HealthName,
        *,
        until: datetime | None = None,
        reason: str = "",
        account: str | None = None,
        account_name: str | None = None,
        connector: str | None = None,
        credential: Credential | None = None,
        unless_paused: bool = False,
    ) -> None:
        """What is not given stays as it is. `account` is given by who has just asked the service, as is `credential`.
        `unless_paused`: its owner may pause it at this very moment, and then it stays paused.

        When a network stops waiting for its owner, that time is taken off the age of its deliveries (patience.py).
        """
        now = self._clock.now()
        with self._transactions.writing() as connection:
            feeds.note_health(connection, name, health, until, reason, now, unless_paused=unless_paused)
            feeds.note_account(connection, name, account, account_name, connector, credential, now)

    def worked(self, name: str, credential: Credential | None) -> None:
        """The service has just said who we are; the network's health stays."""
        with self._transactions.writing() as connection:
            feeds.note_answer(connection, name, credential, self._clock.now())

    def warned(self, name: str) -> None:
        """The owner has been told that the credential ends."""
        with self._transactions.writing() as connection:
            feeds.note_warning(connection, name, self._clock.now())

    def forget_end(self, name: str) -> None:
        """The credential is another one now; how old it is and when it ends is learned when it is first used."""
        with self._transactions.writing() as connection:
            feeds.forget_end(connection, name)

    def forget_credential(self, name: str) -> None:
        """A person publishes there now."""
        with self._transactions.writing() as connection:
            feeds.forget_credential(connection, name)
