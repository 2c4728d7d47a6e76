"""What goes on around the networks while the program runs: posts appear, the clock is moved, a person answers.

Enters: a World between two Passes, and what the Schedule says of its surroundings. Leaves: what the next Pass is about,
and when it is. A person here always tells the truth: they look at the account before they answer.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syndicator.daemon import LONGEST_SLEEP
from syndicator.host import Host
from syndicator.ledger.refusals import Stale
from syndicator.ledger.rows import Delivery
from syndicator.ledger.states import State
from syndicator.run import Scope
from tests.proof import stagehand
from tests.proof.plan import Around

if TYPE_CHECKING:
    from tests.proof.world import World

QUIETLY = Scope(feeds=frozenset(), by_hand=False)
WITH_FEED = Scope(by_hand=False)
LAST = timedelta(hours=12)  # so long after a post has appeared the feed is polled


class Surroundings:
    def __init__(self, world: "World", around: Around) -> None:
        begin = world.clock.now()
        self._world, self._answers = world, around.answers
        self._appears = [begin + after for after in around.appears]
        polled = around.appears or around.polls
        self._polled_until = max(self._appears, default=begin) + LAST if polled else None
        self._steps = list(around.steps)
        self._asked: dict[int, datetime] = {}  # delivery → when a person will answer

    def before_pass(self) -> Scope:
        """Move the clock, publish; says what the Pass is about."""
        world = self._world
        if self._steps and world.run_.passes >= self._steps[0][0]:
            by = self._steps.pop(0)[1]
            world.move_clock(by)
            world.run_.log.append(f"the clock is moved by {by}")
        now = world.net.true_now()
        while self._appears and self._appears[0] <= now:
            self._appears.pop(0)
            number = len(world.blog.entries) - 1
            world.blog.publish(stagehand.post(number, now, threads=world.threads))
            world.run_.log.append(f"post{number} appears")
        return WITH_FEED if self._is_polled() else QUIETLY

    def _is_polled(self) -> bool:
        return self._polled_until is not None and self._world.net.true_now() <= self._polled_until

    def next_after(self, host: Host, end: datetime) -> datetime | None:
        """When the next Pass is; None when nothing will happen any more."""
        self._answer(host)
        now = host.clock.now()
        times = [at for at in (host.ledger.next_due(), *self._asked.values()) if at is not None and at <= end]
        if self._is_polled():
            times += [at.next_check_at for at in host.ledger.feeds() if at.next_check_at is not None]
        if not times:
            return now + LONGEST_SLEEP if self._steps else None
        return min(*times, now + LONGEST_SLEEP) if self._world.net.skew or self._steps else min(times)

    def _answer(self, host: Host) -> None:
        if self._answers is None:
            return
        now = host.clock.now()
        for row in host.ledger.deliveries(states=(State.ASK,)):
            if self._asked.setdefault(row.id, now + self._answers) <= now:
                del self._asked[row.id]
                with suppress(Stale):
                    self._say(host, row)
        open_ = {row.id for row in host.ledger.deliveries(states=(State.ASK,))}
        self._asked = {number: at for number, at in self._asked.items() if number in open_}

    def _say(self, host: Host, row: Delivery) -> None:
        """What `syndicate resolve` does, after a look at what is there by now."""
        self._world.net.work_late()
        is_out = self._is_out(host, row)
        if is_out:
            url = f"https://example.org/{row.id}"
            host.ledger.move(row, "posted", cause="owner", actor="owner", url=url)
        else:
            host.ledger.move(row, "not_posted", cause="owner", actor="owner")
        self._world.run_.log.append(f"a person says that {row.id} is {'' if is_out else 'not '}there")

    def _is_out(self, host: Host, row: Delivery) -> bool:
        """Of a thread: whether this part of it is."""
        link = host.ledger.post(row.post_id).post.link or ""
        out = stagehand.copies_of(self._world.services[row.network].copies(), link)
        rendering = host.ledger.rendering(row.id)
        mine = stagehand.words_in(rendering.text if rendering is not None else "")
        return any(not mine or mine & stagehand.words_in(repr(copy)) for copy in out)
