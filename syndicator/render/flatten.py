"""Sanitised markup → plain text, as somebody would type it who tells what the page says.

Enters: well-formed HTML from the sanitiser, and what is called otherwise here. Leaves: text in paragraphs, and its
lines of code. Lists keep bullets and numbers; a quotation's lines begin with "> ", as people write them in plain text
everywhere and in every language, unless it brings marks of its own; code within a line stands between backticks;
powers and indices stay up and down; footnotes go, with all that points to them. Pictures say nothing here.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser

from syndicator.render.outline import VOID, Found

Called = Callable[[str, str], str | None]  # address and words of a link → what it reads as; None: as its words

EMOJI_CLASSES = {"wp-smiley", "emoji"}

_BLOCK_NAMES = (
    "p div h1 h2 h3 h4 h5 h6 blockquote figure figcaption section article header footer aside nav main dl hr details "
    "summary table caption pre audio video"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BUFFERED = frozenset({"code", "sup", "sub", "rt"})
_SILENT = frozenset({"rp", "del"})
_FOLD = re.compile("[\xa0 \t\n\r\f\v]*[ \t\n\r\f\v]+[\xa0 \t\n\r\f\v]*|\xa0{2,}")
_EMOJI_PLACE = re.compile(r"s\.w\.org/images/core/emoji|/wp-includes/images/smilies/|twemoji", re.IGNORECASE)
_TERM_ENDS = re.compile(r"[.!?…。！？]\W*$")
_WIDE = re.compile("[\u3000-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_BULLETS = "•◦▪"
_AFTER_A_TERM = (": ", " ")
_LINE, _PARAGRAPH = 1, 2
_DEEPEST = 3  # quotations within quotations


class Flattener(HTMLParser):
    """Collects text; `gap` is how many line ends stand between what was written and what comes next."""

    def __init__(self, found: Found, called: Called | None = None) -> None:
        super().__init__(convert_charrefs=True)
        self.found = found
        self.called = called
        self.chunks: list[str] = []
        self.code_lines: set[str] = set()
        self.gap = 0
        self.marker = ""
        self.pre = 0
        self.number = 0
        self.counters: list[int | None] = []  # one per open list; None: not numbered
        self.buffers: list[
            tuple[str, str, list[str]]
        ] = []  # tag, address, words: elements that are written at their end
        self.silent: list[str] = []  # the open elements from the one on that is left out
        self.quotes: list[bool] = []  # whether each open quotation is marked by us
        self.quoted = 0  # open q elements
        self.tables: list[bool] = []  # whether each open table has columns
        self.in_row = False
        self.term = False  # a dt has just ended
        self.began = 0  # the chunk at which the last heading began
        self.heading: int | None = None  # the chunk at which the last words begin, if they are a heading

    # Reading

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.number += 1
        if self.silent:
            self.silent += [] if tag in VOID else [tag]
            return
        if tag in _SILENT or self.number in self.found.footnotes or self.number in self.found.references:
            self._leave_out(tag)
            return
        names = dict(attrs)
        match tag:
            case "br":
                self._br()
            case "img":
                self._image(names)
            case "a":
                if self.called:
                    self.buffers.append((tag, names.get("href") or "", []))
            case "q":
                self._say("“‘"[self.quoted % 2])
                self.quoted += 1
            case "ul" | "ol":
                self._open_list(tag, names.get("start") or "")
            case "li":
                self._item()
            case "td" | "th":
                self._cell()
            case "dd":
                self._definition()
            case _ if tag in _BUFFERED and not self.pre:
                self.buffers.append((tag, "", []))
            case _:
                self._edge(tag, opens=True)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent.pop()
            return
        match tag:
            case "q":
                self.quoted = max(0, self.quoted - 1)
                self._say("”’"[self.quoted % 2])
            case "ul" | "ol":
                del self.counters[-1:]
                self._break(_PARAGRAPH)
            case "li":
                self._break(_LINE)
                self.marker = ""
            case "td" | "th":
                self._break(_LINE)
            case "dd":
                self.marker = ""
                self._break(_LINE)
            case "dt":
                self._flush()
                self.term = not self.gap
                self._break(_LINE)
            case _ if self.buffers and self.buffers[-1][0] == tag:
                self._close_buffer()
            case _:
                self._edge(tag, opens=False)

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.pre:
            self.code_lines.update(line.strip() for line in data.split("\n"))
            self._write(data if self.chunks and not self.gap else data.removeprefix("\n"))
        else:
            self._say(data)

    # Writing

    def _say(self, data: str) -> None:
        if self.buffers:
            self.buffers[-1][2].append(data)
            return
        text = _FOLD.sub(" ", data)
        at_start = self.gap or self.marker or not self.chunks or self.chunks[-1].endswith((" ", "\n"))
        self._write(text.lstrip(" \xa0") if at_start else text)

    def _write(self, text: str) -> None:
        if not text:
            return
        new_line = self.gap or not self.chunks
        quote = "> " * min(_DEEPEST, sum(self.quotes))
        if self.gap and self.chunks:
            self.chunks.append("\n" * self.gap)
        lead = (quote if new_line else "") + self.marker
        self.chunks.append(lead + (text.replace("\n", "\n" + quote) if quote else text))
        self.gap, self.marker, self.term, self.heading = 0, "", False, None

    def _break(self, gap: int) -> None:
        self._flush()
        if self.in_row and self.tables and self.tables[-1]:
            self._say(" ")
        elif self.marker not in _AFTER_A_TERM:
            self.gap = max(self.gap, _LINE if self.counters else gap)

    def _flush(self) -> None:
        """A block within a line ends what had waited for its end."""
        waiting, self.buffers = self.buffers, []
        for _, _, words in waiting:
            self._say("".join(words))

    def _leave_out(self, tag: str) -> None:
        if tag not in VOID:
            self.silent.append(tag)
        if self.number in self.found.footnotes and self.heading is not None:
            del self.chunks[self.heading :]
            self.gap, self.heading = _PARAGRAPH, None

    # Elements

    def _close_buffer(self) -> None:
        tag, url, words = self.buffers.pop()
        text = "".join(words)
        match tag:
            case "a":
                plain = _FOLD.sub(" ", text).strip()
                text = (self.called(url, plain) if self.called else None) or text
            case "code":
                text = _in_backticks(text)
            case "rt":
                text = (f"（{text}）" if _WIDE.search(text) else f"({text})") if text.strip() else ""
            case _:
                text = raised(text, up=tag == "sup")
        self._say(text)

    def _br(self) -> None:
        if self.pre:
            self._write("\n")
            return
        self._flush()
        self.gap = min(self.gap + 1, _PARAGRAPH)

    def _edge(self, tag: str, *, opens: bool) -> None:
        if tag == "table":
            self.in_row = False
            self.tables = [*self.tables, self.number not in self.found.layouts] if opens else self.tables[:-1]
        if tag == "tr":
            self.in_row = False
            self._break(_LINE)
            self.marker = ""
        if tag in _BLOCKS:
            self._break(_PARAGRAPH)
        if tag == "dt":
            self._break(_LINE)
        if tag == "blockquote":
            self.quotes = [*self.quotes, self.number not in self.found.marked_quotes] if opens else self.quotes[:-1]
        if tag == "pre":
            self.pre = max(0, self.pre + (1 if opens else -1))
        if tag in _HEADINGS:
            self._heading(opens=opens)

    def _heading(self, *, opens: bool) -> None:
        if opens:
            self.began = len(self.chunks)
        elif len(self.chunks) > self.began:
            self.heading = self.began

    def _open_list(self, tag: str, start: str) -> None:
        self._break(_PARAGRAPH)
        first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
        self.counters.append(first if tag == "ol" else None)

    def _item(self) -> None:
        self._break(_LINE)
        number = self.counters[-1] if self.counters else None
        deep = min(len(self.counters), len(_BULLETS) + 1) - 1
        sign = _BULLETS[min(max(deep, 0), len(_BULLETS) - 1)] if number is None else f"{number}."
        self.marker = "  " * deep + sign + " "
        if number is not None:
            self.counters[-1] = number + 1

    def _cell(self) -> None:
        self._flush()
        if not self.tables or not self.tables[-1]:
            self._break(_PARAGRAPH)
        elif self.in_row:
            self._trim()
            self.marker = " | "
        self.in_row = True

    def _trim(self) -> None:
        if self.chunks:
            self.chunks[-1] = self.chunks[-1].rstrip(" ")

    def _definition(self) -> None:
        """ "Term: what it means" on one line, unless the term is a sentence."""
        self._flush()
        last = self.chunks[-1].rstrip() if self.chunks else ""
        if self.term and not _TERM_ENDS.search(last):
            self._trim()
            self.gap, self.marker = 0, " " if last.endswith((":", "：", ",", ";", "–", "—")) else ": "
        else:
            self._break(_LINE)
        self.term = False

    def _image(self, names: dict[str, str | None]) -> None:
        """Pictures are attached, not described in the text; but an emoji drawn as a picture is a letter."""
        classes = set((names.get("class") or "").split())
        if classes & EMOJI_CLASSES or _EMOJI_PLACE.search(names.get("src") or ""):
            self._say(names.get("alt") or "")


def _in_backticks(text: str) -> str:
    code = _FOLD.sub(" ", text).strip()
    return f"`{code}`" if code and "`" not in code else text


def raised(text: str, *, up: bool) -> str:
    """In small figures where all of it can be ("10²", "H₂O"), else as it is ("1st")."""
    places = _RAISED if up else _LOWERED
    return text.translate(places) if text.strip() and all(ord(c) in places for c in text.strip()) else text
