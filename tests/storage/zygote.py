"""Plays stories in a process that was started with the failing disk loaded first: imports are paid once.

Read by `tests/storage/conftest.py` through a pipe. A line of JSON asks for stories, and a line of JSON answers.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tests.proof.oracle import rows_of
from tests.storage.cutting import cuts, judged, recorded
from tests.storage.errands import cut_off
from tests.storage.ground import Ground
from tests.storage.life import Fault
from tests.storage.power import Kind
from tests.storage.shim import How


def stories(ground: Ground, asked: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """A fault, and then a healthy life: once for each number."""
    for number in asked["numbers"]:
        ground.begin(from_nothing=asked["from_nothing"])
        ending = ground.live(Fault(How(asked["how"]), number, asked["error"]))
        hit = ending is None or ending.fired
        yield {
            "number": number,
            "hit": hit,
            "ending": None if ending is None else asdict(ending),
            "broken": ground.settle() if hit else [],
        }


def calls(ground: Ground, asked: dict[str, Any]) -> dict[str, Any]:
    """How many calls a healthy life makes: the faults at these numbers are all there are."""
    ground.begin(from_nothing=asked["from_nothing"])
    ending = ground.live(Fault(passes=1 if asked["from_nothing"] else 60))
    assert ending is not None
    return {"calls": ending.calls, "code": ending.code, "message": ending.message}


def cut_power(ground: Ground, asked: dict[str, Any]) -> dict[str, Any]:
    """Judge what a power cut can leave at each `every`-th event, from the `first` on; `stop` at what is bad."""
    events, remains, moments, ending = recorded(ground, Fault(**asked["fault"]), from_nothing=asked["from_nothing"])
    judgements, broken = 0, list[str]()
    for cut in cuts(events, remains, moments, asked["every"], asked["first"]):
        judgements += 1
        broken += judged(ground, cut)
        if broken and asked["stop"]:
            break
    return {"judged": judgements, "broken": broken, "ending": asdict(ending) if ending else None, "events": len(events)}


def cut_at_end(ground: Ground, asked: dict[str, Any]) -> dict[str, Any]:
    """Every state that a power cut can leave just after the life has ended; nothing may have to be doubted."""
    events, remains, moments, ending = recorded(ground, Fault(**asked["fault"]), from_nothing=False)
    judgements, broken = 0, list[str]()
    for cut in cuts(events, remains, moments, first=len(events)):
        judgements += 1
        broken += judged(ground, cut)
        broken += [event.move for row in rows_of(ground.ledger) for event in row.events if event.move == "orphaned"]
    return {"judged": judgements, "broken": broken, "ending": None if ending is None else asdict(ending)}


def is_faithful(ground: Ground) -> bool:
    """Whether the record, played to its end with nothing lost, gives the directory as it is."""
    events, remains, _, _ = recorded(ground, Fault(), from_nothing=True)
    for event in events:
        if event.kind is not Kind.MARK:
            remains.take(event)
    return remains.all_there() == ground.lies()


def full(ground: Ground, asked: dict[str, Any]) -> dict[str, Any]:
    """A disk without room after a publishing request was answered: how the life ended, and what came of it."""
    ground.begin()
    ending = ground.live(Fault(**asked["fault"]))
    assert ending is not None
    left = sorted(path.name for path in ground.state.iterdir())
    broken = ground.settle()
    moves = [event.move for row in rows_of(ground.ledger) for event in row.events]
    return {"ending": asdict(ending), "left": left, "requests": ground.story.requests, "broken": broken, "moves": moves}


def serve() -> None:
    with Ground() as ground:
        for line in sys.stdin:
            asked = json.loads(line)
            match asked["what"]:
                case "calls":
                    answer: Any = calls(ground, asked)
                case "stories":
                    answer = list(stories(ground, asked))
                case "cuts":
                    answer = cut_power(ground, asked)
                case "cut_at_end":
                    answer = cut_at_end(ground, asked)
                case "cut off":
                    home = ground.outside / "errand"
                    answer = cut_off(home, asked["name"], How(asked["how"]), asked["error"], asked["numbers"])
                case "record":
                    answer = is_faithful(ground)
                case "full":
                    answer = full(ground, asked)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    serve()
