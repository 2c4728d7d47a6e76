"""A post in the forms in which posts are compared with each other. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from syndicator.feed.addresses import nurl
from syndicator.feed.marks import Mark, digest_of_words, plain_title, slug_of, tokens
from syndicator.post import Post

MUCH_TEXT = 200  # characters; only longer texts say something by how they differ
COMPARED = 400  # words


@dataclass(frozen=True, slots=True)
class Face:
    """`slugs` and `former` tell of earlier versions too."""

    post: Post
    title: str
    title_parts: frozenset[str]
    numbers: tuple[str, ...]
    slugs: frozenset[str]
    words: str
    digest: str | None  # of words that are enough to tell
    former: frozenset[Mark] = frozenset()

    def has_title(self, title: str) -> bool:
        return bool(title) and (self.title == title or Mark("title", title) in self.former)

    def has_date(self, date: datetime) -> bool:
        return self.post.published == date or Mark("time", date.isoformat()) in self.former

    def has_words(self, other: "Face") -> bool:
        former = other.digest is not None and Mark("words", other.digest) in self.former
        return former or (bool(self.words) and self.words == other.words)


def face_of(post: Post, slugs: frozenset[str] = frozenset(), former: frozenset[Mark] = frozenset()) -> Face:
    title, words = tokens(post.title), tokens(post.text)
    address = nurl(post.link) if post.link else None
    own = {slug_of(address)} - {""} if address else set()
    return Face(
        post=post,
        title=plain_title(post),
        title_parts=frozenset(_parts(title)),
        numbers=tuple(sorted(token for token in title if any(c.isdigit() for c in token))),
        slugs=slugs | own,
        words=" ".join(words),
        digest=digest_of_words(post),
        former=former,
    )


def _parts(title: list[str]) -> Iterator[str]:
    """Words; of scripts without spaces, runs of three characters."""
    single = [token for token in title if len(token) == 1 and not token.isascii()]
    yield from (token for token in title if len(token) > 1 or token.isascii())
    yield from ("".join(run) for run in _runs(single))


@lru_cache(maxsize=2_048)
def runs_of(words: str) -> frozenset[tuple[str, ...]]:
    return frozenset(_runs(words.split(" ", COMPARED)[:COMPARED]))


def _runs(words: list[str]) -> Iterator[tuple[str, ...]]:
    if len(words) < 3:
        yield from [tuple(words)] if words else []
    yield from zip(words, words[1:], words[2:], strict=False)


def titles_meet(one: Face, other: Face) -> bool:
    if one.title == other.title:
        return True
    return one.numbers == other.numbers and shared(one.title_parts, other.title_parts) >= 0.6


def is_long(face: Face) -> bool:
    return len(face.words) > MUCH_TEXT


def shared(one: frozenset[object], other: frozenset[object]) -> float:
    return len(one & other) / len(one | other) if one or other else 0.0
