"""A connector is its folder and its lines in pyproject.toml. Without both, everything else works and passes.

Each case is a copy of the project without one connector. The quick cases run the demonstration, and for some collect
every test and pass those about the project; `make removal` passes all of what is left, for all of them.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("syndicator", "connectors", "tests", "docs", "systemd", "bench", "networks.example.d")
FOLDERS = sorted(path.name for path in (ROOT / "connectors").glob("syndicator_*"))
ABOUT_THE_PROJECT = ("examples", "imports", "docs")


class Without:
    """A copy of the project without one connector."""

    def __init__(self, root: Path, folder: str) -> None:
        self.root = root
        self.network = folder.removeprefix("syndicator_")
        for name in COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        for pattern in ("*.md", "*.toml", "*.txt", "Makefile", "LICENSE"):
            for path in ROOT.glob(pattern):
                shutil.copy(path, root)
        shutil.rmtree(root / "connectors" / folder)
        project = root / "pyproject.toml"
        lines = project.read_text(encoding="utf-8").splitlines(keepends=True)
        its_own = re.compile(rf"syndicator_{self.network}\b|^{self.network} = ")
        project.write_text("".join(line for line in lines if not its_own.search(line)), encoding="utf-8")
        self._install()

    def _install(self) -> None:
        """As an installer would: the doors that pyproject.toml names; and the folder cannot be found elsewhere."""
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        points = project["entry-points"]["syndicator.connectors"]
        shelf = self.root / "shelf"
        info = shelf / "syndicator-0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: syndicator\nVersion: 0\n")
        doors = "".join(f"{kind} = {where}\n" for kind, where in points.items())
        (info / "entry_points.txt").write_text(f"[syndicator.connectors]\n{doors}")
        (shelf / f"syndicator_{self.network}.py").write_text("raise ModuleNotFoundError('removed')\n")

    def run(self, *words: str, seconds: float = 110) -> "subprocess.CompletedProcess[str]":
        here = (self.root / "shelf", self.root, self.root / "connectors")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "SYNDICATOR_"))}
        environment["PYTHONPATH"] = os.pathsep.join(map(str, here))
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def passes(self, *words: str, seconds: float = 110) -> None:
        done = self.run("pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *words, seconds=seconds)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


QUICK = ("syndicator_tumblr",)  # of what takes long, only this belongs to `make test`
IN_TURN = [pytest.param(folder, marks=() if folder in QUICK else pytest.mark.slow) for folder in FOLDERS]


@pytest.fixture(params=FOLDERS)
def without(request: pytest.FixtureRequest, tmp_path: Path) -> Without:
    return Without(tmp_path, request.param)


def test_without_it_the_demonstration_shows_all_the_others(without: Without) -> None:
    shown = without.run("syndicator", "demo", "--keep", str(without.root / "demo"))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"\n{without.network} " not in shown.stdout
    listed = without.run("syndicator", "connectors")
    assert listed.returncode == 0
    assert without.network not in listed.stdout


@pytest.mark.parametrize("without", IN_TURN, indirect=True)
def test_without_it_no_test_misses_it(without: Without) -> None:
    without.passes("--collect-only")
    without.passes(*(f"tests/project/test_{name}.py" for name in ABOUT_THE_PROJECT))


@pytest.mark.slow
def test_without_it_everything_else_passes(without: Without) -> None:
    without.passes("-n", "auto", "--dist", "loadfile", "--deselect", "tests/project/test_removal.py", seconds=3600)
