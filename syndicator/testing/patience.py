"""Group 5, no patience of its own: the connector sends once and says what happened; waiting is the host's."""

from syndicator.testing import checks as needs
from syndicator.testing import rows, samples
from syndicator.testing.bench import HURRIED, Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import expect

_NAMES = {"reset", "500", "502-after-work", "503", "429-with-seconds", "409", "401", "broken-json", "redirect"}
TEMPTING = tuple(row for row in rows.ALL if row.name in _NAMES)
AT_MOST = rows.STALL - 0.1  # by then the service has not yet answered


@check(Group.PATIENCE, needs.service, needs.over_http, needs.publishes)
def sends_once(bench: Bench) -> None:
    """Whatever happens, `deliver` makes at most one publishing request."""
    for row in (*rows.LOST_REPLIES[-1:], *TEMPTING):
        tried = bench.tried(samples.rendering(bench), trouble=row.trouble(bench.subject.refusal))
        seen = tried.requests
        expect(seen <= 1, f"{row.name}: expected one publishing request, the service saw {seen}: deliver retries")


@check(Group.PATIENCE, needs.service, needs.publishes)
def does_not_sleep(bench: Bench) -> None:
    """`deliver` never sleeps, in good health or bad."""
    waited = bench.tried(samples.rendering(bench)).slept
    expect(not waited, f"expected deliver not to sleep, it asked for {sum(waited):g} s")
    for row in TEMPTING if bench.over_http else ():
        waited = bench.tried(samples.rendering(bench), trouble=row.trouble(bench.subject.refusal)).slept
        expect(not waited, f"{row.name}: expected deliver not to sleep, it asked for {sum(waited):g} s")


@check(Group.PATIENCE, needs.service, needs.over_http, needs.publishes)
def keeps_the_deadline(bench: Bench) -> None:
    """When the service says nothing, `deliver` returns when its deadline has passed."""
    stall = rows.LOST_REPLIES[0]
    took = bench.tried(samples.rendering(bench), trouble=stall.trouble(bench.subject.refusal), longest=HURRIED).seconds
    expect(took < AT_MOST, f"expected deliver to return after its deadline of {HURRIED} s, it took {took:.1f} s")
