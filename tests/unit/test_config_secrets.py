import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from syndicator.config import secrets
from syndicator.config.secrets import Place, Secret, UnreadSecret, at
from syndicator.errors import CredentialError
from syndicator.redact import redact
from tests.unit.config_ground import forget_secrets_afterwards


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    token: Secret
    spare: Secret | None = None


def account(**values: Any) -> Account:
    return Account.model_validate(values)


def read(value: Any, place: Place) -> str:
    with at(place):
        return account(token=value).token.get_secret_value()


def refusal(value: Any, place: Place) -> str:
    with at(place), pytest.raises(ValidationError) as caught:
        account(token=value)
    found = caught.value.errors()
    assert [each["type"] for each in found] == [secrets.CREDENTIAL]
    return found[0]["msg"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    forget_secrets_afterwards(monkeypatch)
    return Place(tmp_path)


def secret_file(place: Place, content: bytes = b"CANARY-file\n", mode: int = 0o600, name: str = "token") -> Path:
    path = place.directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_a_text_is_taken_as_it_is(place: Place) -> None:
    assert read("CANARY-text", place) == "CANARY-text"


def test_a_file_is_read_without_its_last_line_break(place: Place) -> None:
    secret_file(place)
    assert read({"file": "token"}, place) == "CANARY-file"


def test_an_absolute_path_is_taken_as_it_is(place: Place) -> None:
    assert read({"file": str(secret_file(place))}, Place(Path("/"))) == "CANARY-file"


def test_a_variable_is_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "CANARY-env")
    assert read({"env": "SOME_TOKEN"}, place) == "CANARY-env"


def test_the_first_line_of_a_command_is_taken(place: Place) -> None:
    assert read({"command": ["printf", "CANARY-command\nuser: me\n"]}, place) == "CANARY-command"


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_a_credential_of_systemd_is_taken_in_both_its_modes(
    mode: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(place.directory / "credentials"))
    path = secret_file(place, mode=mode, name="credentials/mastodon")
    assert read({"credential": "mastodon"}, place) == "CANARY-file"
    assert read({"file": str(path)}, place) == "CANARY-file"


@pytest.mark.parametrize("mode", [0o444, 0o640, 0o604])
def test_a_credential_that_others_can_read_or_change_is_refused(
    mode: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(place.directory / "credentials"))
    secret_file(place, mode=mode, name="credentials/mastodon")
    assert "chmod 600" in refusal({"credential": "mastodon"}, place)


def test_0440_is_for_the_credentials_directory_only(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(place.directory / "credentials"))
    path = secret_file(place, mode=0o440)
    assert f"chmod 600 {path}" in refusal({"file": "token"}, place)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o601])
def test_a_file_open_to_others_is_refused_with_the_chmod_to_type(mode: int, place: Place) -> None:
    path = secret_file(place, mode=mode)
    assert refusal({"file": "token"}, place) == f"others can read {path}; type: chmod 600 {path}"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_is_refused(place: Place) -> None:
    path = secret_file(place)
    os.chown(path, 12345, 12345)
    assert f"chown 0 {path}" in refusal({"file": "token"}, place)


def test_a_link_is_judged_by_what_it_leads_to(place: Place) -> None:
    (place.directory / "link").symlink_to(secret_file(place, mode=0o644))
    assert "chmod 600" in refusal({"file": "link"}, place)


def test_a_pipe_is_refused_without_waiting_for_a_writer(place: Place) -> None:
    os.mkfifo(place.directory / "pipe", 0o600)
    assert "is not a regular file" in refusal({"file": "pipe"}, place)


def test_a_directory_is_refused(place: Place) -> None:
    assert "is not a regular file" in refusal({"file": "."}, place)


