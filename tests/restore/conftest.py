"""Every drill reads documents in this process, as the system tests do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import is_here
from tests.restore.drill import ONE, Drill, drill_in
from tests.unit.feed_ground import ParserHere


@pytest.fixture(autouse=True)
def _documents_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicator.cli.hosting.Parser", ParserHere)


@pytest.fixture
def drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Drill]:
    """One network, that can be read back."""
    if not is_here(ONE):
        pytest.skip(f"speaks of {ONE}, which is not installed")
    with drill_in(tmp_path, monkeypatch, capsys, ONE) as made:
        yield made
