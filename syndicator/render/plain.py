"""HTML of strangers → safe HTML, and → plain text.

Enters: a feed's markup, however broken. Leaves: markup from an allow-list, or text with paragraphs. It fetches nothing
and runs nothing. Text is taken from the sanitised markup, never from the raw: on unclosed tags and comments
html.parser takes quadratic time (minutes for 100 kB), the sanitiser does not.
"""

import re
from html.parser import HTMLParser

from syndicator.render.characters import clean, unveil
from syndicator.render.nesting import bounded

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
    "footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small source span "
    "strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr"
)
_DROPPED_WHOLE = "script style iframe form svg math object embed noscript template title textarea select button head"
_EMOJI_CLASSES = {"wp-smiley", "emoji"}


def sanitise(html: str, base: str | None = None) -> str:
    """The allowed part of `html`; relative addresses become absolute when `base` is given."""
    import nh3

    return nh3.clean(
        bounded(html),
        tags=set(_KEPT.split()),
        clean_content_tags=set(_DROPPED_WHOLE.split()),
        attributes={tag: names - {"class"} for tag, names in _ATTRIBUTES.items()},
        allowed_classes={"img": _EMOJI_CLASSES},
        url_schemes={"http", "https", "mailto"},
        url_relative=("rewrite_with_base", base) if base else "pass_through",
        link_rel=None,
    )


def to_text(html: str, base: str | None = None) -> str:
    """`html` as plain text: blank lines between paragraphs, "• " before list items, `pre` as it stands."""
    flattener = _Flattener()
    flattener.feed(unveil(sanitise(html, base)))
    flattener.close()
    return _tidy(clean("".join(flattener.chunks)))


def lost_links(html: str, text: str) -> tuple[str, ...]:
    """The addresses that `html` links to and that do not stand in `text`; hashtags, mentions and pictures aside."""
    collector = _Anchors()
    collector.feed(sanitise(html))
    collector.close()
    return tuple(url for url, label in collector.found if _matters(url, label) and _bare(url) not in text)


def _matters(url: str, label: str) -> bool:
    return url.startswith(("http://", "https://")) and label[:1] not in {"", "#", "＃", "@"} and not _is_footnote(url)


def _bare(url: str) -> str:
    return url.split("://", 1)[-1].rstrip("/")


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<![^\S\n])[^\S\n]+(?=\n|$)", "", text)).strip()


_BLOCK_NAMES = (
    "p div h1 h2 h3 h4 h5 h6 blockquote figure figcaption section article header footer aside nav main dl hr details "
    "summary table caption pre audio video"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_LINES = {"dt", "dd", "tr"}
_LISTS = {"ul", "ol"}
_FOLD = re.compile("[\xa0 \t\n\r\f\v]*[ \t\n\r\f\v]+[\xa0 \t\n\r\f\v]*|\xa0{2,}")
_EMOJI_PLACE = re.compile(r"s\.w\.org/images/core/emoji|/wp-includes/images/smilies/|twemoji", re.IGNORECASE)
_FOOTNOTE = re.compile(r"#(?:_?fn|_?ftn|footnote|user-content-fn)", re.IGNORECASE)
_LINE, _PARAGRAPH = 1, 2


def _is_footnote(href: str) -> bool:
    return bool(_FOOTNOTE.search(href))


class _Flattener(HTMLParser):
    """Collects text; `gap` is how many line ends stand between what was written and what comes next."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.chunks: list[str] = []
        self.gap = 0
        self.marker = ""
        self.pre = 0
        self.counters: list[int | None] = []  # one per open list; None: not numbered
        self.muted = False
        self.in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        match tag:
            case "br":
                self._br()
            case "img":
                self._image(names)
            case "a":
                self.muted = _is_footnote(names.get("href") or "")
            case "q":
                self._write("“")
            case "ul" | "ol":
                self._open_list(tag, names.get("start") or "")
            case "li":
                self._item()
            case "td" | "th":
                self._cell()
            case _:
                self._edge(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "a":
                self.muted = False
            case "q":
                self._write("”")
            case "ul" | "ol":
                del self.counters[-1:]
                self._break(_PARAGRAPH)
            case "li":
                self._break(_LINE)
                self.marker = ""
            case _:
                self._edge(tag, -1)

    def handle_data(self, data: str) -> None:
        if self.muted:
            return
        if self.pre:
            self._write(data if self.chunks and not self.gap else data.removeprefix("\n"))
            return
        text = _FOLD.sub(" ", data)
        at_start = self.gap or self.marker or not self.chunks or self.chunks[-1].endswith((" ", "\n"))
        self._write(text.lstrip(" \xa0") if at_start else text)

    def _write(self, text: str) -> None:
        if not text:
            return
        if self.gap and self.chunks:
            self.chunks.append("\n" * self.gap)
        self.chunks.append(self.marker + text)
        self.gap, self.marker = 0, ""

    def _break(self, gap: int) -> None:
        self.gap = max(self.gap, _LINE if self.counters else gap)

    def _br(self) -> None:
        if self.pre:
            self._write("\n")
        else:
            self.gap = min(self.gap + 1, _PARAGRAPH)

    def _edge(self, tag: str, by: int) -> None:
        if tag in _BLOCKS or tag in _LINES:
            self._break(_LINE if tag in _LINES else _PARAGRAPH)
        if tag == "tr":
            self.in_row, self.marker = False, ""
        if tag == "pre":
            self.pre = max(0, self.pre + by)

    def _open_list(self, tag: str, start: str) -> None:
        self._break(_PARAGRAPH)
        first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
        self.counters.append(first if tag == "ol" else None)

    def _item(self) -> None:
        self._break(_LINE)
        number = self.counters[-1] if self.counters else None
        self.marker = "• " if number is None else f"{number}. "
        if number is not None:
            self.counters[-1] = number + 1

    def _cell(self) -> None:
        if self.in_row:
            self.marker = " | "
        self.in_row = True

    def _image(self, names: dict[str, str | None]) -> None:
        """Pictures are attached, not described in the text; but an emoji drawn as a picture is a letter."""
        classes = set((names.get("class") or "").split())
        if classes & _EMOJI_CLASSES or _EMOJI_PLACE.search(names.get("src") or ""):
            self._write(names.get("alt") or "")


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self.url: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.url = dict(attrs).get("href")
            self.found.append((self.url or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.url = None

    def handle_data(self, data: str) -> None:
        if self.url is not None:
            self.found[-1] = (self.url, (self.found[-1][1] + data).strip())
