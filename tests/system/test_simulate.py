"""`syndicate simulate`: versions of a feed over time, and what would have become of them."""

import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from syndicator.cli import main
from syndicator.exitcode import ExitCode
from tests.system.cli_ground import Said

Say = Callable[..., Said]

BLOG = "https://blog.example"
FIRST = datetime(2026, 3, 1, 8, tzinfo=UTC)


def feed(*names: str, blog: str = BLOG, day: dict[str, datetime] | None = None, words: str = "Words of") -> str:
    """The newest post first; each was written on a day of its own before the first of March, or as `day` says."""
    items = ""
    for age, name in enumerate(sorted(names), 1):
        at = (day or {}).get(name, FIRST - timedelta(days=10 * age))
        items = (
            f"<item><title>About {name}</title><link>{blog}/{name}/</link><guid>{blog}/{name}/</guid>"
            f"<pubDate>{format_datetime(at)}</pubDate><description>{words} {name} and of no other</description></item>"
        ) + items
    return f'<rss version="2.0"><channel><title>Blog</title><link>{blog}/</link>{items}</channel></rss>'


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """Two old posts; a new one; the blog moves; eight posts at once."""
    march = {"lake": FIRST + timedelta(days=1), **{f"x{n}": FIRST + timedelta(days=3) for n in range(8)}}
    moved = "https://www.new-blog.example"
    versions = {
        "2026-03-01T0900.xml": feed("art", "bread"),
        "2026-03-02T1000.xml": feed("art", "bread", "lake", day=march),
        "2026-03-03T1000.xml": feed("art", "bread", "lake", day=march, blog=moved),
        "2026-03-04T1000.xml": feed("art", "bread", "lake", *(f"x{n}" for n in range(8)), day=march, blog=moved),
    }
    folder = tmp_path / "versions"
    folder.mkdir()
    for name, text in versions.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    def typed(*words: str) -> Said:
        capsys.readouterr()
        code = main.run(list(words))
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return typed


@pytest.mark.needs("file")
def test_it_tells_what_would_have_been_sent_and_what_was_held(say: Say, history: Path) -> None:
    said = say("simulate", str(history), "--only", "file")
    assert said.code == ExitCode.OK
    told = said.out.splitlines()
    assert told[1] == "2026-03-01 09:00 UTC  first sight: 2 posts recorded, nothing sent"
    assert f"2026-03-02 10:05 UTC  sent: {BLOG}/lake/, to file" in told
    assert sum(": sent:" in line or "  sent:" in line for line in told) == 1
    assert sum("known again under other names" in line and "UTC" in line for line in told) == 3
    assert sum("  held: " in line for line in told) == 8
    assert told[-5:] == [
        "2 posts recorded at first sight.",
        "9 posts new.",
        "1 post sent, in 1 copy.",
        "8 posts held.",
        "3 posts known again under other names.",
    ]


@pytest.mark.needs("file")
def test_nothing_leaves_the_machine(say: Say, history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*asked: object) -> None:
        raise AssertionError(asked)

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    said = say("simulate", str(history), "--only", "file")
    assert (said.code, "1 post sent" in said.out) == (ExitCode.OK, True)


@pytest.mark.needs("file", "mastodon")
def test_a_post_that_goes_to_two_networks_is_one_line(say: Say, history: Path) -> None:
    said = say("simulate", str(history), "--only", "file", "--only", "mastodon")
    assert f"  sent: {BLOG}/lake/, to file, mastodon\n" in said.out
    assert "1 post sent, in 2 copies.\n" in said.out


@pytest.mark.needs("file")
def test_the_same_versions_tell_the_same_story(say: Say, history: Path) -> None:
    assert say("simulate", str(history), "--only", "file").out == say("simulate", str(history), "--only", "file").out


@pytest.mark.needs("file")
def test_every_event_can_be_had_as_json(say: Say, history: Path) -> None:
    told = json.loads(say("simulate", str(history), "--only", "file", "--json").out)
    assert [e["name"] for e in told if e["event"] == "version"] == sorted(file.name for file in history.iterdir())
    (sent,) = [e for e in told if e["event"] == "delivery_delivered"]
    assert (sent["at"], sent["network"], sent["post"]) == ("2026-03-02T10:05:00Z", "file", f"{BLOG}/lake/")


@pytest.mark.needs("file")
def test_versions_have_the_times_of_their_files_where_names_tell_none(say: Say, tmp_path: Path) -> None:
    for name, at in (("a.xml", FIRST), ("b.xml", FIRST + timedelta(days=2))):
        (tmp_path / name).write_text(feed("art", *(["lake"] if name == "b.xml" else []), day={"lake": FIRST}))
        os.utime(tmp_path / name, (at.timestamp(), at.timestamp()))
    said = say("simulate", str(tmp_path / "a.xml"), str(tmp_path / "b.xml"), "--only", "file")
    assert f"2026-03-03 08:05 UTC  sent: {BLOG}/lake/, to file" in said.out


@pytest.mark.needs("file")
def test_a_length_between_them_ends_today(say: Say, history: Path) -> None:
    said = say("simulate", str(history), "--only", "file", "--every", "1d")
    first = datetime.fromisoformat(said.out[:16]).replace(tzinfo=UTC)
    assert timedelta(days=2, hours=23) < datetime.now(UTC) - first < timedelta(days=3, hours=1)


def test_copied_files_tell_no_times(say: Say, tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(feed("art"))
    said = say("simulate", str(tmp_path / "a.xml"), str(tmp_path / "b.xml"))
    assert said.code == ExitCode.USAGE
    assert "all versions have the same time" in said.err
    assert "--every 1d" in said.err


def test_versions_are_given_oldest_first(say: Say, history: Path) -> None:
    late, early = sorted(history.iterdir())[:2][::-1]
    said = say("simulate", str(late), str(early))
    assert said.code == ExitCode.USAGE
    assert f"{early.name} is older than {late.name}" in said.err


@pytest.mark.parametrize(
    ("words", "trouble"),
    [
        (("nowhere.xml",), "nowhere.xml is not there"),
        (("{empty}",), "holds no files"),
        (("{history}", "--every", "soon"), "--every soon"),
        (("{history}", "--only", "myspace"), "myspace"),
    ],
)
def test_what_cannot_be_simulated_is_said(
    say: Say, history: Path, tmp_path: Path, words: tuple[str, ...], trouble: str
) -> None:
    (tmp_path / "empty").mkdir()
    said = say("simulate", *(word.format(history=history, empty=tmp_path / "empty") for word in words))
    assert said.code != ExitCode.OK
    assert trouble in said.err
    assert "Traceback" not in said.err
