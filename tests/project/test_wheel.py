"""What is shipped is what was meant: the wheel holds our packages and nothing else, and every connector has a door."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = sorted(p.name for p in (ROOT / "connectors").iterdir() if p.is_dir() and p.name.startswith("syndicator_"))


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def test_the_top_level_of_the_wheel_is_ours(names: list[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {t for t in top if not t.endswith(".dist-info")} == {"syndicator", *FOLDERS}


def test_everything_the_program_reads_at_run_time_is_in_the_wheel(names: list[str]) -> None:
    wanted = {
        "syndicator/py.typed",
        "syndicator/preview/page.css",
        "syndicator/preview/page.html",
        "syndicator/ledger/migrations/env.py",
        *(f"{folder}/py.typed" for folder in FOLDERS),
    }
    assert wanted - set(names) == set()


def test_no_test_and_no_cache_is_shipped(names: list[str]) -> None:
    assert [n for n in names if "test_" in n or "__pycache__" in n or n.endswith(".pyc")] == []


def test_every_connector_folder_is_listed_and_has_an_entry_point() -> None:
    listed = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    points = PROJECT["project"]["entry-points"]["syndicator.connectors"]
    assert [p.removeprefix("connectors/") for p in listed if p.startswith("connectors/")] == sorted(
        FOLDERS, key=listed_order(listed)
    )
    assert sorted(v.split(".")[0] for v in points.values()) == FOLDERS


def listed_order(listed: list[str]):  # type: ignore[no-untyped-def]
    return lambda folder: listed.index(f"connectors/{folder}")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_connector_has_a_readme_a_pretend_service_and_tests(folder: str) -> None:
    network = folder.removeprefix("syndicator_")
    assert (ROOT / "connectors" / folder / "README.md").is_file()
    assert (ROOT / "connectors" / folder / "sandbox.py").is_file()
    assert list((ROOT / "tests" / "connectors").glob(f"test_{network}*.py"))


def test_every_dependency_has_its_reason_beside_it() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [") + 1
    listed = lines[start : lines.index("]", start)]
    assert [line for line in listed if "#" not in line] == []


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_locks_name_packages_versions_and_hashes_only(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert text.count("==") <= text.count("--hash=sha256:")
