"""HTML of strangers → safe HTML, and → plain text.

Enters: a feed's markup, however broken. Leaves: markup from an allow-list, or text with paragraphs. It fetches nothing
and runs nothing. Text is taken from the sanitised markup, never from the raw: on unclosed tags and comments
html.parser takes quadratic time (minutes for 100 kB), the sanitiser does not.
"""

import functools
import re
from collections.abc import Collection
from html import unescape
from html.parser import HTMLParser

from syndicator.render.characters import clean, unveil
from syndicator.render.flatten import EMOJI_CLASSES, Called, Flattener
from syndicator.render.nesting import bounded
from syndicator.render.outline import is_footnote, outline

_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height", "class"},
    "audio": {"src"},
    "video": {"src", "poster"},
    "source": {"src", "type"},
    "ol": {"start"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_KEPT = (
    "a abbr article aside audio b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small "
    "source span strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr"
)
_SHORT_ADDRESS = re.compile(r"<a href=\"(https?://[^\"<>]{4,2000})\"[^<>]{0,500}>([^<>]{4,2000})</a>")
_DROPPED_WHOLE = "script style iframe form svg math object embed noscript template title textarea select button head"


def sanitise(html: str, base: str | None = None) -> str:
    """The allowed part of `html`; relative addresses become absolute when `base` is given."""
    import nh3

    return nh3.clean(
        bounded(html),
        tags=set(_KEPT.split()),
        clean_content_tags=set(_DROPPED_WHOLE.split()),
        attributes={tag: names - {"class"} for tag, names in _ATTRIBUTES.items()},
        allowed_classes={"img": EMOJI_CLASSES},
        url_schemes={"http", "https", "mailto"},
        url_relative=("rewrite_with_base", base) if base else "pass_through",
        link_rel=None,
    )


def to_text(html: str, base: str | None = None, *, called: Called | None = None) -> str:
    """`html` as plain text: blank lines between paragraphs, "• " before list items, `pre` as it stands.

    `called` may say that a link reads otherwise than its words.
    """
    return _tidy(clean("".join(_flat(_in_full(sanitise(html, base)), called).chunks)))


def _in_full(safe: str) -> str:
    """A link whose words are its address, shortened as browsers show it, reads as the address: only that is a link."""
    return _SHORT_ADDRESS.sub(lambda hit: hit[0].replace(f">{hit[2]}<", f">{hit[1]}<") if _same(hit) else hit[0], safe)


def _same(hit: re.Match[str]) -> bool:
    said = unescape(hit[2]).strip()
    return "://" not in said and "." in said and _bare(said) == _bare(unescape(hit[1])).removeprefix("www.")


def code_lines(html: str) -> frozenset[str]:
    """The lines of `to_text(html)` that are code, without the white space around them."""
    return frozenset(clean(line).strip() for line in _flat(sanitise(html)).code_lines) - {""}


def _flat(safe: str, called: Called | None = None) -> Flattener:
    safe = unveil(safe)
    flattener = Flattener(outline(safe), called)
    flattener.feed(safe)
    flattener.close()
    return flattener


@functools.lru_cache(maxsize=4)  # asked again and again for one post, and by each network
def lost_links(html: str, text: str) -> tuple[str, ...]:
    """The addresses that `html` links to and that do not stand in `text`; hashtags, mentions and pictures aside.

    A footnote that `to_text` leaves out is among them, by the address of its reference.
    """
    safe = sanitise(html)
    found = outline(safe)
    collector = _Anchors(found.references)
    collector.feed(safe)
    collector.close()
    notes = found.references_to_notes if found.footnotes else ()
    return (*(url for url, label in collector.found if _matters(url, label) and _bare(url) not in text), *notes)


def _matters(url: str, label: str) -> bool:
    return url.startswith(("http://", "https://")) and label[:1] not in {"", "#", "＃", "@"} and not is_footnote(url)


def _bare(url: str) -> str:
    return url.split("://", 1)[-1].rstrip("/")


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<![^\S\n])[^\S\n]+(?=\n|$)", "", text)).strip()


class _Anchors(HTMLParser):
    def __init__(self, silent: Collection[int]) -> None:
        super().__init__(convert_charrefs=True)
        self.silent = silent
        self.number = 0
        self.found: list[tuple[str, str]] = []
        self.url: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.number += 1
        if tag == "a" and self.number not in self.silent:
            self.url = dict(attrs).get("href")
            self.found.append((self.url or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.url = None

    def handle_data(self, data: str) -> None:
        if self.url is not None:
            self.found[-1] = (self.url, (self.found[-1][1] + data).strip())
