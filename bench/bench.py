"""`make bench`: what syndicator costs, in numbers that another machine repeats.

Enters: names of cases, or none for all. Leaves: Markdown tables on stdout and, when everything was measured, in
docs/performance.md. Real Passes of the installed program against pretend services on loopback; nothing else is reached.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import tables
from cases import CASES, Case, Scene, prepared
from importing import by_library
from measure import Bench, Idle, typical, watch

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
ROUNDS = 3
IDLE_SECONDS = 10.0


def main(words: Sequence[str]) -> None:
    asked = _arguments().parse_args(words)
    with tempfile.TemporaryDirectory(prefix="syndicator-bench-") as directory:
        bench = Bench(Path(directory), valgrind=not asked.quick)
        chosen = asked.case or list(CASES.values())
        parts = [about(bench), "### One run", figures(bench, chosen, rounds=1 if asked.quick else ROUNDS)]
        if not asked.case:
            parts += ["### A daemon with nothing to do", daemons(bench)]
            parts += ["### What a run with no news imports", importers(bench)]
    text = "\n\n".join(parts)
    print(text)
    if not (asked.case or asked.quick):
        tables.place(text, PAGE)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("case", nargs="*", type=_case, metavar="CASE", help=f"one of {', '.join(CASES)}")
    parser.add_argument("--quick", action="store_true", help="no valgrind, one round; the page stays as it is")
    return parser


def _case(name: str) -> Case:
    if name not in CASES:
        raise argparse.ArgumentTypeError(f"no case is called {name!r}; there is {', '.join(CASES)}")
    return CASES[name]


def about(bench: Bench) -> str:
    """When, on what, and by which method."""
    how = "instructions counted by valgrind" if bench.valgrind else "CPU time (valgrind was not used)"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{datetime.now(UTC):%d %B %Y}, {python}, {platform.system()} on {platform.machine()}; {how}."


def figures(bench: Bench, chosen: Sequence[Case], *, rounds: int) -> str:
    return tables.cases([bare(bench, rounds), *(row_of(bench, case, rounds) for case in chosen)])


def bare(bench: Bench, rounds: int) -> tables.Row:
    """The unit: an interpreter that starts and ends."""
    command = [sys.executable, "-c", "pass"]
    bench.run(command)  # fills the bytecode cache
    used = typical([bench.used(command) for _ in range(rounds)])
    return tables.Row("`python -c pass`", used, bench.instructions(command) if bench.valgrind else None)


def row_of(bench: Bench, case: Case, rounds: int) -> tables.Row:
    """Every figure on ground of its own."""
    note(case.title)
    runs = []
    for _ in range(rounds):
        with ground(bench, case) as scene:
            runs.append(bench.used(bench.syndicate("run", "--config", scene.stage.config)))
            scene.check()
            answers, calls = scene.answers, scene.calls
    return tables.Row(case.title, typical(runs), _instructions(bench, case), answers, calls)


def _instructions(bench: Bench, case: Case) -> int | None:
    if not bench.valgrind:
        return None
    with ground(bench, case) as scene:
        count = bench.instructions(bench.syndicate("run", "--config", scene.stage.config))
        scene.check()
    return count


@contextmanager
def ground(bench: Bench, case: Case) -> Iterator[Scene]:
    with (
        tempfile.TemporaryDirectory(dir=bench.directory) as directory,
        prepared(case, Path(directory), lambda config: _unmeasured(bench, config)) as scene,
    ):
        yield scene


def _unmeasured(bench: Bench, config: Path) -> None:
    bench.run(bench.syndicate("run", "--config", config))


def daemons(bench: Bench) -> str:
    """A daemon that has just started, and one that has loaded everything because it delivered a post."""
    return tables.idle(
        [
            ("idle, nothing sent since it started", _idle(bench, CASES["no-news"])),
            ("idle, after a post to both networks", _idle(bench, CASES["one"])),
        ]
    )


def _idle(bench: Bench, case: Case) -> Idle:
    note(f"daemon, {case.title}")
    with ground(bench, case) as scene:
        scene.calm()
        time.sleep(1.2)
        command = bench.syndicate("daemon", "--config", scene.stage.config)
        with bench.background(command, ready="pass_finished") as pid:
            watch(pid, 1.0)  # what follows the first Pass is over by then
            seen = watch(pid, IDLE_SECONDS)
            scene.check()
    return seen


def importers(bench: Bench) -> str:
    note("imports of a run with no news")
    with ground(bench, CASES["no-news"]) as scene:
        program, *words = bench.syndicate("run", "--config", scene.stage.config)
        return tables.imports(by_library(bench.run([program, "-X", "importtime", *words])))


def note(text: str) -> None:
    """Progress, for people who watch."""
    if sys.stderr.isatty():
        print(f"… {text}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
