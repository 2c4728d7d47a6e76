"""What is measured, and the ground each measurement stands on: a blog, pretend services, a ledger with a past.

Enters: a Case. Leaves: a Scene, prepared by real Passes in processes of their own and used for one measurement only,
because the services remember what they were sent. It measures nothing.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import PretendService, Reply, Request
from syndicator.sandbox.stage import Stage, stage

BURST = 100  # so that fifty new posts are fifty deliveries and not one question
SOON, LATER = 'every = "1s"', 'every = "1h"'
WORDS = ("feed", "letter", "garden", "slow", "morning", "archive", "link", "window", "paper", "small", "river", "again")


@dataclass(frozen=True, slots=True)
class Case:
    """One row: a blog with `known` posts; unless this is first contact, one Pass recorded them and another sent one
    post, so sessions are stored; then `new` posts appear. `networks`: only these."""

    name: str
    title: str
    known: int = 10
    new: int = 0
    contacted: bool = True
    networks: frozenset[str] = frozenset({"mastodon", "bluesky"})


CASES: Mapping[str, Case] = {
    case.name: case
    for case in (
        Case("no-news", "no news: the feed answers 304"),
        Case("first-contact", "first contact: 10 posts recorded, none sent", contacted=False),
        Case("one", "1 new post to Mastodon and Bluesky", new=1),
        Case("fifty", "50 new posts to Mastodon and Bluesky", new=50),
        Case("one-mastodon", "1 new post to Mastodon only", new=1, networks=frozenset({"mastodon"})),
        Case("fifty-mastodon", "50 new posts to Mastodon only", new=50, networks=frozenset({"mastodon"})),
    )
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the blog gave for one request; `size` counts the bytes of the body."""

    path: str
    status: int
    size: int


class CountingBlog(PretendBlog):
    """A blog that writes down its answers."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(entries)
        self.answers: list[Answer] = []

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        self.answers.append(Answer(request.path, reply.status, len(reply.body) if reply.body else 0))
        return reply


@dataclass(frozen=True, slots=True)
class Scene:
    """Prepared ground: `forget` starts the counting, the properties tell what came in since."""

    case: Case
    blog: CountingBlog
    stage: Stage

    def forget(self) -> None:
        self.blog.answers.clear()
        for service in self._served():
            service.requests.clear()

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(self.blog.answers)

    @property
    def calls(self) -> int:
        """Requests to the networks."""
        return sum(len(service.requests) for service in self._served())

    def _served(self) -> list[PretendService]:
        """A network that is a place on this machine gets no requests."""
        return [service for service in self.stage.services.values() if isinstance(service, PretendService)]

    def calm(self) -> None:
        """From now on the feed is asked once an hour; a daemon that starts a second later asks once, then sleeps."""
        path = self.stage.config
        path.write_text(path.read_text().replace(SOON, LATER))

    def check(self) -> None:
        """Raises when the run did not do what the case says: a figure of a failed run would be worthless."""
        if [answer.path for answer in self.answers].count("/feed.xml") != 1:
            raise RuntimeError(f"{self.case.name}: the feed was not asked for once, but {self.answers}")
        before = 1 if self.case.contacted else 0
        for network, copies in self.stage.copies.items():
            wanted = before + self.case.new if _takes_part(self.case, network) else 0
            if len(copies) != wanted:
                raise RuntimeError(f"{self.case.name}: {network} holds {len(copies)} copies, not {wanted}")


@contextmanager
def prepared(case: Case, directory: Path, make_pass: Callable[[Path], None]) -> Iterator[Scene]:
    """Build the ground in an empty directory; `make_pass` runs one unmeasured Pass with a configuration."""
    blog = CountingBlog(_entries("known", case.known, timedelta(days=30)))
    with stage(directory, blog) as built:
        _adjust(built.config, case)
        if case.contacted:
            make_pass(built.config)
            blog.publish(*_entries("before", 1, timedelta(hours=3)))
            make_pass(built.config)
        blog.publish(*_entries("new", case.new, timedelta(hours=1)))
        scene = Scene(case, blog, built)
        scene.forget()
        yield scene


def _adjust(config: Path, case: Case) -> None:
    text = config.read_text().replace("[[feed]]\n", f"[[feed]]\n{SOON}\n")
    config.write_text(text.replace("[defaults]\n", f"[defaults]\nburst = {BURST}\n"))
    for path in (config.parent / "networks.d").glob("*.toml"):
        if not _takes_part(case, path.stem):
            path.unlink()


def _takes_part(case: Case, network: str) -> bool:
    return network in case.networks


def _entries(name: str, count: int, age: timedelta) -> list[Entry]:
    """Posts of five thousand characters each, newest first, the same in every run but for their dates."""
    newest = datetime.now(UTC) - age
    return [
        Entry(f"{name}-{n}", f"The {name} post {n}", _body(f"{name}-{n}"), newest - timedelta(seconds=n), ("bench",))
        for n in range(count)
    ]


def _body(seed: str) -> str:
    choose = random.Random(seed)
    paragraphs = [" ".join(choose.choices(WORDS, k=90)).capitalize() for _ in range(9)]
    return "".join(f"<p>{paragraph}.</p>" for paragraph in paragraphs)
