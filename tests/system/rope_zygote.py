"""As `zygote.py`, for Passes that send threads: the connector of `rope.py` is installed, its argument says where."""

import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), sys.argv[1]]


def owe_late() -> None:
    """A seeded mistake: the next part of a thread is owed in a transaction of its own. The harness must notice."""
    from syndicator.clock import SystemClock
    from syndicator.ledger import threads
    from syndicator.ledger.ledger import Ledger

    go_on, finish = threads.go_on, Ledger.finish

    def finish_and_go_on(ledger: Ledger, *told: Any, **more: Any) -> Any:
        moved = finish(ledger, *told, **more)
        SystemClock().sleep(0.1)
        with ledger._transactions.writing() as connection:
            go_on(connection, moved, ledger._clock.now())
        return moved

    vars(threads)["go_on"] = lambda *_: None
    Ledger.finish = finish_and_go_on  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    from syndicator import deliver
    from tests.system import rope, zygote

    vars(deliver)["make"] = rope.in_parts
    vars(zygote)["forget_caution"] = owe_late
    zygote.serve()
