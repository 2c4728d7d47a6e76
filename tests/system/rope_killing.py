"""Kills Passes at random moments while threads go out, then lets the dust settle and reads what is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.stage import stage
from tests.system.killing import HERE, Killer
from tests.system.rope import Shore, chain, chains, moor, shelf

FAULTS = ("well", "well", "well", "lose", "cut", "refuse")
PARTS = (1, 3, 5)
SETTLING = 5  # Passes, a quarter of an hour apart


class RopeKiller(Killer):
    """With threads for posts, and a rope for the service."""

    shore: Shore
    words: dict[str, list[str]]

    def broken(self) -> dict[str, list[tuple[str, str | None]]]:
        """Post → what is there of its thread, where that is not all of it, once, in one chain."""
        there = chains(self.shore)
        found = {name: there.get(words[0], []) for name, words in self.words.items()}
        return {name: seen for name, seen in found.items() if seen != chain(*self.words[name])}

    def _one_round(self) -> None:
        self._publish()
        self.shore.next(*(self.random.choice(FAULTS) for _ in range(4)))
        self.offset += self.random.choice((1, 70, 200, 400))
        self._pass(self.random.uniform(0.0, self.usual * 1.2))

    def _publish(self) -> None:
        name = f"post-{len(self.words):03}"
        when = datetime.now(UTC) + timedelta(seconds=self.offset)
        self.words[name] = [f"Words of {name}, {number}." for number in range(1, self.random.choice(PARTS) + 1)]
        body = "".join(f"<p>{one}</p>" for one in self.words[name])
        self.scene.blog.publish(Entry(name, "", body, when))

    def _settle(self) -> None:
        self.shore.calm()
        for _ in range(SETTLING):
            self.offset += 900
            self._pass(None)


@contextmanager
def rope_killer(directory: Path, seed: int, *, careless: bool = False) -> Iterator[RopeKiller]:
    with stage(directory, PretendBlog(), settle="0s", cast={}) as scene:
        # Kills make a backlog, and a backlog is held as a burst: a guard of its own, not the subject here.
        scene.config.write_text(scene.config.read_text().replace("[defaults]\n", "[defaults]\nburst = 1000\n"))
        made = RopeKiller(scene, seed, careless=careless)
        made.shore, made.words = Shore(directory / "shore"), {}
        made.script = (str(HERE / "rope_zygote.py"), str(shelf(directory)))
        moor(scene.config, made.shore)
        yield made
