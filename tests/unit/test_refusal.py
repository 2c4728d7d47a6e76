import hashlib
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
    path = tmp_path / "state" / "tokens" / "refused"
    note(path, Settings())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "canary" not in path.read_text()


def test_the_order_of_the_settings_does_not_matter(tmp_path: Path) -> None:
    class Reordered(BaseModel):
        token: SecretStr = SecretStr("canary-one")
        instance: str = "https://social.example"

    note(tmp_path / "refused", Settings())
    assert stands(tmp_path / "refused", Reordered())


def test_two_notes_of_the_same_credentials_do_not_look_alike(tmp_path: Path) -> None:
    path, notes = tmp_path / "refused", set()
    for _ in range(2):
        note(path, Settings())
        notes.add(path.read_text())
    assert len(notes) == 2
    assert {len(bytes.fromhex(text.split()[0])) for text in notes} == {16}


def test_guessing_a_secret_from_its_note_is_slow(tmp_path: Path) -> None:
    """What scrypt was asked for: a note of one release is understood by the next, and is no cheaper to attack."""
    note(tmp_path / "refused", Settings())
    salt, digest = (bytes.fromhex(word) for word in (tmp_path / "refused").read_text().split())
    plain = '{"instance": "https://social.example", "token": "canary-one"}'
    assert hashlib.scrypt(plain.encode(), salt=salt, n=16_384, r=8, p=1) == digest
