"""The person: looks at the accounts, types real verbs, and is now and then wrong.

Enters: what they want to do, and a number that picks one of the deliveries it can be done to. Leaves: rows moved by the
real command line in this process, and `words`: what the person has said that the program had to believe.
"""

import io
import json
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field

from syndicator.cli import main
from syndicator.connector import CanDelete, ConnectorError, Receipt
from tests.lives.exchange import NAMED
from tests.lives.file import Entry, entries, reading
from tests.lives.scene import Scene

Pair = tuple[str, str]  # network, post
DOUBTFUL = ("ask", "unknown")
_COPY = "SELECT coalesce(remote_id, ''), url, coalesce(extra, '{}') FROM delivery WHERE id = ?"


@dataclass(slots=True)
class Words:
    """What only a person can answer for."""

    asked_again: set[Pair] = field(default_factory=set)  # they said that it is not there, and it was
    claimed: set[Pair] = field(default_factory=set)  # they said that it is there
    deleted: set[Pair] = field(default_factory=set)  # they deleted the copy


class Owner:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.words, self.said = scene, Words(), ""

    def forget(self) -> None:
        self.words, self.said = Words(), ""

    def say(self, *words: str) -> int:
        """Type a verb."""
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            code = main.run(["--config", str(self.scene.home / "config.toml"), *words])
        self.said += out.getvalue()
        assert code in (0, 64, 75, 80), out.getvalue()  # 80: something is left alone until a ledger is reconciled
        return code

    # Looking

    def copies(self) -> dict[str, Counter[str]]:
        """Network → how many copies of each post are there to be seen."""
        return {name: _named(service.copies()) for name, service in self.scene.services.items()}

    def is_there(self, one: Entry) -> bool:
        return self.copies()[one.network][one.post] > 0

    def one_of(self, states: tuple[str, ...], number: int) -> Entry | None:
        """None of the old posts is ever meant."""
        found = [e for e in entries(self.scene.ledger_file) if e.state in states and e.post.startswith("post")]
        return found[number % len(found)] if found else None

    # Deciding

    def answers(self, one: Entry) -> None:
        """After a while, by what the account shows."""
        if self.is_there(one):
            self.say("resolve", str(one.id), "--posted", f"https://copy.example/{one.post}")
        elif one.state in DOUBTFUL:
            self.say("resolve", str(one.id), "--not-posted")
        elif one.state == "held":
            self.say("release", str(one.id))
        elif one.state == "failed":
            self.say("retry", str(one.id))

    def is_wrong_about(self, one: Entry) -> None:
        if self.is_there(one):
            self.words.asked_again.add(one.pair)
            self.say("resolve", str(one.id), "--not-posted")
        else:
            self.words.claimed.add(one.pair)
            self.say("resolve", str(one.id), "--posted", f"https://copy.example/{one.post}")

    def decides(self, verb: str, one: Entry) -> None:
        """hold, skip: nothing goes out by that. What was left out is asked for again by its number."""
        if verb == "retry" and one.state == "skipped":
            self.words.asked_again |= {one.pair} if self.is_there(one) else set()
        self.say(verb, str(one.id))

    def deletes(self, one: Entry) -> None:
        """By what the connector offers, as a later version of the program might do it for them."""
        with reading(self.scene.ledger_file) as file:
            remote_id, url, extra = file.execute(_COPY, (one.id,)).fetchone()
        if not remote_id or not self.scene.config.networks[one.network].enabled:
            return
        with suppress(ConnectorError), self.scene.process.connected(one.network) as connector:
            if isinstance(connector, CanDelete):
                self.words.deleted.add(one.pair)
                connector.delete(Receipt(remote_id, url, extra=json.loads(extra)))


def _named(copies: list[dict[str, object]]) -> Counter[str]:
    return Counter(name for copy in copies for name in set(NAMED.findall(repr(copy))))
