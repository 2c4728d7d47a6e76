"""A whole post as blocks: paragraphs, headings, quotations, code, pictures.

Enters: the sanitised HTML of a Rendering and its pictures. Leaves: Blocks of plain text. No mark-up gets through it:
what it does not know it shows as a paragraph.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syndicator.connector import Attachment
from syndicator.preview.sheet import BLOCKS, Block, Picture, Piece, web

_LEVELS = {"h5": "h4", "h6": "h4"}
_WORDS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "figcaption", "td", "th", "dt"})


def blocks_of(html: str, images: Iterable[Attachment]) -> tuple[Block, ...]:
    from bs4 import BeautifulSoup

    known = {image.source: image for image in images if image.source}
    found = list(_walk(BeautifulSoup(html, "html.parser"), "p", known))
    return tuple(block for block in found if block.picture or any(piece.text.strip() for piece in block.pieces))


def _walk(node: Any, tag: str, known: Mapping[str, Attachment]) -> Iterator[Block]:
    """The blocks of one element: runs of words become `tag`, elements that are blocks speak for themselves."""
    from bs4.element import NavigableString

    run: list[Piece] = []
    for child in node.children:
        if isinstance(child, NavigableString) or not (_is_block(child) or child.name == "img"):
            run.extend(_pieces(child, keep=tag == "pre"))
            continue
        yield from _closed(tag, run)
        run = []
        if child.name == "img":
            yield Block("figure", picture=_picture(child, known))
        else:
            yield from _walk(child, _tag_of(child.name, tag), known)
    yield from _closed(tag, run)


def _closed(tag: str, run: list[Piece]) -> Iterator[Block]:
    if run:
        yield Block(tag, tuple(run))


def _is_block(node: Any) -> bool:
    return node.name in _WORDS or node.find([*_WORDS, "img"]) is not None


def _tag_of(name: str, around: str) -> str:
    if name == "p" and around in ("li", "blockquote"):
        return around
    name = _LEVELS.get(name, name)
    return name if name in BLOCKS - {"p", "figure"} else around if name != "p" else "p"


def _pieces(node: Any, *, keep: bool, href: str = "") -> Iterator[Piece]:
    from bs4.element import Comment, NavigableString

    if isinstance(node, Comment):
        return
    if isinstance(node, NavigableString):
        text = str(node) if keep else _folded(str(node))
        if text:
            yield Piece(text, "link" if href else "", href)
        return
    if node.name == "br":
        yield Piece("\n")
        return
    here = web(node.get("href")) if node.name == "a" else href
    for child in node.children:
        yield from _pieces(child, keep=keep, href=here)


def _folded(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"


def _picture(node: Any, known: Mapping[str, Attachment]) -> Picture:
    source = str(node.get("src") or "")
    image = known.get(source)
    if image is None:
        return Picture(alt=str(node.get("alt") or ""), source=web(source))
    return Picture(image.data, image.mime, image.alt or str(node.get("alt") or ""), web(source))
