"""A copy in a folder is complete or not there, whatever dies or is in the way; and a repeat changes nothing."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from syndicator.connector import (
    AuthRequired,
    Card,
    OutcomeUnknown,
    Proof,
    Receipt,
    Rejected,
    ReplyTo,
    Retryable,
    Scope,
)
from syndicator_file.trouble import nothing_written
from tests.connectors.file_ground import (
    KEY,
    NAME,
    OTHER_KEY,
    SINCE,
    WORDS,
    connector,
    everything_in,
    picture,
    prepared,
    with_pictures,
)

WHOLE = {"post.md", "post.json", "picture-1.png"}
RICH = with_pictures([picture()])
CHILD = """
import sys
from itertools import count
from pathlib import Path
from tests.connectors.file_ground import connector, prepared, picture, with_pictures
to, words = connector(Path(sys.argv[1])), with_pictures([picture()])
for number in count(int(sys.argv[2])):
    key = f"{number:064x}"[::-1]
    to.deliver(prepared(words, key), key)
"""


class Killed(BaseException):
    """What a SIGKILL is to the code that it hits: nothing after it runs."""


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, call: str, number: int, error: BaseException) -> Iterator[None]:
    """The `number`-th `call` of os raises, and there has to be one."""
    real, calls = getattr(os, call), count(1)

    def instead(*words: object, **more: object) -> object:
        if next(calls) == number:
            raise error
        return real(*words, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, call, instead)
        yield
        assert next(calls) > number


def test_a_copy_is_a_directory_that_a_person_can_read(tmp_path: Path) -> None:
    assert connector(tmp_path).deliver(prepared(RICH), KEY) == Receipt(NAME)
    assert {path.name for path in tmp_path.iterdir()} == {NAME}
    copy = tmp_path / NAME
    assert {path.name for path in copy.iterdir()} == WHOLE
    assert (copy / "picture-1.png").read_bytes() == b"\x89PNG a lake"
    assert (copy / "post.md").read_text(encoding="utf-8") == (
        "Around the lake\n\nMist, and a heron.\n\n![A lake](picture-1.png)\n"
    )


def test_the_record_holds_everything_of_the_rendering(tmp_path: Path) -> None:
    card = Card(
        "https://ada.example/lake/", "The lake", "A walk", picture(b"\xff\xd8 card", mime="image/jpeg", alt="Map")
    )
    words = replace(RICH, card=card, content_warning="Herons", sensitive=True, composed=SINCE, html="<p>whole</p>")
    connector(tmp_path).deliver(prepared(words), KEY)
    told = json.loads((tmp_path / NAME / "post.json").read_text(encoding="utf-8"))
    assert (
        told.items()
        >= {
            "key": KEY,
            "title": "Around the lake",
            "text": WORDS.text,
            "html": "<p>whole</p>",
            "link": "https://ada.example/lake/",
            "tags": ["walks"],
            "language": "en",
            "content_warning": "Herons",
            "sensitive": True,
            "published": "2026-11-20T08:30:00+00:00",
            "composed": "2026-11-20T00:00:00+00:00",
        }.items()
    )
    assert told["images"][0].items() >= {"file": "picture-1.png", "alt": "A lake", "width": 30}.items()
    assert told["card"]["image"]["file"] == "card.jpg"
    assert (tmp_path / NAME / "card.jpg").read_bytes() == b"\xff\xd8 card"


def test_the_record_says_what_the_copy_asks_for_and_where_it_belongs(tmp_path: Path) -> None:
    to = connector(tmp_path)
    root = to.deliver(prepared(), KEY)
    asked = replace(WORDS, visibility="unlisted", replies="nobody", reply_to=ReplyTo(root, root))
    to.deliver(prepared(asked, OTHER_KEY), OTHER_KEY)
    first, second = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(tmp_path.glob("*/post.json")))
    told = [(one["visibility"], one["replies"], one["reply_to"]) for one in (first, second)]
    assert told == [("", "", None), ("unlisted", "nobody", {"root": NAME, "parent": NAME})]


def test_a_repeat_leaves_what_is_there_even_when_its_owner_has_worked_on_it(tmp_path: Path) -> None:
    to = connector(tmp_path)
    to.deliver(prepared(), KEY)
    (tmp_path / NAME / "post.md").write_text("mine now")
    before = everything_in(tmp_path)
    again = connector(tmp_path).deliver(prepared(), KEY)
    assert again == Receipt(NAME, proof=Proof.SAME_RECORD)
    assert everything_in(tmp_path) == before


def test_the_name_is_the_stored_one_whatever_a_later_release_would_make_of_the_title(tmp_path: Path) -> None:
    stored = replace(prepared(), prepared={"name": "2026-11-20-as-it-was-3fa9c1d2"})
    assert connector(tmp_path).deliver(stored, KEY).remote_id == "2026-11-20-as-it-was-3fa9c1d2"
    assert connector(tmp_path).find(stored, KEY, SINCE) is not None


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", "/etc/x", "a\0b", ".."])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(Rejected):
        connector(home).deliver(replace(WORDS, prepared={"name": name}), KEY)
    with pytest.raises(Rejected):
        connector(home).delete(Receipt(name))
    assert everything_in(tmp_path) == {}


def test_whichever_write_fails_there_is_no_copy_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three files and their directory reach the disk before the copy is shown."""
    for number in range(1, 5):
        full = OSError(errno.ENOSPC, "No space left on device")
        with failing(monkeypatch, "fsync", number, full), pytest.raises(Retryable) as caught:
            connector(tmp_path).deliver(prepared(RICH), KEY)
        assert "no room left" in caught.value.reason
        assert caught.value.scope is Scope.NETWORK
        assert list(tmp_path.iterdir()) == []
    connector(tmp_path).deliver(prepared(RICH), KEY)
    assert {path.name for path in (tmp_path / NAME).iterdir()} == WHOLE


