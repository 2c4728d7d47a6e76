"""Whatever happens to a blog for weeks, no post is called gone without proof, no edit that stays is lost, and none is
made up. The real reading, deciding and ledger; a pretended blog, and pages that answer what it is told."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicator import changes, vanished
from syndicator.clock import ManualClock
from syndicator.feed.document import Document
from syndicator.feed.edits import parts
from syndicator.feed.version import READER
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, Happening, Page
from syndicator.plan import Reading, plan
from syndicator.post import Image, Post
from syndicator.recognition import Provenance, recognise
from syndicator.report import PassReport

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a history has a hundred commits, and no need of a disk
WINDOW, POSTS = 8, 12
URL = "https://blog.example/feed.xml"
SUBJECTS = (
    "herons",
    "boats",
    "bridges",
    "mills",
    "snow",
    "bread",
    "clocks",
    "maps",
    "trains",
    "bells",
    "moss",
    "kites",
)
VERSIONS = ("as it was first written", "with one more thought about them", "from a quite different point of view", "")
DISGUISES: tuple[Callable[[Post, datetime], Post], ...] = (
    lambda post, now: post,
    lambda post, now: replace(post, published=now, updated=now),
    lambda post, now: replace(post, html=f"<div class='x'>{post.html}</div>"),
    lambda post, now: replace(post, images=tuple(Image(f"https://cdn.example/{now.hour}/a-640x480.jpg") for _ in "a")),
    lambda post, now: replace(post, text=post.text.replace(" ", "\n")),
)


@dataclass
class Blog:
    """Post n is about subject n; the newest stands first."""

    start: datetime
    published: int = POSTS - 4
    version: dict[int, int] = field(default_factory=dict)
    page: dict[int, int] = field(default_factory=dict)  # what the pages of posts answer that are out of the feed
    template: int = 0
    disguise: int = 0

    def post(self, number: int, now: datetime) -> Post:
        about = SUBJECTS[number]
        text = f"Some words about {about}, {VERSIONS[self.version.get(number, 0)]} {'and so on ' * self.template}"
        written = Post(
            guid=f"id-{number}",
            link=f"https://blog.example/{about}/",
            title=f"About {about}",
            html=f"<p>{text}</p>",
            text=text,
            published=self.start + number * DAY,
            images=(Image("https://blog.example/a.jpg"),),
        )
        return DISGUISES[self.disguise](written, now)

    def numbers(self) -> list[int]:
        return [n for n in range(self.published - 1, -1, -1) if n not in self.page][:WINDOW]

    def document(self, now: datetime, *, cut: int = 0) -> Document:
        posts = tuple(self.post(number, now) for number in self.numbers())
        if not cut or len(posts) < 2:
            return Document(posts, "Blog", None, None, partial=False, declared=len(posts))
        last = replace(posts[-cut], text=posts[-cut].text[:9], html="<p>Some")
        return Document((*posts[: len(posts) - cut], last), "Blog", None, None, partial=True, declared=len(posts))


class World:
    """One feed, read again and again."""

    def __init__(self, ledger: Ledger, clock: ManualClock) -> None:
        self.ledger, self.clock, self.blog = ledger, clock, Blog(clock.now() - 20 * DAY)
        self.answers: dict[int, list[tuple[int, datetime]]] = {}
        self.rewritten = False
        self.memory = FeedMemory("blog", URL)
        self.read()

    def read(self, *, cut: int = 0) -> None:
        now, document = self.clock.now(), self.blog.document(self.clock.now(), cut=cut)
        before = self.memory
        found = recognise(self.ledger, Provenance("blog", URL, before.read_at), document, first=not before.baseline)
        self.memory = replace(before, reader=READER, baseline=True, succeeded_at=None if document.partial else now)
        how = Reading(now, absent=found.absent, returned=found.returned, before=dict(found.before))
        recording = plan(found.sightings, replace(self.memory, baseline=before.baseline), [], how)
        well = replace(recording.feed, read_at=before.read_at if document.partial else now)
        recording = replace(recording, feed=well)
        scene = changes.Scene(recording, document, before if before.baseline else self.memory)
        self.ledger.record(replace(recording, watched=changes.watch(self.ledger, scene)))
        self.memory = self.ledger.feed("blog")
        self.follow_up()

    def repeat(self) -> None:
        """The feed says that nothing is new."""
        self.memory = replace(self.memory, succeeded_at=self.clock.now())
        self.ledger.remember_feed(self.memory)
        self.follow_up()

    def follow_up(self) -> None:
        def tell(event: str, **facts: Any) -> None:
            pass

        host = SimpleNamespace(ledger=self.ledger, clock=self.clock, tell=tell, stop=Event())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vanished, "ask_all", self.ask)
            vanished.follow_up(cast("Any", host), PassReport())

    def ask(self, host: object, pages: Sequence[Page], how: object) -> Iterator[tuple[Page, requests.Response]]:
        for page in pages:
            number = self.number_of(page.post_id)
            answer = requests.Response()
            answer.status_code, answer.url = self.blog.page.get(number, 200), page.link
            self.answers.setdefault(page.post_id, []).append((answer.status_code, self.clock.now()))
            yield page, answer

    def number_of(self, post_id: int) -> int:
        return int(str(self.ledger.post(post_id).post.guid).removeprefix("id-"))

    def ids(self) -> dict[int, int]:
        return {self.number_of(row.id): row.id for row in self.ledger.posts()}

    def history(self, number: int) -> list[Happening]:
        return self.ledger.history(self.ids()[number])


@cache
def blank() -> dict[str, bytes]:
    """The files of a new ledger; making one takes longer than a whole history."""
    with TemporaryDirectory() as directory:
        Ledger.create(f"sqlite://{directory}/ledger.db", Path(directory), ManualClock()).close()
        return {path.name: path.read_bytes() for path in Path(directory).iterdir() if path.is_file()}


@contextmanager
def world() -> Iterator[World]:
    with TemporaryDirectory(dir=MEMORY) as directory:
        for name, content in blank().items():
            Path(directory, name).write_bytes(content)
        clock = ManualClock()
        with Ledger.open(f"sqlite://{directory}/ledger.db", Path(directory), clock) as ledger:
            yield World(ledger, clock)


STEP = st.one_of(
    st.tuples(st.just("edit"), st.integers(0, POSTS - 1), st.integers(0, 2)),
    st.tuples(st.just("disguise"), st.integers(0, len(DISGUISES) - 1), st.just(0)),
    st.tuples(st.just("remove"), st.integers(0, POSTS - 1), st.sampled_from([200, 403, 404, 410, 503])),
    st.tuples(st.just("restore"), st.integers(0, POSTS - 1), st.just(0)),
    st.tuples(st.just("publish"), st.just(0), st.just(0)),
    st.tuples(st.just("cut"), st.integers(1, 4), st.just(0)),
    st.tuples(st.just("nothing"), st.just(0), st.just(0)),
    st.tuples(st.just("template"), st.integers(0, 2), st.just(0)),
)
HISTORIES = st.lists(st.tuples(STEP, st.integers(1, 40)), min_size=1, max_size=14)


def take(now: World, step: tuple[str, int, int]) -> None:
    kind, one, other = step
    blog = now.blog
    match kind:
        case "edit":
            blog.version[one] = other
        case "disguise":
            blog.disguise = one
        case "remove":
            blog.page[one] = other
        case "restore":
            blog.page.pop(one, None)
        case "publish":
            blog.published = min(blog.published + 1, POSTS)
        case "template" if len(blog.numbers()) > 3:
            now.rewritten |= blog.template != one
            blog.template = one
    if kind == "nothing":
        now.repeat()
    else:
        now.read(cut=one if kind == "cut" else 0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES)
def test_no_history_makes_a_post_gone_without_proof_or_edited_without_an_edit(
    history: list[tuple[tuple[str, int, int], int]],
) -> None:
    with world() as now:
        edited: set[int] = set()
        for step, hours in history:
            now.clock.advance(hours * HOUR)
            if step[0] == "edit" and now.blog.version.get(step[1], 0) != step[2]:
                edited.add(step[1])
            take(now, step)
        for _ in range(4):
            now.clock.advance(DAY)
            now.read()
        ids = now.ids()
        assert len(ids) == len(now.ledger.posts())
        for number, post_id in ids.items():
            happenings = now.ledger.history(post_id)
            _gone_is_proven(happenings, now.answers.get(post_id, []))
            if not now.rewritten and number not in edited:
                assert "edited" not in [one.name for one in happenings]
        _nothing_is_lost(now)


def _gone_is_proven(happenings: list[Happening], answers: list[tuple[int, datetime]]) -> None:
    for one in happenings:
        if one.name == "gone":
            status = next(status for status, at in answers if at == one.at)
            earlier = [at for code, at in answers if code == 404 and at <= one.at - DAY]
            assert status == 410 or (status == 404 and earlier)


def _nothing_is_lost(now: World) -> None:
    """Every post of the feed is known by its newest words, and an edit that nobody has taken back was told."""
    ids = now.ids()
    for number in now.blog.numbers():
        (wording,) = now.ledger.wordings([ids[number]]).values()
        assert wording.accepted is None
        assert parts(wording.content, now.blog.post(number, now.clock.now())) == ()
        assert wording.revision == sum(
            one.name == "edited" and "again" not in one.detail for one in now.ledger.history(ids[number])
        )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 7), st.integers(1, 2), HISTORIES)
def test_an_edit_that_stays_is_told_whatever_else_happens(
    number: int, version: int, history: list[tuple[tuple[str, int, int], int]]
) -> None:
    with world() as now:
        for step, hours in history:
            now.clock.advance(hours * HOUR)
            if step[0] not in ("edit", "template"):
                take(now, step)
        now.clock.advance(HOUR)
        now.blog.page.pop(number, None)
        now.read()
        now.blog.version[number] = version
        for _ in range(2):
            now.clock.advance(HOUR)
            now.read()
        if number in now.blog.numbers():
            assert [one.name for one in now.history(number)].count("edited") == 1


def test_a_post_that_is_deleted_for_good_is_found_gone() -> None:
    with world() as now:
        now.blog.page[5] = 404
        for _ in range(4):
            now.clock.advance(DAY)
            now.read()
        assert [one.name for one in now.history(5)] == ["vanished", "gone"]
        assert all(now.history(n) == [] for n in now.blog.numbers())
