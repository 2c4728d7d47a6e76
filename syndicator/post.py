"""Post, Image and Wishes: one entry of a feed, normalised.

Enters: what the parsers found. Leaves: frozen values that the rest of the path passes on. A Post never changes; an
edit of the blog's entry is another Post with the same aliases and another fingerprint (`feed/edits.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
class Media:
    """A picture or film that the author wants in the copies."""

    url: str
    kind: str = "image"  # or "video"
    alt: str = ""
    poster: str | None = None  # a still of the film


@dataclass(frozen=True, slots=True)
class Wish:
    """What the author of a post wishes of its copies; None where nothing is wished. Texts are plain, URLs absolute."""

    syndicate: bool | None = None
    title: str | None = None
    subtitle: str | None = None
    summary: str | None = None
    content: str | None = None
    format_string: str | None = None  # with {{placeholders}}; data, never a template of ours
    truncate: bool | None = None
    append_url: bool | None = None
    append_url_if_truncated: bool | None = None
    append_url_spacer: str | None = None
    append_url_label: str | None = None
    attach_link: bool | None = None  # a link card
    alternate_url: str | None = None  # what copies link to in place of the post
    related_url: str | None = None
    short_url: str | None = None
    og_image: str | None = None
    og_title: str | None = None
    og_description: str | None = None
    media: tuple[Media, ...] | None = None
    content_warning: str | None = None
    language: str | None = None  # BCP 47
    sensitive: bool | None = None
    visibility: str | None = None
    replies: str | None = None  # who may answer


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one post says about its own copies: a Wish for everywhere, and for single networks what differs there.

    Names are those of networks or of kinds of service, in lower case.
    """

    everywhere: Wish = Wish()
    overrides: tuple[tuple[str, Wish], ...] = ()
    only: tuple[str, ...] = ()  # tagged syndicate:NAME; empty: wherever the feed goes
    never: tuple[str, ...] = ()  # tagged nosyndicate:NAME
    ignored: tuple[str, ...] = ()  # what could not be used, in sentences for the owner


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
    wishes: Wishes | None = None  # what the author says about the copies of this post
    markdown: str = ""  # the body as the author typed it, where the feed has it (source:markdown)


def wishes_from(stored: dict[str, Any] | None) -> Wishes | None:
    """Wishes as `dataclasses.asdict` and JSON have left them."""
    if stored is None:
        return None
    return Wishes(
        everywhere=_wish_from(stored["everywhere"]),
        overrides=tuple((name, _wish_from(wish)) for name, wish in stored["overrides"]),
        **{name: tuple(stored[name]) for name in ("only", "never", "ignored")},
    )


def _wish_from(stored: dict[str, Any]) -> Wish:
    media = stored["media"]
    return Wish(**{**stored, "media": media if media is None else tuple(Media(**each) for each in media)})