@pytest.mark.parametrize(("call", "number", "there"), [("rename", 1, False), ("fsync", 5, True)])
def test_from_the_renaming_on_an_error_is_a_doubt_that_a_repeat_settles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, there: bool
) -> None:
    broken = OSError(errno.EIO, "Input/output error")
    with failing(monkeypatch, call, number, broken), pytest.raises(OutcomeUnknown):
        connector(tmp_path).deliver(prepared(RICH), KEY)
    assert (tmp_path / NAME).exists() is there
    again = connector(tmp_path).deliver(prepared(RICH), KEY)
    assert again.proof is (Proof.SAME_RECORD if there else Proof.REPLY)
    assert {path.name for path in tmp_path.iterdir()} == {NAME}


def test_a_repeat_that_the_disk_does_not_confirm_is_a_doubt_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector(tmp_path).deliver(prepared(), KEY)
    broken = OSError(errno.EIO, "Input/output error")
    with failing(monkeypatch, "fsync", 1, broken), pytest.raises(OutcomeUnknown):
        connector(tmp_path).deliver(prepared(), KEY)


def test_a_file_system_that_cannot_sync_directories_is_good_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch, "fsync", 5, OSError(errno.EINVAL, "Invalid argument")):
        assert connector(tmp_path).deliver(prepared(RICH), KEY) == Receipt(NAME)


@pytest.mark.parametrize("number", range(1, 6))
def test_killed_at_any_step_it_leaves_no_half_copy_and_the_next_try_completes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with failing(monkeypatch, "fsync", number, Killed()), pytest.raises(Killed):
        connector(tmp_path).deliver(prepared(RICH), KEY)
    shown = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert [{file.name for file in path.iterdir()} for path in shown] == ([WHOLE] if number == 5 else [])
    connector(tmp_path).deliver(prepared(RICH), KEY)
    assert {path.name for path in tmp_path.iterdir()} == {NAME}
    assert {path.name for path in (tmp_path / NAME).iterdir()} == WHOLE


