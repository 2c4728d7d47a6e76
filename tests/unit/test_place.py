"""Feeds on this machine's own disk: a file, or a directory of pages."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syndicator.clock import ManualClock
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.fetch import Fetched, Unavailable, Unchanged, Validators
from syndicator.feed.gathering import Gathering, address_of
from syndicator.feed.parse import parse
from syndicator.feed.place import SETTLE, Source, look, read_file
from tests.unit.feed_ground import RSS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR_AGO = NOW.timestamp() - 3600
URL = "https://blog.example/"


class Blog:
    """A directory of rendered pages, looked at again and again."""

    def __init__(self, home: Path) -> None:
        self.root = home / "public"
        self.root.mkdir()
        self.memory = home / "state"
        self.clock = ManualClock(NOW)
        self.known: str | None = None
        self.parsed: list[str] = []
        self.skipped: list[str] = []
        self.url = URL

    def write(self, name: str, text: str, at: float = HOUR_AGO) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (at, at))
        return path

    def post(self, slug: str, *, words: str = "", date: str = "2026-02-01", at: float = HOUR_AGO) -> Path:
        link = f'<a class="u-url" href="/{slug}/">#</a><time class="dt-published" datetime="{date}"></time>'
        return self.write(f"{slug}/index.html", page(f'<p class="e-content">{words or f"About {slug}"}</p>{link}'), at)

    def read(self, body: bytes, content_type: str, url: str) -> Document:
        self.parsed.append(url)
        if b"Built to be slow" in body:
            raise NotAFeed("the document took too long")
        return parse(body, content_type, url)

    def look(self, path: Path | None = None) -> Fetched | Unchanged | Unavailable:
        self.parsed.clear()
        gathering = Gathering(self.url, self.memory, self.known, self.read)
        source = Source(path or self.root, self.url)
        answer = look(source, Validators(self.known), self.clock, gathering)
        self.skipped = gathering.skipped
        return answer

    def take(self) -> list[str]:
        """Look, and record: the addresses of the document's posts."""
        answer = self.look()
        assert isinstance(answer, Fetched), answer
        self.known = answer.validators.etag
        return [post.link or "" for post in parse(answer.body, answer.content_type, answer.url).posts]


def page(inside: str, around: str = "") -> str:
    return f'<!doctype html><html lang="en"><body><article class="h-entry">{inside}</article>{around}</body></html>'


@pytest.fixture
def blog(tmp_path: Path) -> Blog:
    return Blog(tmp_path)


def refusal(answer: object) -> str:
    assert isinstance(answer, Unavailable), answer
    return answer.reason


def never(*_: object) -> bytes:
    raise AssertionError("nothing is to be gathered")


# A feed file


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.xml"
    path.write_bytes(RSS)
    os.utime(path, (HOUR_AGO, HOUR_AGO))
    return path


def at(path: Path, known: str | None = None, clock: ManualClock | None = None, **more: bool) -> object:
    return look(Source(path, path.as_uri(), **more), Validators(known), clock or ManualClock(NOW), never)


def test_a_feed_file_is_read_as_it_stands(feed: Path) -> None:
    answer = at(feed)
    assert isinstance(answer, Fetched)
    assert (answer.body, answer.url, answer.moved_to) == (RSS, feed.as_uri(), None)
    assert len(parse(answer.body, answer.content_type, answer.url).posts) == 1


