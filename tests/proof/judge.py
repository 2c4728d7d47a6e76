"""The judgement over one run: nothing twice, nothing lost, no rule broken, nobody left guessing.

Enters: a Run and the part that was played. Leaves: sentences; none when all is well.
"""

from tests.proof.cast import Part
from tests.proof.oracle import faults_of
from tests.proof.world import Run

WAITS = ("ask", "held", "failed", "handoff")


def verdict(run: Run, part: Part) -> list[str]:
    broken = [*run.broken, *doubles(run)]
    for row in run.rows:
        out = copies_of(run, row.post)
        if row.state == "delivered" and not out:
            broken.append("lost: it counts as delivered, and no copy is there")
        if row.state == "failed" and out:
            broken.append("it counts as definitely not published, and a copy is there")
        broken += faults_of(row, part, run.sent)
    if not is_blocked(run):
        broken += [f"stuck: {row.state} after eight days" for row in run.unsettled]
    if any(row.state in WAITS for row in run.rows) and not was_told(run):
        broken.append("something waits for a person who was not told")
    return broken


def doubles(run: Run) -> list[str]:
    return [f"doubled: {out} copies" for row in run.rows if (out := copies_of(run, row.post)) > 1]


def copies_of(run: Run, post: int) -> int:
    """The second post of the ledger is the blog's `post0`: the first is older than all."""
    return sum(f"post{post - 2} " in repr(copy) or f"post{post - 2}/" in repr(copy) for copy in run.copies)


def is_blocked(run: Run) -> bool:
    """Whether the network waits for its owner, who was told so."""
    states = [event for _, event, _ in run.told if event in ("network_blocked", "network_recovered")]
    return states[-1:] == ["network_blocked"]


def was_told(run: Run) -> bool:
    """The last Pass said that something waits; each `status` and each exit code says it again."""
    passes = [facts for _, event, facts in run.told if event == "pass_finished"]
    return bool(passes) and passes[-1]["waiting"] > 0


def asks(run: Run) -> int:
    return sum(row.state == "ask" for row in run.rows)
