"""The judgement over one run: nothing twice, nothing lost, no rule broken, nobody left guessing.

Enters: a Run and the part that was played. Leaves: sentences; none when all is well.
"""

from collections import Counter
from collections.abc import Mapping

from tests.proof.cast import Part
from tests.proof.oracle import Row, faults_of
from tests.proof.record import Run
from tests.proof.stagehand import copies_of, words_in

WAITS = ("ask", "held", "failed", "handoff")


def verdict(run: Run, parts: Mapping[str, Part]) -> list[str]:
    """`parts`: by their network."""
    broken = [*run.broken, *doubles(run), *losses(run)]
    for row in run.rows:
        broken += faults_of(row, parts[row.network], run.sent[row.network])
    broken += [f"stuck: {row.state} after eight days" for row in run.unsettled if not is_blocked(run, row.network)]
    if any(row.state in WAITS for row in run.rows) and not was_told(run):
        broken.append("something waits for a person who was not told")
    return broken


def doubles(run: Run) -> list[str]:
    """For each copy more than there may be: of a thread each of its words may stand in one."""
    broken = []
    for network, link in sorted({(row.network, row.link) for row in run.rows}):
        out = copies_of(run.copies[network], link)
        words = Counter(word for copy in out for word in words_in(repr(copy)))
        most = max(words.values(), default=0) if words else len(out)
        broken += [f"doubled: {most} copies"] * (most > 1)
    return broken


def losses(run: Run) -> list[str]:
    """Of each post there are as many copies as count as delivered, and none where all parts count as not published."""
    broken = []
    for network, link in sorted({(row.network, row.link) for row in run.rows}):
        rows = [row for row in run.rows if (row.network, row.link) == (network, link)]
        out, states = len(copies_of(run.copies[network], link)), Counter(row.state for row in rows)
        if states["delivered"] > out:
            broken.append("lost: it counts as delivered, and no copy is there")
        if states["failed"] and out > len(rows) - states["failed"]:
            broken.append("it counts as definitely not published, and a copy is there")
    return broken


def is_blocked(run: Run, network: str) -> bool:
    """Whether the network waits for its owner, who was told so."""
    news = ("network_blocked", "network_recovered")
    states = [event for _, event, facts in run.told if event in news and facts["network"] == network]
    return states[-1:] == ["network_blocked"]


def was_told(run: Run) -> bool:
    """The last Pass said that something waits; each `status` and each exit code says it again."""
    passes = [facts for _, event, facts in run.told if event == "pass_finished"]
    return bool(passes) and passes[-1]["waiting"] > 0


def was_asked(row: Row) -> bool:
    """Whether a person was asked about it, whatever they answered."""
    return any(event.target == "ask" for event in row.events)
