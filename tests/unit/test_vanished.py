"""What the pages of missing posts answer, and what the ledger then says of the posts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests

from syndicator import vanished
from syndicator.clock import ManualClock
from syndicator.feed.absence import begin
from syndicator.feed.identify import Alias, nurl
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, NewPost, Page, Recording, Watched
from syndicator.pages import Missing as Silence
from syndicator.post import Post
from syndicator.report import PassReport

HOUR = timedelta(hours=1)
SITE = "https://blog.example"
Said = requests.Response | Silence


def response(status: int, url: str, *hops: int) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer.url = status, url
    for hop in hops:
        before = requests.Response()
        before.status_code = hop
        answer.history.append(before)
    return answer


@dataclass
class Watch:
    """Five posts of a feed, all of them missing for an hour, and one that stands."""

    ledger: Ledger
    clock: ManualClock
    answers: dict[str, Said] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def begin(self) -> None:
        now, memory = self.clock.now(), FeedMemory("blog", f"{SITE}/feed.xml", baseline=True)
        new = tuple(NewPost(self.post(n), self.names(n), now) for n in range(6))
        ids = self.ledger.record(Recording(memory, new, (), now))
        for post_id in ids[:5]:
            self.ledger.note_changes(Watched(missing={post_id: begin(now)}))
        self.clock.advance(HOUR)
        self.ledger.remember_feed(FeedMemory("blog", f"{SITE}/feed.xml", succeeded_at=self.clock.now(), baseline=True))

    def post(self, number: int) -> Post:
        return Post(f"id-{number}", f"{SITE}/{number}/" if number != 4 else None, title=f"Title {number}")

    def names(self, number: int) -> tuple[Alias, ...]:
        address = Alias("url", nurl(f"{SITE}/{number}/") or "")
        return (Alias("guid", f"id-{number}"), *([address] if number != 4 else []))

    def ask(
        self, host: object, pages: Sequence[Page], how: object
    ) -> Iterator[tuple[Page, requests.Response | Silence]]:
        for page in pages:
            self.asked.append(page.link)
            yield page, self.answers.get(page.link, response(200, page.link))

    def follow_up(self) -> None:
        host = SimpleNamespace(ledger=self.ledger, clock=self.clock, stop=Event(), tell=self._tell)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(vanished, "ask_all", self.ask)
            vanished.follow_up(cast("Any", host), PassReport())

    def _tell(self, event: str, **facts: Any) -> None:
        self.told.append((event, facts))

    def leads(self, number: int, to: str, *hops: int, status: int = 200) -> None:
        self.answers[f"{SITE}/{number}/"] = response(status, f"{SITE}{to}", *hops)

    def history(self, number: int) -> list[str]:
        (row,) = self.ledger.find_posts(f"id-{number}")
        return [one.name for one in self.ledger.history(row.id)]

    def known_as(self, place: str) -> list[str | None]:
        return [row.post.guid for row in self.ledger.find_posts(f"{SITE}{place}")]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    clock = ManualClock()
    with Ledger.create(f"sqlite://{tmp_path}/ledger.db", tmp_path, clock) as ledger:
        made = Watch(ledger, clock)
        made.begin()
        yield made


def test_three_pages_are_asked_in_one_pass(watch: Watch) -> None:
    watch.follow_up()
    assert watch.asked == [f"{SITE}/{n}/" for n in range(3)]
    watch.follow_up()
    assert watch.asked[3:] == [f"{SITE}/3/"]
    watch.follow_up()
    assert len(watch.asked) == 4


def test_a_post_without_a_page_cannot_be_proven_gone(watch: Watch) -> None:
    for _ in range(2):
        watch.follow_up()
    assert watch.history(4) == ["vanished", "unclear"]
    assert watch.told[-1] == ("post_vanished", {"feed": "blog", "post": "id-4", "page": "it has no page"})


def test_a_permanent_redirect_gives_a_post_a_name(watch: Watch) -> None:
    watch.leads(0, "/moved/", 301, 308)
    watch.follow_up()
    assert (watch.history(0), watch.known_as("/moved/")) == (["vanished", "moved"], ["id-0"])
    assert watch.told[0] == ("post_vanished", {"feed": "blog", "post": f"{SITE}/0/", "page": f"moved to {SITE}/moved/"})


@pytest.mark.parametrize("hops", [(302,), (301, 307), (303, 301)])
def test_a_redirect_for_the_time_being_gives_it_none(watch: Watch, hops: tuple[int, ...]) -> None:
    watch.leads(0, "/moved/", *hops)
    watch.follow_up()
    assert (watch.history(0), watch.known_as("/moved/")) == (["vanished", "unlisted"], [])


def test_an_address_that_belongs_to_another_post_stays_with_that(watch: Watch) -> None:
    watch.leads(0, "/5/", 301)
    watch.follow_up()
    assert (watch.history(0), watch.known_as("/5/")) == (["vanished", "unlisted"], ["id-5"])


def test_where_several_posts_lead_is_nobodys_address(watch: Watch) -> None:
    for number in (0, 1):
        watch.leads(number, "/we-have-moved/", 301)
    watch.follow_up()
    assert [watch.history(n) for n in (0, 1)] == [["vanished", "unlisted"]] * 2
    assert watch.known_as("/we-have-moved/") == []


def test_a_redirect_to_a_page_that_is_not_there_is_a_404(watch: Watch) -> None:
    watch.leads(0, "/moved/", 301, status=404)
    watch.follow_up()
    assert watch.history(0) == ["vanished"]
    (row,) = watch.ledger.find_posts("id-0")
    missing = watch.ledger.sources([row.id])[row.id].missing
    assert missing is not None
    assert missing.look == "404"


def test_a_server_that_does_not_answer_proves_nothing_is_told_once_and_asked_ever_more_seldom(watch: Watch) -> None:
    watch.answers[f"{SITE}/0/"] = Silence("connection refused", of_host=True)
    for _ in range(3):
        watch.follow_up()
        watch.clock.advance(3 * HOUR)
        known = FeedMemory("blog", f"{SITE}/feed.xml", succeeded_at=watch.clock.now(), baseline=True)
        watch.ledger.remember_feed(known)
    assert watch.history(0) == ["vanished"]
    assert watch.asked.count(f"{SITE}/0/") == 2
    assert [facts["page"] for _, facts in watch.told if facts["post"] == f"{SITE}/0/"] == ["connection refused"]


def test_a_post_that_is_gone_is_told_with_what_its_owner_can_do(watch: Watch) -> None:
    watch.leads(0, "/0/", status=410)
    watch.follow_up()
    (facts,) = [facts for event, facts in watch.told if event == "post_gone"]
    assert facts == {"feed": "blog", "post": f"{SITE}/0/", "reason": "HTTP 410", "hint": vanished.HINT}
