"""Runs checks, one bench each. Enters: a Subject. Leaves: Results. Knows nothing of pytest.

`syndicate connectors --selftest` and the tests of the kit itself use it as it is; the pytest contract uses `perform`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from syndicator.testing.bench import Bench
from syndicator.testing.catalogue import CHECKS
from syndicator.testing.checks import Check
from syndicator.testing.failing import Failed, Skipped
from syndicator.testing.subject import Subject


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    check: Check
    verdict: Verdict
    sentence: str = ""


def perform(check: Check, subject: Subject) -> None:
    """Make one check. Raises Failed or Skipped; what else a connector lets escape is Failed too, with its cause."""
    try:
        with Bench(subject) as bench:
            reason = next((said for need in check.needs if (said := need(bench))), "")
            if reason:
                raise Skipped(reason)
            check.work(bench)
    except (Failed, Skipped):
        raise
    except Exception as error:
        raise Failed(f"expected an answer of the contract, got {type(error).__name__}: {error}") from error


def run(subject: Subject, checks: Sequence[Check] = CHECKS) -> Iterator[Result]:
    """Make the checks one after the other."""
    for check in checks:
        try:
            perform(check, subject)
        except Failed as failed:
            yield Result(check, Verdict.FAILED, failed.sentence)
        except Skipped as skipped:
            yield Result(check, Verdict.SKIPPED, skipped.reason)
        else:
            yield Result(check, Verdict.PASSED)
