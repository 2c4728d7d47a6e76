"""An installation with one network whose copies can answer each other (`rope.py`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from syndicator.ledger.rows import Delivery
from syndicator.sandbox.blog import Entry
from tests.system.pass_ground import MINUTE, Ground, ground_in
from tests.system.rope import KIND, Shore, in_parts, moor, shelf


@dataclass(frozen=True, slots=True)
class Harbour:
    """An installation with one such network."""

    ground: Ground
    shore: Shore

    def publish(self, name: str, parts: int = 3) -> list[str]:
        """A thread in waiting; its words."""
        words = [f"Words of {name}, {number}." for number in range(1, parts + 1)]
        html = "".join(f"<p>{one}</p>" for one in words)
        self.ground.scene.blog.publish(Entry(name, "", html, self.ground.clock.now() - MINUTE))
        return words

    def said(self) -> list[tuple[str, str | None]]:
        """Each copy with the words of the one that it answers."""
        words = {copy["id"]: copy["text"] for copy in self.shore.copies()}
        return [(copy["text"], words.get(copy["answers"])) for copy in self.shore.copies()]

    def rows(self, name: str) -> list[Delivery]:
        with self.ground.ledger() as ledger:
            (post,) = ledger.find_posts(self.ground.link(name))
            return ledger.deliveries(network=KIND, post_id=post.id)


@contextmanager
def harbour_in(directory: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[Harbour]:
    monkeypatch.syspath_prepend(str(shelf(directory)))
    monkeypatch.setattr("syndicator.deliver.make", in_parts)
    with ground_in(directory, "none-of-ours") as ground:
        shore = Shore(directory / "shore")
        moor(ground.scene.config, shore, **settings)
        ground.walk()
        yield Harbour(ground, shore)
