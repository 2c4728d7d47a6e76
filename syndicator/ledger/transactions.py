"""Transactions on one ledger: committed means on the disk, failed means as before, and a failing disk is not trusted.

Enters: an engine. Leaves: connections inside a transaction, and LedgerErrors for what a disk or a database says.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from syndicator.ledger.address import sqlite_path
from syndicator.ledger.connect import writing
from syndicator.ledger.refusals import LedgerDamaged
from syndicator.ledger.trouble import RESTORE, told, what_is_wrong


class Transactions:
    def __init__(self, url: str, engine: Engine) -> None:
        self.url, self.engine = url, engine
        self._writer = writing(engine)
        self._still = engine  # reads of several statements see one moment; SQLite's do so anyway
        if engine.dialect.name == "postgresql":
            self._still = engine.execution_options(isolation_level="REPEATABLE READ")
        self._suspect = False  # the disk has failed since the file was last read through

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._watched(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with self._watched(), self._still.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        if self._suspect:
            self._check()
        with self._watched(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            with told(self.url):
                yield
        except LedgerDamaged:
            self._suspect = True
            raise

    def _check(self) -> None:
        """After a failed sync a page may be lost although later writes succeed: read everything before the next."""
        self.engine.dispose()
        path = sqlite_path(self.url)
        if path is not None and (complaint := what_is_wrong(path)) is not None:
            raise LedgerDamaged(f"the ledger {path} is damaged: {complaint}", hint=RESTORE)
        self._suspect = False
