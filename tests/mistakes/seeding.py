"""Design mistakes, seeded one at a time into a copy of the program; and whether the named tests notice.

Enters: a `Mistake`. Leaves: what became of each test that ought to catch it. The program itself is never touched.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
NEEDED = ("syndicator", "connectors", "tests", "docs", "pyproject.toml", "README.md", "config.example.toml")
PATIENCE = 300  # seconds for the tests of one mistake
# How pytest says that a claim did not hold: in so many words, or by an answer of the program that was not expected.
ASSERTED = ("AssertionError", "assert ", "Failed: ", "syndicator.")


class Drifted(AssertionError):
    """The program has changed where a mistake was to be seeded."""


@dataclass(frozen=True, slots=True)
class Edit:
    file: str
    old: str  # has to stand in the file exactly once
    new: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that a reasonable person might write, and what it would lead to."""

    name: str
    harm: str
    edits: tuple[Edit, ...]
    caught_by: tuple[str, ...]  # each of these tests has to fail


def mistake(name: str, harm: str, file: str, old: str, new: str, *caught_by: str) -> Mistake:
    """Most mistakes are made in one place."""
    return Mistake(name, harm, (Edit(file, old, new),), caught_by)


def seeded(edit: Edit, source: str) -> str:
    """Raises Drifted."""
    if source.count(edit.old) != 1:
        raise Drifted(f"{edit.file}: this stands there {source.count(edit.old)} times, not once: {edit.old!r}")
    return source.replace(edit.old, edit.new)


@contextmanager
def copy_with(edits: Iterable[Edit]) -> Iterator[Path]:
    """A copy of the tree in which the mistake has been made."""
    with TemporaryDirectory(prefix="mistake-") as place:
        tree = Path(place)
        for name in NEEDED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, tree / name)
        for edit in edits:
            path = tree / edit.file
            path.write_text(seeded(edit, path.read_text(encoding="utf-8")), encoding="utf-8")
        yield tree


def run(tree: Path, tests: Iterable[str]) -> dict[str, str]:
    """Test → "passed", "failed" when one of its claims did not hold, or else what stopped it."""
    report, wanted = tree / "report.xml", sorted(set(tests))
    command = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", "-m", "not postgres"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tree), str(tree / "connectors")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [*command, f"--junitxml={report}", *wanted],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert report.exists(), done.stdout + done.stderr
    return {test: _worst(test, report) for test in wanted}


def _worst(test: str, report: Path) -> str:
    """Of all the parameters of a test."""
    file, _, name = test.partition("::")
    module = file.removesuffix(".py").replace("/", ".")
    cases = [
        _outcome(case)
        for case in ET.parse(report).iter("testcase")
        if case.get("classname") == module and name in (case.get("name"), (case.get("name") or "").partition("[")[0])
    ]
    unlike_passed = [outcome for outcome in cases if outcome != "passed"]
    return min(unlike_passed, key=lambda outcome: outcome != "failed") if unlike_passed else "passed" if cases else "?"


def _outcome(case: ET.Element) -> str:
    for found in case:
        said = found.get("message") or ""
        if found.tag == "failure":
            return "failed" if said.startswith(ASSERTED) else f"stopped by {said[:200]}"
        if found.tag == "error":
            return f"could not be run: {said[:200]}"
    return "passed"
