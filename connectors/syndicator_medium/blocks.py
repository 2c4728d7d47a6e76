"""What a story of Medium is made of: one flat row of blocks, each with its words and how they are set.

Enters: blocks. Leaves: HTML with nothing in it but what Medium is known to take. Pure; everything is escaped here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from itertools import groupby

Mark = tuple[str, str]  # the element, and an address for links

_ORDER = ("a", "strong", "em", "u", "code")
_MANY = re.compile(r"  +")
_BREAK = re.compile(r" ?\n ?")
_SPACES = re.compile(r"[ \t\r\f\n]+")  # not the one that does not break: somebody put it there on purpose


class Kind(StrEnum):
    HEADING_1 = "h1"
    HEADING_2 = "h2"
    HEADING_3 = "h3"
    HEADING_4 = "h4"
    TEXT = "p"
    QUOTE = "blockquote"
    CODE = "pre"
    BULLET = "ul"
    NUMBER = "ol"
    PICTURE = "figure"
    CAPTION = "figcaption"
    LINE = "hr"


@dataclass(frozen=True, slots=True)
class Run:
    """Words set alike. A line break is "\\n"; other white space is as it was written."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(slots=True)
class Block:
    kind: Kind
    runs: list[Run] = field(default_factory=list)
    group: int = 0  # the list, quotation, figure or table it stands in
    number: int = 1  # of an item
    picture: str = ""
    alt: str = ""

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


def ordered(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Each element once, the outermost first, whatever the nesting was."""
    kept: dict[str, Mark] = {}
    for mark in marks:
        kept.setdefault(mark[0], mark)
    return tuple(kept[name] for name in _ORDER if name in kept)


def collapsed(text: str) -> str:
    return _SPACES.sub(" ", text)


def tidy(runs: Iterable[Run]) -> list[Run]:
    """One space where there were several, none at the ends and around line breaks, neighbours set alike joined."""
    kept: list[Run] = []
    for run in runs:
        before = kept[-1].text[-1] if kept else ""
        text = _BREAK.sub("\n", _MANY.sub(" ", run.text))
        if before in ("", " ", "\n"):
            text = text.lstrip(" " if before else " \n")
        if text.startswith("\n") and before == " ":
            _shorten(kept)
        if text:
            kept.append(Run(text, run.marks))
    while kept and kept[-1].text[-1] in " \n":
        _shorten(kept)
    return [Run("".join(run.text for run in alike), marks) for marks, alike in groupby(kept, key=lambda run: run.marks)]


def _shorten(kept: list[Run]) -> None:
    """Without its last character."""
    last = kept.pop()
    if len(last.text) > 1:
        kept.append(Run(last.text[:-1], last.marks))


def written(blocks: Sequence[Block]) -> str:
    return "\n".join(_elements(blocks))


def _elements(blocks: Sequence[Block]) -> Iterator[str]:
    for (kind, _), grouped in groupby(blocks, key=_together):
        same = list(grouped)
        if kind is Kind.QUOTE:
            yield f"<blockquote>{''.join(f'<p>{inline(one.runs)}</p>' for one in same)}</blockquote>"
        elif kind in (Kind.BULLET, Kind.NUMBER):
            start = f' start="{same[0].number}"' if kind is Kind.NUMBER and same[0].number != 1 else ""
            yield f"<{kind}{start}>{''.join(f'<li>{inline(one.runs)}</li>' for one in same)}</{kind}>"
        elif kind is Kind.PICTURE:
            yield from _pictures(same)
        else:
            yield from (_element(one) for one in same)


def _together(block: Block) -> tuple[Kind, int]:
    """Blocks with the same answer, side by side, share an element."""
    kind = Kind.PICTURE if block.kind is Kind.CAPTION else block.kind
    return kind, block.group


def _element(block: Block) -> str:
    if block.kind is Kind.LINE:
        return "<hr>"
    if block.kind is Kind.CODE:
        return f"<pre>{inline(block.runs, breaks=False)}</pre>"
    return f"<{block.kind}>{inline(block.runs)}</{block.kind}>"


def _pictures(blocks: Sequence[Block]) -> Iterator[str]:
    """Pictures of one figure; its caption belongs to the picture before it, or else to the one after."""
    pictures = [at for at, block in enumerate(blocks) if block.kind is Kind.PICTURE]
    captions: dict[int, list[str]] = {}
    for at, block in enumerate(blocks):
        if block.kind is Kind.CAPTION:
            near = max((p for p in pictures if p < at), default=pictures[0] if pictures else -1)
            captions.setdefault(near, []).append(inline(block.runs))
    yield from (f"<p><em>{words}</em></p>" for words in captions.get(-1, ()))
    for at in pictures:
        caption = f"<figcaption>{'<br>'.join(captions[at])}</figcaption>" if at in captions else ""
        yield f"<figure>{_image(blocks[at])}{caption}</figure>"


def _image(block: Block) -> str:
    image = f'<img src="{escape(block.picture)}" alt="{escape(block.alt)}">'
    href = next((mark[1] for run in block.runs for mark in run.marks if mark[0] == "a"), "")
    return f'<a href="{escape(href)}">{image}</a>' if href else image


def inline(runs: Iterable[Run], *, breaks: bool = True) -> str:
    """Runs as HTML; elements are opened and closed so that they always nest."""
    out: list[str] = []
    opened: list[Mark] = []
    for run in runs:
        shared = next((at for at, pair in enumerate(zip(opened, run.marks, strict=False)) if pair[0] != pair[1]), None)
        keep = min(len(opened), len(run.marks)) if shared is None else shared
        out += [f"</{name}>" for name, _ in reversed(opened[keep:])]
        out += [_opening(mark) for mark in run.marks[keep:]]
        opened = list(run.marks)
        text = escape(run.text, quote=False)
        out.append(text.replace("\n", "<br>") if breaks else text)
    return "".join(out) + "".join(f"</{name}>" for name, _ in reversed(opened))


def _opening(mark: Mark) -> str:
    name, href = mark
    return f'<a href="{escape(href)}">' if name == "a" else f"<{name}>"
