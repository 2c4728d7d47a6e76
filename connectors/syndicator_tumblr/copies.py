"""Recognising our own copy among a blog's posts. Pure: posts and a rendering in, a match out.

Our marks are the slug, which ends in six digits of the delivery's key, and the original's address as link block or as
source. An address that merely stands in the text may be in any post about the page, so then the words have to be ours.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from syndicator.connector import Json, Rendering
from syndicator_tumblr.links import same_page
from syndicator_tumblr.reading import Post, time_of
from syndicator_tumblr.slug import ours as slug_is_ours
from syndicator_tumblr.slug import stem

ALIKE = 0.5  # of the letter pairs we sent
_URL = re.compile(r"https?://\S+", re.IGNORECASE)


def find(posts: Iterable[Post], rendering: Rendering, key: str, since: int) -> Post | None:
    """The copy: by its slug, else the oldest post made at or after `since` that carries our other marks."""
    listed = list(posts)
    named = [post for post in listed if slug_is_ours(_slug(post), key)]
    if named:
        return min(named, key=time_of)
    recent = [post for post in listed if _may_be_from(post, since) and not _of_another_delivery(post, rendering)]
    return min((post for post in recent if is_copy(post, rendering)), key=time_of, default=None)


def is_copy(post: Post, rendering: Rendering) -> bool:
    """Whether a post carries the original's address where we put it, or in words that are ours."""
    link = rendering.link
    if not link:
        return False
    blocks = list(_blocks(post))
    marks = (str(post.get("source_url") or ""), *_cards(blocks))
    if any(same_page(mark, link) for mark in marks):
        return True
    return any(same_page(url, link) for url in _inline(blocks)) and _says_the_same(blocks, rendering)


def _slug(post: Post) -> str:
    return str(post.get("slug") or "")


def _may_be_from(post: Post, since: int) -> bool:
    """What waits in a queue may show no time yet."""
    return not time_of(post) or time_of(post) >= since


def _of_another_delivery(post: Post, rendering: Rendering) -> bool:
    """Whether the slug is one of ours with another key: the same page announced by another network of this owner."""
    head, _, tail = _slug(post).rpartition("-")
    return head == stem(rendering) and re.fullmatch("[0-9a-f]{6}", tail) is not None


def _blocks(post: Post) -> Iterator[dict[str, Json]]:
    content = post.get("content")
    yield from (block for block in content if isinstance(block, dict)) if isinstance(content, list) else ()


def _cards(blocks: Iterable[dict[str, Json]]) -> Iterator[str]:
    return (str(block.get("url") or "") for block in blocks if block.get("type") == "link")


def _inline(blocks: Iterable[dict[str, Json]]) -> Iterator[str]:
    for block in blocks:
        formatting = block.get("formatting")
        for one in formatting if isinstance(formatting, list) else ():
            if isinstance(one, dict) and one.get("type") == "link":
                yield str(one.get("url") or "")


def _says_the_same(blocks: list[dict[str, Json]], rendering: Rendering) -> bool:
    texts = [str(block.get("text") or "") for block in blocks if block.get("type") == "text"]
    title = _letters(rendering.title)
    if title and title in (_letters(text) for text in texts):
        return True
    wanted, seen = _pairs(rendering.text), _pairs("\n".join(texts))
    return wanted.total() > 0 and (wanted & seen).total() >= ALIKE * wanted.total()


def _pairs(text: str) -> "Counter[str]":
    letters = _letters(_URL.sub(" ", text))
    return Counter(letters[i : i + 2] for i in range(len(letters) - 1))


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())
