"""`simulate`: what would have been sent when, had syndicator watched these versions of a feed.

Enters: files, each one version of the feed, and when each of them appeared. Leaves: a line for everything that would
have happened, and totals. Nothing is sent and no request leaves this machine.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from syndicator.cli import show, words
from syndicator.cli.moments import moment
from syndicator.cli.timeline import Happening, Version, replay
from syndicator.clock import SystemClock
from syndicator.config import duration
from syndicator.errors import UsageError

HINT = "syndicate simulate --help"
_DATED = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T_ -](\d\d)[:.-]?(\d\d)(?![0-9A-Za-z]))?")


def simulate(
    feeds: Annotated[
        list[Path],
        typer.Argument(metavar="FEED...", help="Versions of one feed, oldest first; of a directory, all its files."),
    ],
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Where the feed would be; its addresses start there.")
    ] = "https://blog.example/feed.xml",
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="LENGTH",
            help="The time between two versions, such as 1d. Default: the date in a file's name, else its own time.",
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="KIND", help="Only this kind of network; may be repeated.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print every event as JSON.")] = False,
) -> None:
    """Walk the real path over versions of a feed, with a clock of its own and pretend networks; nothing is sent."""
    versions, kinds = list(_versions(feeds, every)), _kinds(only)
    with tempfile.TemporaryDirectory(prefix="syndicator-simulate-") as name:
        happened = replay(Path(name), versions, url, networks=kinds)
        if json:
            show.as_json([{"at": h.at, "event": h.event, **h.facts} for h in happened])
        else:
            _tell(happened)


def _tell(happened: Iterable[Happening]) -> None:
    """As it happens, so that a long series shows how far it has come."""
    summary = Summary()
    for at, together in groupby(happened, key=lambda happening: happening.at):
        for sentence in _sentences(summary.counting(together)):
            show.line(f"{moment(at, UTC)}  {sentence}")
    show.line()
    for text in summary.lines():
        show.line(text)


def _kinds(only: Sequence[str] | None) -> Sequence[str]:
    from syndicator.registry import Registry

    registry = Registry.discover()
    for kind in only or ():
        registry.load(kind)
    return only or ()


def _versions(feeds: Iterable[Path], every: str | None) -> Iterator[Version]:
    files = list(_files(feeds))
    times = _times(files, every)
    for file, at in zip(files, times, strict=True):
        yield Version(file.name, at, file.read_bytes())


def _files(feeds: Iterable[Path]) -> Iterator[Path]:
    for path in feeds:
        if path.is_dir():
            inside = sorted(entry for entry in path.iterdir() if entry.is_file() and not entry.name.startswith("."))
            if not inside:
                raise UsageError(f"{path} holds no files", hint=HINT)
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path} is not there", hint=HINT)


def _times(files: Sequence[Path], every: str | None) -> list[datetime]:
    """In the order of the files. Raises UsageError where they tell no order of their own."""
    if every is not None:
        return _steps(len(files), every)
    times = [_named(file.name) or datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in files]
    if len(files) > 1 and max(times) - min(times) < timedelta(minutes=1):
        why = "all versions have the same time, so they were copied; say how far they lie apart"
        raise UsageError(why, hint="--every 1d")
    for (older, at), (newer, later) in pairwise(zip(files, times, strict=True)):
        if later < at:
            why = f"{newer.name} is older than {older.name}, and versions are given oldest first"
            raise UsageError(why, hint="name them in their order, or say --every 1d")
    return times


def _steps(count: int, every: str) -> list[datetime]:
    """The last version is of now, so that dates in the feed are as far away as they are."""
    try:
        step = duration.parse(every)
    except ValueError as error:
        raise UsageError(f"--every {every}: {error}", hint="--every 1d") from error
    now = SystemClock().now()
    return [now - step * (count - 1 - number) for number in range(count)]


def _named(name: str) -> datetime | None:
    """`2026-03-01.xml`, `2026-03-01T1030.xml` and the like."""
    found = _DATED.search(name)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2] or '00'}:{found[3] or '00'}+00:00")
    except ValueError:
        return None


# What is told

_SAYS: dict[str, str] = {
    "version": "· {name}",
    "feed_recorded": "first sight: {posts} posts recorded, nothing sent",
    "feed_failed": "not read: {reason}",
    "feed_gone": "not read: {reason}",
    "feed_remarked": "note: {reason}",
    "feed_rewritten": "a new template: {posts} posts read differently at once; no edits",
    "post_found": "new: {post}",
    "post_rekeyed": "known again under other names: {post}",
    "post_edited": "edited: {post}",
    "post_vanished": "gone from the feed: {post}",
    "post_gone": "gone from the blog: {post}",
    "post_back": "back in the feed: {post}",
    "delivery_delivered": "sent: {post}, to {network}",
    "delivery_held": "held: {post}, because {why}",
    "delivery_handoff": "prepared for publishing by hand: {post}, for {network}",
    "delivery_failed": "refused: {post}, by {network}: {reason}",
    "delivery_deferred": "put off: {post}, for {network}: {reason}",
}
_COUNTED = {
    "post_found": "new",
    "delivery_delivered": "sent",
    "delivery_held": "held",
    "post_rekeyed": "known again under other names",
    "post_edited": "edited",
    "post_vanished": "gone from the feed",
    "post_gone": "gone from the blog",
}


_NETWORKS = "\0"  # stands for their names, and in no address


class _Facts(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "-"


def _sentences(happened: Iterable[Happening]) -> Iterator[str]:
    """What is true of several networks is said once, with all of their names."""
    networks: dict[str, list[str]] = {}
    for happening in happened:
        if (says := _SAYS.get(happening.event)) is not None:
            facts = _Facts(happening.facts)
            facts["why"] = words.why(str(facts["reason"]))
            facts["network"] = _NETWORKS
            networks.setdefault(says.format_map(facts), []).append(str(happening.facts.get("network")))
    for sentence, names in networks.items():
        yield sentence.replace(_NETWORKS, ", ".join(sorted(set(names))))


@dataclass(slots=True)
class Summary:
    """Counts posts, not copies: one that goes to five networks was announced once."""

    posts: dict[str, set[str]] = field(default_factory=dict)
    copies: int = 0
    recorded: int = 0

    def counting(self, happened: Iterable[Happening]) -> Iterator[Happening]:
        for happening in happened:
            self.count(happening)
            yield happening

    def count(self, happening: Happening) -> None:
        event, facts = happening.event, happening.facts
        self.copies += event == "delivery_delivered"
        self.recorded += int(facts.get("posts", 0)) if event == "feed_recorded" else 0
        if event in _COUNTED:
            self.posts.setdefault(event, set()).add(str(facts.get("post")))

    def lines(self) -> Iterator[str]:
        yield f"{show.count(self.recorded, 'post')} recorded at first sight."
        for event, word in _COUNTED.items():
            number = len(self.posts.get(event, ()))
            if event == "delivery_delivered":
                yield f"{show.count(number, 'post')} {word}, in {show.count(self.copies, 'copy', 'copies')}."
            elif number:
                yield f"{show.count(number, 'post')} {word}."
