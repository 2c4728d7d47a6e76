"""Group 4, failures: every row of the table means what it should, and nobody says yes without a copy."""

from collections.abc import Iterable
from datetime import timedelta

from syndicator.connector import ConnectorError, Receipt, Retryable
from syndicator.testing import checks as needs
from syndicator.testing import rows, samples
from syndicator.testing.bench import Bench, Tried
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import Failed, expect, fail, shown
from syndicator.testing.identity import answer_of

LEEWAY = timedelta(seconds=20)  # a date has whole seconds, and a busy machine takes its time


@check(Group.FAILURES, needs.service)
def declared_differences_are_rows(bench: Bench) -> None:
    """Each declared difference names a row of the table, is allowed there, and says why."""
    for name, (meaning, why) in bench.subject.differs.items():
        expect(name in rows.NAMES, f"“{name}” is no row of the table; there are {', '.join(sorted(rows.NAMES))}")
        expect(why.strip(), f"the difference “{name}” has no reason")
        promised = next((row.promised for row in rows.ALL if row.name == name), (Retryable,))
        if meaning not in promised:
            fail(f"“{name}” is a promise, so it cannot be declared as {meaning.__name__}; it is {_named(promised)}")


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def no_connection_is_retryable(bench: Bench) -> None:
    """A refused connection carried no request: Retryable."""
    key, connector = bench.key(), bench.connector()
    connector.whoami()
    rendering = bench.prepared(samples.rendering(bench), key)
    bench.stop()
    answer = answer_of(lambda: connector.deliver(rendering, key))
    expect(isinstance(answer, Retryable), f"expected Retryable after a refused connection, got {shown(answer)}")


@check(Group.FAILURES, needs.service, needs.publishes, needs.revokes)
def without_consent_nothing_is_published(bench: Bench) -> None:
    """Where we may not publish any more, `deliver` raises an exception of the contract, and there is no copy."""
    key, connector = bench.key(), bench.connector()
    connector.whoami()
    rendering = bench.prepared(samples.rendering(bench), key)
    bench.service.revoke()
    answer = answer_of(lambda: connector.deliver(rendering, key))
    seen = len(bench.copies())
    if isinstance(answer, Receipt):  # a service may let a login go on for a while
        expect(seen == 1, f"expected no Receipt after revoke(), got {shown(answer)}, and there is no copy")
        return
    known = isinstance(answer, ConnectorError)
    expect(known, f"expected an exception of the contract after revoke(), got {shown(answer)}")
    expect(seen == 0, f"expected that nothing is published after {shown(answer)}, there is a copy")


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def a_lost_reply_is_unknown(bench: Bench) -> None:
    """After a stall or a reset nobody knows: OutcomeUnknown, unless it can be proved."""
    _walk(bench, rows.LOST_REPLIES)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def a_server_error_is_unknown(bench: Bench) -> None:
    """A server that fails may have done the work before: OutcomeUnknown, with or without Retry-After."""
    _walk(bench, rows.SERVER_ERRORS)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def half_an_answer_is_no_refusal(bench: Bench) -> None:
    """A yes whose rest is lost, broken or too large is a Receipt or OutcomeUnknown, never a no."""
    _walk(bench, rows.HALF_ANSWERS)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def a_yes_without_a_copy_is_no_receipt(bench: Bench) -> None:
    """A 200 that carries an error, or the page of a proxy, is no Receipt."""
    _walk(bench, rows.EMPTY_YESES)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def a_refusal_is_a_refusal(bench: Bench) -> None:
    """4xx that say the request was not processed are Rejected; 408 and 409 do not say so."""
    _walk(bench, rows.REFUSALS)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def trouble_with_the_account_needs_the_owner(bench: Bench) -> None:
    """401 and 403 are AuthRequired; a 403 page is some wall in front of the service, to be tried later."""
    _walk(bench, rows.ABOUT_THE_ACCOUNT)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def a_rate_limit_is_retryable(bench: Bench) -> None:
    """429 is Retryable for the whole network, after as long as the service asks."""
    _walk(bench, rows.RATE_LIMITS)


@check(Group.FAILURES, needs.service, needs.over_http, needs.publishes)
def a_redirect_is_not_followed(bench: Bench) -> None:
    """A publishing request that is sent elsewhere is not sent again by itself."""
    _walk(bench, rows.REDIRECTS)
    followed = bench.service.seen(" /moved$")
    expect(not followed, f"expected nobody to follow the redirect, the service saw {len(followed)} requests")


def _walk(bench: Bench, table: Iterable[rows.Row]) -> None:
    """Go through all rows, so that one run tells everything that is wrong."""
    flaws = []
    for row in table:
        tried = bench.tried(samples.rendering(bench), trouble=row.trouble(bench.subject.refusal), longest=row.longest)
        try:
            _judge(bench, row, tried)
        except Failed as failed:
            flaws.append(failed)
    if flaws:
        raise Failed("; ".join(flaw.sentence for flaw in flaws)) from flaws[0].__cause__


def _judge(bench: Bench, row: rows.Row, tried: Tried) -> None:
    answer = tried.answer
    if isinstance(answer, Receipt):
        expect(tried.copies, f"{row.name}: expected {_named(row.promised)}, got {shown(answer)}, and there is no copy")
        expect(row.promised == rows.UNKNOWN, f"{row.name}: expected {_named(row.usual)}, got {shown(answer)}")
        return
    wanted = _wanted(bench, row)
    if not isinstance(answer, wanted):
        raise Failed(f"{row.name}: expected {_named(wanted)}, got {shown(answer)}") from answer
    if isinstance(answer, Retryable) and bench.subject.strict and row.name not in bench.subject.differs:
        _judge_wait(row, answer)


def _wanted(bench: Bench, row: rows.Row) -> rows.Classes:
    """A declared difference, if it is allowed at all; else what is usual, or in a loose run what is promised."""
    declared = bench.subject.differs.get(row.name)
    if declared is not None and declared[0] in row.promised:
        return (declared[0],)
    return row.usual if bench.subject.strict else row.promised


def _judge_wait(row: rows.Row, answer: Retryable) -> None:
    after = answer.after
    if row.after is not None:
        near = after is not None and abs(after - row.after) <= LEEWAY
        expect(near, f"{row.name}: expected after={row.after}, as the service asks, got after={after}")
    if row.waits_at_least is not None:
        enough = after is not None and after >= row.waits_at_least
        expect(enough, f"{row.name}: expected a wait of at least {row.waits_at_least}, got after={after}")
    if row.scope is not None:
        what = "it concerns every delivery of the network"
        expect(answer.scope is row.scope, f"{row.name}: expected scope={row.scope.name}, since {what}")


def _named(classes: Iterable[type[ConnectorError]]) -> str:
    return " or ".join(sorted(one.__name__ for one in classes))
