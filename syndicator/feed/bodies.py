"""What stands in a content element → HTML worth keeping. Pure; resolving and sanitising come later.

Undoes double escaping, turns plain text into paragraphs, and takes away the lines that engines and feed services add
below a text.
"""

import re
from html import escape, unescape

_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>")
_ESCAPED_TAG = re.compile(r"&lt;/?(?:p|div|a|img|br|ul|ol|li|h[1-6]|blockquote|figure)\b", re.IGNORECASE)
_ENDED = re.compile(r"</(?:p|div|a|ul|ol|li|h[1-6]|blockquote|em|strong)>|<br\s*/?>|<img\s", re.IGNORECASE)
_PIXEL_AND_SPACE = r"(?:\s|<img\b[^<>]{0,500}>|</?(?:div|span|br)\b[^<>]{0,200}>)*"
_APPEARED_FIRST = re.compile(
    r"<p>\s*The post\s.{0,1500}?appeared first on\s.{0,800}?</p>" + _PIXEL_AND_SPACE + r"\Z", re.IGNORECASE | re.DOTALL
)
_TAIL_LENGTH = 3000  # characters at the end of a body in which tails are looked for
_INVITATION = (
    r"(?:(?:continue|keep) reading|read more|read the rest|read (?:the )?full (?:post|article|story)|weiterlesen|"
    r"mehr lesen|lire la suite|leer más|seguir leyendo|leggi tutto|continua a leggere|lees verder)"
)
_MARKS = r"[\s….:»→>)\]]*(?:\(\d+ min[^\n)]{0,40}\))?\s*"
_CUT = r"(?:(?<=…)|(?<=\.\.\.)|(?<=\]))"  # the text broke off just before
_INVITED = re.compile(
    rf"(?:(?:^|\n|{_CUT})[ \t(]*{_INVITATION}{_MARKS}"  # alone
    rf"|{_CUT}\s*{_INVITATION}\b[^\n]{{0,200}}"  # with the title of the post
    rf"|(?:^|\n)[ \t(]*(?:continue reading\b[^\n]{{0,200}}|{_INVITATION}\b[^\n]{{0,200}}[…»→>]\s*))\Z",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.|&hellip;)\s*\]|\(more…?\))\s*\Z", re.IGNORECASE)
_APPEARED = re.compile(r"\s*\bThe post [^\n]{1,500} appeared first on [^\n]{1,300}\Z", re.IGNORECASE)


def as_html(value: str) -> str:
    """A body that is meant as HTML: escaped once too often, plain text after all, or as it stands."""
    if not _TAG.search(value):
        if _ESCAPED_TAG.search(value):
            return _without_credit(unescape(value))
        return _paragraphs(value, "\n") if "\n" in value.strip() else value
    return _without_credit(value)


def from_plain(value: str) -> str:
    """A body that is meant as plain text. One full of tags is HTML whose type was forgotten."""
    if _ENDED.search(value):
        return as_html(value)
    return _paragraphs(escape(value, quote=False), "<br>\n")


def from_markdown(value: str) -> str:
    """The paragraphs of a text whose marks stay as they were typed; mark-up in between is HTML."""
    return _paragraphs(value, "\n")


def without_tail(text: str) -> str:
    """The words without an invitation to read on, and without the brackets around a final ellipsis."""
    text = text.strip()
    head, tail = text[:-_TAIL_LENGTH], text[-_TAIL_LENGTH:]
    tail = _INVITED.sub("", _APPEARED.sub("", tail).rstrip()).rstrip()
    return (head + _BRACKETED.sub("…", tail)).strip()


def _without_credit(html: str) -> str:
    head, tail = html[:-_TAIL_LENGTH], html[-_TAIL_LENGTH:]
    return head + _APPEARED_FIRST.sub("", tail)


def _paragraphs(text: str, line_break: str) -> str:
    parts = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return "\n".join(f"<p>{part.replace(chr(10), line_break)}</p>" for part in parts if part.strip())
