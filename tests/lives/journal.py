"""The author's side: a blog whose posts are written, edited and taken away, and a feed that has bad days.

Enters: what the author does, and what befalls the feed. Leaves: the answers of a pretend blog, and what a reader of the
feed could see in it. It knows nothing of the program.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from syndicator.sandbox.blog import Entry, PretendBlog
from syndicator.sandbox.service import Reply, Request

OLD = 3  # posts that were there before the program


class Journal(PretendBlog):
    """`scheme`: by which its readers are to come, and `asked_by` the one by which they do. `keyed`: post → how
    often its guid has been changed. `is_cut`: its generator writes half of the feed."""

    def __init__(self) -> None:
        super().__init__()
        self._as_in_the_beginning()

    def _as_in_the_beginning(self) -> None:
        self.scheme = self.asked_by = "http"
        self.keyed: Counter[str] = Counter()
        self.written = 0
        self.is_cut = False

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self._server.server_address[1]}"

    def begin(self, now: datetime) -> None:
        """As it is found in the beginning: nothing but posts that are old."""
        self.entries = []
        self._as_in_the_beginning()
        for number in range(OLD):
            words = f"<p>Words of old{number} and of no other.</p>"
            self.publish(Entry(f"old{number}", f"About old{number}", words, now - timedelta(days=30 - number)))

    # What its author does

    def write(self, now: datetime) -> str:
        name, self.written = f"post{self.written}", self.written + 1
        self.publish(Entry(name, f"About {name}", f"<p>Words of {name} and of no other.</p>", now))
        return name

    def edit(self, name: str) -> None:
        self.entries = [
            replace(entry, body=f"<p>Other words of {name}, said better than before.</p>{entry.body}")
            if entry.slug == name
            else entry
            for entry in self.entries
        ]

    def take_away(self, name: str) -> None:
        self.entries = [entry for entry in self.entries if entry.slug != name]

    # What others see

    @property
    def shown(self) -> set[str]:
        return {entry.slug for entry in self.entries}

    def answer(self, request: Request) -> Reply:
        if self.asked_by != self.scheme:
            return Reply(301, None, {"Location": f"{self.url}{request.path}"})
        return super().answer(request)

    def _rss(self) -> str:
        whole = super()._rss()
        return whole[: len(whole) * 2 // 3] if self.is_cut else whole

    def _item(self, entry: Entry) -> str:
        item = super()._item(entry)
        times = self.keyed[entry.slug]
        return item.replace("<guid>", f'<guid isPermaLink="false">{times}:') if times else item

    def _page(self, entry: Entry) -> str:
        """Without a picture: drawing them takes longer than everything else."""
        return f"<!doctype html><title>{entry.title}</title>{entry.body}"
