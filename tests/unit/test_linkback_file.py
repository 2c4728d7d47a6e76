"""The file that a blog's templates read: its exact bytes, and that it is replaced as a whole or not at all."""

import itertools
import json
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from syndicator.config.models import LinkbackFile
from syndicator.ledger.rows import Link
from syndicator.linkback import file

AT = datetime(2026, 3, 1, 12, 30, 59, 999, tzinfo=UTC)
TOOT = Link("https://blog.example/a/", "mastodon", "mastodon", "https://social.example/@me/1", AT)
SKEET = Link("https://blog.example/a/", "bluesky", "bluesky", "https://bsky.app/profile/x/post/y", AT)
OTHER = Link("https://blog.example/ä?x=1", "work", "mastodon", "https://social.example/@me/2", AT)

FULL = """\
{
  "version": 1,
  "generator": "syndicator",
  "posts": {
    "https://blog.example/a/": {
      "path": "/a/",
      "syndication": [
        {
          "target": "bluesky",
          "service": "bluesky",
          "name": "Bluesky",
          "url": "https://bsky.app/profile/x/post/y",
          "published": "2026-03-01T12:30:59Z"
        },
        {
          "target": "mastodon",
          "service": "mastodon",
          "name": "Mastodon",
          "url": "https://social.example/@me/1",
          "published": "2026-03-01T12:30:59Z"
        }
      ]
    },
    "https://blog.example/ä?x=1": {
      "path": "/ä",
      "syndication": [
        {
          "target": "work",
          "service": "mastodon",
          "name": "Mastodon",
          "url": "https://social.example/@me/2",
          "published": "2026-03-01T12:30:59Z"
        }
      ]
    }
  }
}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "syndication.json"


def test_the_full_form_is_these_bytes() -> None:
    assert file.full([TOOT, SKEET, OTHER]).decode() == FULL


@pytest.mark.parametrize("links", list(itertools.permutations([TOOT, SKEET, OTHER])))
def test_the_order_of_the_links_does_not_matter(links: tuple[Link, ...]) -> None:
    assert file.full(links).decode() == FULL
    assert file.flat(links) == file.flat([TOOT, SKEET, OTHER])


def test_the_flat_form_is_a_list_of_urls_for_each_post() -> None:
    assert json.loads(file.flat([TOOT, SKEET, OTHER])) == {
        "https://blog.example/a/": [SKEET.url, TOOT.url],
        "https://blog.example/ä?x=1": [OTHER.url],
    }


def test_without_copies_there_is_an_empty_document() -> None:
    assert json.loads(file.full([])) == {"version": 1, "generator": "syndicator", "posts": {}}
    assert file.flat([]) == b"{}\n"


def test_times_are_in_utc_whatever_zone_they_came_in() -> None:
    there = Link(*(*_but_the_time(TOOT), AT.astimezone(timezone(timedelta(hours=2)))))
    assert file.full([there]) == file.full([TOOT])


def _but_the_time(link: Link) -> tuple[str, str, str, str]:
    return (link.permalink, link.network, link.connector, link.url)


@pytest.mark.parametrize(("connector", "name"), [("linkedin", "LinkedIn"), ("lemmy", "Lemmy")])
def test_a_service_has_a_name_that_people_know(connector: str, name: str) -> None:
    link = Link("https://blog.example/a/", "x", connector, "https://x.example/1", AT)
    document = json.loads(file.full([link]))
    assert document["posts"]["https://blog.example/a/"]["syndication"][0]["name"] == name


def test_a_post_at_the_root_of_a_site_has_a_path() -> None:
    link = Link("https://blog.example", "m", "mastodon", "https://x.example/1", AT)
    assert json.loads(file.full([link]))["posts"]["https://blog.example"]["path"] == "/"


def test_the_file_and_its_directory_are_made(path: Path) -> None:
    assert file.write_files(LinkbackFile(path=path), [TOOT]) == [path]
    assert path.read_bytes() == file.full([TOOT])


def test_both_forms_are_written_when_both_are_wanted(path: Path) -> None:
    flat = path.with_name("flat.json")
    assert file.write_files(LinkbackFile(path=path, flat=flat), [TOOT]) == [path, flat]
    assert flat.read_bytes() == file.flat([TOOT])


def test_an_unchanged_file_is_not_touched(path: Path) -> None:
    file.write(path, b"same\n")
    os.utime(path, ns=(1, 1))
    before = path.stat()
    assert file.write(path, b"same\n") is False
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_changed_file_is_another_file_so_no_reader_sees_half_of_it(path: Path) -> None:
    file.write(path, b"old\n")
    with path.open("rb") as reader:
        assert file.write(path, b"new and longer\n") is True
        assert reader.read() == b"old\n"
    assert path.read_bytes() == b"new and longer\n"


def test_nothing_else_is_left_in_the_directory(path: Path) -> None:
    file.write(path, b"old\n")
    file.write(path, b"new\n")
    assert list(path.parent.iterdir()) == [path]


def test_a_new_file_can_be_read_by_the_blog(path: Path) -> None:
    file.write(path, b"x\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_the_owner_s_mode_is_kept(path: Path, mode: int) -> None:
    file.write(path, b"old\n")
    path.chmod(mode)
    file.write(path, b"new\n")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_path_that_is_a_directory_is_an_oserror_and_leaves_nothing(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        file.write(path, b"x\n")
    assert list(path.parent.iterdir()) == [path]


def test_a_directory_that_cannot_be_made_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        file.write(tmp_path / "file" / "data" / "syndication.json", b"x\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_closed_directory_is_an_oserror_and_keeps_the_old_file(path: Path) -> None:
    file.write(path, b"old\n")
    path.parent.chmod(0o500)
    with pytest.raises(PermissionError):
        file.write(path, b"new\n")
    path.parent.chmod(0o700)
    assert path.read_bytes() == b"old\n"


def test_a_failing_replacement_keeps_the_old_file_and_leaves_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(path, b"old\n")
    monkeypatch.setattr(os, "fsync", _full_disk)
    with pytest.raises(OSError, match="No space left"):
        file.write(path, b"new\n")
    assert path.read_bytes() == b"old\n"
    assert list(path.parent.iterdir()) == [path]


def _full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_the_file_keeps_its_name_without_power(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger notes that the links are written; what the power took back would not be written again."""
    synced: list[Path] = []
    monkeypatch.setattr(file, "sync_directory", synced.append)
    assert file.write(path, b"{}\n")
    assert synced == [path.parent]
