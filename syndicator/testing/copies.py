"""Reading a copy as the pretend service shows it: its words, its pictures, and whether something is said in it.

Enters: one mapping of `copies()`. Leaves: text and pictures. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Copy = Mapping[str, Any]


def words(copy: Copy) -> str:
    """What a reader reads, with every shortened address written out. Blocks are separated by a blank line."""
    blocks = copy.get("blocks")
    if blocks:
        return "\n\n".join(filter(None, (_joined(block.get("pieces") or ()) for block in blocks)))
    if copy.get("pieces"):
        return _joined(copy["pieces"])
    return str(copy.get("text") or "")


def folded(text: str) -> str:
    """`text` with every run of white space as one blank: services set their paragraphs differently."""
    return " ".join(text.split())


def pictures(copy: Copy) -> list[Mapping[str, Any]]:
    """The pictures in reading order, those between the paragraphs first; the card's is not among them."""
    inside = [block["image"] for block in copy.get("blocks") or () if block.get("image")]
    return [*inside, *(copy.get("images") or ())]


def says(copy: Copy, what: str) -> bool:
    """Whether `what` stands anywhere in the copy: in its words, behind a link, in its card."""
    return any(what in text for text in _texts(copy))


def _joined(pieces: Sequence[Mapping[str, str]]) -> str:
    return "".join(_written_out(piece) for piece in pieces)


def _written_out(piece: Mapping[str, str]) -> str:
    text, target = piece["text"], piece.get("href", "")
    start = text.removesuffix("…")
    bare = target.partition("://")[2]
    return target if start and (bare.startswith(start) or target.startswith(start)) else text


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
