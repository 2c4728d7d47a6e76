"""What leaves the ledger as a whole: its rows as lines, a copy of its file.

Enters: a ledger's transactions. Leaves: values, and files that are whole. Nothing here moves a delivery.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from syndicator.errors import UsageError
from syndicator.ledger import copies
from syndicator.ledger.address import shown, sqlite_path
from syndicator.ledger.transactions import Transactions
from syndicator.ledger.trouble import told


class Leaving:
    """The part of a Ledger that is read from end to end."""

    _transactions: Transactions

    def export(self) -> Iterator[dict[str, Any]]:
        """The ledger as JSON-ready lines, all of one moment."""
        with self._transactions.snapshot() as connection:
            yield from copies.lines(connection)

    def backup(self, path: Path) -> None:
        """A consistent, checked copy. Raises UsageError for a database server, which has tools of its own."""
        url = self._transactions.url
        if sqlite_path(url) is None:
            raise UsageError(f"the ledger is in {shown(url)}, which has its own tool", hint="pg_dump")
        with told(url):
            copies.copy_to(self._transactions.engine, path)
