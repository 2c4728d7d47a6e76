"""The table of failures: what can happen to a publishing request, what it usually means, and what it may mean at all.

`promised` is absolute. `usual` is the meaning that syndicator gives by itself; a connector that knows better declares
so, row by row, with its reason. A Receipt is right in any row as soon as readers see the copy, and in no other case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from syndicator.connector import AuthRequired, ConnectorError, OutcomeUnknown, Rejected, Retryable, Scope
from syndicator.sandbox.service import Fault
from syndicator.testing.bench import HURRIED, LARGEST, PATIENT, Trouble, clock

Classes = tuple[type[ConnectorError], ...]

UNKNOWN: Classes = (OutcomeUnknown,)
LATER: Classes = (Retryable,)
ANY: Classes = (Retryable, Rejected, AuthRequired, OutcomeUnknown)
PAGE = b"<!doctype html><title>Attention</title><h1>Please complete the security check</h1>"
ASKED = timedelta(seconds=180)
IN_ITS_WORDS = object()  # stands for the body that the service itself would write
STALL = 0.9  # seconds; three times what a hurried request may take


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    fault: Fault
    details: Callable[[], dict[str, Any]]
    promised: Classes
    usual: Classes
    longest: float = PATIENT
    after: timedelta | None = None  # what the service asked for, to be found in `after`
    waits_at_least: timedelta | None = None
    scope: Scope | None = None

    def trouble(self, refusal: Callable[[int], Any]) -> Trouble:
        details = self.details()
        if details.get("body") is IN_ITS_WORDS:
            details["body"] = refusal(details["status"])
        return Trouble(self.fault, details)


def _row(name: str, fault: Fault, promised: Classes, usual: Classes | None = None, **more: Any) -> Row:
    kept = {key: more.pop(key) for key in ("longest", "after", "waits_at_least", "scope") if key in more}
    return Row(name, fault, lambda: dict(more), promised, usual or promised, **kept)


def _refused(status: int, usual: Classes) -> Row:
    return _row(str(status), Fault.REFUSE, ANY, usual, status=status, body=IN_ITS_WORDS)


def _limited(name: str, **more: Any) -> Row:
    return _row(name, Fault.REFUSE, LATER, status=429, body=IN_ITS_WORDS, scope=Scope.NETWORK, **more)


def _dated() -> dict[str, Any]:
    date = format_datetime(clock.now() + ASKED, usegmt=True)
    return {"status": 429, "body": IN_ITS_WORDS, "headers": {"Retry-After": date}}


LOST_REPLIES = (
    _row("stall", Fault.STALL, UNKNOWN, seconds=STALL, longest=HURRIED),
    _row("reset", Fault.RESET, UNKNOWN),
    _row("lost-reply", Fault.LOSE_REPLY, UNKNOWN),
)
SERVER_ERRORS = (
    *(_row(f"{status}", Fault.REFUSE, UNKNOWN, status=status, body={"error": "x"}) for status in (500, 502, 504)),
    _row("503", Fault.REFUSE, UNKNOWN, status=503, headers={"Retry-After": "120"}, body=PAGE),
    *(_row(f"{status}-after-work", Fault.ERROR_AFTER, UNKNOWN, status=status, body=PAGE) for status in (500, 502)),
)
HALF_ANSWERS = (
    _row("cut-body", Fault.CUT_BODY, UNKNOWN),
    _row("broken-json", Fault.ERROR_AFTER, UNKNOWN, status=200, body=b'{"id": "1", "ur'),
    _row("huge-body", Fault.ERROR_AFTER, UNKNOWN, status=200, body=b'{"id": "' + b"7" * (LARGEST + 1) + b'"}'),
)
EMPTY_YESES = (
    _row("200-with-error", Fault.REFUSE, ANY, status=200, body={"error": "no such blog", "errors": [{"code": 1}]}),
    _row("200-with-page", Fault.REFUSE, ANY, status=200, body=PAGE, headers={"Content-Type": "text/html"}),
)
REFUSALS = (
    *(_refused(status, (Rejected,)) for status in (400, 404, 405, 410, 413, 415, 422, 451)),
    *(_refused(status, UNKNOWN) for status in (408, 409)),
)
ABOUT_THE_ACCOUNT = (
    _refused(401, (AuthRequired,)),
    _refused(403, (AuthRequired,)),
    _row(
        "403-with-page",
        Fault.REFUSE,
        ANY,
        LATER,
        status=403,
        body=PAGE,
        headers={"Content-Type": "text/html"},
        waits_at_least=timedelta(minutes=10),
        scope=Scope.NETWORK,
    ),
)
RATE_LIMITS = (
    _limited("429"),
    _limited("429-with-seconds", headers={"Retry-After": "180"}, after=ASKED),
    Row("429-with-date", Fault.REFUSE, _dated, LATER, LATER, after=ASKED, scope=Scope.NETWORK),
    _limited("429-with-garbage", headers={"Retry-After": "next Tuesday, perhaps"}),
)
REDIRECTS = (
    _row("redirect", Fault.REFUSE, ANY, (Rejected,), status=302, headers={"Location": "/moved"}),
    _row("redirect-307", Fault.REFUSE, ANY, (Rejected,), status=307, headers={"Location": "/moved"}),
)
NEVER_SENT = "never-sent"  # reading back what was never sent: usually None, here and there a service cannot say so

ALL = (
    *LOST_REPLIES,
    *SERVER_ERRORS,
    *HALF_ANSWERS,
    *EMPTY_YESES,
    *REFUSALS,
    *ABOUT_THE_ACCOUNT,
    *RATE_LIMITS,
    *REDIRECTS,
)
NAMES = frozenset({row.name for row in ALL} | {NEVER_SENT})