def test_a_missing_file_of_a_network_leads_to_auth(place: Place) -> None:
    inside = Place(place.directory, place.directory / "networks.d" / "mastodon.toml")
    assert "there is no file" in refusal({"file": "token"}, inside)
    assert "syndicate auth mastodon" in refusal({"file": "token"}, inside)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"file": "nowhere"}, "No such file"),
        ({"file": "nul\0byte"}, "impossible path"),
        ({"env": "NOT_SET_ANYWHERE"}, "the environment variable NOT_SET_ANYWHERE is not set"),
        ({"credential": "mastodon"}, "CREDENTIALS_DIRECTORY is not set"),
        ({"command": ["false"]}, "the command false ended with status 1"),
        ({"command": ["no-such-program"]}, "could not be started"),
        ({"command": ["true"]}, "the first line that true printed is empty"),
        ({"command": ["printf", "\\377"]}, "is not text"),
        ("", "the text is empty"),
        ("one\ntwo", "more than one line"),
        ("bell\a", "control character"),
    ],
)
def test_what_gives_no_secret_is_refused(value: Any, message: str, place: Place) -> None:
    assert message in refusal(value, place)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"a\nb\n", "more than one line"), (b"\xff", "is not text"),
     (b"x" * 70_000, "too long")],
)  # fmt: skip
def test_a_file_without_a_secret_in_it_is_refused(content: bytes, message: str, place: Place) -> None:
    secret_file(place, content)
    assert message in refusal({"file": "token"}, place)


def test_a_command_that_hangs_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "PATIENCE", 0.1)
    assert "did not end within 0.1 seconds" in refusal({"command": ["sleep", "20"]}, place)


def test_a_failing_command_shows_neither_its_words_nor_what_it_said(place: Place, capfd: Any) -> None:
    said = refusal({"command": ["sh", "-c", "echo CANARY-out; echo CANARY-err >&2; exit 3", "CANARY-word"]}, place)
    assert said == "the command sh ended with status 3"
    assert "CANARY" not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, "must be a text in quotes or one of"),
        (["CANARY"], "must be a text in quotes or one of"),
        ({}, "name exactly one of"),
        ({"file": "a", "env": "b"}, "name exactly one of"),
        ({"fiel": "CANARY"}, "a secret has no “fiel”, did you mean “file”?"),
        ({"vault": "CANARY"}, "a secret has no “vault”"),
        ({"file": 5}, "file must be a text"),
        ({"command": "pass show CANARY"}, "command must be a list of words"),
        ({"command": []}, "command must be a list of words"),
        ({"command": ["pass", 5]}, "command must be a list of words"),
        ({"credential": "../passwd"}, "a name, not a path"),
    ],
)
def test_a_source_that_is_written_wrongly_is_a_mistake(value: Any, message: str, place: Place) -> None:
    with at(place), pytest.raises(ValidationError, match=message.replace("?", r"\?")) as caught:
        account(token=value)
    assert caught.value.errors()[0]["type"] == "value_error"
    assert "CANARY" not in str(caught.value)


def test_an_optional_secret_makes_one_complaint(place: Place) -> None:
    with at(place), pytest.raises(ValidationError) as caught:
        account(token="fine", spare={"env": "NOT_SET_ANYWHERE"})
    assert [each["loc"] for each in caught.value.errors()] == [("spare",)]


def test_a_text_in_a_file_that_others_can_read_is_refused(place: Place) -> None:
    path = secret_file(place, b"token = ...", 0o644, "mastodon.toml")
    said = refusal("CANARY-text", Place(place.directory, path))
    assert said == f"others can read this file, and a secret stands in it; type: chmod 600 {path}"


def test_a_secret_does_not_show(place: Place) -> None:
    shown = account(token="CANARY-text")
    assert "CANARY" not in f"{shown!r} {shown} {shown.model_dump()} {shown.model_dump_json()}"


def test_every_secret_is_known_to_the_log(place: Place) -> None:
    read("CANARY-for-the-log", place)
    assert redact("token CANARY-for-the-log refused") == "token [redacted] refused"


def test_an_unread_secret_raises_when_it_is_used(place: Place) -> None:
    with at(Place(place.directory, read=False)):
        unread = account(token={"file": "nowhere"}, spare="text")
    assert isinstance(unread.token, UnreadSecret)
    assert isinstance(unread.spare, UnreadSecret)
    assert unread.token != unread.spare
    assert hash(unread.token)
    with pytest.raises(CredentialError, match="was not read"):
        unread.token.get_secret_value()


def test_a_place_counts_only_inside_its_block(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_file(place)
    monkeypatch.chdir(place.directory)
    with at(Place(Path("/nowhere"))):
        pass
    assert account(token={"file": "token"}).token.get_secret_value() == "CANARY-file"
