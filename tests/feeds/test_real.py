"""Other people's feeds, 264 of them, read as the daemon reads them: what holds for each, and for all together."""

import csv
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from syndicator.clock import SystemClock
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.parse import parse
from syndicator.feed.parser import Parser
from syndicator.post import Post
from tests.feeds.corpus import CORPUS, needs
from tests.unit.feed_ground import FEED_URL

pytestmark = needs("real")
CLOCK = SystemClock()
CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
HOLD_ADDRESSES = ("href", "src", "cite", "poster")


class Reading(NamedTuple):
    name: str
    entries: int  # by the corpus's own count
    document: Document | None
    seconds: float


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    """Each document, read in the process that the daemon uses, and how long it took."""
    parser = Parser()
    try:
        return list(_readings(parser))
    finally:
        parser.close()


def _readings(parser: Parser) -> Iterator[Reading]:
    with (CORPUS / "real" / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        started, document = CLOCK.monotonic(), None
        with suppress(NotAFeed):
            document = parser.parse((CORPUS / "real" / row["file"]).read_bytes(), "", FEED_URL)
        yield Reading(row["file"], int(row["entries"] or 0), document, CLOCK.monotonic() - started)


def posts(readings: list[Reading]) -> Iterator[tuple[str, Post]]:
    for reading in readings:
        for post in reading.document.posts if reading.document else ():
            yield reading.name, post


def texts(post: Post) -> str:
    named = (post.guid or "", post.link or "", post.title, post.html, post.text, post.summary, post.author or "")
    return "\n".join((*named, *post.tags))


class Addresses(HTMLParser):
    """Collects what stands in the attributes of a body that hold addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in HOLD_ADDRESSES]


def test_each_is_read_in_time(readings: list[Reading]) -> None:
    assert len(readings) == 264
    assert [reading.name for reading in readings if reading.seconds >= 3] == []


def test_none_that_lists_posts_is_refused(readings: list[Reading]) -> None:
    assert [reading.name for reading in readings if reading.document is None and reading.entries] == []


def test_nearly_all_entries_become_posts(readings: list[Reading]) -> None:
    listed = sum(reading.entries for reading in readings)
    read = sum(min(reading.entries, len(reading.document.posts)) for reading in readings if reading.document)
    assert listed > 2_800
    assert read >= 0.98 * listed


def test_what_is_missing_is_told(readings: list[Reading]) -> None:
    """A document with fewer posts than it begins is partial, or says how many it leaves aside."""
    found = [(r.name, r.document) for r in readings if r.document]
    quiet = [n for n, d in found if len(d.posts) + d.omitted < d.declared and not d.partial and not d.remarks]
    assert quiet == []


def test_addresses_are_absolute(readings: list[Reading]) -> None:
    for name, post in posts(readings):
        addresses = [post.link, post.external_link, *(image.url for image in post.images)]
        assert [a for a in addresses if a is not None and not a.startswith(("http://", "https://"))] == [], name
        in_body = Addresses(post.html).found
        assert [a for a in in_body if not a.startswith(("http://", "https://", "mailto:"))] == [], name


def test_no_control_characters_are_left(readings: list[Reading]) -> None:
    assert {name for name, post in posts(readings) if CONTROLS.search(texts(post))} == set()


def test_dates_are_believable_or_none(readings: list[Reading]) -> None:
    earliest, latest = datetime(1990, 1, 1, tzinfo=UTC), CLOCK.now() + timedelta(days=731)
    dates = [(name, date) for name, post in posts(readings) for date in (post.published, post.updated) if date]
    assert len(dates) > 2_000
    assert [(name, date) for name, date in dates if not earliest <= date <= latest] == []


def test_titles_are_one_line(readings: list[Reading]) -> None:
    assert {name for name, post in posts(readings) if " ".join(post.title.split()) != post.title} == set()


def test_every_post_has_something_to_be_known_by(readings: list[Reading]) -> None:
    nameless = [name for name, post in posts(readings) if not (post.guid or post.link or post.title or post.text)]
    assert nameless == []


def test_reading_twice_reads_the_same() -> None:
    now = CLOCK.now()
    for path in sorted((CORPUS / "real").glob("*"))[::12]:
        if Path(path).suffix != ".csv":
            assert parse(path.read_bytes(), "", FEED_URL, now) == parse(path.read_bytes(), "", FEED_URL, now)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells how much a process used")
def test_none_takes_much_memory() -> None:
    """The largest of them, each in a process of its own."""
    largest = sorted((CORPUS / "real").glob("*"), key=lambda path: path.stat().st_size)[-5:]
    for path in largest:
        parser = Parser()
        try:
            parser.parse(path.read_bytes(), "", FEED_URL)
            child = parser._child
            assert child is not None
            status = Path(f"/proc/{child.pid}/status").read_text()
        except NotAFeed:
            continue
        finally:
            parser.close()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]  # the kernel writes it
        assert peak < 300_000, path.name
