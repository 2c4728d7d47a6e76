"""The moves of a delivery as they were specified, written down once more and apart from the program.

Enters: nothing. Leaves: edges as data. What the program may do beyond the specification, and what it leaves out, stands
here with its reason; a test compares both sides, so neither can grow unseen. Nothing here imports the program.
"""

from dataclasses import dataclass

BORN = ""  # what a delivery comes from


@dataclass(frozen=True, slots=True)
class Edge:
    source: str
    target: str


def _edges(*pairs: str) -> frozenset[Edge]:
    return frozenset(Edge(*(part.strip() for part in pair.split(">"))) for pair in pairs)


SPECIFIED: dict[str, frozenset[Edge]] = {
    "T1": _edges(">held", ">ready"),
    "T2": _edges("held>ready"),
    "T3": _edges("ready>sending"),
    "T4": _edges("sending>delivered"),
    "T5": _edges("sending>deferred"),
    "T6": _edges("sending>failed"),
    "T7": _edges("sending>unknown"),
    "T8": _edges("sending>unknown"),
    "T9": _edges("unknown>delivered"),
    "T10": _edges("unknown>ready"),
    "T11": _edges("unknown>ready"),
    "T12": _edges("unknown>ready"),
    "T13": _edges("unknown>ask"),
    "T14": _edges("sending>delivered"),
    "T15": _edges("deferred>ready"),
    "T16": _edges("deferred>failed", "ready>failed"),
    "T17": _edges("ask>delivered", "ask>ready", "ask>skipped"),
    "T18": _edges("failed>ready"),
    "T19": _edges("ready>held", "deferred>held"),
    "T20": _edges("unknown>ask"),
    "T21": _edges("unknown>ready"),
    "T22": _edges("unknown>ready"),
    "T23": _edges("ready>unknown", "deferred>unknown", "sending>unknown"),
}

NAMED: dict[str, tuple[str, ...]] = {
    "owed": ("T1",),
    "release": ("T2",),
    "start": ("T3",),
    "delivered": ("T4", "T14"),
    "deferred": ("T5",),
    "rejected": ("T6",),
    "doubtful": ("T7",),
    "orphaned": ("T8",),
    "found": ("T9",),
    "resend": ("T10", "T11", "T12", "T21"),
    "ask": ("T13", "T20"),
    "due": ("T15",),
    "expired": ("T16",),
    "posted": ("T17",),
    "not_posted": ("T17",),
    "skip": ("T17",),
    "requeue": ("T18",),
    "hold": ("T19",),
    "restored": ("T23",),
}
"""The program's name of a move → the moves of the specification that it stands for."""

ADDED: dict[tuple[str, Edge], str] = {
    (
        "blocked",
        Edge("sending", "ready"),
    ): "credentials were refused: the network waits for its owner, the row does not",
    ("doubt_again", Edge("ready", "unknown")): "the proof for a resend has grown old; the safe direction",
    ("postponed", Edge("ready", "deferred")): "preparing failed, nothing was sent; T5 without a request",
    ("withhold", Edge("ready", "held")): "its owner would rather not have it in the form it would go out in; T19",
    ("unfit", Edge("ready", "failed")): "it cannot be prepared for this network; T6 without a request",
    ("handoff", Edge("ready", "handoff")): "a person publishes; nothing is sent",
    ("found", Edge("handoff", "delivered")): "the copy that a person published was found",
    ("found", Edge("held", "delivered")): "a ledger that lost time held it, and it was found on the account",
    ("found", Edge("ask", "delivered")): "its owner had answered in the time that was lost, and it was found",
    ("found", Edge("failed", "delivered")): "it was tried again in the time that was lost, and it was found",
    ("posted", Edge("unknown", "delivered")): "a person was faster than the proof",
    ("posted", Edge("failed", "delivered")): "a person published it themselves",
    ("posted", Edge("handoff", "delivered")): "a person published it, as they were asked to",
    ("posted", Edge("held", "delivered")): "a person published it themselves",
    ("not_posted", Edge("unknown", "ready")): "a person was faster than the proof",
    ("requeue", Edge("skipped", "ready")): "a person may revive what was skipped",
    ("requeue", Edge("deferred", "ready")): "a person does not want to wait",
    ("requeue", Edge("handoff", "ready")): "a person did not publish it after all",
    ("skip", Edge("held", "skipped")): "a person decides against it; nothing is out",
    ("skip", Edge("ready", "skipped")): "a person decides against it; nothing is out",
    ("skip", Edge("deferred", "skipped")): "a person decides against it; nothing is out",
    ("skip", Edge("failed", "skipped")): "a person decides against it; nothing is out",
    ("skip", Edge("handoff", "skipped")): "a person decides against it; they know whether they published",
    ("owed", Edge(BORN, "skipped")): "the baseline, and what the owner's rules leave out",
}
"""What the program does beyond the specification, and why that breaks none of the three rules."""

LEFT_OUT: dict[tuple[str, Edge], str] = {
    ("T22", Edge("unknown", "ready")): "a second draft is a burden to its owner, so drafts are asked about as well",
}
"""What the specification allows and the program does without. An edge that another move makes is not left out."""


def allowed(move: str, source: str, target: str) -> bool:
    """Whether an event of the log is one that a delivery may go through."""
    edge = Edge(source, target)
    return (move, edge) in ADDED or any(edge in SPECIFIED[number] for number in NAMED.get(move, ()))
