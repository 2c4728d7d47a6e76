"""Posts of one document → which are known and which are new. Pure: the ledger's aliases come in as a mapping.

A post is recognised by a set of aliases, never by one key: guids change when a blog moves, addresses change when a slug
is mended, and each of them may be shared by accident. What is compared is a normalised address (`nurl`), made for
comparing only; it is never shown and never sent.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from syndicator.feed.addresses import LONGEST_URL, TRACKING, is_home, nurl
from syndicator.feed.match import plainly_another, plainly_this
from syndicator.post import Post

__all__ = ["LONGEST_URL", "TRACKING", "Alias", "Sighting", "aliases_in", "aliases_of", "identify", "nurl"]


@dataclass(frozen=True, slots=True, order=True)
class Alias:
    """One name under which a post is known. An address is stored as its `nurl`."""

    kind: Literal["guid", "url"]
    value: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post in a document; `post_id` is None when nothing in the ledger bears one of its names."""

    post: Post
    aliases: tuple[Alias, ...]
    post_id: int | None
    doubt: str | None = None  # why a post without a known name is held all the same
    like: int | None = None  # the post that the doubt is about
    reasons: tuple[str, ...] = ()  # what a post was known by whose names are all new


def identify(
    posts: Sequence[Post],
    known: Mapping[Alias, int],
    said: Mapping[int, Post] = MappingProxyType({}),
    nobodys: frozenset[str] = frozenset(),
) -> list[Sighting]:
    """Match a document, in its order. A post that stands in it twice is reported once: the first wins.

    The guid decides before the address. An address whose post stands in the same document under its own guid cannot
    mean a second entry. `said`: what known posts said, of those that say something else now, so that a page or a guid
    used again for another post is noticed. `nobodys`: addresses that name no post, such as the blog's own.
    """
    aliases = aliases_in(posts, nobodys)
    claims = _settled([_claim(post, names, known, said) for post, names in zip(posts, aliases, strict=True)])
    by_guid = {claim.post_id for claim in claims if claim.by_guid}
    found: list[Sighting] = []
    taken: set[int | Alias] = set()
    for post, borne, claim in zip(posts, aliases, claims, strict=True):
        match = claim.post_id
        names = borne if claim.reused is None else _free(post, borne, known)
        marks: set[int | Alias] = set(names) if match is None else {match}
        if taken & marks or (match is not None and not claim.by_guid and match in by_guid):
            continue
        taken |= marks
        own = tuple(name for name in names if known.get(name, match) == match)
        found.append(Sighting(post, own, match, claim.doubt, claim.reused))
    return found


@dataclass(frozen=True, slots=True)
class _Claim:
    """Which post the names of an entry lead to. `reused`: the post whose name the entry bears and which it is not."""

    post_id: int | None
    by_guid: bool = False
    by_look: bool = False  # the address decided against the guid
    reused: int | None = None
    doubt: str | None = None


def _claim(post: Post, names: tuple[Alias, ...], known: Mapping[Alias, int], said: Mapping[int, Post]) -> _Claim:
    by_guid, by_url = _known("guid", names, known), _known("url", names, known)
    if by_guid is None:
        reused = _is_another(post, by_url, said, by_guid=False)
        return _Claim(None, reused=by_url) if reused else _Claim(by_url)
    if by_url is not None and by_url != by_guid and _is_rather(post, by_url, by_guid, said):
        return _Claim(by_url, by_look=True)
    if _is_another(post, by_guid, said, by_guid=True):
        return _Claim(None, reused=by_guid, doubt="repurposed")
    return _Claim(by_guid, by_guid=True)


def _settled(claims: Sequence[_Claim]) -> list[_Claim]:
    """A guid says nothing about a post that stands in the document under its own address and looks."""
    by_look = {claim.post_id for claim in claims if claim.by_look}
    there = by_look | {claim.post_id for claim in claims}
    return [_settle(claim, by_look, there) for claim in claims]


def _settle(claim: _Claim, by_look: set[int | None], there: set[int | None]) -> _Claim:
    if claim.by_guid and claim.post_id in by_look:
        return _Claim(None, reused=claim.post_id)
    return replace(claim, doubt=None) if claim.reused in there else claim


def _is_another(post: Post, post_id: int | None, said: Mapping[int, Post], *, by_guid: bool) -> bool:
    before = None if post_id is None else said.get(post_id)
    return before is not None and plainly_another(post, before, by_guid=by_guid)


def _is_rather(post: Post, by_url: int, by_guid: int, said: Mapping[int, Post]) -> bool:
    """Guids that count from the top of the feed lead to another post with every post that is added."""
    if by_guid not in said or plainly_this(post, said[by_guid]):
        return False
    return by_url not in said or plainly_this(post, said[by_url])


def _free(post: Post, names: tuple[Alias, ...], known: Mapping[Alias, int]) -> tuple[Alias, ...]:
    """Names for a post that bears another's: those that are nobody's yet, else one made of what it says."""
    made = Alias("guid", _made(replace(post, text=post.text if not post.title else "", published=None)))
    return tuple(name for name in names if name not in known) or (made,)


def aliases_in(posts: Sequence[Post], nobodys: frozenset[str] = frozenset()) -> list[tuple[Alias, ...]]:
    """The usable names of every post of a document, in its order."""
    meanings = _meanings(posts)
    return [_usable(post, meanings, nobodys) for post in posts]


def aliases_of(post: Post, posts_in_document: Iterable[Post]) -> tuple[Alias, ...]:
    """The names that can be trusted to mean this post: those that mean nothing else in the same document.

    For one post. Asking in turn for every post of a long document takes time quadratic in it; `aliases_in` does not.
    """
    names = set(_names(post))
    namesakes = [other for other in posts_in_document if names & set(_names(other))]
    return _usable(post, _meanings([post, *namesakes]))


def _known(kind: str, names: tuple[Alias, ...], known: Mapping[Alias, int]) -> int | None:
    return next((known[name] for name in names if name.kind == kind and name in known), None)


def _names(post: Post) -> tuple[Alias, ...]:
    """Every name a post goes by. One without a guid is also known by its title and date, because its address alone
    would lose it as soon as several such posts share one."""
    names = [Alias("guid", post.guid or _made(post))]
    address = nurl(post.link) if post.link else None
    if address and not is_home(address):
        names.append(Alias("url", address))
    return tuple(names)


def _made(post: Post) -> str:
    words = [post.title, post.published.isoformat() if post.published else ""]
    if not all(words):
        words.append(post.text)
    return "made:" + hashlib.sha256(json.dumps(words).encode()).hexdigest()


def _meanings(posts: Sequence[Post]) -> Mapping[Alias, set[str]]:
    """What each name stands for in a document: a guid for addresses, an address for guids."""
    meanings: dict[Alias, set[str]] = defaultdict(set)
    for post in posts:
        guid, *address = _names(post)
        meanings[guid].add(address[0].value if address else post.title)
        for name in address:
            meanings[name].add(guid.value)
    return meanings


def _usable(post: Post, meanings: Mapping[Alias, set[str]], nobodys: frozenset[str] = frozenset()) -> tuple[Alias, ...]:
    usable = tuple(name for name in _names(post) if len(meanings[name]) == 1 and name.value not in nobodys)
    return usable or (Alias("guid", _made(post)),)