def test_a_file_that_has_not_changed_is_not_opened(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = at(feed)
    assert isinstance(first, Fetched)
    monkeypatch.setattr("syndicator.feed.place.read_file", never)
    assert isinstance(at(feed, first.validators.etag), Unchanged)


def test_a_file_of_the_same_size_and_date_is_read_when_it_was_replaced(feed: Path) -> None:
    first = at(feed)
    assert isinstance(first, Fetched)
    feed.write_bytes(RSS.replace(b"Hello", b"Hullo"))
    os.utime(feed, (HOUR_AGO, HOUR_AGO))
    second = at(feed, first.validators.etag)
    assert isinstance(second, Fetched)
    assert b"Hullo" in second.body


def test_the_same_bytes_are_no_news(feed: Path) -> None:
    first = at(feed)
    assert isinstance(first, Fetched)
    os.utime(feed, (HOUR_AGO + 60, HOUR_AGO + 60))
    again = look(Source(feed, feed.as_uri()), first.validators, ManualClock(NOW), never, sha256=first.sha256)
    assert isinstance(again, Unchanged)
    assert again.validators.etag != first.validators.etag


def test_a_page_is_read_for_its_mark_up_when_its_owner_says_so(tmp_path: Path) -> None:
    path = tmp_path / "notes.html"
    path.write_text(page('<p class="e-content">A note</p>'))
    os.utime(path, (HOUR_AGO, HOUR_AGO))
    answer, plain = at(path, is_page=True), at(path)
    assert isinstance(answer, Fetched)
    assert isinstance(plain, Fetched)
    assert parse(answer.body, answer.content_type, URL).posts[0].text == "A note"
    with pytest.raises(NotAFeed):
        parse(plain.body, plain.content_type, URL)


def test_a_place_that_cannot_be_read_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    os.utime(tmp_path / "empty", (HOUR_AGO, HOUR_AGO))
    (tmp_path / "lost").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    said = {name: refusal(at(tmp_path / name)) for name in ("missing", "empty", "lost", "pipe")}
    assert said == {
        "missing": f"{tmp_path}/missing is not there",
        "empty": f"{tmp_path}/empty is empty",
        "lost": f"{tmp_path}/lost is not there",
        "pipe": f"{tmp_path}/pipe is neither a file nor a directory",
    }


def test_the_file_itself_may_be_a_link_and_no_other(feed: Path, tmp_path: Path) -> None:
    (tmp_path / "current.xml").symlink_to(feed)
    assert isinstance(at(tmp_path / "current.xml"), Fetched)
    with pytest.raises(OSError, match="symbolic links"):
        read_file(tmp_path / "current.xml")


def test_a_directory_needs_its_address(tmp_path: Path) -> None:
    answer = at(tmp_path)
    assert isinstance(answer, Unavailable)
    assert (answer.reason, "url =" in (answer.hint_text or "")) == (f"{tmp_path} is a directory", True)


def test_what_is_too_large_is_not_read(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicator.feed.place.LARGEST", 20)
    assert "is larger than" in refusal(at(feed))


# Files that are being written


class Writing(ManualClock):
    """While we wait, somebody goes on writing."""

    def __init__(self, go_on: Callable[[], object]) -> None:
        super().__init__(NOW)
        self.go_on = go_on
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        super().sleep(seconds)
        self.go_on()


def touched(path: Path, ago: float) -> Path:
    moment = NOW.timestamp() - ago
    os.utime(path, (moment, moment))
    return path


def test_a_file_written_a_moment_ago_is_waited_for(feed: Path) -> None:
    touched(feed, 0.5)
    clock = Writing(lambda: None)
    assert isinstance(at(feed, clock=clock), Fetched)
    assert clock.slept == [SETTLE]


def test_a_file_that_is_still_being_written_is_not_read(feed: Path) -> None:
    touched(feed, 0.5)

    def more() -> None:
        feed.write_bytes(RSS * 2)
        touched(feed, -SETTLE + 0.1)

    assert "is being written" in refusal(at(feed, clock=Writing(more)))


@pytest.mark.parametrize("ago", [SETTLE + 0.1, -3600.0], ids=["settled", "from the future"])
def test_nobody_waits_for_a_file_that_is_finished(feed: Path, ago: float) -> None:
    touched(feed, ago)
    clock = Writing(lambda: None)
    assert isinstance(at(feed, clock=clock), Fetched)
    assert clock.slept == []


def test_a_page_that_is_being_written_stays_what_it_was_until_it_is_finished(blog: Blog) -> None:
    blog.post("a")
    blog.post("b")
    assert len(blog.take()) == 2
    half = touched(blog.write("a/index.html", page('<p class="e-content">Half a')), 0.5)

    def more() -> None:
        half.write_text(page('<p class="e-content">Half a sent'))
        touched(half, -SETTLE + 0.1)

    blog.clock = Writing(more)
    assert sorted(blog.take()) == [f"{URL}a/", f"{URL}b/"]
    assert blog.parsed == []
    blog.clock = ManualClock(NOW + timedelta(hours=1))
    assert len(blog.take()) == 2
    assert blog.parsed == [f"{URL}a/"]


def test_a_new_page_that_is_being_written_waits(blog: Blog) -> None:
    blog.post("a")
    blog.take()
    new = touched(blog.post("b"), 0.5)
    blog.clock = Writing(lambda: touched(new, -SETTLE + 0.1))
    assert blog.take() == [f"{URL}a/"]
    blog.clock = ManualClock(NOW + timedelta(hours=1))
    assert sorted(blog.take()) == [f"{URL}a/", f"{URL}b/"]


# A directory of pages


def test_every_page_gives_its_post_newest_first(blog: Blog) -> None:
    blog.post("old", date="2025-01-01")
    blog.post("new", date="2026-02-01")
    blog.write("about.html", page('<h1 class="p-name">About</h1><p class="e-content">Me.</p>'))
    assert blog.take() == [f"{URL}new/", f"{URL}old/", f"{URL}about.html"]


def test_posts_keep_what_their_pages_say(blog: Blog) -> None:
    blog.write(
        "lakes/index.html",
        page(
            '<h1 class="p-name">On lakes</h1><data class="u-uid" value="tag:x:1"></data>'
            '<a class="u-url" href="https://blog.example/lakes/">#</a><p class="p-author">Ada</p>'
            '<time class="dt-published" datetime="2026-02-01T10:00:00+01:00"></time><p class="p-summary">Short.</p>'
            '<div class="e-content"><p>They are <a href="../map/">deep</a>.</p></div>'
            '<img class="u-photo" src="l.png" alt="A lake"><a class="p-category">water</a>'
            '<a class="p-category">syndicate:mastodon</a>'
        ),
    )
    answer = blog.look()
    assert isinstance(answer, Fetched)
    (found,) = parse(answer.body, answer.content_type, answer.url).posts
    (direct,) = parse((blog.root / "lakes/index.html").read_bytes(), "text/mf2+html", f"{URL}lakes/").posts
    assert found == direct
    assert (found.guid, found.tags, found.wishes and found.wishes.only) == ("tag:x:1", ("water",), ("mastodon",))


def test_nothing_is_opened_or_parsed_where_nothing_has_changed(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    blog.post("a")
    blog.take()
    monkeypatch.setattr("syndicator.feed.gathering.read_file", never)
    assert isinstance(blog.look(), Unchanged)
    assert blog.parsed == []


def test_only_pages_that_have_changed_are_parsed(blog: Blog) -> None:
    for slug in "abc":
        blog.post(slug)
    blog.take()
    blog.post("b", words="Corrected", at=HOUR_AGO + 60)
    blog.post("c", at=HOUR_AGO + 60)  # built anew, with the same bytes
    blog.post("d")
    assert len(blog.take()) == 4
    assert blog.parsed == [f"{URL}b/", f"{URL}d/"]


def test_a_page_that_is_gone_is_gone_from_the_document(blog: Blog) -> None:
    blog.post("a")
    blog.post("b")
    blog.take()
    (blog.root / "b/index.html").unlink()
    assert blog.take() == [f"{URL}a/"]
    assert blog.parsed == []


def test_what_was_read_counts_only_once_the_ledger_has_it(blog: Blog) -> None:
    """A crash after the reading and before the recording: the same pages are new again."""
    blog.post("a")
    blog.take()
    blog.post("b")
    blog.look()
    assert sorted(blog.take()) == [f"{URL}a/", f"{URL}b/"]


@pytest.mark.parametrize("harm", ["{", '{"reader": "0"}', '{"reader": 1, "pages": 5}', "[]"])
def test_a_lost_or_damaged_memory_costs_only_time(blog: Blog, harm: str) -> None:
    blog.post("a")
    blog.take()
    (file,) = blog.memory.iterdir()
    file.write_text(harm)
    blog.post("b")
    assert len(blog.take()) == 2
    assert len(blog.parsed) == 2


def test_what_another_version_has_read_is_read_again(blog: Blog) -> None:
    blog.post("a")
    blog.take()
    (file,) = blog.memory.iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), "reader": "0.0"}))
    blog.post("b")
    blog.take()
    assert len(blog.parsed) == 2


