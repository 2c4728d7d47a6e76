"""Bytes of unknown encoding → clean text, and what kind of document it is.

Never trusts a declaration that does not hold: what is declared has to decode. Pure.
"""

import codecs
import re
import unicodedata

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_META = re.compile(r"""<meta\s[^<>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_LATIN = {"iso8859-1", "cp1252", "ascii"}
_ASCII_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
H_FEED = "text/mf2+html"
_NO_PAGE = re.compile(r"\s*+(?:(?><\?[^>]{0,200}>|<!--.{0,2000}?-->)\s*+)*+(?:\{|<(?:rss|feed|rdf:RDF)\b)", re.DOTALL)
_PAGE = re.compile(
    r"\s*+(?:(?><\?xml[^>]{0,200}>|<!--.{0,2000}?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|meta|script)\b",
    re.IGNORECASE | re.DOTALL,
)


def as_h_feed(body: bytes, content_type: str) -> str:
    """The content type under which `parse` reads a page that its owner says is a feed; another document keeps its own.
    No server can say it: a web page that nobody asked for is refused before it is parsed."""
    if _NO_PAGE.match(decode(body[:20_000], content_type).lstrip("\ufeff")):
        return content_type
    charset = _CHARSET.search(content_type) or _META.search(body[:2_000].decode("ascii", "replace"))
    return f"{H_FEED}; charset={charset[1]}" if charset else H_FEED


def decode(body: bytes, content_type: str = "") -> str:
    """The document as text: byte order mark, own declaration, HTTP charset, UTF-8, Windows-1252, whichever holds first.

    Bytes that are UTF-8 are not read as Latin-1, whatever they declare: that they fit by accident does not happen,
    and a wrong declaration happens daily.
    """
    for mark, name in (*_BOMS, *_UNMARKED):
        if body.startswith(mark):
            return body.decode(name, errors="replace").lstrip("\ufeff")
    named = (_declared(body), _charset(content_type))
    for name in (*filter(None, named), "utf-8"):
        text = _try(body, "utf-8") if name in _LATIN else None
        if text is None:
            text = _try(body, "cp1252" if name in _LATIN else name)
        if text is not None:
            return text
    return body.decode("cp1252", errors="replace")


def clean(text: str) -> str:
    """NFC, without control characters; line breaks and tabs stay."""
    return unicodedata.normalize("NFC", without_controls(text))


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


def fold(text: str) -> str:
    """For comparing words: case, width, spacing and a final ellipsis do not count."""
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return folded.rstrip(" .…")


def without_controls(text: str) -> str:
    return (_ASCII_CONTROLS if text.isascii() else _CONTROLS).sub("", text)


def is_web_page(text: str) -> bool:
    """Whether this is HTML, going by its beginning; content types lie too often to be asked."""
    return _PAGE.match(text.lstrip("\ufeff")[:20_000]) is not None


def _declared(body: bytes) -> str | None:
    found = _DECLARED.match(body[:1000])
    return _codec(found[1].decode("ascii", "ignore")) if found else None


def _charset(content_type: str) -> str | None:
    found = _CHARSET.search(content_type)
    return _codec(found[1]) if found else None


def _codec(name: str) -> str | None:
    """Python's name of an encoding, of those that leave ASCII as it is: a readable declaration means no other."""
    try:
        info = codecs.lookup(name)
        return info.name if "<?xml".encode(info.name) == b"<?xml" else None
    except (LookupError, ValueError, TypeError, AttributeError):
        return None


def _try(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None
