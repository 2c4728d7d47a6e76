"""`connectors --selftest`: each installed connector against its own pretend service, on this machine.

Enters: the records of the registry. Leaves: a line for each connector and group, and the sentence of whatever failed.
It needs neither pytest nor a network, asks no service, and holds a connector to the promises of the contract alone:
what its own tests declare beyond them is not known here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syndicator.cli import show
from syndicator.errors import UsageError
from syndicator.exitcode import ExitCode
from syndicator.registry import Record, Registry, Status
from syndicator.testing.checks import Group
from syndicator.testing.runner import Result, Verdict, run
from syndicator.testing.subject import Subject, service_of

DOCUMENT = "docs/writing-a-connector.md"


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one group of checks of one connector; `flaws` are the sentences of those that failed."""

    kind: str
    group: str
    passed: int = 0
    skipped: int = 0
    failed: int = 0
    flaws: tuple[str, ...] = ()


def selftest(registry: Registry, kinds: Sequence[str], *, json: bool) -> ExitCode:
    """Check the connectors of these kinds, all of them when none is named."""
    records = [registry.record(kind) for kind in kinds or registry.kinds]
    if not records:
        raise UsageError("no connector is installed, so there is nothing to check")
    lines = [line for record in records for line in _lines_of(registry, record)]
    if json:
        show.as_json(lines)
    else:
        _print(lines)
    return ExitCode.BUG if any(line.failed for line in lines) else ExitCode.OK


def _lines_of(registry: Registry, record: Record) -> Iterator[Line]:
    if record.status is Status.INCOMPLETE:
        yield Line(record.kind, "0 loading", skipped=1, flaws=(record.reason,))
        return
    if record.status is not Status.READY:
        yield Line(record.kind, "0 loading", failed=1, flaws=(f"it cannot be used ({record.status}): {record.reason}",))
        return
    connector = registry.load(record.kind)
    try:
        service = service_of(connector)
    except Exception as error:
        flaw = f"its pretend service cannot be loaded: {type(error).__name__}: {error}"
        yield Line(record.kind, "0 loading", failed=1, flaws=(flaw,))
        return
    results = list(run(Subject(connector, service, installed=False, strict=False)))  # the registry has found it
    yield from (_line(record.kind, group, results) for group in Group)


def _line(kind: str, group: Group, results: Iterable[Result]) -> Line:
    own = [result for result in results if result.check.group is group]
    counts = {verdict: sum(result.verdict is verdict for result in own) for verdict in Verdict}
    return Line(
        kind,
        f"{group.value} {group.name.lower()}",
        passed=counts[Verdict.PASSED],
        skipped=counts[Verdict.SKIPPED],
        failed=counts[Verdict.FAILED],
        flaws=tuple(f"{r.check.name}: {r.sentence}" for r in own if r.verdict is Verdict.FAILED),
    )


def _print(lines: Sequence[Line]) -> None:
    show.table(("KIND", "GROUP", "PASSED", "SKIPPED", "FAILED"), [_row(line) for line in lines])
    for line in lines:
        for flaw in line.flaws:
            show.trouble(f"{line.kind}, {line.group}: {flaw}")
    bad = sorted({line.kind for line in lines if line.failed})
    if bad:
        show.trouble(f"syndicate: the contract is not kept by {', '.join(bad)}", f"  → read: {DOCUMENT}")


def _row(line: Line) -> Sequence[str | show.Cell]:
    failed = show.Cell(str(line.failed), "bold red" if line.failed else "")
    return line.kind, line.group, str(line.passed), str(line.skipped), failed
