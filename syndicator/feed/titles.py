"""What stands in a title element → the title its author gave, or none. Pure.

Engines make titles up for notes that have none: the first words, the date, the file name, the address. A made-up title
turns a note into an announcement of itself, so it is taken away again.
"""

import re
from html import unescape
from urllib.parse import unquote, urlsplit

from syndicator.feed.addresses import nurl
from syndicator.feed.dates import when
from syndicator.feed.text import fold, one_line

_ELEMENTS = (
    "a|abbr|b|big|blockquote|br|cite|code|del|dfn|div|em|font|h[1-6]|hr|i|img|ins|kbd|mark|p|pre|q|s|samp|small|span|"
    "strike|strong|sub|sup|time|tt|u|var|wbr"
)
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_LEFTOVER = re.compile(r"&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});", re.IGNORECASE)
_GENERIC = {"untitled", "(untitled)", "photo", "post", "no title", "(no title)"}
_BEGINS_WITH_HEADING = re.compile(r"(?:\s|<(?:div|article|section|header|p|a|span)\b[^<>]*>)*<h[1-6]\b", re.IGNORECASE)
_ARTICLE = 500  # characters below a first line that repeats the title
_LEAST_PREFIX = 10  # characters; shorter titles begin many a text by chance


def title_of(value: str, *, literal: bool, body: str, text: str, link: str | None) -> str:
    """`body` and `text` are the entry's HTML and words. Returns an empty string for no title."""
    title = one_line(value if literal else unmarked(value))
    return "" if _is_made_up(title, body, text, link) else title


def unmarked(value: str) -> str:
    """Without the tags of HTML elements, and without the entities that double escaping leaves. `vector<int>` stays."""
    value = _TAG.sub("", value)
    for _ in range(2):
        if not _LEFTOVER.search(value):
            break
        value = unescape(value)
    return value


def _is_made_up(title: str, body: str, text: str, link: str | None) -> bool:
    folded = fold(title)
    if not folded or folded in _GENERIC or when(title) is not None:
        return True
    return _is_address(title, link) or _begins(folded, body, text)


def _is_address(title: str, link: str | None) -> bool:
    if link is None:
        return False
    if title == link or ("/" in title and nurl(title) == nurl(link)):
        return True
    parts = urlsplit(link)
    slug = unquote(parts.path).rstrip("/").rsplit("/", 1)[-1]
    if title.isdigit():
        return title == slug or f"p={title}" in parts.query.split("&")
    return "-" in title and title == slug and title == title.lower()


def _begins(folded: str, body: str, text: str) -> bool:
    """Whether the title is only the first words. An article that repeats its title keeps it."""
    if len(folded) < _LEAST_PREFIX or _BEGINS_WITH_HEADING.match(body[:2000]):
        return False
    first, _, rest = text.partition("\n")
    if len(rest) > _ARTICLE and fold(first) == folded:
        return False
    return fold(text[: len(folded) * 4 + 100]).startswith(folded)
