"""A blog on this machine's disk, through the real Pass: a feed file, and a directory of rendered pages."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syndicator.exitcode import ExitCode
from syndicator.ledger.states import State
from syndicator.sandbox.stage import pretend_services, write_config
from syndicator.sandbox.stage import stage as stage_of
from tests.system.pass_ground import DAY, HOUR, MINUTE, Blog, Events, Ground, ground_in
from tests.system.test_no_news import NOT_NEEDED, PROGRAM

NETWORK = "bluesky"


class Site:
    """What a static generator has built, and where syndicator reads it."""

    def __init__(self, ground: Ground, home: Path) -> None:
        self.ground = ground
        self.root = home / "public"
        self.root.mkdir()

    def watch(self, path: Path | None = None, *more: str) -> None:
        """Let the only feed of the installation be this place."""
        url = self.ground.scene.blog.url
        line = f'url = "{url}/feed.xml"'
        self.ground.edit("config.toml", line, "\n".join([f'path = "{path or self.root}"', f'url = "{url}/"', *more]))

    def feed(self) -> Path:
        """The feed as a file."""
        path = self.root / "feed.xml"
        path.write_bytes(self.ground.feed())
        return self._settled(path)

    def page(self, name: str, words: str, title: str = "") -> Path:
        """A page that was built an hour ago, with a post of a minute ago; the blog serves it too."""
        published = self.ground.clock.now() - MINUTE
        self.ground.publish(name)
        heading = f'<h1 class="p-name">{title}</h1>' if title else ""
        path = self.root / name / "index.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f'<!doctype html><html lang="en"><body><nav>Home</nav><article class="h-entry">{heading}'
            f'<time class="dt-published" datetime="{published.isoformat()}"></time>'
            f'<div class="e-content">{words}</div><a class="u-url" href="/{name}/">#</a></article></body></html>'
        )
        return self._settled(path)

    def _settled(self, path: Path) -> Path:
        moment = self.ground.clock.now().timestamp() - 3600
        os.utime(path, (moment, moment))
        return path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ground_in(tmp_path / "home", NETWORK) as ground:
        yield Site(ground, tmp_path)


def results(ground: Ground) -> list[str]:
    return [feed.result for feed in ground.walk().feeds]


def test_a_feed_file_is_watched_and_its_new_post_is_sent_once(site: Site) -> None:
    ground = site.ground
    site.watch(site.feed())
    assert results(ground) == ["recorded"]
    assert results(ground) == ["unchanged"]
    ground.publish("walk")
    site.feed()
    ground.later(HOUR)
    assert results(ground) == ["read"]
    ground.later(HOUR)
    assert results(ground) == ["unchanged"]
    assert len(ground.copies(NETWORK)) == 1
    assert ground.scene.blog.seen("GET /feed.xml") == []


def test_a_directory_of_pages_is_watched_and_its_new_post_is_sent_once(site: Site) -> None:
    ground = site.ground
    site.page("old", "<p>Recorded.</p>")
    site.watch()
    assert results(ground) == ["recorded"]
    site.page("walk", "<p>A walk by the lake.</p>", "On walking")
    ground.later(HOUR)
    assert results(ground) == ["read"]
    assert [copy["text"].split("\n")[0] for copy in ground.copies(NETWORK)] == ["A walk by the lake."]
    site.page("walk", "<p>A walk by the lake, corrected.</p>", "On walking")
    ground.later(HOUR)
    results(ground)
    assert len(ground.copies(NETWORK)) == 1


def test_a_post_that_is_tagged_so_goes_nowhere_and_says_why(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ground = site.ground
    site.page("old", "<p>Recorded.</p>")
    site.watch()
    results(ground)
    page = site.page("walk", '<p>Only for those who come by.</p><a class="p-category">nosyndicate:bluesky</a>')
    results(ground)
    assert (page.exists(), ground.states(NETWORK)) == (True, [State.SKIPPED, State.SKIPPED])
    ground.say("explain", ground.link("walk"))
    assert "its author has tagged it nosyndicate:bluesky" in capsys.readouterr().out


def test_another_version_of_the_reader_looks_into_an_unchanged_file_again(site: Site) -> None:
    ground = site.ground
    site.watch(site.feed())
    results(ground)
    with ground.ledger() as ledger:
        ledger.remember_feed(replace(ledger.feed("blog"), reader="0"))
    assert results(ground) == ["read"]
    assert results(ground) == ["unchanged"]


def test_a_wish_that_cannot_be_used_is_told_once_and_the_post_goes_out(site: Site) -> None:
    ground = site.ground
    ground.walk()
    ground.publish("walk")
    wish = '<posse:post xmlns:posse="https://posseparty.com/2024/Feed">{titel: "T", truncate: "perhaps"}</posse:post>'
    ground.serve(ground.feed().replace(b"</item>", f"{wish}</item>".encode(), 1))
    ground.events = Events()
    ground.later(HOUR)
    ground.walk()
    ground.later(HOUR)
    ground.walk()
    assert [told["reason"] for told in ground.events.of("wish_ignored")] == [
        "“titel” is no wish that is known here",
        "“truncate” is left out: it has to be true or false",
    ]
    assert len(ground.copies(NETWORK)) == 1


def test_a_build_that_lost_its_pages_is_a_failure_and_forgets_nothing(site: Site) -> None:
    ground = site.ground
    page = site.page("old", "<p>Recorded.</p>")
    site.watch()
    results(ground)
    words = page.read_text()
    page.unlink()
    report = ground.walk()
    assert [feed.reason for feed in report.feeds] == [
        f"none of the 0 pages in {site.root} holds a post that is marked up as h-entry"
    ]
    page.write_text(words)
    ground.later(HOUR)
    results(ground)
    assert ground.copies(NETWORK) == []


def test_check_and_preview_look_at_the_place_too(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    ground = site.ground
    site.page("old", "<p>Recorded.</p>")
    site.watch()
    assert ground.say("check") == ExitCode.OK
    assert "feed blog 1 post" in " ".join(capsys.readouterr().out.split())
    assert ground.say("preview") == ExitCode.OK
    assert "Recorded." in capsys.readouterr().out


def test_a_page_on_the_web_is_read_when_its_owner_says_so(site: Site) -> None:
    ground = site.ground
    ground.edit("config.toml", '/feed.xml"', '/feed.xml"\nformat = "h-feed"')
    note = '<article class="h-entry"><p class="e-content p-name">{}</p><a class="u-url" href="/{}/">#</a></article>'

    def serve(*names: str) -> None:
        notes = "".join(note.format(f"A note called {name}.", name) for name in names)
        ground.serve(f"<!doctype html><html><body class='h-feed'>{notes}</body></html>".encode())

    ground.publish("walk")
    serve("old")
    assert results(ground) == ["recorded"]
    serve("walk", "old")
    ground.later(HOUR)
    assert results(ground) == ["read"]
    ground.later(HOUR)
    results(ground)
    assert [copy["text"] for copy in ground.copies(NETWORK)] == ["A note called walk."]


@pytest.mark.parametrize(
    "wall", [b"<!doctype html><title>Welcome to the hotel</title>Log in", b"<html><body></body></html>"]
)
def test_a_page_that_stands_in_the_way_is_never_an_empty_feed(site: Site, wall: bytes) -> None:
    ground = site.ground
    ground.edit("config.toml", '/feed.xml"', '/feed.xml"\nformat = "h-feed"')
    ground.serve(wall)
    report = ground.walk()
    assert [(feed.result, feed.reason) for feed in report.feeds] == [
        ("failed", "the page holds no post that is marked up as h-entry")
    ]


def test_a_page_with_posts_is_refused_as_a_feed_with_the_word_that_has_it_read(site: Site) -> None:
    ground = site.ground
    ground.serve(b'<!doctype html><html><body><div class="h-entry"><p class="e-content">x</p></div></body></html>')
    ground.events = Events()
    assert results(ground) == ["failed"]
    assert 'format = "h-feed"' in ground.events.of("feed_failed")[0]["hint"]


def test_no_news_on_the_disk_imports_no_parser_and_asks_nobody(tmp_path: Path) -> None:
    with stage_of(tmp_path / "home", Blog(), cast=pretend_services(NETWORK)) as scene:
        links = tmp_path / "home" / "links.json"
        path = tmp_path / "feed.xml"
        path.write_bytes(b"<rss version='2.0'><channel><title>T</title><item><guid>1</guid></item></channel></rss>")
        os.utime(path, (1e9, 1e9))
        config = write_config(tmp_path / "home", "https://blog.example/feed.xml", scene.services, links)
        text = config.read_text()
        config.write_text(text.replace('url = "https', f'path = "{path}"\nurl = "https'))
        command = [sys.executable, "-c", PROGRAM, "--config", str(config), "run"]
        reports = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)]
        assert scene.blog.requests == []
    told = json.loads(reports[1].stderr.splitlines()[-1])
    late = (*NOT_NEEDED, "mf2py", "bs4", "syndicator.feed.gathering", "syndicator.feed.child")
    assert told["code"] == 0
    assert [name for name in told["modules"] if f"{name}.".startswith(tuple(f"{module}." for module in late))] == []


def test_days_of_silence_cost_nothing_but_looks(site: Site) -> None:
    ground = site.ground
    site.page("old", "<p>Recorded.</p>")
    site.watch(None, 'every = "1m"')
    results(ground)
    for _ in range(10):
        ground.later(DAY)
        assert results(ground) == ["unchanged"]
    assert ground.events.of("page_skipped") == []
