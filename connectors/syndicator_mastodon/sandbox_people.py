"""Whom the pretend service knows: its own people, and those of other servers that it can reach.

Enters: names as they stand in a text or in a question. Leaves: people, or nobody. Somebody of another server is known
from the first time that a text mentions them, as Mastodon's looking-up by WebFinger has it.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from syndicator_mastodon.sandbox_state import Person

# Read in Mastodon's source: a name may have dots and hyphens inside, a host any letter.
MENTION = re.compile(r"(?<![=/\w])@([a-z0-9_]+(?:[a-z0-9_.-]+[a-z0-9_])?)(?:@(\w+(?:[.-]+\w+)*))?", re.IGNORECASE)


class People:
    """`near`: names of this server. `far`: name and host of others. `moved`: how a host's accounts are really called,
    where it is not what people type."""

    def __init__(self, base: str, near: Sequence[str], far: Sequence[str]) -> None:
        self.base, self.host = base, urlsplit(base).netloc
        self.near, self.far = near, far
        self.known: set[str] = set()
        self.moved: dict[str, str] = {}

    def asked(self, acct: str) -> Person | None:
        """The answer to a question: nobody is looked up elsewhere for it."""
        name, _, host = acct.strip().removeprefix("@").lower().partition("@")
        if host in ("", self.host):
            return self._near(name)
        full = f"{name}@{host}"
        return self._far(full) if full in self.known else None

    def said(self, text: str) -> list[Person]:
        """Everybody whom a text mentions, once each; they are known from then on."""
        found = (self.called(*match.groups()) for match in MENTION.finditer(text))
        return list(dict.fromkeys(person for person in found if person is not None))

    def called(self, name: str, host: str | None) -> Person | None:
        if not host or host.lower() == self.host:
            return self._near(name.lower())
        typed = f"{name}@{host}".lower()
        if typed not in self.far:
            return None
        full = self.moved.get(typed, typed)
        self.known.add(full)
        return self._far(full)

    def _near(self, name: str) -> Person | None:
        return Person(f"3{self.near.index(name)}", name, f"{self.base}/@{name}") if name in self.near else None

    def _far(self, full: str) -> Person:
        name, _, host = full.partition("@")
        return Person(str(4000 + sum(full.encode())), full, f"https://{host}/@{name}")


def unexpected(found: Iterable[Person], allowed: Iterable[str]) -> list[Person]:
    return [person for person in found if person.id not in {str(one) for one in allowed}]
