"""What the ledger refuses, as exceptions. Light to import, so that callers can name them."""

from syndicator.errors import LedgerError


class LedgerMissing(LedgerError):
    """There is no ledger and no trace of one: the caller may create it."""


class EpochDamaged(LedgerError):
    """The file beside the ledger that remembers how far it had come cannot be understood."""


class LedgerLocked(LedgerError):
    """Another program kept the database locked; nothing is wrong with it. Trying later works."""


class LedgerDamaged(LedgerError):
    """The disk or the file is not to be trusted; nothing may be sent on the word of this ledger."""


class Stale(Exception):
    """The row has moved since it was read: somebody else's answer came first, and this one must not count."""


class RenderingChanged(Exception):
    """Other words than those of an unsettled send: a bug, since a resend must repeat the same bytes."""
