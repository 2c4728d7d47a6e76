"""Replays a series of versions of one feed through the real path: parsed, gated, identified, planned, recorded.

The time of a poll is the time at which the version was committed, the first document is the baseline, and the ledger is
a real one. Nothing is fetched and nothing sent: `Replay.read` says of each entry what was decided. Beside it runs what
most programs do, which know an entry by its guid alone.

`python tests/feeds/replaying.py` replays the corpus and prints a table.
"""

import atexit
import csv
import os
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from syndicator import moving
from syndicator.clock import ManualClock
from syndicator.config.models import Config, Defaults, FeedConfig
from syndicator.feed.document import Document, NotAFeed
from syndicator.feed.identify import nurl
from syndicator.feed.parse import parse
from syndicator.host import Host
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, Owed, Recording
from syndicator.ledger.states import State
from syndicator.ledger.tables import METADATA
from syndicator.post import Post
from syndicator.reading import Unreadable, decide

CORPUS = Path(os.environ.get("SYNDICATOR_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTCOMES = ("announced", "scheduled", "held", "skipped", "rekeyed", "known", "refused")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one entry of one document."""

    post: Post
    outcome: str
    cause: str = ""
    post_id: int | None = None


@dataclass(slots=True)
class Replay:
    """One feed over time. `url` may be changed, as an owner may change it."""

    ledger: Ledger
    clock: ManualClock
    url: str = "https://blog.example/feed.xml"
    name: str = "blog"
    burst: int | None = None
    feeds: dict[str, str] = field(default_factory=dict)  # other feeds of the same owner
    pace: timedelta = HOUR  # between two documents
    network: str = "pretend"  # where its posts go

    def read(self, posts: Sequence[Post], *, partial: bool = False) -> list[Verdict]:
        """One document."""
        document = Document(tuple(posts), "Blog", None, None, partial=partial, declared=len(posts))
        return self.take(document)

    def take(self, document: Document) -> list[Verdict]:
        host, feed = self._host(), FeedConfig(name=self.name, url=self.url)
        before = moving.under(feed.url, self.ledger.feed(feed.name))
        now = self.clock.now()
        memory = replace(before, checked_at=now, succeeded_at=now, failures=0, trouble=None, reader="replay")
        self.ledger.mark_posts(feed.name)
        try:
            recording = decide(host, feed, memory, document)
        except Unreadable as refused:
            self._remember_failure(before, refused.reason)
            return [Verdict(post, "refused", refused.reason) for post in document.posts]
        self.ledger.record(recording)
        self.clock.advance(self.pace)
        return list(_verdicts(recording, document))

    def news(self, posts: Sequence[Post], *, partial: bool = False) -> list[Verdict]:
        """What would be sent or is kept back, of one document more."""
        return [v for v in self.read(posts, partial=partial) if v.outcome not in ("known", "rekeyed", "duplicate")]

    def poll(self) -> None:
        """The feed is asked, and has nothing new."""
        now = self.clock.now()
        self.ledger.remember_feed(replace(self.ledger.feed(self.name), checked_at=now, succeeded_at=now))

    def _remember_failure(self, before: FeedMemory, reason: str) -> None:
        self.ledger.remember_feed(replace(before, failures=before.failures + 1, trouble=reason))
        self.clock.advance(self.pace)

    def _host(self) -> Host:
        network = SimpleNamespace(
            name=self.network,
            connector="pretend",
            enabled=True,
            approve=False,
            settle=None,
            best_before=None,
            filter=SimpleNamespace(include_tags=[], exclude_tags=[]),
        )
        feeds = [FeedConfig(name=name, url=url) for name, url in {self.name: self.url, **self.feeds}.items()]
        defaults = Defaults() if self.burst is None else Defaults(burst=self.burst)
        config = SimpleNamespace(feed=feeds, networks={self.network: network}, defaults=defaults)
        host = SimpleNamespace(config=cast("Config", config), ledger=self.ledger, clock=self.clock)
        return cast("Host", host)


@cache
def _ledger() -> Ledger:
    """One for all replays of a process, emptied between them: making one takes longer than reading a document."""
    home = Path(tempfile.mkdtemp(prefix="replay-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    ledger = Ledger.create(f"sqlite://{home}/ledger.db", home, ManualClock(START))
    pooled = ledger._transactions.engine.raw_connection()
    pooled.cursor().execute("PRAGMA synchronous=OFF")  # nothing here has to outlive the process
    pooled.close()
    return ledger


@contextmanager
def replay(start: datetime = START, **facts: Any) -> Iterator[Replay]:
    ledger = _ledger()
    with ledger._transactions.writing() as connection:
        for each in reversed(METADATA.sorted_tables):
            if each.name != "meta":
                connection.execute(each.delete())
        connection.exec_driver_sql("DELETE FROM meta WHERE name LIKE 'marks of %'")
    clock = ledger._clock = ManualClock(start)
    yield Replay(ledger, clock, **facts)


def _verdicts(recording: Recording, document: Document) -> Iterator[Verdict]:
    new = {id(n.post): n for n in recording.new}
    seen = {id(s.post): s for s in recording.seen}
    for post in document.posts:
        if id(post) in new:
            (owed,) = new.pop(id(post)).owed
            yield Verdict(post, _outcome(owed), owed.cause)
        elif id(post) in seen:
            found = seen.pop(id(post))
            yield Verdict(post, "rekeyed" if found.reasons else "known", " ".join(found.reasons), found.post_id)
        else:
            yield Verdict(post, "duplicate")


def _outcome(owed: Owed) -> str:
    if owed.state is State.READY:
        return "scheduled" if owed.cause == "scheduled" else "announced"
    return "baseline" if owed.cause == "baseline" else str(owed.state)


# The corpus


@dataclass(frozen=True, slots=True)
class Version:
    file: Path
    at: datetime
    format: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One entry of the corpus: what the label says, and what was decided."""

    series: str
    seq: int
    label: str
    verdict: Verdict


Labels = dict[tuple[str, int], list[dict[str, str]]]  # by series and place in it


def all_series() -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = defaultdict(list)
    with (CORPUS / "timeline" / "index.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["committed"]).astimezone(UTC)
            found[row["series"]].append(Version(CORPUS / "timeline" / row["file"], at, row["format"]))
    return dict(found)


def all_labels() -> Labels:
    found: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    with (CORPUS / "timeline" / "labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["series"], int(row["seq"])].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Series:
    """One series of the corpus as it was replayed. `naive`: announcements of a program that knows posts by guid alone,
    or by link where there is none."""

    judged: list[Judged]
    naive: int


def replayed(series: str, versions: Sequence[Version], labels: Labels, *, between: bool = False) -> Series:
    """`between`: the feed was also asked shortly before each version, as a program that runs all the time does."""
    judged: list[Judged] = []
    names: set[str] = set()
    naive = 0
    with replay(versions[0].at, pace=timedelta(seconds=1)) as one:
        for seq, version in enumerate(versions):
            ahead = version.at - one.clock.now()
            if between and seq and ahead > HOUR:
                one.clock.advance(ahead - HOUR)
                one.poll()
            one.clock.advance(max(version.at - one.clock.now(), timedelta(0)))
            document = parsed(version, one.url, one.clock.now())
            if document is not None:
                judged += _judged(series, seq, labels.get((series, seq), []), one.take(document))
                found = {post.guid or post.link or post.title for post in document.posts}
                naive += len(found - names) if seq else 0
                names |= found
    return Series(judged, naive)


def parsed(version: Version, url: str, now: datetime) -> Document | None:
    kind = "application/json" if version.format == "json" else "application/xml"
    try:
        return parse(version.file.read_bytes(), kind, url, now)
    except NotAFeed:
        return None


def _judged(series: str, seq: int, labels: list[dict[str, str]], verdicts: Iterable[Verdict]) -> Iterator[Judged]:
    """Labels and entries are paired by what both name; several of one name in their order."""
    left = list(labels)
    for verdict in verdicts:
        post = verdict.post
        row = next((r for r in left if _same(r, post, whole=True)), None) or next(
            (r for r in left if _same(r, post, whole=False)), None
        )
        if row is not None:
            left.remove(row)
        yield Judged(series, seq, row["label"] if row is not None else "(none)", verdict)
    for row in left:
        yield Judged(series, seq, row["label"], Verdict(Post(row["guid"], row["link"], row["title"]), "unparsed"))


def _same(row: dict[str, str], post: Post, *, whole: bool) -> bool:
    guid = bool(row["guid"]) and row["guid"].strip() == (post.guid or "")
    link = bool(row["link"]) and nurl(row["link"]) == nurl(post.link or "")
    return (guid or not row["guid"]) and (link or not row["link"]) if whole else guid or link


def table(judged: Sequence[Judged]) -> str:
    counts = Counter((j.label, j.verdict.outcome) for j in judged)
    outcomes = [o for o in (*OUTCOMES, "duplicate", "baseline", "unparsed") if any(k[1] == o for k in counts)]
    lines = [f"{'label':28}" + "".join(f"{o:>11}" for o in outcomes)]
    for label in sorted({j.label for j in judged}):
        cells = "".join(f"{counts[label, o] or '':>11}" for o in outcomes)
        lines += [f"{label:28}{cells}"]
    causes = Counter(j.verdict.cause for j in judged if j.verdict.outcome in ("held", "skipped"))
    lines.append("kept back: " + ", ".join(f"{cause} {n}" for cause, n in causes.most_common()))
    return "\n".join(lines)


def main(names: Sequence[str]) -> int:
    if not (CORPUS / "timeline").is_dir():
        print(f"no corpus at {CORPUS}; set SYNDICATOR_CORPUS")  # noqa: T201
        return 1
    labels = all_labels()
    for between in (False, True):
        played = [
            replayed(series, versions, labels, between=between)
            for series, versions in all_series().items()
            if not names or series in names
        ]
        print("Asked also before each version:" if between else "Asked whenever a version was committed:")  # noqa: T201
        print(summary(played), end="\n\n")  # noqa: T201
    return 0


def summary(played: Sequence[Series]) -> str:
    judged = [one for series in played for one in series.judged]
    announced = sum(j.verdict.outcome in ("announced", "scheduled") for j in judged)
    documents = len({(j.series, j.seq) for j in judged})
    return (
        f"{table(judged)}\n{len(played)} series, {documents} documents, {len(judged)} entries: "
        f"{announced} announced or scheduled; by guid alone {sum(series.naive for series in played)}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
