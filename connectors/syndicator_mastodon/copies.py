"""Recognising our own copy in a list of posts. Pure: statuses and a rendering in, a match out.

The mark is the original's permalink, as the target of a link or in the text. Servers shorten what they show, turn text
into HTML and some read it as Markdown, so words are compared loosely, and only to tell our copy from another post that
mentions the same page.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from syndicator.connector import Rendering

ALIKE = 0.5  # of the letter pairs we sent
Status = Mapping[str, Any]

_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_CLOSING = ".,;:!?)\"'»"  # what may follow a URL in a sentence
_HANDLE = re.compile(r"(?<![=/\w])@(\w[\w.-]*)@\w[\w.-]*\w")
_BREAKING = frozenset({"br", "p", "div", "li", "blockquote"})


def ours(statuses: Iterable[Status], rendering: Rendering) -> Status | None:
    """The oldest status that is a copy of `rendering`."""
    matches = _in_place([status for status in statuses if is_copy(status, rendering)], rendering)
    return min(matches, key=lambda status: written_at(status) or datetime.max.replace(tzinfo=UTC), default=None)


def is_copy(status: Status, rendering: Rendering) -> bool:
    content = _read(str(status.get("content") or ""))
    if rendering.link and rendering.link_in_text:
        return _has_link(content, rendering.link) and _alike(short(rendering.text), short(content.text))
    # One server lets tags in a text through, so the words are also compared without what looks like a tag.
    sent = (rendering.text, _read(rendering.text).text)
    return _letters(short(content.text)) in [_letters(short(text)) for text in sent]


def _in_place(matches: list[Status], rendering: Rendering) -> list[Status]:
    """Those of `matches` that stand where a part of a thread belongs: its words alone may stand in another part too.

    A server forgets what a copy answers when that is deleted, and some may never keep it; such a one is taken when
    there is no better, unless it is a part that we know.
    """
    to = rendering.reply_to
    if to is None:
        return matches
    answers = [status for status in matches if str(status.get("in_reply_to_id") or "") == to.parent.remote_id]
    known = {to.root.remote_id, to.parent.remote_id}
    loose = (status for status in matches if not status.get("in_reply_to_id") and str(status.get("id")) not in known)
    return answers or list(loose)


def short(text: str) -> str:
    """`text` with “@ada” for “@ada@social.example”, which is what most servers make of it."""
    return _HANDLE.sub(r"@\1", text)


def written_at(status: Status) -> datetime | None:
    """When a status was made; None when it does not say so in a readable way."""
    try:
        moment = datetime.fromisoformat(str(status.get("created_at")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Content(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKING:
            self._parts.append("\n")
        self.links += [value for name, value in attrs if tag == "a" and name == "href" and value]

    def handle_data(self, data: str) -> None:
        self._parts.append(data)


def _read(content: str) -> _Content:
    parser = _Content()
    parser.feed(content)
    parser.close()
    return parser


def _has_link(content: _Content, link: str) -> bool:
    wanted = _same(link)
    shown = (url.rstrip(_CLOSING) for url in _URL.findall(content.text))
    return any(_same(url) == wanted for url in (*content.links, *shown))


def _same(url: str) -> tuple[str, str, str, str]:
    """What makes two spellings one page: the case of the host, http or https and a final slash do not count."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return (url, "", "", "")
    return (parts.netloc.lower(), parts.path.rstrip("/"), parts.query, parts.fragment)


def _alike(sent: str, seen: str) -> bool:
    wanted = Counter(_pairs(sent))
    return not wanted or (wanted & Counter(_pairs(seen))).total() >= ALIKE * wanted.total()


def _pairs(text: str) -> list[str]:
    letters = _letters(_URL.sub(" ", text))
    return [letters[i : i + 2] for i in range(len(letters) - 1)]


def _letters(text: str) -> str:
    """What survives a server's idea of mark-up: letters and digits; everything, when there are none."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum()) or "".join(folded.split())
