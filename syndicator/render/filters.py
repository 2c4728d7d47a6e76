"""What a template can do with a value beyond Jinja's own filters.

Enters: a value of one post. Leaves: another that still knows what it is, so that it may shrink where its owner allows
it and calls nobody by accident. Imported only when an owner has written a template.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from jinja2 import pass_context
from jinja2.exceptions import FilterArgumentError
from jinja2.runtime import Context

from syndicator.render.environment import MOST, Value, marked, printed, unmarked
from syndicator.render.pieces import Role

TAGGER = " tagger"  # where the context keeps what writes hashtags; the blank keeps templates from naming it

_FORMAT = re.compile(r"(?:[^%]|%-?[aAbBdHIjmMpSuyY%])*")
_LONGEST_FORMAT = 100


def shorten(value: Any, most: int | None = None) -> str:
    """`value`, which may shrink where the copy is too long; at most `most` characters of it in any case."""
    from syndicator.render.shapes import within

    said = printed(value)
    text = unmarked(said)
    short = Value(text if most is None else within(text, _count(most, 0)), _role(value), shrinks=True)
    # What stands between {% filter shorten %} and its end arrives printed, and nobody prints it again.
    return marked(short) if text != said else short


@pass_context
def hashtags(context: Context, tags: Any, most: int | None = None) -> str:
    """`tags` as the network writes hashtags, with '#'."""
    wanted = [tags] if isinstance(tags, str) else list(tags)
    if not all(isinstance(tag, str) for tag in wanted):
        raise FilterArgumentError("hashtags is for tags, as in {{ tags | hashtags }}")
    tagger: Callable[[list[str]], tuple[str, ...]] = context[TAGGER]
    words = tagger([unmarked(tag) for tag in wanted])
    return Value(" ".join(f"#{word}" for word in words[: _count(most, len(words))]), Role.TAGS)


def date(value: Any, form: str = "%Y-%m-%d") -> str:
    if not isinstance(value, datetime):
        raise FilterArgumentError("date is for the post's date, as in {{ date | date('%d.%m.%Y') }}")
    if len(form) > _LONGEST_FORMAT or not _FORMAT.fullmatch(form):
        raise FilterArgumentError("date knows %d %m %Y %y %b %B %a %A %j %H %I %M %S %p %u, and %-d without the zero")
    return value.strftime(form)


def first_paragraph(value: Any) -> str:
    from syndicator.render.shapes import first_paragraph as first

    return _like(value, first(unmarked(str(value)).strip()))


def plain(value: Any) -> str:
    """HTML as its words."""
    from syndicator.render.characters import clean
    from syndicator.render.plain import to_text

    return Value(clean(to_text(unmarked(str(value)))), Role.BODY)


def markdown(value: Any) -> str:
    """HTML as Markdown."""
    from syndicator.render.characters import clean
    from syndicator.render.markdown import to_markdown

    return Value(clean(to_markdown(unmarked(str(value)))), Role.BODY)


def _role(value: Any) -> Role:
    """What has no place of its own is words of the feed, and may shrink as a text does."""
    return value.role if isinstance(value, Value) and value.role is not Role.WORDS else Role.BODY


def _like(value: Any, text: str) -> str:
    return Value(text, value.role, shrinks=value.shrinks) if isinstance(value, Value) else text


def _count(most: int | None, default: int) -> int:
    if most is None:
        return default
    if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= MOST:
        raise FilterArgumentError("a filter's length is a whole number, as in {{ text | shorten(200) }}")
    return most


FILTERS: dict[str, Callable[..., Any]] = {
    "shorten": shorten,
    "hashtags": hashtags,
    "date": date,
    "first_paragraph": first_paragraph,
    "plain": plain,
    "markdown": markdown,
}
