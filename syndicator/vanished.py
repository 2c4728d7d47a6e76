"""Are posts that have vanished from their feed gone? Their pages are asked, a few in each Pass.

Enters: a Pass, when something is open. Leaves: events on posts, and deliveries that are held because their post is
gone. What an answer proves is decided by `feed/absence.py`. No copy is deleted, and nothing is sent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import requests

from syndicator.changes import settle_edits
from syndicator.feed import absence
from syndicator.feed.absence import Missing
from syndicator.feed.absence import Page as Answer
from syndicator.feed.identify import Alias, nurl
from syndicator.host import Host
from syndicator.ledger.rows import GONE, Absentee, Happening, Page, Watched
from syndicator.pages import Missing as Silence
from syndicator.pages import ask_all, request
from syndicator.report import PassReport
from syndicator.telling import Telling

LOOKS = 3  # pages in one Pass
HINT = "its copies stay where they are; delete those that should go too by hand"
_ENDS = ("gone", "unlisted", "moved", "unclear")


def follow_up(host: Host, report: PassReport) -> None:
    """Everything about known posts that waits for time to pass."""
    settle_edits(host)
    _look(host)
    for delivery in host.ledger.hold_for_gone():
        Telling(host, report, delivery.network).moved(delivery, "delivery_held", GONE)


def _look(host: Host) -> None:
    found = host.ledger.absentees(host.clock.now(), LOOKS)
    by_id = {one.post_id: one for one in found}
    pages = [Page(one.post_id, one.feed, one.link) for one in found if one.link is not None]
    answers = {page.post_id: _meaning(page.link, said) for page, said in ask_all(host, pages, request)}
    answers |= {one.post_id: Answer(None, "it has no page") for one in found if one.link is None}
    for post_id, answer in _without_common_ground(answers):
        _note(host, by_id[post_id], answer)


def _meaning(link: str, said: requests.Response | Silence) -> Answer:
    if isinstance(said, Silence):
        return Answer(None, said.said)
    for_good = bool(said.history) and all(hop.status_code in (301, 308) for hop in said.history)
    moved = said.url if for_good and absence.is_new_address(link, said.url) else None
    return Answer(said.status_code, f"HTTP {said.status_code}", moved)


def _without_common_ground(answers: dict[int, Answer]) -> Iterator[tuple[int, Answer]]:
    """Where several posts lead to is nobody's new address."""
    led = Counter(answer.moved_to and nurl(answer.moved_to) for answer in answers.values())
    for post_id, answer in answers.items():
        shared = answer.moved_to is not None and led[nurl(answer.moved_to)] > 1
        yield post_id, Answer(answer.status, answer.said) if shared else answer


def _note(host: Host, one: Absentee, answer: Answer) -> None:
    """First recorded, then told."""
    now = host.clock.now()
    address = _free_address(host, answer)
    answer = Answer(answer.status, answer.said, answer.moved_to if address is not None else None)
    after = absence.judge(one.missing, answer, now) if one.link is not None else _pageless(one.missing, now)
    happenings = tuple(_happenings(one, after, answer, now))
    names = ((one.post_id, one.feed, address),) if address is not None and after.look == "moved" else ()
    host.ledger.note_changes(Watched(missing={one.post_id: after}, happenings=happenings, names=names))
    _tell(host, one, answer, happenings)


def _free_address(host: Host, answer: Answer) -> Alias | None:
    compared = nurl(answer.moved_to) if answer.moved_to is not None else None
    if compared is None:
        return None
    alias = Alias("url", compared)
    return None if host.ledger.known([alias]) else alias


def _pageless(missing: Missing, now: datetime) -> Missing:
    return Missing(missing.since, "unclear", now, None)


def _happenings(one: Absentee, after: Missing, answer: Answer, now: datetime) -> Iterator[Happening]:
    if one.missing.looked_at is None:
        said = {"deleted": True} if one.missing.look == "deleted" else {}
        yield Happening(one.post_id, now, "vanished", {"since": one.missing.since.isoformat(), **said})
    if after.look in _ENDS:
        to = {"to": answer.moved_to} if after.look == "moved" else {}
        yield Happening(one.post_id, now, str(after.look), {"said": answer.said, **to})


def _tell(host: Host, one: Absentee, answer: Answer, happenings: Sequence[Happening]) -> None:
    names = [happening.name for happening in happenings]
    if not names:
        return
    post = one.link or host.ledger.post(one.post_id).post.guid
    if "gone" in names:
        host.tell("post_gone", feed=one.feed, post=post, reason=answer.said, hint=HINT)
        return
    page = f"moved to {answer.moved_to}" if answer.moved_to is not None else answer.said
    host.tell("post_vanished", feed=one.feed, post=post, page=page)
