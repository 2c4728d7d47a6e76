"""Runs a command and counts: instructions, CPU time, peak memory; and looks at a process that should be doing nothing.

Enters: commands. Leaves: numbers. It knows neither what the commands are for nor how figures are shown.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
PATIENCE = 900  # seconds; valgrind slows a program down some fifty times


@dataclass(frozen=True, slots=True)
class Used:
    """What one run of a command used; CPU in seconds, peak memory in bytes."""

    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Idle:
    """A process over `seconds` of doing nothing; memory in bytes, CPU in seconds."""

    seconds: float
    resident: int
    proportional: int
    cpu: float
    wakeups: int


class Bench:
    """Runs commands in a clean environment with a bytecode cache of its own, so that neither the shell's variables nor
    how the environment was installed is part of a figure."""

    def __init__(self, directory: Path, *, valgrind: bool = True) -> None:
        self.directory = directory
        self.valgrind = valgrind and shutil.which(VALGRIND[0]) is not None
        self.script = Path(sys.executable).with_name("syndicate")
        if not self.script.exists():
            raise SystemExit(f"{self.script} is not there; `make bench` installs it")

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.directory),
            "LANG": "C.UTF-8",
            "PYTHONPYCACHEPREFIX": str(self.directory / "bytecode"),
            "PYTHONHASHSEED": "0",
        }

    def syndicate(self, *words: str | Path) -> list[str]:
        """The command line as the console script's first line makes it, without a second exec in between."""
        return [sys.executable, str(self.script), *map(str, words)]

    def run(self, command: Sequence[str]) -> str:
        """Run it unmeasured and return its stderr. Raises when it fails."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        _expect_success(command, done.returncode, done.stderr)
        return done.stderr

    def used(self, command: Sequence[str]) -> Used:
        report = self.directory / "used"
        error = self.run([sys.executable, "-I", "-S", str(LAUNCHER), str(report), *command])
        status, cpu, peak = report.read_text().split()
        _expect_success(command, int(status), error)
        return Used(float(cpu), int(peak))

    def instructions(self, command: Sequence[str]) -> int:
        """Instructions in user space, counted by valgrind."""
        log = self.directory / "valgrind"
        self.run([*VALGRIND, f"--log-file={log}", *command])
        found = re.search(r"I\s+refs:\s+([\d,]+)", log.read_text())
        if found is None:
            raise RuntimeError(f"valgrind counted nothing: {log.read_text()}")
        return int(found[1].replace(",", ""))

    @contextmanager
    def background(self, command: Sequence[str], ready: str) -> Iterator[int]:
        """Run it until it has written `ready` to stderr; yields its process id, and ends it with TERM."""
        path = self.directory / "background"
        with path.open("w") as stderr:
            process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            _wait_for(lambda: ready in path.read_text() or process.poll() is not None)
            _expect_success(command, process.poll() or 0, path.read_text())
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def typical(runs: Sequence[Used]) -> Used:
    return Used(statistics.median(run.cpu for run in runs), int(statistics.median(run.peak for run in runs)))


def watch(pid: int, seconds: float) -> Idle:
    """Look at a process twice, `seconds` apart."""
    cpu, switches, started = _cpu(pid), _switches(pid), time.monotonic()
    time.sleep(seconds)
    lasted = time.monotonic() - started
    return Idle(lasted, _memory(pid, "Rss"), _memory(pid, "Pss"), _cpu(pid) - cpu, _switches(pid) - switches)


def _cpu(pid: int) -> float:
    """CPU seconds of another process, to the nanosecond; the number is what clock_getcpuclockid(3) makes of a pid."""
    return time.clock_gettime((~pid << 3) | 2)


def _switches(pid: int) -> int:
    """How often its threads went to sleep by themselves, which is how often they had been awake."""
    tasks = Path(f"/proc/{pid}/task").glob("*/status")
    found = (re.search(r"^voluntary_ctxt_switches:\s+(\d+)", task.read_text(), re.MULTILINE) for task in tasks)
    return sum(int(match[1]) for match in found if match)


def _memory(pid: int, what: str) -> int:
    found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _wait_for(true: Callable[[], bool], patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("the process did not get ready")
        time.sleep(0.05)


def _expect_success(command: Sequence[str], status: int, said: str) -> None:
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {status}:\n{said[-2000:]}")
