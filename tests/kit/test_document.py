"""docs/writing-a-connector.md is right: its files are written to an empty folder, installed, checked and listed."""

import ast
import os
import re
import runpy
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from syndicator.connector import Resend
from syndicator.testing import rows
from syndicator.testing.checks import Group

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "writing-a-connector.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^\*\*`([^`\n]+)`\*\*\n\n```\w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [line[2:] for kind, body in BLOCKS if kind == "console" for line in body.splitlines()]
NAMELESS = [body for kind, body in BLOCKS if kind == "python" and body not in FILES.values()]
SHELF = "syndicator_shelf/sandbox.py"
HERE = Path(__file__).parent
IMPORTABLE = ("clock", "config.secrets", "connector", "errors", "http", "log", "sandbox", "tokens", "testing")


@dataclass(frozen=True, slots=True)
class Project:
    """The reader's folder, on the search path with the metadata that an installation would have written."""

    home: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(map(str, (self.home, ROOT, ROOT / "connectors")))
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": path}
        command = [sys.executable, *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.home, env=environment, timeout=110)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    home = tmp_path_factory.mktemp("syndicator-postcard")
    for name, body in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(body, encoding="utf-8")
    (home / "syndicator_postcard" / "__init__.py").touch()
    (home / "tests" / "test_differences.py").write_text(NAMELESS[0], encoding="utf-8")
    _install(home)
    return Project(home)


def _install(home: Path) -> None:
    """What `pip install -e .` leaves behind, as far as anybody reads it."""
    about = tomllib.loads(FILES["pyproject.toml"])["project"]
    points = about["entry-points"]["syndicator.connectors"]
    info = home / f"{about['name'].replace('-', '_')}-{about['version']}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    lines = [f"{kind} = {where}" for kind, where in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[syndicator.connectors]", *lines, ""]), encoding="utf-8")


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


def test_the_document_has_the_files_it_speaks_of() -> None:
    package = ["settings", "connector", "sandbox"]
    wanted = [
        "pyproject.toml",
        *(f"syndicator_postcard/{name}.py" for name in package),
        "tests/test_contract.py",
        SHELF,
    ]
    assert list(FILES) == wanted
    assert len(NAMELESS) == 1


def test_no_block_is_left_out() -> None:
    assert {kind for kind, _ in BLOCKS} == {"toml", "python", "console", "text"}
    assert sum(kind in ("toml", "python") for kind, _ in BLOCKS) == len(FILES) + len(NAMELESS)


@pytest.mark.parametrize("name", ["settings", "connector", "sandbox"])
def test_the_example_is_the_one_that_the_kit_is_tested_with(name: str) -> None:
    ours = HERE / "syndicator_postcard" / f"{name}.py"
    assert FILES[f"syndicator_postcard/{name}.py"] == ours.read_text(encoding="utf-8")


def test_every_command_of_the_document_is_tried_here() -> None:
    tried = {command for command in COMMANDS if not command.startswith(("mkdir ", "cd ", "touch ", "pip "))}
    known = {"python -m pytest -q -rs tests", "syndicate connectors", "syndicate connectors --selftest postcard"}
    assert tried == known


def test_the_example_passes_its_contract_and_its_differences(project: Project) -> None:
    done = project.run("-m", "pytest", "-q", "-rs", "-W", "error", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, said(done)
    assert re.search(r"^\d+ passed, \d+ skipped", done.stdout.splitlines()[-1])
    assert "it attaches no link card" in done.stdout


def test_the_example_is_listed(project: Project) -> None:
    done = project.run("-m", "syndicator", "connectors", "postcard")
    assert done.returncode == 0, said(done)
    assert done.stdout.splitlines()[1].split() == ["postcard", "ready", "syndicator-postcard", "0.1.0", "-"]


def test_the_selftest_says_what_the_document_says(project: Project) -> None:
    done = project.run("-m", "syndicator", "connectors", "--selftest", "postcard")
    assert done.returncode == 0, said(done)
    (shown,) = [body for kind, body in BLOCKS if kind == "text"]
    assert done.stdout == shown


def test_the_pretend_place_of_a_connector_without_http_works(tmp_path: Path) -> None:
    source = tmp_path / "sandbox.py"
    source.write_text(FILES[SHELF], encoding="utf-8")
    assert FILES[SHELF] == (HERE / "shelf_sandbox.py").read_text(encoding="utf-8")
    with runpy.run_path(str(source))["PretendShelf"]() as place:
        folder = Path(place.settings()["folder"])
        (folder / "a.json").write_text('{"text": "Grüße"}', encoding="utf-8")
        assert place.copies() == [{"text": "Grüße"}]
    assert not folder.exists()


@pytest.mark.parametrize("body", [*FILES.values(), *NAMELESS], ids=[*FILES, "differences"])
def test_the_example_imports_only_what_strangers_may(body: str) -> None:
    modules = [] if body.startswith("[") else [n for n in ast.walk(ast.parse(body)) if isinstance(n, ast.ImportFrom)]
    ours = [node.module or "" for node in modules if (node.module or "").startswith("syndicator.")]
    allowed = tuple(f"syndicator.{name}" for name in IMPORTABLE)
    assert [m for m in ours if not any(m == a or m.startswith(f"{a}.") for a in allowed)] == []


def test_the_document_names_every_row_of_the_table() -> None:
    table = TEXT.partition("### The table of failures")[2].partition("A refused connection")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert sorted(re.findall(r"`([^`]+)`", " ".join(cells))) == sorted(rows.NAMES)


def test_the_document_names_every_group() -> None:
    assert re.findall(r"^\| (\d+ \w+) \|", TEXT, re.MULTILINE) == [f"{g.value} {g.name.lower()}" for g in Group]


@pytest.mark.parametrize("resend", Resend)
def test_the_document_explains_every_way_out_of_a_doubt(resend: Resend) -> None:
    assert re.search(rf"^\| `{resend.name}` \|", TEXT, re.MULTILINE)
