"""What a user can do wrong or meet, as exceptions that carry their own advice.

Raised anywhere; printed only by `cli/`, without a traceback. Remote text inside a message has been through
`log.escape` and `log.redact` before it comes here.
"""

from collections.abc import Sequence

from syndicator.exitcode import ExitCode


class UserError(Exception):
    """Something the owner can mend: what happened, to what, why, and the next command to type."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hint: str | None = None, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)


class UsageError(UserError):
    """The words on the command line do not fit."""

    exit_code = ExitCode.USAGE


class ConfigError(UserError):
    """A configuration file is wrong; `problems` holds every mistake found, each with file, line and key."""

    exit_code = ExitCode.CONFIG


class CredentialError(UserError):
    """A secret is missing, refused, or readable by others."""

    exit_code = ExitCode.CREDENTIALS


class LedgerError(UserError):
    """The ledger is missing, damaged, foreign, older than it should be, or cannot be written."""

    exit_code = ExitCode.LEDGER


class FeedError(UserError):
    """A feed cannot be used: unreachable, not a feed, or damaged. The ledger keeps what it knew."""

    exit_code = ExitCode.FEED


class TryLater(UserError):
    """A service could not be reached, or asked for patience; nothing is wrong on our side."""

    exit_code = ExitCode.LATER


class Busy(UserError):
    """Another process holds the lock."""

    exit_code = ExitCode.LATER


class Withheld(Exception):
    """A copy must not go out in the only form it could have now.

    `cause` is a word by which its owner lets go of all that wait for it; `sentence` says what, which and why.
    """

    def __init__(self, cause: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause
        self.sentence = sentence
