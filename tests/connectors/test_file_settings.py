"""Which folder is meant, whose it is, and how one begins."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from syndicator.connector import AuthRequired, Rejected
from syndicator_file.connector import FileConnector
from syndicator_file.settings import FileSettings
from tests.connectors.file_ground import NO_HTTP, NO_TOKENS, connector


class Talk:
    """Somebody who gives one answer."""

    redirect = "http://localhost:1/callback"
    listens = False

    def __init__(self, answer: str = "") -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.shown: list[str] = []

    def ask(self, question: str) -> str:
        self.asked.append(question)
        return self.answer

    def ask_secret(self, question: str) -> str:
        raise AssertionError("a folder has no secret")

    def show(self, text: str) -> None:
        self.shown.append(text)

    def consent(self, page: str, *, proof: tuple[str, str], answer: str = "code") -> Mapping[str, str]:
        raise AssertionError("a folder has no page")


def authorise(talk: Talk, known: Mapping[str, Any]) -> Any:
    return FileConnector.authorise(talk, NO_HTTP, NO_TOKENS, known)


@pytest.mark.parametrize("written", ["copies", "./copies", "../copies", "", ".", "/a\0b", "~nobody-of-that-name/x"])
def test_a_folder_that_would_depend_on_where_one_stands_is_refused(written: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FileSettings(folder=Path(written))
    assert caught.value.errors()[0]["loc"] == ("folder",)


def test_a_tilde_is_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert FileSettings(folder=Path("~/copies")).folder == Path("/home/ada/copies")


def test_the_place_is_the_account_wherever_the_link_to_it_stands(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    direct, around = connector(tmp_path / "real").whoami(), connector(tmp_path / "link").whoami()
    assert direct.id == around.id == str((tmp_path / "real").resolve())
    assert around.name == str(tmp_path / "link")
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.parametrize(("flags", "words"), [(0, "may not write"), (os.ST_RDONLY, "can only be read")])
def test_a_folder_that_cannot_be_written_needs_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, words: str
) -> None:
    class Told:
        f_flag = flags

    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # tests may run as root, who may all
    monkeypatch.setattr(os, "statvfs", lambda path: Told)
    with pytest.raises(AuthRequired, match=words):
        connector(tmp_path).whoami()


def test_a_folder_whose_name_is_no_text_still_has_an_id(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/l\xe9ger")
    Path(odd).mkdir()
    (tmp_path / "link").symlink_to(odd)
    assert connector(tmp_path / "link").whoami().id.endswith("/l\\xe9ger")


def test_logging_in_makes_the_folder_and_says_so(tmp_path: Path) -> None:
    talk = Talk()
    done = authorise(talk, {"folder": str(tmp_path / "a" / "b"), "connector": "file", "layout": "text"})
    assert (tmp_path / "a" / "b").is_dir()
    assert talk.asked == []
    assert talk.shown == [f"Made the folder {tmp_path}/a/b."]
    assert (done.settings, done.secrets) == ({"folder": f"{tmp_path}/a/b"}, {})
    authorise(talk, {"folder": str(tmp_path / "a" / "b")})
    assert len(talk.shown) == 1


def test_logging_in_asks_for_a_folder_that_is_not_written_down(tmp_path: Path) -> None:
    talk = Talk(f" {tmp_path}/copies ")
    assert authorise(talk, {}).identity.id == str((tmp_path / "copies").resolve())
    assert len(talk.asked) == 1


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"folder: must be a whole path"):
        authorise(Talk("copies"), {})
    (tmp_path / "file").write_text("")
    with pytest.raises(AuthRequired, match="is no folder"):
        authorise(Talk(), {"folder": str(tmp_path / "file" / "copies")})
    with pytest.raises(AuthRequired, match="is no folder"):
        authorise(Talk(), {"folder": str(tmp_path / "file")})
