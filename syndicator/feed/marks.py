"""What is left of a post when all its names have changed: its title, the end of its address, its words, its moment.

Enters: a Post. Leaves: `Mark`s that the ledger can look up, and the forms in which words are compared. Pure. No mark
by itself says that two posts are the same; `match.py` weighs them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from syndicator.feed.addresses import nurl
from syndicator.post import Post

FORMULA = "1"  # changes with anything below, so that ledgers know which marks to make anew
TELLING = 60  # characters of compared words below which equal words are no wonder

# Scripts that put no spaces between words: each character counts as one.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED += "\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    kind: Literal["title", "slug", "words", "time"]
    value: str


def marks_of(post: Post) -> tuple[Mark, ...]:
    return tuple(_marks(post))


def _marks(post: Post) -> Iterator[Mark]:
    if title := plain_title(post):
        yield Mark("title", title)
    address = nurl(post.link) if post.link else None
    if address and (slug := slug_of(address)):
        yield Mark("slug", slug)
    if words := digest_of_words(post):
        yield Mark("words", words)
    if post.published is not None:
        yield Mark("time", post.published.isoformat())


def tokens(text: str) -> list[str]:
    """Words as they are compared: without case, width, punctuation and addresses."""
    return _TOKEN.findall(_ADDRESS.sub(" ", unicodedata.normalize("NFKC", text).casefold()))


def plain_title(post: Post) -> str:
    """A title of signs alone is compared by its signs."""
    return " ".join(tokens(post.title)) or " ".join(post.title.casefold().split())


def digest_of_words(post: Post) -> str | None:
    """None where there are so few that two posts may well have the same."""
    words = " ".join(tokens(post.text))
    return hashlib.sha256(words.encode()).hexdigest() if len(words) >= TELLING else None


def slug_of(address: str) -> str:
    """The end of a compared address (`nurl`), which often outlives the rest: last segment, query and fragment."""
    page, hash_, fragment = address.partition("#")
    page, mark, query = page.partition("?")
    segment = page[2:].rsplit("/", 1)[1] if "/" in page[2:] else ""
    return f"{segment}{mark}{query}{hash_}{fragment}".lower()
