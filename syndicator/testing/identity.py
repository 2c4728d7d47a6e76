"""Group 2, identity: whoami names the account, and says plainly when it cannot."""

from collections.abc import Callable
from typing import Any

from syndicator.connector import AuthRequired, ConnectorError, Identity, Rejected, Retryable
from syndicator.sandbox.service import Fault
from syndicator.testing import checks as needs
from syndicator.testing.bench import Bench
from syndicator.testing.checks import Group, check
from syndicator.testing.failing import Skipped, expect, fail, shown

Classes = tuple[type[ConnectorError], ...]

LATER: Classes = (Retryable,)
TROUBLES: tuple[tuple[str, Fault, dict[str, Any], Classes], ...] = (
    ("a 500", Fault.REFUSE, {"status": 500, "body": {"error": "broken"}}, LATER),
    ("a 503", Fault.REFUSE, {"status": 503, "headers": {"Retry-After": "30"}}, LATER),
    ("a reset connection", Fault.RESET, {}, LATER),
    ("half an answer", Fault.CUT_BODY, {}, LATER),
    # A page may be a café's Wi-Fi, or the sign of a wrong address in the settings.
    ("a page", Fault.REFUSE, {"status": 200, "body": b"<html>Welcome to our Wi-Fi</html>"}, (Retryable, Rejected)),
)
_MORE_THAN_INNER_TRIES = 6


@check(Group.IDENTITY, needs.service)
def names_the_account(bench: Bench) -> None:
    """`whoami` names the account, the same one each time."""
    first, second = bench.connector().whoami(), bench.connector().whoami()
    expect(isinstance(first, Identity), f"expected an Identity, got {shown(first)}")
    expect(first.name, "expected Identity.name to say who we are, it is empty")
    expect(
        first.id or bench.can.by_hand, "expected Identity.id to be what never changes about the account, it is empty"
    )
    expect(first.id == second.id, f"expected one id for one account, found {first.id!r} and {second.id!r}")
    good = first.url is None or first.url.startswith(("https://", "http://"))
    expect(good, f"expected Identity.url to be a web address or None, found {first.url!r}")


@check(Group.IDENTITY, needs.service, needs.over_http, needs.account)
def refused_credentials_need_the_owner(bench: Bench) -> None:
    """A 401 to the question who we are raises AuthRequired."""
    _asks(bench)
    bench.service.fail_next(Fault.REFUSE, bench.service.identity, status=401, body=bench.subject.refusal(401))
    answer = answer_of(bench.connector().whoami)
    bench.service.calm()
    expect(isinstance(answer, AuthRequired), f"expected AuthRequired after a 401, got {shown(answer)}")


@check(Group.IDENTITY, needs.service, needs.over_http, needs.account)
def trouble_while_asking_is_retryable(bench: Bench) -> None:
    """Asking who we are publishes nothing, so no trouble with it is ever an unknown outcome."""
    _asks(bench)
    for name, fault, details, wanted in TROUBLES:
        for _ in range(_MORE_THAN_INNER_TRIES):
            bench.service.fail_next(fault, bench.service.identity, **details)
        answer = answer_of(bench.connector().whoami)
        bench.service.calm()
        expect(isinstance(answer, wanted), f"expected whoami to raise Retryable after {name}, got {shown(answer)}")


@check(Group.IDENTITY, needs.service, needs.revokes, needs.account, needs.publishes)
def withdrawn_consent_needs_the_owner(bench: Bench) -> None:
    """After the owner has withdrawn our access, whoever logs in anew gets AuthRequired, until it is given back."""
    bench.service.revoke()
    answer = answer_of(lambda: whoami_anew(bench))
    expect(isinstance(answer, AuthRequired), f"expected AuthRequired after revoke(), got {shown(answer)}")
    bench.service.restore()
    answer = answer_of(lambda: whoami_anew(bench))
    expect(isinstance(answer, Identity), f"expected an Identity after restore(), got {shown(answer)}")


@check(Group.IDENTITY, needs.service, needs.becomes_another, needs.account)
def another_account_is_another_identity(bench: Bench) -> None:
    """The credentials of another account give another id."""
    before = bench.connector().whoami().id
    changes = bench.service.become_another() or {}
    after = whoami_anew(bench, **changes).id
    expect(before != after, f"expected another id after become_another(), found {before!r} twice")


def whoami_anew(bench: Bench, **changes: Any) -> Identity:
    """Asked by an instance that remembers nothing, with the settings as they are now."""
    fresh = bench.forgetful(**changes)
    try:
        identity: Identity = fresh.whoami()
        return identity
    finally:
        fresh.close()


def answer_of(work: Callable[[], Any]) -> Any:
    """What `work` returns or raises."""
    try:
        return work()
    except Exception as error:
        return error


def _asks(bench: Bench) -> None:
    """Without a request of this name the faults would meet nothing."""
    pattern = bench.service.identity
    if not pattern:
        raise Skipped("its service names no identity request")
    bench.connector().whoami()
    if not bench.service.seen(pattern):
        fail(f"expected whoami to send the request that the service calls `identity`, “{pattern}”; it sent none")
