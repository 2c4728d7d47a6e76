"""The Markdown of one document, by markdownify; here is what differs from its ways.

Enters: sanitised markup of bounded depth. Leaves: Markdown. Footnotes are footnotes, addresses survive whatever signs
they have, fences are longer than what they hold, and tables that only lay out a page are paragraphs. Imported late: it
stands on heavy libraries.
"""

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from markdownify import MarkdownConverter

from syndicator.render.flatten import EMOJI_CLASSES, raised
from syndicator.render.outline import Found, outline

_Library: Any = MarkdownConverter  # its stub knows nothing of the methods one overrides
_URL = re.compile(r"https?://[^\s<>\"“”„«»()\[\]{}|\\^`]*[^\s<>\"“”„«»()\[\]{}|\\^`.,;:!?'*_~]")
_COLUMN = re.compile(r":(?=\\?-)|(?<=-):")  # ":-" makes a table of the line above it
_FENCES = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)
_HEADING = re.compile(r"h[1-6]")
_UNSAFE = str.maketrans({" ": "%20", "<": "%3C", ">": "%3E", "\n": "", "\t": "", "\\": "%5C", "(": "%28", ")": "%29"})


def convert(safe: str) -> str:
    soup = BeautifulSoup(f"<div>{safe}</div>", "html.parser")  # bare words could be taken for a file's name
    elements = [element for element in soup.find_all(True) if isinstance(element, Tag)][1:]
    notes = _prepare(soup, elements, outline(safe))
    converter = _Converter(heading_style="atx", bullets="-", escape_misc=True, newline_style="backslash")
    words = str(converter.convert_soup(soup))
    return "\n\n".join([words, *(_note(at, str(converter.convert_soup(note))) for at, note in enumerate(notes, 1))])


def _note(number: int, words: str) -> str:
    return f"[^{number}]: " + re.sub(r"\n(?=.)", "\n    ", words.strip())


def _prepare(soup: BeautifulSoup, elements: list[Tag], found: Found) -> list[BeautifulSoup]:
    """Makes `soup` say what its readers see; returns the footnotes, which go to the end."""
    for element in elements:
        element.attrs.pop("colspan", None)
    for number in found.layouts:
        _unfold(elements[number - 1])
    for listing in soup.find_all("ol"):
        _count(listing)
    return _footnotes(elements, found)


def _unfold(table: Tag) -> None:
    for part in [table, *table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th", "caption"])]:
        part.name = "div"


def _count(listing: Tag) -> None:
    start = str(listing.get("start") or "")
    first = int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1
    for number, item in enumerate(listing.find_all("li", recursive=False), first):
        item["value"] = str(number)


def _footnotes(elements: list[Tag], found: Found) -> list[BeautifulSoup]:
    """Where references and notes do not match one another, both go, as in plain text."""
    anchors = [elements[number - 1] for number in sorted(found.references)]
    notes = [elements[number - 1] for number in sorted(found.footnotes)]
    addresses = list(dict.fromkeys(found.references_to_notes))
    for anchor in anchors:
        href = str(anchor.get("href") or "")
        if href in addresses and len(addresses) == len(notes):
            anchor.name, anchor["value"] = "footnote", str(addresses.index(href) + 1)
        else:
            anchor.decompose()
    return [taken for taken in map(_taken, notes) if len(addresses) == len(notes)]


def _taken(note: Tag) -> BeautifulSoup:
    around = note.parent
    note.extract()
    if around is not None and not around.get_text(strip=True):
        before = around.find_previous_sibling()
        if isinstance(before, Tag) and _HEADING.fullmatch(before.name):
            before.decompose()
        around.extract()
    document = BeautifulSoup("", "html.parser")
    for child in list(note.children):
        document.append(child)
    return document


class _Converter(_Library):  # type: ignore[misc]
    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Addresses in the words stay whole: in angle brackets they need no escaping."""
        parts, position = [], 0
        for url in _URL.finditer(text) if "a" not in parent_tags else ():
            parts += [self._escaped(text[position : url.start()], parent_tags), f"<{url[0]}>"]
            position = url.end()
        return "".join([*parts, self._escaped(text[position:], parent_tags)])

    def _escaped(self, text: str, parent_tags: set[str]) -> str:
        return _COLUMN.sub(r"\\\g<0>", super().escape(text, parent_tags))

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words, url = text.strip(), str(el.get("href") or "")
        if "_noformat" in parent_tags or not words or not url:
            return text
        lead, tail = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
        if el.get_text(strip=True) == url and _URL.fullmatch(url):
            return f"{lead}<{url}>{tail}"
        return f"{lead}[{_on_one_line(words)}]({url.translate(_UNSAFE)}){tail}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        alt, url = str(el.get("alt") or ""), str(el.get("src") or "")
        if set(el.get("class") or ()) & EMOJI_CLASSES:
            return alt
        escaped = _on_one_line(self._escaped(alt, parent_tags))
        return f"![{escaped}]({url.translate(_UNSAFE)})" if url else escaped

    def convert_footnote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"[^{el['value']}]"

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return "\n" if "pre" in parent_tags else str(super().convert_br(el, text, parent_tags))

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = text.removeprefix("\n").rstrip()
        longest = max((len(fence[1]) for fence in _FENCES.finditer(code)), default=2)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_q(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"“{text}”"

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return raised(text, up=True)

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return raised(text, up=False)

    def convert_rt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"({text})" if text.strip() else ""

    def convert_rp(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words = text.strip()
        bullet = f"{el['value']}. " if el.get("value") else "- "
        return bullet + re.sub(r"\n(?!\n|$)", "\n" + " " * len(bullet), words) + "\n" if words else ""


def _on_one_line(text: str) -> str:
    return re.sub(r"\s*\\?\n\s*", " ", text)