def test_the_memory_keeps_two_states_and_no_more(blog: Blog) -> None:
    for number in range(4):
        blog.post(f"p{number}")
        blog.take()
    assert len(list(blog.memory.iterdir())) == 2
    assert blog.memory.stat().st_mode & 0o077 == 0


def test_hidden_files_links_and_other_files_are_not_read(blog: Blog, tmp_path: Path) -> None:
    blog.post("a")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.html").write_text(page('<p class="e-content">Not of this blog</p>'))
    blog.write(".drafts/x.html", page('<p class="e-content">Draft</p>'))
    blog.write("a/.index.html.Zk3q9w", page('<p class="e-content">Half'))
    blog.write("feed.xml", RSS.decode())
    (blog.root / "linked").symlink_to(outside)
    (blog.root / "y.html").symlink_to(outside / "x.html")
    (blog.root / "loop").symlink_to(blog.root)
    os.mkfifo(blog.root / "pipe.html")
    assert blog.take() == [f"{URL}a/"]


def test_the_place_itself_may_be_a_link(blog: Blog, tmp_path: Path) -> None:
    blog.post("a")
    (tmp_path / "current").symlink_to(blog.root)
    assert isinstance(blog.look(tmp_path / "current"), Fetched)


def test_lists_and_archives_repeat_posts_and_are_not_read_for_them(blog: Blog) -> None:
    entry = '<article class="h-entry"><p class="e-content">About a</p><a class="u-url" href="/a/">#</a></article>'
    blog.post("a")
    blog.write("index.html", f'<!doctype html><html><body class="h-feed">{entry}</body></html>')
    blog.write("tags/x/index.html", f"<!doctype html><html><body>{entry}{entry}</body></html>")
    assert blog.take() == [f"{URL}a/"]


