"""Tokens that rotate are replaced whole or not at all, and are nobody else's business."""

import json
import os
from pathlib import Path

import pytest

from syndicator import log
from syndicator.errors import CredentialError, LedgerError
from syndicator.exitcode import ExitCode
from syndicator.tokens import FileTokens, MemoryTokens


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens" / "bluesky.json"


def _written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def _names_in(directory: Path) -> list[str]:
    return [found.name for found in directory.iterdir()]


def test_what_was_saved_is_loaded(path: Path) -> None:
    FileTokens(path).save({"refresh_token": "ж-1", "expires": 12, "session": {"did": "did:plc:x"}})
    assert FileTokens(path).load() == {"refresh_token": "ж-1", "expires": 12, "session": {"did": "did:plc:x"}}


def test_without_a_file_there_are_no_tokens(path: Path) -> None:
    assert FileTokens(path).load() == {}


def test_the_file_and_its_directory_are_ours_alone(path: Path) -> None:
    FileTokens(path).save({"a": 1})
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_saving_tightens_a_file_that_was_too_open(path: Path) -> None:
    FileTokens(_written(path, "{}", 0o644)).save({"a": 1})
    assert path.stat().st_mode & 0o777 == 0o600


def test_saving_replaces_the_file_so_that_a_reader_sees_the_old_or_the_new(path: Path) -> None:
    store = FileTokens(path)
    store.save({"a": "old"})
    with path.open() as reader:
        store.save({"a": "new"})
        assert json.load(reader) == {"a": "old"}
    assert store.load() == {"a": "new"}


def test_no_temporary_file_stays_behind(path: Path) -> None:
    FileTokens(path).save({"a": 1})
    assert _names_in(path.parent) == [path.name]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o601])
def test_a_file_that_others_can_get_at_is_refused_with_the_command_that_mends_it(path: Path, mode: int) -> None:
    _written(path, '{"refresh_token": "x"}', mode)
    with pytest.raises(CredentialError, match=f"mode {mode:04o}") as refusal:
        FileTokens(path).load()
    assert (refusal.value.hint, refusal.value.exit_code) == (f"chmod 600 {path}", ExitCode.CREDENTIALS)


@pytest.mark.parametrize("text", ["", "{", '"a string"', "[1]", '{"a": ', "\x00\x00\x00"])
def test_a_damaged_file_is_named_and_the_way_out_is_said(path: Path, text: str) -> None:
    _written(path, text)
    with pytest.raises(CredentialError, match="logs in anew") as refusal:
        FileTokens(path).load()
    assert (str(path) in refusal.value.message, refusal.value.hint) == (True, f"rm {path}")


def test_a_damaged_file_that_is_not_text_is_no_crash(path: Path) -> None:
    _written(path, "").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(CredentialError, match="damaged"):
        FileTokens(path).load()


def test_what_is_damaged_is_not_quoted(path: Path) -> None:
    _written(path, '{"refresh_token": "canary-5481"')
    with pytest.raises(CredentialError) as refusal:
        FileTokens(path).load()
    assert "canary-5481" not in f"{refusal.value.message} {refusal.value.hint} {refusal.value!r}"


def test_a_place_that_cannot_be_read_is_a_credential_error(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="cannot be read"):
        FileTokens(tmp_path).load()


def test_a_place_that_cannot_be_written_is_reported_as_trouble_with_the_disk(tmp_path: Path) -> None:
    occupied = _written(tmp_path / "state" / "tokens", "a file where a directory should be")
    with pytest.raises(LedgerError, match="cannot be written"):
        FileTokens(occupied / "bluesky.json").save({"a": 1})


def test_a_failed_save_leaves_the_old_tokens_and_nothing_else(path: Path) -> None:
    store = FileTokens(path)
    store.save({"a": "old"})
    with pytest.raises(TypeError):
        store.save({"a": object()})
    assert (store.load(), _names_in(path.parent)) == ({"a": "old"}, [path.name])


def test_a_failed_replacement_removes_its_temporary_file(path: Path) -> None:
    path.mkdir(parents=True)  # a directory cannot be replaced by a file
    with pytest.raises(LedgerError):
        FileTokens(path).save({"a": 1})
    assert _names_in(path.parent) == [path.name]


def test_a_store_does_not_print_what_it_keeps(path: Path) -> None:
    memory = MemoryTokens()
    memory.save({"refresh_token": "canary-7721"})
    FileTokens(path).save({"refresh_token": "canary-7721"})
    assert "canary-7721" not in f"{memory!r} {FileTokens(path)!r}"


def test_rotated_tokens_are_known_to_the_redactor(path: Path) -> None:
    FileTokens(path).save({"session": {"refreshJwt": "canary-rotated-9316"}, "handle": "alice.example"})
    assert log.redact("alice.example sent canary-rotated-9316") == "alice.example sent [redacted]"


def test_loaded_tokens_are_known_to_the_redactor(path: Path) -> None:
    _written(path, '{"access_token": "canary-loaded-2204"}')
    FileTokens(path).load()
    assert log.redact("canary-loaded-2204") == "[redacted]"


def test_tokens_in_memory_last_and_are_copies() -> None:
    store = MemoryTokens()
    tokens = {"nested": {"a": 1}}
    store.save(tokens)
    tokens["nested"]["a"] = 2
    assert store.load() == {"nested": {"a": 1}}


def test_memory_starts_without_tokens() -> None:
    assert MemoryTokens().load() == {}


def test_new_tokens_and_their_new_directory_keep_their_names_without_power(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    FileTokens(path).save({"a": "b"})
    assert synced[1:] == [path.parent, path.parent.parent]
