"""Is a post's page there? Asked once before a post is announced for the first time, so that no copy leads to nothing.

Enters: the posts that are due and whose pages nobody has seen. Leaves: posts known to be live, with the spelling that
their pages give to their address, or deliveries that wait a little; after a day without the page they are held, and
told. Feeds are often deployed before pages. It sends nothing, counts no attempt, and asking again does no harm.

Only an answer that says so (404, 410, a fault of the server) or no answer at all means that a page is not there. A
server that refuses us (401, 403, 429, a bot challenge …) may well let readers in, and waiting would not change it.
"""

import queue
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import requests
from urllib3.exceptions import HTTPError

from syndicator.config.models import Config
from syndicator.feed.page import LARGEST, Head, host_of, read_head, spelling
from syndicator.feed.walls import wall
from syndicator.host import Host
from syndicator.http import GuardedSession
from syndicator.ledger.rows import DEAD, WAITING, Delivery, Page, PostRow
from syndicator.rendering import own_hosts
from syndicator.report import PassReport
from syndicator.telling import Telling

WAITS = (timedelta(minutes=2), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))  # the last for ever
PATIENCE = timedelta(days=1)
FEWEST = 3  # looks; a machine that slept for a day has not looked for a day
NEXT_TURN = timedelta(minutes=1)  # for what a Pass had no time to look at
MOST = 100  # pages in one Pass
SEATS = 8
DEADLINE = 10.0  # seconds for one page, redirects and all
BUDGET = 30.0  # seconds; after them no page is asked for in this Pass
LOOK_UP = 5.0  # seconds between two signs of life while servers are waited for
ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5"
_LONGEST = 200  # characters of a reason
_LATER = {404, 408, 410, 425}  # what else begins with 4 is about us, and not about the page
_TITLE = re.compile(rb"<title>[^<]{0,200}", re.IGNORECASE)
_LET_IN = "let syndicator in, or set wait_for_page = false"
_MEND = 'if that is a mistake, mend <link rel="canonical"> in the page'


@dataclass(frozen=True, slots=True)
class Live:
    """The page is there, as far as we can tell; what of it the owner should know."""

    head: Head
    note: str | None = None
    warning: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    said: str
    of_host: bool = False  # nothing answered, so that asking for its other pages would be waiting for nothing


Answer = Live | Missing
A = TypeVar("A")
T = TypeVar("T")
How = Callable[[GuardedSession, str], A | Missing]


def look(host: Host, pages: Sequence[Page], report: PassReport) -> None:
    """Ask for the pages of `pages`, and note what became of each. What is not asked for now stays as it is."""
    wanted = [page for page in pages if is_awaited(host.config, page.feed)]
    for page, answer in ask_all(host, wanted[:MOST], ask):
        _note(host, report, page, answer)


def is_awaited(config: Config, feed: str) -> bool:
    """Whether the posts of a feed wait for their pages."""
    own = next((known.wait_for_page for known in config.feed if known.name == feed), None)
    return config.defaults.wait_for_page if own is None else own


def is_unseen(host: Host, delivery: Delivery, post: PostRow) -> bool:
    """Whether a delivery has become due without anybody having asked for the page of its post."""
    if post.live_at is not None or not is_awaited(host.config, post.feed):
        return False
    return host.ledger.awaits_page(delivery)


def next_look(since: datetime, tries: int, now: datetime) -> datetime | None:
    """When to look again, after the `tries`-th look at `now` found nothing; None: it has been waited for enough."""
    if tries >= FEWEST and now - since >= PATIENCE:
        return None
    return now + WAITS[min(tries, len(WAITS)) - 1]


def ask(session: GuardedSession, link: str) -> Answer:
    """Ask once, and read the beginning of what comes. Raises nothing that a server can cause."""
    response = request(session, link)
    return response if isinstance(response, Missing) else judge(link, response)


def request(session: GuardedSession, link: str) -> requests.Response | Missing:
    """What stands at an address, redirects followed, or why nobody can tell."""
    session.last = None
    try:
        return session.get(link, headers={"Accept": ACCEPT})
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        if session.last is not None and not session.last.is_redirect:
            return session.last  # there is more of the page than we read, and its status is known
        said = str(error) or type(error).__name__
        return Missing(said[:_LONGEST], of_host=session.last is None)


