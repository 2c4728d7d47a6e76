"""HTML of strangers → Markdown.

Enters: a feed's markup, however broken. Leaves: Markdown (CommonMark, with tables and footnotes as most dialects have
them) that says the same; signs that would mean something are escaped. It fetches nothing and never raises: markup that
is nested beyond all reason becomes its words.
"""

import re

from syndicator.render.characters import clean, unveil
from syndicator.render.nesting import depth_and_tags
from syndicator.render.plain import sanitise, to_text

DEEPEST = 100  # elements within elements; conversion recurses
MOST_TAGS = 20_000

_SIGNS = re.compile(r"([\\`*_\[\]<>#|~&])|^([-+=]|\d{1,9}(?=[.)]))", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")


def to_markdown(html: str) -> str:
    safe = unveil(sanitise(html))
    depth, tags = depth_and_tags(safe)
    if depth > DEEPEST or tags > MOST_TAGS:
        return as_words(to_text(safe))
    from syndicator.render.converter import convert

    return clean(_BLANK_LINES.sub("\n\n", convert(safe)).strip())


def as_words(text: str) -> str:
    """Plain text whose signs mean nothing in Markdown."""
    escaped = _SIGNS.sub(lambda sign: "\\" + sign[1] if sign[1] else _at_start(sign[2]), text)
    return re.sub(r"(?<=\S)\n(?=\S)", "\\\\\n", escaped)


def _at_start(sign: str) -> str:
    return sign + "\\" if sign.isdigit() else "\\" + sign
