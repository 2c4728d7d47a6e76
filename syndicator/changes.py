"""What a document tells about posts that are known: edited, vanished, back. And what is found out about it later.

Enters: a document that was recognised, or a Pass. Leaves: a `Watched` for the ledger, and events. What it means is
decided by `feed/edits.py` and `feed/absence.py`. Nothing here sends, edits or deletes a copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from syndicator.feed import absence, edits
from syndicator.feed.absence import Missing, Stood
from syndicator.feed.document import Document
from syndicator.feed.edits import Edit, Wording
from syndicator.feed.identify import Alias
from syndicator.feed.version import READER
from syndicator.host import Host
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import FeedMemory, Happening, Recording, SeenPost, Source, Watched

_ENDED = ("unlisted", "moved")  # of what has left its own feed; another feed that shows it says nothing against that


@dataclass(frozen=True, slots=True)
class Scene:
    """One document that is about to be recorded. `before`: what was remembered of the feed until now."""

    recording: Recording
    document: Document
    before: FeedMemory

    @property
    def is_another_view(self) -> bool:
        """Read by another version of the parser, or at another address: differences are ours, or the format's."""
        return self.before.reader != READER or self.before.url != self.recording.feed.url

    def owns(self, source: Source) -> bool:
        """Whether this feed has the say about a post. Another one of the site may well show less of it."""
        return source.feed == self.recording.feed.name


def watch(ledger: Ledger, scene: Scene) -> Watched:
    """Reads the ledger, writes nothing."""
    recording = scene.recording
    deleted = _deleted(ledger, scene)
    ids = {seen.post_id for seen in recording.seen}
    sources = ledger.sources([*ids, *recording.absent, *(deleted - ids)])
    watched = _words(ledger, scene, sources)
    back = {i: source.missing for i, source in sources.items() if i in ids and _is_back(scene, source)}
    lost = {i: _lost(sources[i], scene, deleted=i in deleted) for i in _absent(scene, sources) | (deleted - ids)}
    told = [i for i, missing in back.items() if missing is not None and missing.looked_at is not None]
    return replace(
        watched,
        missing={**dict.fromkeys(back), **{i: missing for i, missing in lost.items() if missing is not None}},
        happenings=(
            *watched.happenings,
            *(Happening(i, recording.seen_at, "back", {"was": _was(back[i])}) for i in told),
        ),
    )


def _words(ledger: Ledger, scene: Scene, sources: Mapping[int, Source]) -> Watched:
    """A document that is cut off may be cut within a text, so its words count only where nothing is known."""
    seen = scene.recording.seen
    kept = {s.post_id for s in seen if scene.document.partial or not scene.owns(sources[s.post_id])}
    open_ = {s.post_id: s for s in seen if s.post_id not in kept and _may_differ(s, sources[s.post_id])}
    wordings, copies = ledger.wordings(open_), ledger.addresses_of_copies(open_)
    known = {i: _under_new_name(wordings[i], s) for i, s in open_.items()}
    none: frozenset[str] = frozenset()
    other = {i for i, s in open_.items() if edits.parts(known[i].content, s.post, copies.get(i, none))}
    template = edits.is_template(len(other), len(scene.document.posts))
    quiet = other if template or scene.is_another_view else set()
    at = scene.recording.seen_at
    results = {
        i: edits.watch(known[i], s.post, at, quiet=i in quiet, copies=copies.get(i, none)) for i, s in open_.items()
    }
    return Watched(
        wordings={i: wording for i, (wording, _) in results.items() if _is_news(wording, wordings[i])},
        kept=frozenset(kept),
        happenings=tuple(_edited(i, at, edit) for i, (_, edit) in results.items() if edit is not None),
        rewritten=len(other) if template and not scene.is_another_view else 0,
    )


def _may_differ(seen: SeenPost, source: Source) -> bool:
    return source.changed_at is not None or source.fingerprint != edits.fingerprint(seen.post)


def _under_new_name(known: Wording, seen: SeenPost) -> Wording:
    """Of a post that is known by new names the link is another one anyway, and that is told already."""
    if not seen.reasons:
        return known
    accepted = None if known.accepted is None else replace(known.accepted, link=seen.post.link)
    return replace(known, content=replace(known.content, link=seen.post.link), accepted=accepted)


def _is_news(after: Wording, before: Wording) -> bool:
    """The words themselves are stored with the post."""
    return replace(after, content=before.content) != before


def _edited(post_id: int, at: datetime, edit: Edit) -> Happening:
    detail: dict[str, Any] = {
        "parts": list(edit.parts),
        "material": edit.material,
        "rule": edit.rule,
        "since": edit.since.isoformat(),
        "revision": edit.revision,
    }
    return Happening(post_id, at, "edited", {**detail, "again": True} if edit.again else detail)


def _deleted(ledger: Ledger, scene: Scene) -> set[int]:
    names = [Alias("guid", name.strip()) for name in scene.document.deleted]
    return set(ledger.known(names, feed=scene.recording.feed.name).values()) if names else set()


def _absent(scene: Scene, sources: Mapping[int, Source]) -> set[int]:
    recording = scene.recording
    if scene.before.url != recording.feed.url:
        return set()
    present = {s.post_id for s in recording.seen if scene.owns(sources[s.post_id])}
    left = [Stood(i, sources[i].published) for i in recording.absent]
    stood = len(left) + len(present - set(recording.returned))
    dates = [post.published for post in scene.document.posts]
    return set(absence.absent(left, stood, present, dates))


def _lost(source: Source, scene: Scene, *, deleted: bool) -> Missing | None:
    """None: nothing that was not known."""
    at = scene.recording.feed.succeeded_at or scene.recording.seen_at
    if source.missing is None:
        return absence.begin(at, deleted=deleted)
    open_ = source.missing.look in (None, "404")
    return absence.begin(source.missing.since, deleted=True) if deleted and open_ else None


def _is_back(scene: Scene, source: Source) -> bool:
    if source.missing is None:
        return False
    return scene.owns(source) or source.missing.look not in _ENDED


def _was(missing: Missing | None) -> str:
    return (missing.look if missing is not None else None) or "vanished"


def tell(host: Host, recording: Recording) -> None:
    """What was recorded of posts that are known."""
    watched, feed = recording.watched or Watched(), recording.feed.name
    if watched.rewritten:
        host.tell("feed_rewritten", feed=feed, posts=watched.rewritten)
    names = {seen.post_id: seen.post.link or seen.post.guid for seen in recording.seen} if watched.happenings else {}
    for one in watched.happenings:
        _tell_one(host, feed, names.get(one.post_id), one)


def _tell_one(host: Host, feed: str, name: str | None, one: Happening) -> None:
    if one.name == "edited":
        size = "material" if one.detail["material"] else "small"
        again = {"again": True} if "again" in one.detail else {}
        host.tell("post_edited", feed=feed, post=name, parts=one.detail["parts"], size=size, **again)
    elif one.name == "back":
        host.tell("post_back", feed=feed, post=name, was=one.detail["was"])


def settle_edits(host: Host) -> None:
    """Believe the edits that have been seen again, in an answer without news, or that stand long enough."""
    now = host.clock.now()
    for open_ in host.ledger.unsettled(now):
        wording, edit = edits.settle(open_.wording, now, seen_again=open_.seen_again, copies=open_.copies)
        if edit is not None:
            happening = _edited(open_.post_id, now, edit)
            host.ledger.note_changes(Watched(wordings={open_.post_id: wording}, happenings=(happening,)))
            _tell_one(host, open_.feed, wording.content.link or wording.content.guid, happening)