def judge(link: str, response: requests.Response) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return _there(link, response)
    if status in _LATER or (status >= 500 and not _is_challenge(response)):
        return Missing(f"HTTP {status}")
    refused = f"its server refuses us the page (HTTP {status}); it is announced in the belief that readers are let in"
    return Live(Head(), warning=refused, hint=_LET_IN)


def _there(link: str, response: requests.Response) -> Live:
    headers = response.headers
    head = read_head(
        response.content,
        response.url,
        content_type=headers.get("Content-Type", ""),
        language=headers.get("Content-Language", ""),
        canonical=response.links.get("canonical", {}).get("url"),
    )
    at = host_of(response.url)
    note = None if at == host_of(link) else f"its link leads on to another host, {at}"
    if head.canonical is None or host_of(head.canonical) == host_of(link):
        return Live(head, note)
    named = f"its page names {head.canonical[:_LONGEST]} as the original; copies link to what the feed says"
    return Live(head, note, named, _MEND)


def _is_challenge(response: requests.Response) -> bool:
    """Whether a wall stands in place of the post. Of the page only its title counts: some protections put their scripts
    into every page that passes them, a server's own errors too."""
    title = _TITLE.search(response.content)
    return wall(response.headers, title[0] if title is not None else b"") is not None


def ask_all(host: Host, pages: Sequence[Page], how: How[A]) -> Iterator[tuple[Page, A | Missing]]:
    """Side by side, but one page of a host at a time; the answers come out on this thread, as they come in."""
    if not pages:
        return
    hosts: dict[str | None, list[Page]] = defaultdict(list)
    for page in pages:
        hosts[host_of(page.link)].append(page)
    answers: queue.SimpleQueue[tuple[Page, A | Missing] | None] = queue.SimpleQueue()
    end = host.clock.monotonic() + BUDGET
    with ThreadPoolExecutor(min(SEATS, len(hosts)), thread_name_prefix="page") as pool:
        turns = [partial(_ask_in_turn, host, of_host, how, end, answers) for of_host in hosts.values()]
        asked = [pool.submit(turn) for turn in turns]
        yield from _as_they_come(host, answers, len(asked))
        for turn in asked:
            turn.result()


def _as_they_come(host: Host, answers: "queue.SimpleQueue[T | None]", turns: int) -> Iterator[T]:
    """What lies in the queue, until all have put their None there. What has come is not lost with what has not."""
    while turns:
        host.beat()  # servers that stall must not look like a program that hangs
        with suppress(queue.Empty):
            found = answers.get(timeout=LOOK_UP)
            if found is None:
                turns -= 1
            else:
                yield found


def _ask_in_turn(
    host: Host,
    pages: Sequence[Page],
    how: How[A],
    end: float,
    answers: "queue.SimpleQueue[tuple[Page, A | Missing] | None]",
) -> None:
    session = host.http.allowing(*own_hosts(host.config)).session(deadline=DEADLINE, max_body=LARGEST)
    silent: Missing | None = None
    try:
        for page in pages:
            if host.stop.is_set() or host.clock.monotonic() >= end:
                return
            answer = silent or how(session, page.link)
            silent = answer if isinstance(answer, Missing) and answer.of_host else None
            answers.put((page, answer))
    finally:
        session.close()
        answers.put(None)


def _note(host: Host, report: PassReport, page: Page, answer: Answer) -> None:
    """First recorded, then told."""
    if isinstance(answer, Missing):
        _wait(host, report, page, answer.said)
        return
    canonical = spelling(page.link, answer.head.canonical)
    host.ledger.page_is_live(page, canonical=canonical, language=answer.head.language)
    if answer.note is not None:
        host.tell("page_noted", feed=page.feed, post=page.link, reason=answer.note)
    if answer.warning is not None:
        host.tell("page_warned", feed=page.feed, post=page.link, reason=answer.warning, hint=answer.hint)


def _wait(host: Host, report: PassReport, page: Page, said: str) -> None:
    now, tries = host.clock.now(), page.tries + 1
    until = next_look(page.since or now, tries, now)
    if until is None:
        for delivery in host.ledger.page_is_dead(page):
            Telling(host, report, delivery.network).moved(delivery, "delivery_held", DEAD)
        return
    host.ledger.page_is_missing(page, until=until, cause=f"{WAITING}{tries}:{said}")
    host.tell("page_missing", feed=page.feed, post=page.link, reason=said, looks=tries, until=until.isoformat())
