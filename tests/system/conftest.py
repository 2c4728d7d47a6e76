"""The installations that system tests start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import is_here
from tests.system.pass_ground import TWO, Ground, ground_in
from tests.unit.feed_ground import ParserHere


@pytest.fixture(autouse=True)
def _documents_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Passes of this process; commands in processes of their own read them as users' do."""
    monkeypatch.setattr("syndicator.cli.hosting.Parser", ParserHere)


@pytest.fixture
def unseen(tmp_path: Path) -> Iterator[Ground]:
    """Before the first Pass."""
    if not all(map(is_here, TWO)):
        pytest.skip(f"speaks of {' and '.join(TWO)}, and one of them is not installed")
    with ground_in(tmp_path) as made:
        yield made


@pytest.fixture
def ground(unseen: Ground) -> Ground:
    """After the first Pass: the feed is known, and everything that was in it is recorded."""
    unseen.walk()
    return unseen
