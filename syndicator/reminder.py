"""A reminder of what waits for a person: at the end of a Pass, until they have answered.

Enters: a Host and the report of a Pass. Leaves: one line of the log when something began to wait that no Pass lived to
tell of, and otherwise one a week. The exit code and `syndicate status` say it all the time; this is for people who read
only the log. It moves nothing.
"""

from collections import Counter
from datetime import timedelta

from syndicator.host import Host
from syndicator.ledger.states import WAITS_FOR_PERSON
from syndicator.report import PassReport

EVERY = timedelta(days=7)


def remind(host: Host, report: PassReport) -> None:
    """First told, then noted: a crash in between reminds twice rather than never."""
    newest, now = host.ledger.newest_waiting(), host.clock.now()
    noted, at = host.ledger.reminded()
    began = newest > noted
    was_told = any(one.result in WAITS_FOR_PERSON for one in report.deliveries) or any(one.new for one in report.feeds)
    if (began and not was_told) or (at is not None and now - at >= EVERY):
        host.tell("person_reminded", waiting=report.waiting, what=_what(host), hint="syndicate status")
        at = None
    if began or at is None:
        host.ledger.note_reminder(newest, now)


def _what(host: Host) -> str:
    """How many in which state: "2 ask, 1 held"."""
    found: Counter[str] = Counter()
    for (_, state), number in host.ledger.counts().items():
        if state in WAITS_FOR_PERSON:
            found[state.value] += number
    return ", ".join(f"{number} {state}" for state, number in sorted(found.items()))
