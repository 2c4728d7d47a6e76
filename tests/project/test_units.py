"""The systemd units are valid and start the installed command."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted((ROOT / "systemd").glob("syndicator*.*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    for unit in UNITS:
        installed = unit.read_text(encoding="utf-8").replace("/usr/local/bin/syndicate", sys.executable)
        (tmp_path / unit.name).write_text(installed, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "syndicator" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("unit", SERVICES, ids=lambda p: p.name)
def test_a_service_starts_a_verb_that_exists(unit: Path) -> None:
    from syndicator.cli.verbs import VERBS

    (verb,) = re.findall(
        r"^ExecStart=/usr/local/bin/syndicate --config \S+ (\w+)", unit.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert verb in VERBS


@pytest.mark.parametrize("unit", SERVICES, ids=lambda p: p.name)
def test_a_service_has_a_state_directory_and_knows_credentials(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "StateDirectory=syndicator" in text
    assert "LoadCredential=mastodon:" in text