def test_a_real_kill_leaves_only_complete_copies(tmp_path: Path) -> None:
    for start in range(0, 3000, 1000):
        command = [sys.executable, "-c", CHILD, str(tmp_path), str(start)]
        child = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        before = len(list(tmp_path.iterdir()))
        while len(list(tmp_path.iterdir())) < before + 5:
            assert child.poll() is None
            time.sleep(0.001)
        child.send_signal(signal.SIGKILL)
        child.wait()
    copies = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert len(copies) >= 12
    for copy in copies:
        assert {path.name for path in copy.iterdir()} == WHOLE
        json.loads((copy / "post.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("inside", [{}, {"post.json": "not JSON"}, {"post.json": json.dumps({"key": OTHER_KEY})}])
def test_what_somebody_else_has_put_there_is_never_replaced(tmp_path: Path, inside: dict[str, str]) -> None:
    (tmp_path / NAME).mkdir()
    for file, words in inside.items():
        (tmp_path / NAME / file).write_text(words)
    before = everything_in(tmp_path)
    with pytest.raises(Rejected, match="something else stands at"):
        connector(tmp_path).deliver(prepared(), KEY)
    with pytest.raises(Retryable):
        connector(tmp_path).find(prepared(), KEY, SINCE)
    assert everything_in(tmp_path) == before


@pytest.mark.parametrize("planted", [NAME, f".{NAME}.part"])
def test_a_planted_link_is_not_followed(tmp_path: Path, planted: str) -> None:
    folder, treasure = tmp_path / "folder", tmp_path / "treasure"
    folder.mkdir()
    treasure.mkdir()
    (treasure / "post.json").write_text(json.dumps({"key": KEY}))
    (folder / planted).symlink_to(treasure)
    if planted == NAME:
        with pytest.raises(Rejected):
            connector(folder).deliver(prepared(), KEY)
        connector(folder).delete(Receipt(NAME))
    else:
        connector(folder).deliver(prepared(), KEY)
        assert not (folder / NAME).is_symlink()
    assert everything_in(treasure) == {"post.json": json.dumps({"key": KEY}).encode()}


def test_a_planted_link_to_nowhere_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to(tmp_path / "nowhere")
    with pytest.raises(Rejected):
        connector(tmp_path).deliver(prepared(), KEY)


def test_a_planted_record_is_not_followed_and_a_pipe_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text(json.dumps({"key": KEY}))
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "post.json").symlink_to(tmp_path / "real.json")
    with pytest.raises(Rejected):
        connector(tmp_path).deliver(prepared(), KEY)
    (tmp_path / NAME / "post.json").unlink()
    os.mkfifo(tmp_path / NAME / "post.json")
    with pytest.raises(Rejected):
        connector(tmp_path).deliver(prepared(), KEY)
    pipe = os.open(tmp_path / NAME / "post.json", os.O_RDWR)
    try:
        os.write(pipe, json.dumps({"key": KEY}).encode())
        with pytest.raises(Rejected):
            connector(tmp_path).deliver(prepared(), KEY)
    finally:
        os.close(pipe)


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    connector(tmp_path / "link").deliver(prepared(), KEY)
    assert (tmp_path / "real" / NAME / "post.json").is_file()


def test_files_may_be_read_by_whoever_the_umask_lets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        connector(tmp_path).deliver(prepared(), KEY)
    finally:
        os.umask(before)
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o750
    assert (tmp_path / NAME / "post.md").stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_gone_needs_its_owner_and_proves_no_absence(tmp_path: Path) -> None:
    gone = tmp_path / "it's gone"
    with pytest.raises(AuthRequired, match="mkdir -p '") as caught:
        connector(gone).deliver(prepared(), KEY)
    assert "there is no folder" in caught.value.reason
    with pytest.raises(Retryable):
        connector(gone).find(prepared(), KEY, SINCE)
    assert not gone.exists()


def test_a_file_in_the_folders_place_needs_its_owner(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(AuthRequired, match="is no folder"):
        connector(tmp_path / "notes").deliver(prepared(), KEY)


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.EACCES, AuthRequired, "may not write"),
        (errno.EPERM, AuthRequired, "may not write"),
        (errno.EROFS, AuthRequired, "ReadWritePaths"),
        (errno.ENOSPC, Retryable, "no room left"),
        (errno.EDQUOT, Retryable, "no room left"),
        (errno.EIO, Retryable, "cannot be used now"),
        (errno.ESTALE, Retryable, "cannot be used now"),
    ],
)
def test_each_trouble_is_a_sentence(number: int, kind: type[Exception], words: str) -> None:
    error = nothing_written(OSError(number, os.strerror(number)), Path("/srv/copies"))
    assert type(error) is kind
    assert words in error.reason
    assert "/srv/copies" in error.reason
    if isinstance(error, Retryable):
        assert (error.after, error.scope) == (timedelta(minutes=10), Scope.NETWORK)


def test_what_was_sent_is_found_and_what_was_not_is_not(tmp_path: Path) -> None:
    to = connector(tmp_path)
    assert to.find(prepared(), KEY, SINCE) is None
    to.deliver(prepared(), KEY)
    assert connector(tmp_path).find(prepared(), KEY, SINCE) == Receipt(NAME, proof=Proof.READ_BACK)
    assert to.find(prepared(key=OTHER_KEY), OTHER_KEY, SINCE) is None


def test_deleting_takes_our_files_and_leaves_its_owners(tmp_path: Path) -> None:
    to = connector(tmp_path, layout="full")
    receipt = to.deliver(prepared(RICH), KEY)
    (tmp_path / NAME / "notes.md").write_text("mine")
    to.delete(receipt)
    assert everything_in(tmp_path) == {f"{NAME}/notes.md": b"mine"}
    (tmp_path / NAME / "notes.md").unlink()
    to.delete(receipt)
    assert list(tmp_path.iterdir()) == []
    to.delete(receipt)
