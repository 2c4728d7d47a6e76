"""A body's HTML → the same with absolute addresses, emoji images as the characters they stand for, players as links.

Not a sanitiser: it runs before that, because it needs attributes that do not survive it.
"""

import re
from html import escape
from html.parser import HTMLParser

from syndicator.feed.images import Pictures
from syndicator.feed.links import absolute
from syndicator.feed.players import EMBEDDING, INSIDE, page_of
from syndicator.post import Image

_EMOJI = re.compile(r"(?:^|\s)(?:wp-smiley|emoji|twemoji)(?:\s|$)|//s\.w\.org/images/core/emoji/|/twemoji/")
_CANDIDATES = re.compile(r"(?<=[wx]),\s*|,\s+")  # addresses may contain commas
_SIZE = re.compile(r"\d{1,6}(?:\.\d{1,3})?[wx]")
_ADDRESSES = {"href", "src", "poster", "cite"}
_LAZY = ("data-src", "data-lazy-src", "data-original")
LARGEST_BODY = 500_000  # characters; no copy needs a book
_MORE_TAGS = {"font", "main", "section", "tfoot", *INSIDE}
_WITHOUT_WORDS = {
    *("script", "style", "form", "svg", "math", "noscript", "template", "title", "textarea", "select", "button"),
    "head",
}
_ATTRIBUTES = {
    *("href", "src", "srcset", "poster", "cite", "alt", "title", "aria-label", "class", "width", "height", "start"),
    *("type", "colspan", "rowspan", "data", *_LAZY),
}


def settle(html: str, base: str, page: str | None = None) -> tuple[str, tuple[Image, ...]]:
    """The same HTML with absolute addresses, emoji images as the characters they stand for, and no scripts; and its
    pictures.

    `page` is where fragments belong. Not a sanitiser: what is harmful is still in it.
    """
    rewriter = _Rewriter(base, page or base)
    rewriter.feed(_well_formed(html[:LARGEST_BODY]))
    rewriter.close()
    return "".join(rewriter.out), rewriter.pictures.images()


def _is_emoji(attributes: dict[str, str]) -> bool:
    """WordPress and others replace each emoji by a picture of it, with the emoji as its alt text."""
    return bool(_EMOJI.search(attributes.get("class", "")) or _EMOJI.search(attributes.get("src", "")))


def _well_formed(html: str) -> str:
    """The same mark-up with every tag closed, linear in its length; html.parser is quadratic on anything worse."""
    import nh3

    from syndicator.render.nesting import bounded

    return nh3.clean(
        bounded(html),
        tags=nh3.ALLOWED_TAGS | _MORE_TAGS,
        clean_content_tags=_WITHOUT_WORDS,
        attributes={"*": _ATTRIBUTES},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


class _Rewriter(HTMLParser):
    def __init__(self, base: str, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base, self.page = base, page.split("#", 1)[0]
        self.out: list[str] = []
        self.pictures = Pictures()
        self.playing: list[str] = []  # the open elements from the one that embeds something inwards
        self.shown: str | None = None

    def updatepos(self, i: int, j: int) -> int:
        """Nobody asks for line numbers, and counting them takes a tenth of the time."""
        return j

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if self.playing or tag in EMBEDDING:
            self._play(tag, attributes)
            return
        if tag == "img" and _is_emoji(attributes):
            self.out.append(escape(attributes.get("alt", "")))
            return
        if tag == "img":
            attributes["src"] = _picture(attributes)
            attributes.pop("srcset", None)
        settled = ((name, self._address(name, value)) for name, value in attributes.items())
        attributes = {name: value for name, value in settled if value is not None}
        self.pictures.start(tag, attributes)
        written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
        self.out.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if self.playing:
            self._stop(tag)
            return
        self.pictures.end(tag)
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.playing:
            self.pictures.text(data)
            self.out.append(escape(data, quote=False))

    def _play(self, tag: str, attributes: dict[str, str]) -> None:
        """What stands inside is for browsers that cannot play; its words are no words of the post."""
        if tag in INSIDE and self.shown is None:
            self.shown = page_of(attributes, self.base)
        if tag not in ("source", "embed"):
            self.playing.append(tag)
        elif not self.playing:
            self._show()

    def _stop(self, tag: str) -> None:
        while self.playing and self.playing.pop() != tag:
            pass
        if not self.playing:
            self._show()

    def _show(self) -> None:
        if self.shown is not None:
            address = escape(self.shown)
            self.out.append(f'<p><a href="{address}">{address}</a></p>')
        self.shown = None

    def _address(self, name: str, value: str) -> str | None:
        """None for what leads nowhere."""
        if name not in _ADDRESSES:
            return value
        value = value.strip()
        if value.startswith("#"):
            return self.page + value
        return value if value[:7].lower() == "mailto:" else absolute(value, self.base)


def _picture(attributes: dict[str, str]) -> str:
    """The address of an image: its largest version; where pages load late, `src` holds only a stand-in."""
    largest = _largest(attributes.get("srcset", ""))
    source = attributes.get("src", "")
    if largest or source.startswith(("http", "/")):
        return largest or source
    return next((attributes[name] for name in _LAZY if attributes.get(name)), source)


def _largest(source_set: str) -> str | None:
    candidates = []
    for part in _CANDIDATES.split(source_set.strip()):
        address, _, size = part.strip().partition(" ")
        if _SIZE.fullmatch(size.strip()):
            candidates.append((float(size.strip()[:-1]), address))
    return max(candidates)[1] if candidates else None
