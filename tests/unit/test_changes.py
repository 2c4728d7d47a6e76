"""What one document tells about posts that are known: whose words count, what counts as absence, what as a return."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from syndicator import changes
from syndicator.clock import ManualClock
from syndicator.feed.absence import Found, Missing
from syndicator.feed.document import Document
from syndicator.feed.identify import Alias
from syndicator.feed.version import READER
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, NewPost, Recording, SeenPost, Watched
from syndicator.post import Post

HOUR = timedelta(hours=1)
URL = "https://blog.example/feed.xml"


def post(number: int, title: str = "") -> Post:
    link = f"https://blog.example/{number}/"
    return Post(f"id-{number}", link, title=title or f"Title {number}", text=f"Words of {number} in their usual order.")


@dataclass
class Desk:
    """A ledger with two feeds of one blog; posts 0 to 9 were found in the first."""

    ledger: Ledger
    clock: ManualClock
    ids: list[int] = field(default_factory=list)

    def begin(self) -> None:
        now = self.clock.now()
        for name in ("blog", "notes"):
            memory = FeedMemory(name, URL, baseline=True, reader=READER, succeeded_at=now, read_at=now)
            new = tuple(NewPost(post(n), (Alias("guid", f"id-{n}"),), now) for n in range(10)) if name == "blog" else ()
            self.ids += self.ledger.record(Recording(memory, new, (), now))
        self.clock.advance(HOUR)

    def read(
        self,
        *posts: Post,
        feed: str = "blog",
        absent: tuple[int, ...] = (),
        deleted: tuple[str, ...] = (),
        partial: bool = False,
        reasons: tuple[str, ...] = (),
        before: FeedMemory | None = None,
    ) -> Watched:
        """A document with these posts; gives what it told, and records it."""
        now = self.clock.now()
        memory = self.ledger.feed(feed)
        seen = tuple(SeenPost(self.ids[int((p.guid or "")[3:])], p, reasons=reasons) for p in posts)
        recording = Recording(replace(memory, succeeded_at=now), (), seen, now, tuple(self.ids[n] for n in absent))
        document = Document(posts, "Blog", None, None, partial=partial, declared=len(posts), deleted=deleted)
        watched = changes.watch(self.ledger, changes.Scene(recording, document, before or memory))
        self.ledger.record(replace(recording, watched=watched))
        self.clock.advance(HOUR)
        return watched

    def title(self, number: int) -> str:
        return self.ledger.post(self.ids[number]).post.title

    def missing(self, number: int) -> Missing | None:
        return self.ledger.sources([self.ids[number]])[self.ids[number]].missing

    def lose(self, number: int, look: Found | None) -> None:
        looked_at = None if look is None else self.clock.now()
        self.ledger.note_changes(Watched(missing={self.ids[number]: Missing(self.clock.now(), look, looked_at)}))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = ManualClock()
    with Ledger.create(f"sqlite://{tmp_path}/ledger.db", tmp_path, clock) as ledger:
        made = Desk(ledger, clock)
        made.begin()
        yield made


def names(watched: Watched) -> list[str]:
    return [one.name for one in watched.happenings]


EVERY = [post(n) for n in range(10)]
OTHERS = EVERY[1:]


# Whose words count


def test_a_document_that_says_the_same_tells_nothing(desk: Desk) -> None:
    assert desk.read(*EVERY) == Watched()


def test_another_feed_of_the_site_edits_nothing(desk: Desk) -> None:
    shorter = post(0, "Title 0, in short")
    for _ in range(3):
        watched = desk.read(shorter, feed="notes")
        assert watched == Watched(kept=frozenset({desk.ids[0]}))
    assert desk.title(0) == "Title 0"


def test_words_of_a_document_that_is_cut_off_do_not_count(desk: Desk) -> None:
    watched = desk.read(post(0, "Titl"), partial=True)
    assert (watched, desk.title(0)) == (Watched(kept=frozenset({desk.ids[0]})), "Title 0")


@pytest.mark.parametrize(("reader", "url"), [("0", URL), (None, URL), (READER, "https://blog.example/atom.xml")])
def test_what_reads_differently_because_it_is_read_differently_is_taken_over(
    desk: Desk, reader: str | None, url: str
) -> None:
    """By another parser, or from another feed."""
    watched = desk.read(post(0, "New"), *OTHERS, before=FeedMemory("blog", url, reader=reader))
    assert (watched.wordings, watched.happenings, watched.rewritten, desk.title(0)) == ({}, (), 0, "New")
    assert desk.read(post(0, "New"), *OTHERS) == Watched()


def test_many_changes_in_one_document_are_told_as_one(desk: Desk) -> None:
    watched = desk.read(*(post(n, f"The blog: {n}") for n in range(4)), *EVERY[4:])
    assert (watched.wordings, watched.happenings, watched.rewritten) == ({}, (), 4)
    few = desk.read(*(post(n, f"My blog: {n}") for n in range(3)), *EVERY[4:])
    assert (len(few.wordings), few.rewritten) == (3, 0)


def test_a_post_with_new_names_has_another_link_and_that_is_no_edit(desk: Desk) -> None:
    moved = replace(post(0), link="https://blog.example/2026/zero/")
    found = [desk.read(moved, *OTHERS, reasons=("title",)) for _ in range(2)]
    assert [(watched.wordings, watched.happenings) for watched in found] == [({}, ()), ({}, ())]
    found = [desk.read(replace(moved, title="New"), *OTHERS, reasons=("words",)) for _ in range(2)]
    assert [one.detail["parts"] for watched in found for one in watched.happenings] == [["title"]]


def test_a_corrected_address_is_an_edit(desk: Desk) -> None:
    moved = replace(post(0), link="https://blog.example/zero/")
    found = [desk.read(moved, *OTHERS) for _ in range(2)]
    assert [one.detail["parts"] for watched in found for one in watched.happenings] == [["link"]]


# Absence and return


def test_a_post_that_is_not_there_is_doubted_from_now_on(desk: Desk) -> None:
    now = desk.clock.now()
    watched = desk.read(*EVERY[:5], *EVERY[6:], absent=(5,))
    assert (desk.missing(5), names(watched)) == (Missing(now, None, None, now + HOUR), [])
    assert desk.read(*EVERY[:5], *EVERY[6:]).missing == {}


def test_at_another_address_nothing_is_missing(desk: Desk) -> None:
    elsewhere = FeedMemory("blog", "https://blog.example/atom.xml", reader=READER)
    assert desk.read(*EVERY[:5], *EVERY[6:], absent=(5,), before=elsewhere).missing == {}


def test_what_the_feed_calls_deleted_is_asked_about_at_once(desk: Desk) -> None:
    now = desk.clock.now()
    desk.read(*OTHERS, absent=(0,), deleted=("id-0", "id-77"))
    assert desk.missing(0) == Missing(now, "deleted", None, now)
    assert desk.read(*OTHERS, deleted=("id-0",)).missing == {}


def test_what_the_feed_calls_deleted_and_shows_is_there(desk: Desk) -> None:
    assert desk.read(*EVERY, deleted=("id-0",)).missing == {}


def test_what_is_missing_already_may_be_called_deleted_later(desk: Desk) -> None:
    since = desk.clock.now()
    desk.lose(0, None)
    desk.clock.advance(HOUR)
    desk.read(*OTHERS, deleted=("id-0",))
    assert desk.missing(0) == Missing(since, "deleted", None, since)


@pytest.mark.parametrize("look", ["gone", "unlisted", "moved", "unclear"])
def test_what_is_decided_is_not_asked_about_again(desk: Desk, look: Found) -> None:
    desk.lose(0, look)
    before = desk.missing(0)
    assert desk.read(*OTHERS, absent=(0,), deleted=("id-0",)).missing == {}
    assert desk.missing(0) == before


@pytest.mark.parametrize(("look", "told"), [(None, []), ("404", ["back"]), ("gone", ["back"]), ("unlisted", ["back"])])
def test_a_post_that_is_seen_again_is_back_and_that_is_told_if_its_absence_was(
    desk: Desk, look: Found | None, told: list[str]
) -> None:
    desk.lose(0, look)
    assert (names(desk.read(*EVERY)), desk.missing(0)) == (told, None)
    assert desk.read(*EVERY) == Watched()


def test_a_post_that_only_another_feed_still_shows_does_not_go_to_and_fro(desk: Desk) -> None:
    desk.lose(0, "unlisted")
    for _ in range(3):
        assert names(desk.read(post(0), feed="notes")) == []
        assert names(desk.read(*OTHERS, absent=(0,))) == []
    desk.lose(0, "gone")
    assert names(desk.read(post(0), feed="notes")) == ["back"]
