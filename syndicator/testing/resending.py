"""Group 6, resending: the way out of a doubt that the capabilities declare really is one."""

from datetime import timedelta

from syndicator.connector import AuthRequired, OutcomeUnknown, Proof, Receipt, Rejected, Resend, Retryable
from syndicator.sandbox.service import Fault
from syndicator.testing import checks as needs
from syndicator.testing import rows, samples
from syndicator.testing.bench import Bench, Tried, Trouble, clock
from syndicator.testing.checks import Group, Need, check
from syndicator.testing.failing import expect, shown
from syndicator.testing.identity import answer_of

LOST = Trouble(Fault.LOSE_REPLY, {})
_BLINDNESS: tuple[tuple[str, Fault, int, bytes | None], ...] = (
    ("500", Fault.REFUSE, 500, None),
    ("a reset", Fault.RESET, 0, None),
    ("a page", Fault.REFUSE, 200, rows.PAGE),
)


def by(resend: Resend) -> Need:
    def need(bench: Bench) -> str:
        return "" if bench.can.resend is resend else f"a doubt is settled another way: {bench.can.resend.value}"

    return need


@check(Group.RESENDING, needs.service, needs.publishes, by(Resend.SAME_RECORD))
def the_same_record_again_changes_nothing(bench: Bench) -> None:
    """The same bytes twice more leave one copy, and a Receipt each time."""
    _is_harmless_again(bench, times=2)


@check(Group.RESENDING, needs.service, needs.publishes, by(Resend.KEY))
def the_same_key_again_leaves_one_copy(bench: Bench) -> None:
    """The service drops a repeat of our key."""
    _is_harmless_again(bench, times=1)


def _is_harmless_again(bench: Bench, *, times: int) -> None:
    first = _in_doubt(bench)
    for _ in range(times):
        again = bench.again(first)
        total = first.copies + again.copies
        expect(total == 1, f"expected one copy after sending it again, readers see {total}")
        fits = isinstance(again.answer, Receipt | OutcomeUnknown)
        expect(fits, f"expected a Receipt when it is sent again, got {shown(again.answer)}")


@check(Group.RESENDING, needs.service, needs.publishes, by(Resend.REPEAT))
def a_repeat_is_refused_and_names_the_copy(bench: Bench) -> None:
    """The refusal of a repeat is a Receipt with the proof DUPLICATE_ERROR, and there is one copy."""
    first = _in_doubt(bench)
    again = bench.again(first)
    total = first.copies + again.copies
    expect(total == 1, f"expected one copy after the repeat, readers see {total}")
    receipt = again.receipt
    expect(receipt.proof is Proof.DUPLICATE_ERROR, f"expected the proof DUPLICATE_ERROR, got {shown(receipt)}")
    expect(receipt.remote_id, "expected the Receipt to name the copy that the refusal names, remote_id is empty")


@check(Group.RESENDING, needs.service, needs.publishes, needs.finds)
def finds_what_was_sent(bench: Bench) -> None:
    """A copy whose reply was lost is found, by an instance that has not sent it."""
    bench.tried(samples.rendering(bench))
    lost = _in_doubt(bench)
    bench.tried(samples.rendering(bench))
    connector = bench.another()
    try:
        answer = answer_of(lambda: connector.find(lost.rendering, lost.key, lost.since))
    finally:
        connector.close()
    expect(
        isinstance(answer, Receipt),
        f"expected `find` to return a Receipt for a copy that is there, got {shown(answer)}",
    )
    expect(answer.remote_id, "expected the Receipt of `find` to name the copy, remote_id is empty")


@check(Group.RESENDING, needs.service, needs.finds)
def finds_nothing_that_was_not_sent(bench: Bench) -> None:
    """What was never sent is not found: None, or Retryable where the service cannot prove an absence."""
    if not bench.can.by_hand:
        bench.tried(samples.rendering(bench))
    since, key, connector = clock.now() - timedelta(seconds=2), bench.key(), bench.connector()
    connector.whoami()
    rendering = samples.rendering(bench) if bench.can.by_hand else bench.prepared(samples.rendering(bench), key)
    answer = answer_of(lambda: connector.find(rendering, key, since))
    if rows.NEVER_SENT in bench.subject.differs or not bench.subject.strict or bench.can.by_hand:
        fits = answer is None or isinstance(answer, Retryable)
    else:
        fits = answer is None
    expect(fits, f"expected `find` to return None for what was never sent, got {shown(answer)}")


@check(Group.RESENDING, needs.service, needs.over_http, needs.finds)
def does_not_say_no_when_it_cannot_see(bench: Bench) -> None:
    """A service that cannot be read proves nothing: `find` raises, best Retryable, and never returns None."""
    key, connector = bench.key(), bench.connector()
    connector.whoami()
    rendering = samples.rendering(bench) if bench.can.by_hand else bench.prepared(samples.rendering(bench), key)
    for name, fault, status, body in _BLINDNESS:
        for _ in range(20):  # more than any connector asks, inner tries included
            bench.service.fail_next(fault, "", status=status, body=body)
        answer = answer_of(lambda: connector.find(rendering, key, clock.now()))
        bench.service.calm()
        wrong = f"expected `find` to raise Retryable when every question is answered with {name}, got {shown(answer)}"
        expect(isinstance(answer, Retryable | Rejected | AuthRequired), wrong)


def _in_doubt(bench: Bench) -> Tried:
    """A delivery that was published, and whose reply was lost where there is a reply."""
    return bench.tried(samples.rendering(bench), trouble=LOST if bench.over_http else None)
