"""Post and Image: one entry of a feed, normalised.

Enters: what the parsers found. Leaves: frozen values that the rest of the path passes on. A Post never changes; an
edit of the blog's entry is another Post with the same aliases and another fingerprint.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    NOTE = "note"  # untitled: the text is the post
    ARTICLE = "article"  # titled: the copy announces it
    LINK = "link"  # titled and about a page elsewhere
    PHOTO = "photo"  # one image and hardly any words


@dataclass(frozen=True, slots=True)
class Image:
    """An image of a post; `alt` is the author's own words, empty when there are none."""

    url: str
    alt: str = ""
    lead: bool = False  # named by the feed itself (enclosure, media:content, JSON image), not found in the body


@dataclass(frozen=True, slots=True)
class Post:
    """One normalised entry. Texts are NFC without control characters; times are aware UTC; URLs absolute."""

    guid: str | None
    link: str | None
    title: str = ""
    html: str = ""  # the sanitised body
    text: str = ""  # the body as plain text, paragraphs separated by a blank line
    summary: str = ""  # the feed's own excerpt as plain text, empty when it only repeats the body
    published: datetime | None = None
    updated: datetime | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    language: str | None = None  # BCP 47
    author: str | None = None
    kind: Kind = Kind.ARTICLE
    external_link: str | None = None  # what a link post is about


def fingerprint(post: Post) -> str:
    """A hash of what a reader would notice: title, words, link and pictures; dates and mark-up do not count.

    Feeds' own `updated` dates are no sign of an edit (most changes of text leave them alone), hence our own.
    """
    seen = [_fold(post.title), _fold(post.text), post.link or "", sorted(_stem(i.url) for i in post.images)]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=True).encode()).hexdigest()


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _stem(url: str) -> str:
    return url.split("?", 1)[0].rsplit("/", 1)[-1]
