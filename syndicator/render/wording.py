"""A post in the words that its author wishes for one copy.

Enters: a post and a Wish. Leaves: the post with the wished title, teaser, text and addresses, or pieces for a wished
form. Doing it twice changes nothing. What a feed says is data: a placeholder is filled in, nothing is evaluated.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from syndicator.post import Kind, Post, Wish
from syndicator.render.pieces import Piece, Role
from syndicator.render.template import Values

_PLACEHOLDER = re.compile(r"\{\{\{?\s*([A-Za-z_]{1,40})\s*\}?\}\}")
_ROLES = {
    "title": ("title", Role.TITLE),
    "subtitle": ("subtitle", Role.BODY),
    "summary": ("summary", Role.BODY),
    "content": ("text", Role.BODY),
    "url": ("link", Role.LINK),
    "link": ("link", Role.LINK),
    "related_url": ("external_link", Role.LINK),
    "author_name": ("author", Role.WORDS),
    "author": ("author", Role.WORDS),
}


def worded(post: Post, wish: Wish) -> Post:
    """A teaser that is wished for stands for the feed's; so does a subtitle, where no teaser is wished for."""
    title = post.title if wish.title is None else wish.title
    teaser = next((text for text in (wish.summary, wish.subtitle) if text is not None), None)
    reworded = replace(
        post,
        title=title,
        summary=post.summary if teaser is None else teaser,
        link=wish.alternate_url or post.link,
        external_link=wish.related_url or post.external_link,
        kind=Kind.LINK if wish.related_url and title and post.kind is Kind.ARTICLE else post.kind,
    )
    return reworded if wish.content is None else _with_content(reworded, wish, teaser)


def form(said: str, values: Values, warn: Callable[[str], None]) -> tuple[Piece, ...]:
    """The pieces of a wished `format_string`."""
    return tuple(_pieces(said, values, warn))


def _with_content(post: Post, wish: Wish, teaser: str | None) -> Post:
    """Other words than those of the post's mark-up, so that is left out; they are their own teaser."""
    content = wish.content or ""
    return replace(post, text=content, html="", markdown="", summary=teaser if teaser is not None else "")


def _pieces(said: str, values: Values, warn: Callable[[str], None]) -> Iterator[Piece]:
    position = 0
    for found in _PLACEHOLDER.finditer(said):
        yield Piece(Role.WORDS, said[position : found.start()])
        yield _filled(found[1].lower(), values, warn)
        position = found.end()
    yield Piece(Role.WORDS, said[position:])


def _filled(name: str, values: Values, warn: Callable[[str], None]) -> Piece:
    if name == "hashtags":
        return Piece(Role.TAGS, " ".join(f"#{word}" for word in values.hashtags))
    if name not in _ROLES:
        known = ", ".join(sorted({*_ROLES, "hashtags"}))
        warn(f"the post's own format_string asks for “{name}”, which is left out: known are {known}")
        return Piece(Role.WORDS, "")
    field, role = _ROLES[name]
    return Piece(role, getattr(values, field))
