"""The story of one post, network by network, as values: what `syndicate explain` tells.

Enters: a post and the ledger. Leaves: a `Story`. It prints nothing, decides nothing and changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syndicator import outbox
from syndicator.cli import past, words
from syndicator.ledger.rows import AttemptRow, Delivery, EventRow, NetworkRow, PostRow
from syndicator.ledger.states import State

if TYPE_CHECKING:
    from syndicator.config.models import Config
    from syndicator.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Chapter:
    """One network's part."""

    network: str
    delivery: int | None  # None: nothing is owed there
    part: int
    parts: int  # of its thread, as far as it is planned
    state: State | None
    cause: str
    why: str
    next: str
    due_at: datetime | None
    command: str | None
    folder: str | None  # where it lies prepared, while a person is to publish it
    page: str | None  # and where they do that
    url: str | None
    proof: str | None
    delivered_at: datetime | None
    attempts: tuple[AttemptRow, ...]
    events: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    link: str | None
    guid: str | None
    feed: str
    first_seen: datetime
    last_seen: datetime
    published: datetime | None
    aliases: tuple[str, ...]
    live_at: datetime | None  # when its page was seen to be there
    canonical: str | None  # how its page spells its address, where the copies follow that
    history: tuple[past.Line, ...]  # what befell it at its source
    open: tuple[str, ...]  # and what is not decided there yet
    chapters: tuple[Chapter, ...]


def tell(row: PostRow, config: "Config", ledger: "Ledger", now: datetime) -> Story:
    networks = {network.name: network for network in ledger.networks()}
    owed = _by_network(ledger.deliveries(post_id=row.id))
    root = outbox.place(config)
    parts = _parts(owed, ledger)
    chapters = [_chapter(d, networks.get(d.network), parts[d.network], ledger, root, now) for d in owed]
    chapters += _missing(row, config, {delivery.network for delivery in owed})
    return Story(
        title=row.post.title,
        link=row.post.link,
        guid=row.post.guid,
        feed=row.feed,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        published=row.post.published,
        aliases=tuple(f"{alias.kind} {alias.value}" for alias in row.aliases),
        live_at=row.live_at,
        canonical=row.canonical,
        history=tuple(past.lines(ledger.history(row.id))),
        open=tuple(past.still_open(ledger.sources([row.id])[row.id], now)),
        chapters=tuple(chapters),
    )


def _by_network(owed: Iterable[Delivery]) -> list[Delivery]:
    """The parts of a thread one after the other, networks in the order in which they were owed."""
    networks: dict[str, list[Delivery]] = {}
    for delivery in owed:
        networks.setdefault(delivery.network, []).append(delivery)
    return [delivery for of_network in networks.values() for delivery in of_network]


def _parts(owed: Iterable[Delivery], ledger: "Ledger") -> dict[str, int]:
    """Network → how many parts its copy has, going by the last one that is there."""
    last = {delivery.network: delivery for delivery in owed}
    said = {name: ledger.rendering(delivery.id) for name, delivery in last.items()}
    return {name: d.part + 1 + (0 if (words := said[name]) is None else len(words.rest)) for name, d in last.items()}


def _chapter(
    delivery: Delivery, network: NetworkRow | None, parts: int, ledger: "Ledger", root: Path, now: datetime
) -> Chapter:
    events = tuple(ledger.events(delivery.id))
    handed_off = delivery.state is State.HANDOFF
    folder = outbox.folder_of(delivery, root) if handed_off else None
    return Chapter(
        network=delivery.network,
        delivery=delivery.id,
        part=delivery.part,
        parts=parts,
        state=delivery.state,
        cause=delivery.cause,
        why=_why(delivery, events),
        next=words.happens_next(delivery, network, now, barred=ledger.bars(delivery.network)),
        due_at=delivery.due_at,
        command=words.command(delivery),
        folder=str(folder) if folder is not None else None,
        page=delivery.extra.get("page") if handed_off else None,
        url=delivery.url,
        proof=delivery.proof,
        delivered_at=delivery.delivered_at,
        attempts=tuple(ledger.attempts(delivery.id)),
        events=events,
    )


def _why(delivery: Delivery, events: tuple[EventRow, ...]) -> str:
    """Of one that was withheld, what exactly it lacks."""
    withheld = delivery.state is State.HELD and events and events[-1].move == "withhold"
    return words.why(events[-1].cause if withheld else delivery.cause)


def _missing(row: PostRow, config: "Config", owed: set[str]) -> Iterable[Chapter]:
    """The configured networks that owe this post nothing, and why."""
    feed = next((feed for feed in config.feed if feed.name == row.feed), None)
    for name, network in config.networks.items():
        if name not in owed:
            yield _nothing(name, _reason(name, enabled=network.enabled, wanted=None if feed is None else feed.networks))


def _reason(name: str, *, enabled: bool, wanted: list[str] | None) -> str:
    if not enabled:
        return "the network is switched off in its file"
    if wanted is not None and name not in wanted:
        return "the feed does not go there"
    return "the network was not configured yet when the post was found"


def _nothing(name: str, why: str) -> Chapter:
    return Chapter(
        network=name,
        delivery=None,
        part=0,
        parts=1,
        state=None,
        cause="",
        why=why,
        next="nothing",
        due_at=None,
        command=None,
        folder=None,
        page=None,
        url=None,
        proof=None,
        delivered_at=None,
        attempts=(),
        events=(),
    )
