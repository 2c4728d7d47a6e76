"""A sanitised post → the blocks of a Tumblr post. Pure; every letter of the text comes out, in order.

What Tumblr has no form for is kept as text: rows of tables as lines, inline code as words, rules as a line of stars, a
picture that could not be fetched as a link to it. Code stands in `chat` blocks, the only ones in a monospaced face.
Numbers of lists, lengths and counts are seen to in `fit.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from urllib.parse import unquote

from syndicator.connector import Attachment
from syndicator_tumblr.blocks import Block, Picture, Text, shortened
from syndicator_tumblr.inline import Inline
from syndicator_tumblr.pictures import Attributes, counts_readers, is_emoji, is_web, leads_to, picture, pointer
from syndicator_tumblr.places import Places

RULE = "* * *"
_BLOCK_NAMES = "p div section article header footer aside nav main details summary address center dl dd"
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = {"h1": "heading1", "h2": "heading1", **dict.fromkeys(("h3", "h4", "h5", "h6"), "heading2")}
_FORMATS = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em", "cite", "var", "dfn"), "italic"),
    **dict.fromkeys(("s", "del", "strike"), "strikethrough"),
    "small": "small",
}
_SHIFTED = {  # Tumblr has no raised or lowered letters, and 10² is not 102
    "sup": str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ"),
    "sub": str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎"),
}


def blocks(html: str, images: Iterable[Attachment] = ()) -> list[Block]:
    """`images`: the pictures at hand; each is recognised by the address that the html gives it."""
    reader = _Reader({image.source: image for image in images if image.source})
    reader.feed(html)
    reader.close()
    return reader.finished()


@dataclass(slots=True)
class _Figure:
    start: int
    caption: Text | None = None


class _Reader(HTMLParser):
    def __init__(self, images: Mapping[str, Attachment]) -> None:
        super().__init__(convert_charrefs=True)
        self._images = images
        self._done: list[Block] = []
        self._later: list[Block] = []  # what stands in a table and has no place in a line of text
        self._inline = Inline()
        self._places = Places()
        self._figures: list[_Figure] = []
        self._tables = 0
        self._first_cell = True
        self._shift: list[str] = []
        self._mail: list[tuple[str, list[str]]] = []

    def finished(self) -> list[Block]:
        self._flush()
        while self._figures:
            self.end_figure()
        return [*self._done, *self._later]

    # What the parser reports

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        if tag in _BEGIN:
            _BEGIN[tag](self, names)
        elif tag in _FORMATS:
            self._inline.open(tag, _FORMATS[tag])
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._boundary()
            self._places.heading = _HEADINGS.get(tag, self._places.heading)

    def handle_endtag(self, tag: str) -> None:
        if tag in _END:
            _END[tag](self)
        elif tag in _FORMATS:
            self._inline.close(tag)
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._boundary()
            self._places.heading = "" if tag in _HEADINGS else self._places.heading

    def handle_data(self, data: str) -> None:
        for _, words in self._mail:
            words.append(data)
        if self._places.code:
            self._inline.keep(data)
        else:
            self._inline.write(_shifted(data, self._shift[-1]) if self._shift else data)

    # Edges

    def _boundary(self) -> None:
        """The edge of a paragraph: a new block, or a new line where Tumblr has room for one block only."""
        if self._tables:
            self._inline.write(" ")
        elif self._places.in_one_block:
            self._inline.line(forced=False)
        else:
            self._flush()

    def _flush(self) -> None:
        text = self._inline.take(kept=bool(self._places.code))
        if text.text.strip():
            self._done.append(self._places.form(text))

    def _put(self, block: Block) -> None:
        """Something that is no text, where it stands; what stands in a table, after the table."""
        if self._tables:
            self._later.append(block)
        else:
            self._flush()
            self._done.append(block)

    # Lists and quotes. In a table, which is lines of text, a list is words in a row.

    def begin_list(self, names: Attributes, *, ordered: bool) -> None:
        if not self._tables:
            self._flush()
            self._places.enter_list(names.get("start", ""), ordered=ordered)

    def end_list(self) -> None:
        if not self._tables:
            self._flush()
            self._places.leave_list()

    def begin_item(self, _: Attributes) -> None:
        if self._tables:
            self._inline.write(" • ")
            return
        self._flush()
        self._places.enter_item()

    def end_item(self) -> None:
        if not self._tables:
            self._flush()
            self._places.leave_item()

    def begin_quote(self, _: Attributes) -> None:
        self._flush()
        self._places.enter("blockquote")

    def end_quote(self) -> None:
        self._flush()
        self._places.leave("blockquote")

    # Tables, code, rules

    def begin_table(self, _: Attributes) -> None:
        self._flush()
        self._tables += 1

    def end_table(self) -> None:
        self._flush()
        self._tables = max(0, self._tables - 1)
        if not self._tables:
            self._done += self._later
            self._later = []

    def begin_row(self, _: Attributes) -> None:
        self._inline.line(forced=False)
        self._first_cell = True

    def begin_cell(self, _: Attributes) -> None:
        if not self._first_cell:
            self._inline.keep("| " if self._inline.last == " " else " | ")
        self._first_cell = False

    def begin_code(self, _: Attributes) -> None:
        self._flush()
        self._places.code += 1

    def end_code(self) -> None:
        self._flush()
        self._places.code = max(0, self._places.code - 1)

    def rule(self, _: Attributes) -> None:
        self._flush()
        self._done.append(Text(RULE))

    # Pictures

    def picture(self, names: Attributes) -> None:
        source, alt = names.get("src", ""), names.get("alt", "")
        image = self._images.get(source)
        if is_emoji(names):
            self._inline.write(alt)
        elif image is not None:
            self._put(picture(image, leads_to(self._inline.target, source)))
        elif is_web(source) and not counts_readers(names):
            self._put(pointer(source, alt))
        else:
            self._inline.write(alt)

    def media(self, names: Attributes) -> None:
        if is_web(names.get("src", "")):
            self._put(pointer(names["src"], ""))

    def begin_figure(self, _: Attributes) -> None:
        self._flush()
        self._figures.append(_Figure(len(self._done)))

    def begin_caption(self, _: Attributes) -> None:
        self._flush()
        self._places.enter("figcaption")

    def end_caption(self) -> None:
        if "figcaption" not in self._places:
            return
        caption = self._inline.take()
        self._places.leave("figcaption")
        if self._figures and self._figures[-1].caption is None:
            self._figures[-1].caption = caption
        elif caption.text.strip():
            self._done.append(caption)

    def end_figure(self) -> None:
        self._flush()
        figure = self._figures.pop() if self._figures else None
        if figure is None or figure.caption is None or not figure.caption.text.strip():
            return
        shown = self._done[figure.start :]
        only = shown[0] if len(shown) == 1 and isinstance(shown[0], Picture) else None
        if only is None or only.caption or any(r.type == "link" for r in figure.caption.formatting):
            self._done.append(figure.caption)  # under a picture stands bare text, without links
        else:
            self._done[figure.start] = replace(only, caption=shortened(figure.caption.text))

    # Words

    def line_break(self, _: Attributes) -> None:
        if self._places.code:
            self._inline.keep("\n")
        elif self._tables:
            self._inline.write(" ")
        else:
            self._inline.line(forced=True)

    def begin_link(self, names: Attributes) -> None:
        url = names.get("href", "")
        if url.startswith("mailto:"):
            self._mail.append((unquote(url.removeprefix("mailto:").partition("?")[0]), []))
        else:
            self._inline.open("a", "link" if is_web(url) else "", url)

    def end_link(self) -> None:
        """Tumblr takes links to pages only, so an address for mail is put into words, unless it is there."""
        if not self._mail:
            self._inline.close("a")
            return
        address, words = self._mail.pop()
        if address not in "".join(words):
            self._inline.write(f" ({address})")

    def begin_term(self, _: Attributes) -> None:
        self._boundary()
        self._inline.open("dt", "bold")

    def end_term(self) -> None:
        self._inline.close("dt")
        self._boundary()

    def quote_mark(self, mark: str) -> None:
        self._inline.write(mark)

    def begin_shift(self, way: str) -> None:
        self._shift.append(way)

    def end_shift(self) -> None:
        del self._shift[-1:]


def _shifted(words: str, way: str) -> str:
    """Raised or lowered figures, where there are letters for all of them."""
    known = _SHIFTED[way]
    return words.translate(known) if all(ord(c) in known or c.isspace() for c in words) else words


_BEGIN: dict[str, Callable[[_Reader, Attributes], None]] = {
    "a": _Reader.begin_link,
    "audio": _Reader.media,
    "blockquote": _Reader.begin_quote,
    "br": _Reader.line_break,
    "caption": _Reader.begin_row,
    "dt": _Reader.begin_term,
    "figcaption": _Reader.begin_caption,
    "figure": _Reader.begin_figure,
    "hr": _Reader.rule,
    "img": _Reader.picture,
    "li": _Reader.begin_item,
    "ol": lambda reader, names: reader.begin_list(names, ordered=True),
    "pre": _Reader.begin_code,
    "q": lambda reader, _: reader.quote_mark("“"),
    "source": _Reader.media,
    "sub": lambda reader, _: reader.begin_shift("sub"),
    "sup": lambda reader, _: reader.begin_shift("sup"),
    "table": _Reader.begin_table,
    "td": _Reader.begin_cell,
    "th": _Reader.begin_cell,
    "tr": _Reader.begin_row,
    "ul": lambda reader, names: reader.begin_list(names, ordered=False),
    "video": _Reader.media,
}
_END: dict[str, Callable[[_Reader], None]] = {
    "a": _Reader.end_link,
    "blockquote": _Reader.end_quote,
    "dt": _Reader.end_term,
    "figcaption": _Reader.end_caption,
    "figure": _Reader.end_figure,
    "li": _Reader.end_item,
    "ol": _Reader.end_list,
    "pre": _Reader.end_code,
    "q": lambda reader: reader.quote_mark("”"),
    "sub": _Reader.end_shift,
    "sup": _Reader.end_shift,
    "table": _Reader.end_table,
    "ul": _Reader.end_list,
}
