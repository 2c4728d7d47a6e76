"""How the pretend service reads a post: length, and the HTML it makes of the text.

The counting is written a second time here, with other means than the connector's (twitter-text's own pattern, which
Mastodon.py carries, and the character database), so that one cannot hide a mistake of the other.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from syndicator_mastodon.sandbox_people import MENTION, People

_JOINER = "\u200d"
_EXTENDING = "\u200c\u0e33\u0eb3"  # UAX 29: the non-joiner, the Thai and the Lao am
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN = range(0x1F3FB, 0x1F400)
_FLAG_TAGS = range(0xE0020, 0xE0080)  # the letters in the flags of Scotland, Wales and England
_HASHTAG = re.compile(r"(?<![\w/)=&#])#(\w*[^\W\d]\w*)")
_ANY_URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")


def mastodon_length(text: str) -> int:
    """Grapheme clusters, URLs as 23, mentions without their host."""
    from mastodon._url_regex import url_regex

    short = url_regex.sub(lambda found: found[2] + "x" * 23, text)
    return clusters(MENTION.sub(r"@\1", short))


def clusters(text: str) -> int:
    """Grapheme clusters, for the scripts a European blog uses and for emoji."""
    total, joined, regional = 0, False, 0
    for letter in text:
        number = ord(letter)
        regional = regional + 1 if number in _REGIONAL else 0
        mark = unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter in _EXTENDING
        extends = letter == _JOINER or number in _SKIN or number in _FLAG_TAGS or mark
        pairs = bool(regional) and regional % 2 == 0
        total += not (extends or joined or pairs)
        joined = letter == _JOINER
    return total


def mastodon_html(text: str, people: People) -> str:
    """Paragraphs and breaks; links with their scheme and end hidden, as Mastodon writes them."""
    from mastodon._url_regex import url_regex

    def links(part: str) -> str:
        return _replaced(part, url_regex, lambda found: (found[2], _link(found[3])), lambda rest: _live(rest, people))

    return "".join(f"<p>{links(part).replace(chr(10), '<br />')}</p>" for part in re.split(r"\n{2,}", text) if part)


def plain_html(text: str, people: People) -> str:
    """What the smaller servers make of a text: every address a link, and every person."""

    def link(found: re.Match[str]) -> tuple[str, str]:
        url = html.escape(found[0])
        return "", f'<a href="{url}" rel="nofollow">{url}</a>'

    return f"<p>{_replaced(text, _ANY_URL, link, lambda rest: _called(rest, people)).replace(chr(10), '<br>')}</p>"


def markdown_html(text: str, people: People) -> str:
    """Hollo reads Markdown; emphasis is enough to show that words do not come back as they went."""
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", plain_html(text, people))


def raw_html(text: str, people: People) -> str:
    """snac lets markup in the text through."""
    return html.unescape(plain_html(text, people))


def _replaced(
    text: str, pattern: Any, found_html: Callable[[Any], tuple[str, str]], rest_html: Callable[[str], str]
) -> str:
    parts, position = [], 0
    for found in pattern.finditer(text):
        before, link = found_html(found)
        parts += [rest_html(text[position : found.start()] + before), link]
        position = found.end()
    return "".join([*parts, rest_html(text[position:])])


def _link(url: str) -> str:
    scheme, _, shown = url.partition("://")
    visible, hidden = shown[:30], shown[30:]
    middle = f'<span class="{"ellipsis" if hidden else ""}">{html.escape(visible)}</span>'
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span>{middle}<span class="invisible">{html.escape(hidden)}</span></a>'
    )


def _live(text: str, people: People) -> str:
    def tag(found: re.Match[str]) -> tuple[str, str]:
        name = html.escape(found[1])
        return (
            "",
            f'<a href="{people.base}/tags/{name.lower()}" class="mention hashtag" rel="tag">#<span>{name}</span></a>',
        )

    return _replaced(text, _HASHTAG, tag, lambda rest: _called(rest, people))


def _called(text: str, people: People) -> str:
    """Who is known is shown without a host; every other name stays a word."""

    def mention(found: re.Match[str]) -> tuple[str, str]:
        person = people.called(*found.groups())
        if person is None:
            return "", html.escape(found[0])
        name = html.escape(person.acct.partition("@")[0])
        link = f'<a href="{html.escape(person.url)}" class="u-url mention">@<span>{name}</span></a>'
        return "", f'<span class="h-card" translate="no">{link}</span>'

    return _replaced(text, MENTION, mention, html.escape)
