"""A document's posts → which are known, which came back under new names, which are new.

Enters: a parsed document and what the ledger remembers. Leaves: a `Recognition`. It asks the ledger and writes nothing;
what the answers mean is decided by `feed/identify.py` and `feed/match.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syndicator.feed import match
from syndicator.feed.addresses import nurl
from syndicator.feed.document import Document
from syndicator.feed.edits import fingerprint
from syndicator.feed.identify import Alias, Sighting, aliases_in, identify
from syndicator.feed.marks import Mark, marks_of, slug_of
from syndicator.feed.match import Candidate, Likeness
from syndicator.ledger.ledger import Ledger
from syndicator.ledger.rows import Standing
from syndicator.post import Post

_EVERYWHERE = ("tag:", "urn:")  # guids that are meant to be the only ones of their kind in the world


@dataclass(frozen=True, slots=True)
class Provenance:
    """The feed that a document comes from. `siblings`: other feeds of the same site."""

    name: str
    url: str
    read_at: datetime | None
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recognition:
    sightings: list[Sighting]
    stood: tuple[Standing, ...]  # in the document before
    absent: tuple[int, ...] = ()
    returned: tuple[int, ...] = ()
    before: Mapping[int, Post] = field(default_factory=dict)
    elsewhere: frozenset[int] = frozenset()


def recognise(ledger: Ledger, source: Provenance, document: Document, *, first: bool) -> Recognition:
    nobodys = frozenset(filter(None, (nurl(source.url), nurl(document.home or ""))))
    names = aliases_in(document.posts, nobodys)
    known = _known(ledger, source, {name for borne in names for name in borne})
    rows = ledger.standing(set(known.values()))
    pairs = [
        (post, known[name])
        for post, borne in zip(document.posts, names, strict=True)
        for name in borne
        if name in known
    ]
    said = _said(ledger, rows, pairs)
    sightings = _used_again(ledger, source, identify(document.posts, known, said, nobodys))
    stood = () if first else tuple(ledger.last_document(source.name, source.read_at))
    if not first:
        sightings, likenesses = _reunited(ledger, source, document, sightings, stood)
        rows |= ledger.standing(likenesses)
        back = [(s.post, s.post_id) for s in sightings if s.post_id is not None and s.post_id in likenesses]
        said |= _said(ledger, rows, back)
    matched = {s.post_id for s in sightings if s.post_id is not None}
    foreign = [i for i in matched if i in rows and rows[i].feed != source.name]
    proves = not document.partial and not document.omitted
    return Recognition(
        sightings=sightings,
        stood=stood,
        absent=tuple(row.id for row in stood if row.id not in matched) if proves else (),
        returned=tuple(i for i in sorted(matched) if i in rows and _was_away(rows[i], source)),
        before={s.post_id: said[s.post_id] for s in sightings if s.post_id in said and _differs(s, rows)},
        elsewhere=frozenset(ledger.strangers(foreign, source.name)) if foreign else frozenset(),
    )


def _known(ledger: Ledger, source: Provenance, wanted: set[Alias]) -> dict[Alias, int]:
    """Whose names stand in the document. Two feeds of a site may write other addresses over the same guid."""
    known = ledger.known(wanted, feed=source.name)
    unique = {alias for alias in wanted - known.keys() if alias.kind == "guid" and _is_unique(alias.value)}
    for sibling in source.siblings if unique else ():
        known = {**ledger.known(unique, feed=sibling), **known}
    return known


def _is_unique(guid: str) -> bool:
    return guid.startswith(_EVERYWHERE) or "://" in guid


def _said(ledger: Ledger, rows: Mapping[int, Standing], pairs: Iterable[tuple[Post, int]]) -> dict[int, Post]:
    """What posts said so far, of those that say something else now to a reader."""
    changed = {i for post, i in pairs if i in rows and rows[i].fingerprint != fingerprint(post)}
    return ledger.said(sorted(changed))


def _differs(sighting: Sighting, rows: Mapping[int, Standing]) -> bool:
    row = rows.get(sighting.post_id) if sighting.post_id is not None else None
    return row is not None and row.fingerprint != fingerprint(sighting.post)


def _used_again(ledger: Ledger, source: Provenance, sightings: list[Sighting]) -> list[Sighting]:
    """Posts under a name used again have names made for them, and may be known by those."""
    reused = {s.aliases for s in sightings if s.post_id is None and s.like is not None}
    known = ledger.known({alias for aliases in reused for alias in aliases}, feed=source.name) if reused else {}
    found = {aliases: known[aliases[0]] for aliases in reused if aliases[0] in known}
    return [
        replace(s, post_id=found[s.aliases], doubt=None, like=None) if s.like is not None and s.aliases in found else s
        for s in sightings
    ]


def _reunited(
    ledger: Ledger, source: Provenance, document: Document, sightings: list[Sighting], stood: Sequence[Standing]
) -> tuple[list[Sighting], list[int]]:
    """The soft pass over what has no known name; gives the ids of those that came back under new ones."""
    left = [i for i, s in enumerate(sightings) if s.post_id is None]
    if not left:
        return sightings, []
    matched = {s.post_id for s in sightings}
    gone = [] if document.partial else [row.id for row in stood if row.id not in matched]
    posts, present = [sightings[i].post for i in left], [s.post for s in sightings if s.post_id is not None]
    candidates, common = _candidates(ledger, source, posts, matched, frozenset(gone))
    mass = match.is_mass_change(len(left), len(gone), len(stood))
    found = match.match(posts, candidates, present, mass=mass, common=common)
    alike = [_meant(sightings[i], found.get(n)) for n, i in enumerate(left)]
    alike = _without_twins(alike, [s for s in sightings if s.post_id is not None])
    after = dict(zip(left, alike, strict=True))
    return [after.get(i, s) for i, s in enumerate(sightings)], [s.post_id for s in alike if s.post_id is not None]


def _meant(sighting: Sighting, likeness: Likeness | None) -> Sighting:
    if likeness is None:
        return sighting
    if likeness.sure:
        return replace(sighting, post_id=likeness.post_id, reasons=likeness.reasons, doubt=None, like=None)
    return replace(sighting, doubt=sighting.doubt or "look-alike", like=likeness.post_id)


def _candidates(
    ledger: Ledger, source: Provenance, posts: Sequence[Post], matched: set[int | None], gone: frozenset[int]
) -> tuple[list[Candidate], frozenset[Mark]]:
    marks = {mark for post in posts for mark in marks_of(post)}
    marked, common = ledger.marked(marks, (source.name, *source.siblings))
    ids = sorted((marked.keys() | gone) - matched)
    said, addresses = ledger.said(ids), ledger.addresses(ids)
    candidates = [
        Candidate(
            post_id=i,
            post=said[i],
            slugs=frozenset(slug_of(a) for a in addresses.get(i, ())) - {""},
            stood=i in gone,
            marks=marked.get(i, frozenset()),
        )
        for i in ids
    ]
    return candidates, common


def _without_twins(left: list[Sighting], known: Sequence[Sighting]) -> list[Sighting]:
    news = [i for i, s in enumerate(left) if s.post_id is None and s.doubt is None]
    twins = match.twins([left[i].post for i in news], [s.post for s in known])
    for n, at in twins.items():
        like = None if at is None else known[at].post_id
        left[news[n]] = replace(left[news[n]], doubt="look-alike", like=like)
    return left


def _was_away(row: Standing, source: Provenance) -> bool:
    return row.feed == source.name and source.read_at is not None and row.last_seen < source.read_at
