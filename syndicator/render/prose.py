"""What of a post is told in sentences: the words a teaser can be made of.

Enters: a post. Leaves: its text without headings, captions and tables, which say little out of their place; or
all of its text where nothing else is left.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from syndicator.post import Post
from syndicator.render.characters import clean, detached
from syndicator.render.mentions import spoken
from syndicator.render.plain import sanitise, to_text
from syndicator.render.style import Person

_ASIDE = re.compile(r"<(h[1-6]|figure|table|hr)\b[^>]*>(?:.*?</\1>)?", re.DOTALL)


def prose(post: Post, people: Sequence[Person] = ()) -> str:
    if not _ASIDE.search(post.html):
        return _told(post, people)
    html = _ASIDE.sub("", sanitise(post.html))
    return _told(replace(post, html=html, text=to_text(html)), people) or _told(post, people)


def _told(post: Post, people: Sequence[Person]) -> str:
    return detached(clean(spoken(post, people)).strip())
