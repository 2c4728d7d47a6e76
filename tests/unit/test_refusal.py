import stat
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from syndicator.refusal import note, stands


class Settings(BaseModel):
    instance: str = "https://social.example"
    token: SecretStr = SecretStr("canary-one")


def test_the_same_credentials_stay_refused(tmp_path: Path) -> None:
    note(tmp_path / "refused", Settings())
    assert stands(tmp_path / "refused", Settings())


@pytest.mark.parametrize(
    "changed",
    [Settings(token=SecretStr("canary-two")), Settings(instance="https://other.example")],
    ids=["token", "server"],
)
def test_changed_credentials_may_be_tried(tmp_path: Path, changed: Settings) -> None:
    note(tmp_path / "refused", Settings())
    assert not stands(tmp_path / "refused", changed)


@pytest.mark.parametrize("content", ["", "nonsense", "00 zz"])
def test_a_note_that_says_nothing_lets_the_refusal_stand(tmp_path: Path, content: str) -> None:
    (tmp_path / "refused").write_text(content)
    assert stands(tmp_path / "refused", Settings())


def test_the_note_is_private_and_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "tokens" / "refused"
    note(path, Settings())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "canary" not in path.read_text()
