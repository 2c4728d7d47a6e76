"""The real command in processes of its own: started, signalled, waited for, and always ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.cli_ground import ROOT

PATIENCE = 30.0  # seconds; only a test that fails waits so long


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'connectors'}"}


def eventually(happens: Callable[[], object], what: str) -> None:
    """Wait until it happens, looking often."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Running:
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    def says(self, words: str, times: int = 1) -> None:
        eventually(lambda: self.said.count(words) >= times, f"{words!r} in\n{self.said}")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self) -> int:
        """Its exit code, when it has come to its end."""
        return self.process.wait(PATIENCE)

    def cpu_seconds(self) -> float:
        """What it has used so far, see proc(5)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running(config: Path, *words: str) -> Iterator[Running]:
    """`syndicate WORDS` on `config`, its standard error in a file; killed at the end if it still runs."""
    log = config.parent / f"{words[0]}.log"
    command: Sequence[str] = (sys.executable, "-m", "syndicator", "--config", str(config), *words)
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=file, env=environment())
    try:
        yield Running(process, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
