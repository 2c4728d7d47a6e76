"""Rows F-38, F-40 and F-44: documents that are not what they should be, one post twice, hubs that nobody listens to."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syndicator.ledger.states import State
from syndicator.sandbox.service import Fault
from tests.system.pass_ground import HOUR, Ground, ground_in
from tests.system.processes import running

pytestmark = pytest.mark.needs("mastodon")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    """A blog of four posts, all of them known."""
    with ground_in(tmp_path, "mastodon") as made:
        made.publish("a", "b", "c")
        made.walk()
        yield made


def items(feed: bytes) -> list[bytes]:
    return re.findall(rb"<item>.*?</item>", feed, re.DOTALL)


def without_items(feed: bytes) -> bytes:
    return re.sub(rb"<item>.*</item>", b"", feed, flags=re.DOTALL)


def of(feed: bytes, chosen: list[bytes]) -> bytes:
    return without_items(feed).replace(b"</channel>", b"".join(chosen) + b"</channel>")


BOMB = b'<!DOCTYPE rss [<!ENTITY a "' + b"x" * 60_000 + b'">]><rss><channel><title>' + b"&a;" * 6_000 + b"</title>"
DOCUMENTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a web page": lambda _: b"<!doctype html><title>Oops</title><p>Be right back.",
    "half of it": lambda feed: feed[: len(feed) // 2],
    "no posts at all": without_items,
    "six megabytes": lambda feed: feed.replace(b"</channel>", b"<!--" + b"x" * 6_000_000 + b"--></channel>"),
    "a bomb": lambda feed: BOMB + b"".join(items(feed)) + b"</channel></rss>",
    "another order": lambda feed: of(feed, items(feed)[::-1]),
    "fewer posts": lambda feed: of(feed, items(feed)[1:2]),
    "each post twice": lambda feed: of(feed, items(feed) * 2),
    "no guids": lambda feed: re.sub(rb"<guid.*?</guid>", b"", feed),
    "other guids": lambda feed: feed.replace(b"<guid", b'<guid isPermaLink="false" x="y"').replace(
        b"</guid>", b"#2</guid>"
    ),
    "one guid for all": lambda feed: re.sub(rb"<guid.*?</guid>", b"<guid>always-the-same</guid>", feed),
}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_is_published_because_of_a_document_that_is_damaged_or_changed(ground: Ground, document: str) -> None:
    whole = ground.feed()
    for served in (DOCUMENTS[document](whole), None):
        ground.serve(served)
        ground.later(HOUR)
        ground.walk()
        assert ground.copies("mastodon") == []
    ground.publish("news")
    ground.walk()
    assert len(ground.copies("mastodon")) == 1


@pytest.mark.parametrize("status", [404, 410, 500])
def test_nothing_is_published_because_of_an_answer_that_is_no_document(ground: Ground, status: int) -> None:
    ground.scene.blog.fail_next(Fault.REFUSE, "GET /feed.xml", status=status)
    ground.walk()
    ground.later(HOUR)
    ground.walk()
    assert ground.copies("mastodon") == []


def test_one_post_in_two_entries_goes_out_once(ground: Ground) -> None:
    ground.publish("walk")
    feed = ground.feed()
    (new,) = (item for item in items(feed) if b"/walk/" in item)
    again = re.sub(rb"<guid.*?</guid>", b'<guid isPermaLink="false">another-name</guid>', new)
    ground.serve(feed.replace(new, new + again))
    for _ in range(3):
        ground.walk()
        ground.later(HOUR)
    assert len(ground.copies("mastodon")) == 1


# F-44: what a hub could push is not taken. So it can be neither replayed nor forged, and nobody can flood us with it.


def test_a_hub_is_neither_asked_nor_listened_to(ground: Ground) -> None:
    hub = f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{ground.scene.blog.url}/hub"/>'
    ground.serve(ground.feed().replace(b"<item>", hub.encode() + b"<item>", 1))
    ground.edit("config.toml", 'name = "blog"\n', 'name = "blog"\nevery = "1s"\n')
    ground.feed_is_due()
    with running(ground.scene.config, "daemon") as process:
        process.says("pass_finished")
        assert listening(process.process.pid) == []
    assert ground.scene.blog.seen("/hub") == []
    ground.publish("walk")
    ground.serve(None)
    ground.walk()
    assert ground.delivery("mastodon").state is State.DELIVERED, "polling is all there is, and it is enough"


def listening(pid: int) -> list[str]:
    """The sockets of a process that wait for somebody to connect, see proc(5): state 0A."""
    links = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink()]
    mine = {link[8:-1] for link in links if link.startswith("socket:[")}
    rows = [
        row.split() for name in ("tcp", "tcp6") for row in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and row[9] in mine]