def test_notes_that_have_no_page_of_their_own_are_found_on_the_one_they_name(blog: Blog) -> None:
    notes = "".join(
        f'<div class="h-entry" id="n{n}"><p class="e-content">Note {n}</p><a class="u-url" href="#n{n}">#</a></div>'
        for n in range(3)
    )
    blog.write("notes.html", f"<!doctype html><html><body>{notes}</body></html>")
    assert blog.take() == [f"{URL}notes.html#n{n}" for n in range(3)]


def test_several_posts_without_addresses_cannot_be_told_apart_and_are_left_out(blog: Blog) -> None:
    blog.post("a")
    entry = '<div class="h-entry"><p class="e-content">Note</p></div>'
    blog.write("notes.html", f"<!doctype html><html><body>{entry * 2}</body></html>")
    assert blog.take() == [f"{URL}a/"]


def test_the_only_post_of_a_page_has_the_address_of_the_page(blog: Blog) -> None:
    blog.write("a/index.html", page('<p class="e-content">A</p>').replace("<article", '<article id="post-1"'))
    assert blog.take() == [f"{URL}a/"]


@pytest.mark.parametrize(
    ("name", "url", "address"),
    [
        ("index.html", "https://b.example", "https://b.example/"),
        ("a/index.html", "https://b.example/blog/", "https://b.example/blog/a/"),
        ("a/index.xhtml", "https://b.example/blog", "https://b.example/blog/a/"),
        ("a/b.html", "https://b.example/", "https://b.example/a/b.html"),
        ("myindex.html", "https://b.example/", "https://b.example/myindex.html"),
        ("grüße ?.html", "https://b.example/", "https://b.example/gr%C3%BC%C3%9Fe%20%3F.html"),
    ],
)
def test_the_address_of_a_page_follows_from_its_path(name: str, url: str, address: str) -> None:
    assert address_of(name, url) == address


