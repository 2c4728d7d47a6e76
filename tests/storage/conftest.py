"""The process that plays stories on a failing disk; skipped with the reason where it cannot be had."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.storage.shim import compiled

ROOT = Path(__file__).parents[2]
PATIENCE = 7200  # seconds; the long runs have a time limit of their own


class Zygote:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, what: str, **facts: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"what": what, **facts}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that plays the stories is gone; what it said stands above"
        return json.loads(answer)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The failing disk."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the failing disk is loaded as Linux loads libraries")
    made = compiled(tmp_path_factory.mktemp("disk"))
    if isinstance(made, str):
        pytest.skip(made)
    return made


@pytest.fixture(scope="session")
def zygote(library: Path) -> Iterator[Zygote]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.zygote"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=with_disk(library),
    )
    try:
        yield Zygote(process)
    finally:
        process.communicate(timeout=30)


def with_disk(library: Path) -> dict[str, str]:
    """The environment of a process under which the disk fails."""
    paths = [str(ROOT), str(ROOT / "connectors"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
