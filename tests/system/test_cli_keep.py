"""export and backup: complete, without secrets, never half a file."""

import json
from pathlib import Path

import pytest

from syndicator.cli.main import READER_LEFT, run
from syndicator.clock import SystemClock
from syndicator.exitcode import ExitCode
from syndicator.ledger.ledger import Ledger
from tests.system.cli_ground import BLOG, ENVIRONMENT, Ground, in_subprocess, without_reader


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    ground = Ground(tmp_path)
    ground.owe("mastodon", "bluesky")
    return ground


def test_export_writes_json_lines_to_stdout(ground: Ground) -> None:
    said = in_subprocess("export", "--config", str(ground.config))
    assert said.code == 0
    assert [line for line in said.out.splitlines() if not isinstance(json.loads(line), dict)] == []
    assert f"{BLOG}/1" in said.out


def test_export_knows_no_secret(ground: Ground) -> None:
    said = in_subprocess("export", "-", "--config", str(ground.config))
    assert ENVIRONMENT["TEST_MASTODON_TOKEN"] not in said.out


def test_export_to_a_file_is_private_and_leaves_no_crumbs(ground: Ground) -> None:
    target = ground.home / "out" / "ledger.jsonl"
    target.parent.mkdir()
    assert run(["export", str(target), "--config", str(ground.config)]) == 0
    assert target.stat().st_mode & 0o777 == 0o600
    assert list(target.parent.iterdir()) == [target]
    assert f"{BLOG}/1" in target.read_text()


def test_export_into_a_missing_directory_is_said_plainly(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    target = ground.home / "missing" / "ledger.jsonl"
    assert run(["export", str(target), "--config", str(ground.config)]) == ExitCode.LEDGER
    said = capsys.readouterr().err
    assert f"{target} cannot be written" in said
    assert "Traceback" not in said


def test_export_whose_reader_leaves_is_quiet(ground: Ground) -> None:
    said = without_reader("export", "--config", str(ground.config))
    assert (said.code, said.err) == (READER_LEFT, "")


def test_a_backup_may_be_named_relatively(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ground.home)
    assert run(["backup", "copy.db", "--config", str(ground.config)]) == 0
    assert (ground.home / "copy.db").stat().st_size > 0


def test_a_backup_is_a_ledger_that_opens(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    copy = elsewhere / "copy.db"
    assert run(["backup", str(copy), "--config", str(ground.config)]) == 0
    ledger = Ledger.open(f"sqlite:///{copy}", elsewhere, SystemClock(), read_only=True)
    found = ledger.find_posts(f"{BLOG}/1")
    ledger.close()
    assert [row.post.title for row in found] == ["A walk"]


def test_a_backup_overwrites_nothing(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    there = ground.home / "there.db"
    there.write_text("precious")
    assert run(["backup", str(there), "--config", str(ground.config)]) == ExitCode.USAGE
    assert there.read_text() == "precious"
    assert "overwrites nothing" in capsys.readouterr().err