def test_pages_under_other_addresses_are_a_mistake_that_is_named(blog: Blog) -> None:
    blog.post("a")
    blog.url = "https://blog.example/sub/"
    answer = blog.look()
    assert isinstance(answer, Unavailable)
    assert "a/index.html says that it is https://blog.example/a/" in answer.reason


def test_a_blog_that_was_built_for_another_host_is_read_for_the_guards_to_see(blog: Blog) -> None:
    blog.write("a/index.html", page('<p class="e-content">A</p><a class="u-url" href="http://localhost:1313/a/">#</a>'))
    assert blog.take() == ["http://localhost:1313/a/"]


def test_pages_without_mark_up_are_an_error_never_an_empty_feed(blog: Blog) -> None:
    blog.write("a.html", "<!doctype html><p>Hello")
    assert refusal(blog.look()) == f"none of the 1 pages in {blog.root} holds a post that is marked up as h-entry"
    (blog.root / "a.html").unlink()
    assert "none of the 0 pages" in refusal(blog.look())


def test_one_page_that_cannot_be_read_does_not_hide_the_others(blog: Blog) -> None:
    blog.post("a")
    blog.write("bad.html", page('<p class="e-content">Built to be slow'))
    assert blog.take() == [f"{URL}a/"]
    assert blog.skipped == ["bad.html: the document took too long"]
    blog.post("b")
    blog.take()
    assert blog.skipped == []  # told once


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_directory_is_told_in_one_sentence(blog: Blog) -> None:
    blog.post("a")
    (blog.root / "a").chmod(0)
    try:
        assert refusal(blog.look()) == f"{blog.root}/a cannot be read: permission denied"
    finally:
        (blog.root / "a").chmod(0o755)


def test_a_directory_that_is_refused_is_told_in_one_sentence(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    def scandir(path: Path) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("syndicator.feed.place.os.scandir", scandir)
    answer = blog.look()
    assert refusal(answer) == f"{blog.root} cannot be read: permission denied"
    assert isinstance(answer, Unavailable)
    assert "chmod" in (answer.hint_text or "")


def test_of_many_posts_the_newest_are_the_feed_and_older_ones_come_back_from_their_pages(
    blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syndicator.feed.gathering.MOST_POSTS", 3)
    for month in range(1, 6):
        blog.post(f"m{month}", date=f"2025-0{month}-01")
    blog.write("undated.html", page('<p class="e-content">When?</p>'))
    assert blog.take() == [f"{URL}m5/", f"{URL}m4/", f"{URL}undated.html"]
    assert len(blog.parsed) == 6
    (file,) = blog.memory.iterdir()
    kept = json.loads(file.read_text())["pages"]
    assert {name for name, (_, _, _, items, _) in kept.items() if items is None} == {
        f"m{n}/index.html" for n in (1, 2, 3)
    }
    (blog.root / "m5/index.html").unlink()
    assert blog.take() == [f"{URL}m4/", f"{URL}m3/", f"{URL}undated.html"]
    assert blog.parsed == [f"{URL}m3/"]


def test_very_many_pages_are_refused(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syndicator.feed.place.MOST", 2)
    for slug in "abc":
        blog.write(f"{slug}.html", "x")
    assert "holds more than 2 pages" in refusal(blog.look())
